{{ staged_vintages('coinmetrics') }}
