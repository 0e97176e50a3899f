{{ staged_vintages('ecb') }}
