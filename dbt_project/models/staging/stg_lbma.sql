{{ staged_vintages('lbma') }}
