{{ staged_vintages('farside') }}
