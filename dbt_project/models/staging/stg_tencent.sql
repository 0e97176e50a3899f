{{ staged_vintages('tencent') }}
