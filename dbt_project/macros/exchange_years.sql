{# Annual figures of the only exchange that reports, Coinbase, one row a fiscal year, as far as the run may know them: as
   first filed (SEC company facts, known when filed), else from the seed, whose filing days are not recorded. Those are
   held to be known at the end, in New York, of the 62nd day after the year's end: large filers have 60 days, which a
   weekend moves by two. Late where the report came earlier, never early. #}
{% macro exchange_years() -%}
    select
        'Coinbase' as exchange,
        fiscal_year,
        fiscal_year_end_date,
        total_revenue_usd,
        net_income_usd,
        operating_expenses_usd,
        known_at,
        known_at_basis,
        {{ knowledge_date('known_at') }} as known_date
    from (
        select *, row_number() over (partition by fiscal_year order by known_at_basis) as preference
        from (
            select * from ({{ filed_exchange_years() }}) as filed
            union all
            select * from ({{ seeded_exchange_years() }}) as seeded
        ) as every_year
        where known_at <= {{ clock('as_of') }} -- as-of filter: exchange years
    ) as ranked
    where preference = 1
{%- endmacro %}

{# Years of 350 to 380 days in annual reports, each as first filed; of the two tags for all expenses the larger one. #}
{% macro filed_exchange_years() -%}
    select
        extract(year from observation_date) as fiscal_year,
        observation_date as fiscal_year_end_date,
        max(case when tag = 'Revenues' then value_usd end) as total_revenue_usd,
        max(case when tag = 'NetIncomeLoss' then value_usd end) as net_income_usd,
        max(case when tag in ('CostsAndExpenses', 'OperatingExpenses') then value_usd end) as operating_expenses_usd,
        max(known_at) as known_at,
        'as_filed' as known_at_basis
    from (
        select
            facts.*,
            row_number() over (
                partition by facts.tag, facts.observation_date order by facts.known_at, facts.record_id
            ) as place
        from {{ source('raw', 'company_facts') }} as facts
        where facts.cik = 1679788
            and facts.form = '10-K'
            and facts.observation_date - facts.period_start between 349 and 379
            and facts.tag in ('Revenues', 'NetIncomeLoss', 'CostsAndExpenses', 'OperatingExpenses')
    ) as annual
    where place = 1
    group by observation_date
    having count(distinct case when tag = 'OperatingExpenses' then 'CostsAndExpenses' else tag end) = 3
{%- endmacro %}

{% macro seeded_exchange_years() -%}
    select
        fiscal_year,
        fiscal_year_end_date,
        total_revenue_usd,
        net_income_usd,
        operating_expenses_usd,
        cast(fiscal_year_end_date as timestamp) + interval '1517' hour as known_at, -- 63 days and 5 hours
        'filing_deadline' as known_at_basis
    from (
        select
            fiscal_year,
            cast(concat(fiscal_year, '-12-31') as date) as fiscal_year_end_date,
            1000.0 * total_revenue_usd_thousands as total_revenue_usd,
            1000.0 * net_income_usd_thousands as net_income_usd,
            1000.0 * total_operating_expenses_usd_thousands as operating_expenses_usd
        from {{ ref('coinbase_financials') }}
    ) as years
{%- endmacro %}
