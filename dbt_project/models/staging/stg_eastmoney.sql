{{ staged_vintages('eastmoney') }}
