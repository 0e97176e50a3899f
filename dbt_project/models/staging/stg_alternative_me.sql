{{ staged_vintages('alternative_me') }}
