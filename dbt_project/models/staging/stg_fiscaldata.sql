{{ staged_vintages('fiscaldata') }}
