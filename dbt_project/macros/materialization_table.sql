{# Tables of a throwaway build: made in place. The adapter's own version builds beside, renames and drops, which matters
   for a database that others read; here the publish is the only swap, and this halves a model's overhead. #}
{% materialization table, adapter='duckdb', supported_languages=['sql'] %}
    {%- set relation = this.incorporate(type='table') -%}
    {% call statement('drop') %}drop table if exists {{ relation }}{% endcall %}
    {% call statement('main') %}{{ create_table_as(False, relation, compiled_code, 'sql') }}{% endcall %}
    {% do persist_docs(relation, model) %}
    {{ adapter.commit() }}
    {{ return({'relations': [relation]}) }}
{% endmaterialization %}
