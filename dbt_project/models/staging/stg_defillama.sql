{{ staged_vintages('defillama') }}
