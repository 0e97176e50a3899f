{{ staged_vintages('nasdaq') }}
