-- How long an exchange's expenses would last on an assumed reserve, and what losses are against it. Only Coinbase
-- reports; what stands here of another exchange is an assumption, which is a column.
with years as (
    {{ exchange_years() }}
),

reporting as (
    select *, row_number() over (order by fiscal_year desc) as recency
    from years
),

-- What the article holds Bybit's reserve to be.
article as (
    select
        max(case when metric = 'low_end' then 1e9 * article_figure end) as low_usd,
        max(case when metric = 'high_end' then 1e9 * article_figure end) as high_usd
    from {{ ref('article_claims') }}
    where claim_id = 'sec_reserve_3_12m'
),

-- The largest loss of the 365 days to the newest day that the list covers, anyone's and the exchange's own.
losses as (
    select incidents.name, incidents.date, incidents.loss_usd, incidents.known_at, incidents.incident_id
    from {{ ref('fct_security_incidents') }} as incidents
    where incidents.loss_usd is not null
        and incidents.date > (select max(date) from {{ ref('fct_security_losses_daily') }}) - 365
),

largest as (
    select name, date, loss_usd, known_at, row_number() over (order by loss_usd desc, incident_id) as place
    from losses
),

own as (
    select
        name,
        date,
        loss_usd,
        known_at,
        row_number() over (partition by name order by loss_usd desc, incident_id) as place
    from losses
),

-- A reserve is 3 to 12 months of expenses: the assumption, with what it would take to meet the article's estimate.
reserves as (
    select
        assumptions.exchange,
        assumptions.months_of_expenses,
        assumptions.expense_scale_ratio,
        assumptions.scale_basis,
        reporting.exchange as reporting_exchange,
        reporting.fiscal_year,
        reporting.fiscal_year_end_date,
        reporting.total_revenue_usd,
        reporting.net_income_usd,
        reporting.operating_expenses_usd,
        reporting.known_at,
        reporting.known_at_basis,
        reporting.operating_expenses_usd * assumptions.expense_scale_ratio * assumptions.months_of_expenses / 12
            as reserve_usd,
        reporting.operating_expenses_usd * assumptions.months_of_expenses / 12 as unscaled_reserve_usd,
        case when assumptions.exchange = 'Bybit' then article.low_usd end as article_low_usd,
        case when assumptions.exchange = 'Bybit' then article.high_usd end as article_high_usd
    from {{ ref('reserve_assumptions') }} as assumptions
    cross join article
    inner join reporting
        on reporting.recency = 1
)

select
    reserves.exchange,
    reserves.months_of_expenses || '_months' as assumption,
    reserves.months_of_expenses,
    {{ r10('reserves.expense_scale_ratio') }} as expense_scale_ratio,
    reserves.scale_basis,
    reserves.exchange <> reserves.reporting_exchange as is_estimate,
    reserves.reporting_exchange,
    cast(reserves.fiscal_year as integer) as fiscal_year,
    reserves.fiscal_year_end_date,
    {{ r10('reserves.total_revenue_usd') }} as total_revenue_usd,
    {{ r10('reserves.net_income_usd') }} as net_income_usd,
    {{ r10('reserves.operating_expenses_usd') }} as operating_expenses_usd,
    {{ r10('reserves.reserve_usd') }} as reserve_usd,
    case
        when reserves.total_revenue_usd + reserves.net_income_usd + reserves.reserve_usd is null
            then 'blank_at_the_publisher'
    end as figures_null_reason,
    {{ r10('reserves.article_low_usd') }} as article_reserve_low_usd,
    {{ r10('reserves.article_high_usd') }} as article_reserve_high_usd,
    {{ r10('reserves.article_low_usd / reserves.unscaled_reserve_usd') }} as implied_scale_low_ratio,
    {{ r10('reserves.article_high_usd / reserves.unscaled_reserve_usd') }} as implied_scale_high_ratio,
    case
        when reserves.article_low_usd is null or reserves.article_high_usd is null then 'not_in_the_article'
    end as article_reserve_null_reason,
    own.date as own_loss_date,
    own.loss_usd as own_loss_usd,
    {{ r10('own.loss_usd / reserves.reserve_usd') }} as own_loss_to_reserve_ratio,
    case when own.loss_usd is null then 'no_incident_listed' end as own_loss_null_reason,
    largest.name as largest_loss_name,
    largest.date as largest_loss_date,
    largest.loss_usd as largest_loss_usd,
    case when largest.loss_usd is null then 'no_incident_listed' end as largest_loss_null_reason,
    {{ r10('largest.loss_usd / reserves.reserve_usd') }} as largest_loss_to_reserve_ratio,
    reserves.known_at as expenses_known_at,
    reserves.known_at_basis as expenses_known_at_basis,
    greatest(reserves.known_at, own.known_at, largest.known_at) as known_at
from reserves
left join own
    on reserves.exchange = own.name and own.place = 1
left join largest
    on largest.place = 1
order by reserves.exchange, reserves.months_of_expenses
