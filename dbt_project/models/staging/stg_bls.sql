{{ staged_vintages('bls') }}
