{{ staged_vintages('binance') }}
