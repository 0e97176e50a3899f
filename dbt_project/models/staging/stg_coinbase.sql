{{ staged_vintages('coinbase') }}
