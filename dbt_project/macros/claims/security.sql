{# Claims on hacks and on Coinbase, the only exchange that reports. `incidents_then` holds what was listed then. #}

{% macro claim_sec_bybit_loss(k, metric) -%}
    select loss_usd / 1e9 as value, 1 as n, date as first_date, date as last_date
    from incidents_{{ k }}
    where name = 'Bybit' and date = cast('2025-02-21' as date)
{%- endmacro %}

{% macro claim_sec_infini_loss(k, metric) -%}
    select loss_usd / 1e6 as value, 1 as n, date as first_date, date as last_date
    from incidents_{{ k }}
    where name = 'Infini' and date between cast('2025-02-23' as date) and cast('2025-02-24' as date)
{%- endmacro %}

{# Windows of 30 days that end before the newest one begins. #}
{% macro claim_sec_unusual(k, metric) -%}
    select
        max(case when day = {{ claims_day() }} then loss end) / max(case when day <= {{ claims_day() }} - 30 then loss end)
            as value,
        count(case when day <= {{ claims_day() }} - 30 then 1 end) as n,
        min(day) as first_date,
        max(day) as last_date
    from (
        select days.date as day, sum(incidents.loss_usd) as loss
        from {{ ref('dim_date') }} as days
        inner join incidents_{{ k }} as incidents
            on incidents.date between days.date - 29 and days.date
        where days.date <= {{ claims_day() }}
            and days.date >= (select min(date) + 29 from incidents_{{ k }})
        group by days.date
    ) as windows
{%- endmacro %}

{% macro claim_sec_coinbase(k, metric) -%}
    {%- set columns = {'revenue': 'total_revenue', 'net_income': 'net_income', 'expenses': 'total_operating_expenses'} -%}
    select
        {{ columns[metric] }}_usd_thousands / 1e6 as value,
        1 as n,
        {{ claim_fiscal_year() }}
    from coinbase
    where fiscal_year = 2024
{%- endmacro %}

{% macro claim_sec_revenue_doubled(k, metric) -%}
    select
        100.0 * (this_year.total_revenue_usd_thousands / year_before.total_revenue_usd_thousands - 1) as value,
        2 as n,
        {{ claim_fiscal_year() }}
    from (select * from coinbase where fiscal_year = 2024) as this_year
    inner join (select fiscal_year as f, total_revenue_usd_thousands from coinbase) as year_before
        on year_before.f = 2023
{%- endmacro %}

{% macro claim_sec_reserve_3_12m(k, metric) -%}
    select
        {{ claim_seed('article_figure', 'sec_reserve_3_12m', metric) }} * 1e6 / (total_operating_expenses_usd_thousands / 12.0)
            as value,
        1 as n,
        {{ claim_fiscal_year() }}
    from coinbase
    where fiscal_year = 2024
{%- endmacro %}

{% macro claim_sec_loss_exceeds(k, metric) -%}
    select
        incidents.loss_usd / 1e3
        / ({{ claim_seed('article_figure', 'sec_loss_exceeds', metric) }} * coinbase.total_operating_expenses_usd_thousands / 12.0)
            as value,
        1 as n,
        cast('2024-01-01' as date) as first_date,
        incidents.date as last_date
    from incidents_{{ k }} as incidents
    inner join coinbase
        on coinbase.fiscal_year = 2024
    where incidents.name = 'Bybit' and incidents.date = cast('2025-02-21' as date)
{%- endmacro %}

{% macro claim_fiscal_year() -%}
    cast('2024-01-01' as date) as first_date, cast('2024-12-31' as date) as last_date
{%- endmacro %}
