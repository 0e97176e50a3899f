{# One plain sentence a day. It states only what the row's own figures say. #}
{% macro daily_sentence() -%}
    case
        when close_usd is null then 'No BTC close is known for this day.'
        else
            'BTC closed at ' || {{ money('close_usd') }}
            || case
                when drawdown_90d_pct is null then '; fewer than 90 days of closes are known, so no drawdown is stated'
                when drawdown_90d_pct = 0 then ', its highest close of 90 days'
                else ', ' || {{ decimal_text('abs(drawdown_90d_pct)', 1) }} || '% below its 90-day high close'
            end
            || case when in_correction then ': in correction. ' else '. ' end
            || case when attribution_status in ('settled', 'provisional') and unexplained_bps is not null
                then 'Its return of ' || {{ signed_bps('return_bps') }} || ' bps: '
                    || {{ signed_bps('unexplained_bps') }} || ' unexplained, '
                    || {{ signed_bps('explained_bps') }} || ' with what priced markets did'
                    || case when attribution_status = 'provisional' then ' (provisional). ' else '. ' end
                when attribution_status = 'closed' and return_bps is not null
                then 'Its return of ' || {{ signed_bps('return_bps') }} || ' bps is all unexplained: no US session. '
                when attribution_status = 'thin' and return_bps is not null
                then 'Its return of ' || {{ signed_bps('return_bps') }} || ' bps is not attributed: too few complete sessions lie behind it. '
                else '' end
            || case
                when composite_pressure is null and coalesce(scored_themes, 0) < 6
                    then 'No composite pressure: ' || coalesce(scored_themes, 0) || ' themes have a value, six are needed.'
                else 'Composite pressure ' || {{ decimal_text('composite_pressure', 0) }}
                    || ' on a scale of -100 to 100'
                    || case when headwind_1_label is null then ''
                        else '; strongest headwind: ' || headwind_1_label end
                    || case when tailwind_1_label is null then ''
                        else '; strongest tailwind: ' || tailwind_1_label end
                    || '.'
            end
            || case when coalesce(stale_drivers, 0) + coalesce(missing_drivers, 0) = 0 then ''
                else ' Of ' || (fresh_drivers + stale_drivers + missing_drivers) || ' drivers, '
                    || stale_drivers || ' stale and ' || missing_drivers || ' missing.'
            end
    end
{%- endmacro %}

{# A number as text with a fixed count of decimals, without floating noise. #}
{% macro decimal_text(expression, places) -%}
    cast(cast({{ expression }} as decimal(18, {{ places }})) as varchar)
{%- endmacro %}

{# Basis points with their sign, without decimals. #}
{% macro signed_bps(expression) -%}
    case when round({{ expression }}) > 0 then '+' else '' end || cast(cast(round({{ expression }}) as integer) as varchar)
{%- endmacro %}

{# Thousands apart. #}
{% macro money(expression) -%}
    '$' || case
        when {{ expression }} < 999.995 then {{ decimal_text(expression, 2) }}
        else cast(cast(floor(round({{ expression }}, 2) / 1000) as integer) as varchar) || ','
            || lpad({{ decimal_text('round(' ~ expression ~ ', 2) - 1000 * floor(round(' ~ expression ~ ', 2) / 1000)', 2) }}, 6, '0')
    end
{%- endmacro %}
