{{ staged_vintages('fred') }}
