{# Claims on tariffs, the dollar and positioning. #}

{# Share of the year before that was as low as the newest figure. #}
{% macro claim_tar_traded(k, metric) -%}
    {%- set series = {'vix': 'fred.VIXCLS', 'hy_oas': 'fred.BAMLH0A0HYM2', 'epu': 'fred.USEPUINDXD'} -%}
    select
        100 * avg(case when past.value <= newest.value then 1.0 else 0.0 end) as value,
        count(past.value) as n,
        min(past.observation_date) as first_date,
        max(newest.observation_date) as last_date
    from figures_{{ k }} as newest
    inner join figures_{{ k }} as past
        on newest.series_id = past.series_id
        and past.observation_date >= newest.observation_date - 365
        and past.observation_date < newest.observation_date
    where newest.series_id = '{{ series[metric] }}' and newest.recency = 1
    having count(past.value) > 0
{%- endmacro %}

{% macro claim_usd_up_then_down(k, metric) -%}
    select
        {% if metric == 'up' -%}
        100 * ln(max(value) / max(case when observation_date = started then value end)) as value,
        {%- else -%}
        100 * ln(max(case when recency = 1 then value end) / max(value)) as value,
        {%- endif %}
        count(value) as n,
        min(observation_date) as first_date,
        max(observation_date) as last_date
    from (
        select *, {{ claim_seed('article_date', 'usd_up_then_down', metric) }} as started
        from figures_{{ k }}
        where series_id = 'fred.DTWEXBGS'
    ) as dollar
    where observation_date >= started
    having count(value) > 1
{%- endmacro %}

{% macro claim_usd_strong_policy_date(k, metric) -%}
    {{ claim_event_date('usd_strong_policy_date', metric, '2025-02-06_bessent_strong_dollar') }}
{%- endmacro %}

{% macro claim_usd_buffett_letter(k, metric) -%}
    {{ claim_event_date('usd_buffett_letter', metric, '2025-02-22_buffett_letter') }}
{%- endmacro %}

{# Days from the day the article gives to the day of the event. #}
{% macro claim_event_date(claim_id, metric, event_id) -%}
    select
        cast(event_date - {{ claim_seed('article_date', claim_id, metric) }} as integer) as value,
        1 as n,
        event_date as first_date,
        event_date as last_date
    from events
    where event_id = '{{ event_id }}'
{%- endmacro %}

{# Both year ends as Berkshire's insurance and other business stood, net of what was payable for bills. #}
{% macro claim_usd_buffett_bills(k, metric) -%}
    {%- set year_end = claim_seed('article_date', 'usd_buffett_bills', metric) -%}
    select
        sum(case
            when item = 'cash_and_tbills_net_insurance_and_other' and as_of_date = {{ year_end }} then value_usd_bn
            when as_of_date = {{ year_end }} - interval '1' year then -value_usd_bn
        end) as value,
        count(*) as n,
        min(as_of_date) as first_date,
        max(as_of_date) as last_date
    from {{ ref('berkshire_cash_anchors') }}
    where (
            (as_of_date = {{ year_end }} and item = 'cash_and_tbills_net_insurance_and_other')
            or (as_of_date = {{ year_end }} - interval '1' year
                and item in ('cash_and_equivalents_insurance_and_other', 'tbills_insurance_and_other'))
        )
        and exists (select 1 from events where event_id = '2025-02-22_buffett_letter')
    having count(*) = 3
{%- endmacro %}

{# From the highest close of 90 days; the bills earn the 3-month yield of the day before, the share of BTC is let run. #}
{% macro claim_pos_barbell(k, metric) -%}
    {%- set share = claim_seed('article_figure', 'pos_barbell', metric) -%}
    select
        100 * (
            {{ share }} * (max(case when btc.recency = 1 then btc.value end) / max(peak.value) - 1)
            + (1 - {{ share }}) * sum(case when btc.recency > 1 then bill.value end) / 36500
        ) as value,
        count(btc.value) as n,
        min(btc.observation_date) as first_date,
        max(btc.observation_date) as last_date
    from (
        select observation_date, value, row_number() over (order by value desc, observation_date) as place
        from figures_{{ k }}
        where series_id = 'binance.BTCUSDT.close' and observation_date > {{ claims_day() }} - 90
    ) as peak
    inner join figures_{{ k }} as btc
        on btc.series_id = 'binance.BTCUSDT.close' and btc.observation_date >= peak.observation_date
    inner join (
        select
            observation_date as from_date,
            coalesce(lead(observation_date) over (order by observation_date), cast('9999-12-31' as date)) as to_date,
            value
        from figures_{{ k }}
        where series_id = 'fred.DGS3MO'
    ) as bill
        on btc.observation_date >= bill.from_date and btc.observation_date < bill.to_date
    where peak.place = 1
    having count(btc.value) > 1
{%- endmacro %}

{# Simple returns over 30 days that were over then, after first days at least 20% below the 90-day high and of all days. #}
{% macro claim_pos_buy_low(k, metric) -%}
    select
        avg(case when is_entry then return_30d_pct end) - avg(return_30d_pct) as value,
        count(case when is_entry then return_30d_pct end) as n,
        min(observation_date) as first_date,
        max(observation_date) as last_date
    from (
        select
            observation_date,
            return_30d_pct,
            below and not lag(below) over (order by observation_date) as is_entry
        from (
            select
                btc.observation_date,
                100 * (later.value / btc.value - 1) as return_30d_pct,
                btc.value / max(btc.value) over (order by btc.observation_date rows between 89 preceding and current row)
                    <= 1 - {{ claim_seed('article_figure', 'pos_buy_low', metric) }} / 100.0 as below,
                count(btc.value) over (order by btc.observation_date rows between 89 preceding and current row) as days
            from figures_{{ k }} as btc
            left join figures_{{ k }} as later
                on later.series_id = btc.series_id and later.observation_date = btc.observation_date + 30
            where btc.series_id = 'binance.BTCUSDT.close'
        ) as drawdowns
        where days = 90
    ) as entries
    where return_30d_pct is not null
    having count(case when is_entry then return_30d_pct end) > 0
{%- endmacro %}
