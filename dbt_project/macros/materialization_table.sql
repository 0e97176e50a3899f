{# Tables of a throwaway build: made in place. The adapter's own version builds beside, renames and drops, which matters
   for a database that others read; here the publish is the only swap. Comments go in with one statement, for the
   columns a contract has already compared with the table: asking the catalog for each costs more than the model. #}
{% materialization table, adapter='duckdb', supported_languages=['sql'] %}
    {%- set relation = this.incorporate(type='table') -%}
    {% call statement('main') -%}
        drop table if exists {{ relation }};
        {{ create_table_as(False, relation, compiled_code, 'sql') }}
    {%- endcall %}
    {% if config.persist_relation_docs() %}
        {% call statement('comments') -%}
            {{ duckdb__alter_relation_comment(relation, model.description) }}
            {% for name, column in model.columns.items() %}
                comment on column {{ relation }}.{{ name }} is {{ duckdb_escape_comment(column.description) }};
            {% endfor %}
        {%- endcall %}
    {% endif %}
    {{ adapter.commit() }}
    {{ return({'relations': [relation]}) }}
{% endmaterialization %}
