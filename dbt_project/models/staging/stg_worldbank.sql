{{ staged_vintages('worldbank') }}
