{%- set baskets = {'us_ai': ['nvda', 'msft', 'qqq'], 'china_tech': ['kweb', 'fxi', 'baba']} -%}
{%- set tickers = baskets['us_ai'] + baskets['china_tech'] -%}
{#- The event from whose last session before it the since-event columns count. -#}
{%- set event_id = '2025-01-27_deepseek_selloff' -%}
-- Prices of each component in the order in which they are preferred: total return before price alone, Yahoo before Nasdaq.
with prices as (
    select
        split_part(observed.series_id, '.', 2) as ticker,
        observed.series_id,
        split_part(observed.series_id, '.', 1) || ' ' || split_part(observed.series_id, '.', 3) as price_column,
        case
            when observed.series_id like 'yahoo.%.adjclose' then 1
            when observed.series_id like 'yahoo.%' then 2
            else 3
        end as preference,
        observed.observation_date as date,
        days.us_equity_session as session,
        observed.value,
        observed.known_at,
        observed.first_known_at,
        observed.first_value
    from {{ ref('int_observations') }} as observed
    inner join {{ ref('int_days') }} as days
        on observed.observation_date = days.date and days.us_equity
    where observed.value is not null
        and observed.series_id in (
            {%- for t in tickers %}
            'yahoo.{{ t | upper }}.adjclose', 'yahoo.{{ t | upper }}.close', 'nasdaq.{{ t | upper }}.close'
            {{- ',' if not loop.last }}
            {%- endfor %}
        )
),

-- The session before, by whatever series had a price: no return may span one that was counted already.
covered as (
    select
        ticker,
        date,
        lag(date) over (partition by ticker order by date) as base_date,
        session - lag(session) over (partition by ticker order by date) as sessions_apart
    from (select distinct ticker, date, session from prices) as priced
),

-- One return, one series: the first in order that has both sessions. Over more than five sessions it is no answer.
returns as (
    select
        p.ticker,
        p.series_id,
        p.price_column,
        p.date,
        base.date as base_date,
        p.value / base.value - 1 as simple_return,
        p.first_value,
        p.first_known_at,
        p.known_at,
        base.known_at as base_known_at,
        row_number() over (partition by p.ticker, p.date order by p.preference) as place
    from prices as p
    inner join covered
        on p.ticker = covered.ticker and p.date = covered.date and covered.sessions_apart <= 5
    inner join prices as base
        on p.series_id = base.series_id and covered.base_date = base.date
),

-- As first printed: against the base as it was known when the price was first printed.
first_bases as (
    select
        returns.series_id,
        returns.date,
        v.value,
        row_number() over (partition by returns.series_id, returns.date order by v.known_at desc) as recency
    from returns
    inner join {{ ref('int_vintages') }} as v
        on returns.series_id = v.series_id
        and returns.base_date = v.observation_date
        and v.known_at <= returns.first_known_at
    where returns.place = 1
),

components as (
    select
        returns.date,
        {%- for t in tickers %}
        max(case when returns.ticker = '{{ t | upper }}' then returns.simple_return end) as {{ t }},
        max(case when returns.ticker = '{{ t | upper }}' then returns.first_value / first_bases.value - 1 end) as first_{{ t }},
        max(case when returns.ticker = '{{ t | upper }}' then '{{ t | upper }} (' || returns.price_column || ')' end)
            as {{ t }}_source,
        {%- endfor %}
        max(greatest(returns.known_at, returns.base_known_at)) as known_at,
        max(returns.first_known_at) as first_known_at
    from returns
    left join first_bases
        on returns.series_id = first_bases.series_id and returns.date = first_bases.date and first_bases.recency = 1
    where returns.place = 1
    group by returns.date
),

hstech as (
    select
        observation_date as date,
        value,
        100 * (value / lag(value) over (order by observation_date) - 1) as return_pct,
        100 * (value / max(value) over (order by observation_date) - 1) as drawdown_pct,
        known_at
    from {{ ref('int_observations') }}
    where series_id = 'tencent.HSTECH' and value is not null
),

sessions as (
    select
        days.date,
        days.us_equity_session as session,
        days.hong_kong,
        row_number() over (order by days.date) as place
    from {{ ref('int_days') }} as days
    where days.us_equity and days.date >= (select min(date) from prices)
),

baskets as (
    select
        sessions.date,
        sessions.session,
        sessions.hong_kong,
        sessions.place,
        {%- for t in tickers %}
        c.{{ t }},
        c.{{ t }}_source,
        {%- endfor %}
        {%- for basket, members in baskets.items() %}
        {%- set parts, first_parts = [], [] %}
        {%- for t in members %}{% do parts.append('c.' ~ t) %}{% do first_parts.append('c.first_' ~ t) %}{% endfor %}
        {{ basket_return(parts) }} as {{ basket }}_return,
        {{ basket_return(first_parts) }} as first_{{ basket }}_return,
        {{ basket_count(parts) }} as {{ basket }}_components,
        {%- endfor %}
        c.known_at,
        c.first_known_at,
        hstech.value as hstech_index,
        hstech.return_pct as hstech_return_pct,
        hstech.drawdown_pct as hstech_drawdown_pct,
        hstech.known_at as hstech_known_at
    from sessions
    left join components as c
        on sessions.date = c.date
    left join hstech
        on sessions.date = hstech.date
),

-- An index of 100 at the first session. A session without a return has no level; the return that follows spans it.
indexed as (
    select
        baskets.*,
        {%- for basket in baskets %}
        case when place = 1 or {{ basket }}_return is not null then
            100 * exp(coalesce(sum(ln(1 + {{ basket }}_return)) over (order by date), 0))
        end as {{ basket }}_index,
        {%- endfor %}
        max(known_at) over (order by date) as index_known_at
    from baskets
),

levels as (
    select
        indexed.*,
        {%- for basket in baskets %}
        100 * ({{ basket }}_index / max({{ basket }}_index) over (order by date) - 1) as {{ basket }}_drawdown_pct,
        {%- endfor %}
        us_ai_index / china_tech_index as relative_index
    from indexed
),

-- The last session before the event on which both baskets and, in Hong Kong, the index had a level.
event as (
    select
        events.event_date,
        max(case when levels.relative_index is not null then levels.date end) as base_date,
        max(case when levels.hstech_index is not null then levels.date end) as hstech_base_date
    from {{ ref('fct_policy_events') }} as events
    inner join levels
        on levels.date < events.event_date
    where events.event_id = '{{ event_id }}'
    group by events.event_date
),

measured as (
    select
        levels.*,
        past.relative_index as relative_index_20,
        event.event_date,
        event.base_date,
        {%- for measure in ['us_ai', 'china_tech', 'relative'] %}
        case when levels.date >= event.base_date then levels.{{ measure }}_index / base.{{ measure }}_index end
            as {{ measure }}_since_event,
        {%- endfor %}
        {%- for t in ['qqq', 'kweb'] %}
        case when levels.date >= event.base_date then
            exp(coalesce(sum(case when levels.date > event.base_date then ln(1 + levels.{{ t }}) end) over (order by levels.date), 0))
        end as {{ t }}_since_event,
        {%- endfor %}
        case when levels.date >= event.base_date then levels.hstech_index / hstech_base.hstech_index end as hstech_since_event
    from levels
    left join levels as past
        on levels.session - 20 = past.session
    left join event
        on true
    left join levels as base
        on event.base_date = base.date
    left join levels as hstech_base
        on event.hstech_base_date = hstech_base.date
)

select
    date,
    {%- for basket in baskets %}
    {{ r10('100 * ' ~ basket ~ '_return') }} as {{ basket }}_return_pct,
    cast({{ basket }}_components as integer) as {{ basket }}_components,
    {%- set sources %}concat_ws(', ', {% for t in baskets[basket] %}{{ t }}_source{{ ', ' if not loop.last }}{% endfor %}){% endset %}
    case when {{ basket }}_components > 0 then {{ sources }} end as {{ basket }}_component_list,
    {{ r10(basket ~ '_index') }} as {{ basket }}_index,
    {{ r10(basket ~ '_drawdown_pct') }} as {{ basket }}_drawdown_pct,
    {{ r10('100 * (' ~ basket ~ '_since_event - 1)') }} as {{ basket }}_since_event_pct,
    {%- endfor %}
    {{ r10('100 * ((1 + us_ai_return) / (1 + china_tech_return) - 1)') }} as relative_return_pct,
    {{ r10('100 * (relative_index / relative_index_20 - 1)') }} as relative_return_20_sessions_pct,
    {{ r10('100 * (relative_since_event - 1)') }} as relative_since_event_pct,
    case
        when place = 1 then 'first_session'
        when us_ai_return is null or china_tech_return is null then 'not_reported'
    end as return_null_reason,
    case
        when relative_index / relative_index_20 is not null then null
        when place <= 20 then 'fewer_than_20_sessions'
        else 'not_reported'
    end as relative_20_sessions_null_reason,
    event_date,
    base_date as event_base_date,
    case
        when relative_since_event is not null then null
        when event_date is null then 'event_not_known'
        when date < base_date then 'before_event'
        else 'not_reported'
    end as since_event_null_reason,
    {%- for t in tickers %}
    {{ r10('100 * ' ~ t) }} as {{ t }}_return_pct,
    {%- endfor %}
    case
        when {% for t in tickers %}{{ t }}{{ ' + ' if not loop.last }}{% endfor %} is not null then null
        when place = 1 then 'first_session'
        else 'not_reported'
    end as component_null_reason,
    {{ r10('100 * (qqq_since_event / kweb_since_event - 1)') }} as qqq_against_kweb_since_event_pct,
    hstech_index,
    {{ r10('hstech_return_pct') }} as hstech_return_pct,
    {{ r10('hstech_drawdown_pct') }} as hstech_drawdown_pct,
    {{ r10('100 * (hstech_since_event - 1)') }} as hstech_since_event_pct,
    {{ r10('100 * (us_ai_since_event / hstech_since_event - 1)') }} as relative_to_hstech_since_event_pct,
    case
        when hstech_return_pct is not null then null
        when not hong_kong then 'hong_kong_holiday'
        when hstech_index is not null then 'first_session'
        else 'not_reported'
    end as hstech_null_reason,
    case
        when us_ai_since_event / hstech_since_event is not null then null
        when event_date is null then 'event_not_known'
        when date < base_date then 'before_event'
        when not hong_kong then 'hong_kong_holiday'
        else 'not_reported'
    end as hstech_since_event_null_reason,
    greatest(known_at, hstech_known_at) as known_at,
    index_known_at,
    first_known_at,
    {%- for basket in baskets %}
    {{ r10('100 * first_' ~ basket ~ '_return') }} as first_{{ basket }}_return_pct,
    {%- endfor %}
    {{ r10('100 * ((1 + first_us_ai_return) / (1 + first_china_tech_return) - 1)') }} as first_relative_return_pct,
    case
        when first_us_ai_return + first_china_tech_return is not null then null
        when place = 1 then 'first_session'
        when us_ai_return is null or china_tech_return is null then 'not_reported'
        else 'price_before_not_known_then'
    end as first_return_null_reason
from measured
order by date
