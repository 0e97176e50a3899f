{{ staged_vintages('yahoo') }}
