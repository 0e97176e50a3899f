{# Seeds of a throwaway build, read by DuckDB with the types that their properties declare. The adapter's own version reads
   each file a first time to guess its types, and a figure more could then change the type of a column. #}
{% materialization seed, adapter='duckdb' %}
    {%- set relation = this.incorporate(type='table') -%}
    {% call statement('main') -%}
        create or replace table {{ relation }} (
            {%- for name, column in model.columns.items() %}
            {{ name }} {{ column.data_type }}{{ ',' if not loop.last }}
            {%- endfor %}
        );
        copy {{ relation }} from '{{ adapter.get_seed_file_path(model) }}' (format csv, header true, auto_detect false, delimiter ',', quote '"');
    {%- endcall %}
    {% do store_result('agate_table', response='OK') %}
    {{ adapter.commit() }}
    {{ return({'relations': [relation]}) }}
{% endmaterialization %}
