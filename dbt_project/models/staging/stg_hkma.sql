{{ staged_vintages('hkma') }}
