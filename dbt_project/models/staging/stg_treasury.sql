{{ staged_vintages('treasury') }}
