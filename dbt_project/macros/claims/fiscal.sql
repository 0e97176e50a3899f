{# Claims on deficit, debt, yields and federal employment. #}

{% macro claim_fis_bills_share(k, metric) -%}
    {%- set named = claim_seed('article_date', 'fis_bills_share', metric) -%}
    {%- set january = claim_seed('article_date', 'fis_bills_share', 'share') -%}
    select
        {% if metric == 'share' -%}
        max(case when month_end = {{ january }} then share end) as value,
        {%- else -%}
        max(case when month_end = {{ january }} then share end) - max(case when month_end = {{ named }} then share end)
            as value,
        {%- endif %}
        count(share) as n,
        min(month_end) as first_date,
        max(month_end) as last_date
    from (
        select bills.observation_date as month_end, 100 * bills.value / marketable.value as share
        from figures_{{ k }} as bills
        inner join figures_{{ k }} as marketable
            on bills.observation_date = marketable.observation_date
        where bills.series_id = 'fiscaldata.mspd_bills_usd_mn'
            and marketable.series_id = 'fiscaldata.mspd_total_marketable_usd_mn'
            and bills.observation_date in ({{ january }}, {{ named }})
    ) as shares
{%- endmacro %}

{% macro claim_fis_inverted(k, metric) -%}
    select
        {% if metric == 'share_2024' -%}
        100 * avg(case when ten.value < bill.value then 1.0 else 0.0 end) as value,
        {%- else -%}
        max(ten.value - bill.value) as value,
        {%- endif %}
        count(*) as n,
        min(ten.observation_date) as first_date,
        max(ten.observation_date) as last_date
    from figures_{{ k }} as ten
    inner join figures_{{ k }} as bill
        on ten.observation_date = bill.observation_date and bill.series_id = 'fred.DGS3MO'
    where ten.series_id = 'fred.DGS10'
        {% if metric == 'share_2024' -%}
        and ten.observation_date between cast('2024-01-01' as date) and cast('2024-12-31' as date)
        {%- else -%}
        and ten.recency = 1
        {%- endif %}
    having count(*) > 0
{%- endmacro %}

{# FRED prints a deficit as a negative surplus of the month, US$ mn. #}
{% macro claim_fis_deficit_up(k, metric) -%}
    {%- set january = claim_seed('article_date', 'fis_deficit_up', metric) -%}
    select
        -sum(case when observation_date > {{ january }} - interval '12' month then value else -value end) / 1e3 as value,
        count(value) as n,
        min(observation_date) as first_date,
        max(observation_date) as last_date
    from figures_{{ k }}
    where series_id = 'fred.MTSDS133FMS'
        and observation_date > {{ january }} - interval '24' month and observation_date <= {{ january }}
    having count(value) = 24
{%- endmacro %}

{% macro claim_fis_rstar_up(k, metric) -%}
    select
        100 * (
            max(case when recency = 1 then value end)
            - avg(case when observation_date between cast('2024-01-01' as date) and cast('2024-12-31' as date) then value end)
        ) as value,
        count(case when observation_date <= cast('2024-12-31' as date) then 1 end) as n,
        cast('2024-01-01' as date) as first_date,
        max(observation_date) as last_date
    from figures_{{ k }}
    where series_id = 'fred.DFII10' and observation_date >= cast('2024-01-01' as date)
{%- endmacro %}

{% macro claim_fis_layoffs(k, metric) -%}
    {{ claim_change(k, 'fred.CES9091000001', 3) }}
{%- endmacro %}

{% macro claim_fis_gov_share(k, metric) -%}
    {{ claim_newest(k, 'worldbank.' ~ {'us': 'USA', 'china': 'CHN'}[metric] ~ '.NE.CON.GOVT.ZS') }}
{%- endmacro %}

{# Change of a monthly series over some months, from its newest figure. #}
{% macro claim_change(k, series_id, months) -%}
    select
        newest.value - earlier.value as value,
        2 as n,
        earlier.observation_date as first_date,
        newest.observation_date as last_date
    from figures_{{ k }} as newest
    inner join figures_{{ k }} as earlier
        on newest.series_id = earlier.series_id
        and earlier.observation_date = newest.observation_date - interval '{{ months }}' month
    where newest.series_id = '{{ series_id }}' and newest.recency = 1
{%- endmacro %}
