{# Macro releases: which figure of a release stands for which column, and what a column is computed from without one. #}

{# Atlanta prints the day of a forecast, not its hour: by 22:00 UTC (17:00 or 18:00 there) it is out. #}
{% macro gdpnow_known_at(forecast_date) -%}
    cast({{ forecast_date }} as timestamp) + interval '22' hour
{%- endmacro %}

{# Column, the series it is computed from, the SQL of that over a state of `macro_states`, how far back the other side
   lies in months, and the figures of the release itself. #}
{% macro macro_measures() -%}
    {{ return([
        {'name': 'cpi_yoy_pct', 'series_id': 'fred.CPIAUCSL', 'figure': '100 * (value_0 / value_12 - 1)', 'months': 12,
         'releases': ['release.CPI_ALL_YOY_NSA']},
        {'name': 'core_cpi_yoy_pct', 'series_id': 'fred.CPILFESL', 'figure': '100 * (value_0 / value_12 - 1)',
         'months': 12, 'releases': ['release.CPI_CORE_YOY_NSA']},
        {'name': 'core_pce_yoy_pct', 'series_id': 'fred.PCEPILFE', 'figure': '100 * (value_0 / value_12 - 1)',
         'months': 12, 'releases': ['release.PCE_CORE_YOY']},
        {'name': 'unemployment_rate_pct', 'series_id': 'fred.UNRATE', 'figure': 'value_0', 'months': 0,
         'releases': ['release.UNRATE']},
        {'name': 'payrolls_change_thousands', 'series_id': 'fred.PAYEMS', 'figure': 'value_0 - value_1', 'months': 1,
         'releases': ['release.PAYEMS_CHANGE']},
        {'name': 'real_gdp_growth_saar_pct', 'series_id': 'fred.GDPC1',
         'figure': '100 * (power(value_0 / value_3, 4) - 1)', 'months': 3,
         'releases': ['release.GDP_REAL_QOQ_SAAR_ADV', 'release.GDP_REAL_QOQ_SAAR_2ND',
                      'release.GDP_REAL_QOQ_SAAR_3RD']},
    ]) }}
{%- endmacro %}

{# Why the first vintage held, of the alias `held`, is no first print. #}
{% macro not_first_print(held) -%}
    case
        when {{ held }}.is_first_print then null
        when {{ held }}.value is null then 'blank_at_the_publisher'
        when {{ held }}.known_at_basis <> 'vintage' then 'dated_by_' || {{ held }}.known_at_basis
        else 'vintages_begin_later'
    end
{%- endmacro %}
