{{ staged_vintages('nyfed') }}
