{#- Levels, carried with their age. -#}
{% set series = {
    'bills_usd_mn': 'fiscaldata.mspd_bills_usd_mn',
    'marketable_debt_usd_mn': 'fiscaldata.mspd_total_marketable_usd_mn',
    'public_debt_usd': 'fiscaldata.debt_total_usd',
    'federal_debt_usd_mn': 'fred.GFDEBTN',
    'treasury_cash_usd_mn': 'fiscaldata.tga_closing_balance_usd_mn',
    'yield_3m_pct': 'fred.DGS3MO',
    'yield_2y_pct': 'fred.DGS2',
    'yield_10y_pct': 'fred.DGS10',
    'yield_30y_pct': 'fred.DGS30',
    'real_yield_10y_pct': 'fred.DFII10',
    'term_premium_10y_pct': 'fred.THREEFYTP10',
    'federal_interest_usd_bn': 'fred.A091RC1Q027SBEA',
    'surplus_usd_mn': 'fred.MTSDS133FMS',
    'receipts_usd_mn': 'fiscaldata.mts_receipts_usd_mn',
    'outlays_usd_mn': 'fiscaldata.mts_outlays_usd_mn',
    'federal_jobs_thousands': 'fred.CES9091000001',
    'government_layoffs_thousands': 'fred.JTS9000LDL',
} -%}
{#- Figures made of two series: both on the older of their newest dates, so that no date is compared with another. -#}
{% set pairs = {
    'bills_share': ('fiscaldata.mspd_bills_usd_mn', 'fiscaldata.mspd_total_marketable_usd_mn'),
    'curve_10y_3m': ('fred.DGS10', 'fred.DGS3MO'),
    'curve_10y_2y': ('fred.DGS10', 'fred.DGS2'),
} -%}
{#- Figures made of one series' past: months back from its newest month. -#}
{% set reach = {
    'deficit': ('fred.MTSDS133FMS', range(24)),
    'jobs': ('fred.CES9091000001', [0, 3]),
    'interest': ('fred.A091RC1Q027SBEA', [0, 12]),
} -%}
{#- Of the statement the sample has what the press quoted. -#}
{% set quotable = ['receipts', 'outlays'] -%}
with known as (
    {{ as_known_rows(series) }}
),

sample_begins as (
    {{ sample_begins(series) }}
),

wanted as (
    {%- for figure, (left, right) in pairs.items() %}
    select
        l.date,
        '{{ figure }}' as figure,
        sides.series_id,
        0 as months_back,
        least(l.observation_date, r.observation_date) as observation_date
    from {{ ref('int_as_known_daily') }} as l
    inner join {{ ref('int_as_known_daily') }} as r
        on l.date = r.date and r.series_id = '{{ right }}'
    cross join (select '{{ left }}' as series_id union all select '{{ right }}' as series_id) as sides
    where l.series_id = '{{ left }}'
    union all
    {%- endfor %}
    select
        k.date,
        offsets.figure,
        k.series_id,
        offsets.months_back,
        cast(k.observation_date - offsets.months_back * interval '1' month as date) as observation_date
    from {{ ref('int_as_known_daily') }} as k
    inner join (
        {%- for figure, (series_id, months) in reach.items() %}{% set last = loop.last %}{% for n in months %}
        select '{{ figure }}' as figure, '{{ series_id }}' as series_id, {{ n }} as months_back
        {%- if not (last and loop.last) %} union all{% endif %}{% endfor %}{% endfor %}
    ) as offsets
        on k.series_id = offsets.series_id
),

-- Every part of a figure by the vintage of the row's own day: a change never mixes first prints with revisions.
parts as (
    select wanted.date, wanted.figure, wanted.series_id, wanted.months_back, wanted.observation_date, v.value, v.known_at
    from wanted
    inner join {{ ref('int_vintages') }} as v
        on wanted.series_id = v.series_id
        and wanted.observation_date = v.observation_date
        and v.value is not null
        and {{ valid_on('v', 'wanted.date') }} -- as-of filter: fiscal parts
),

made as (
    select
        date,
        {%- for figure, (left, right) in pairs.items() %}
        max(case when figure = '{{ figure }}' and series_id = '{{ left }}' then value end) as {{ figure }}_left,
        max(case when figure = '{{ figure }}' and series_id = '{{ right }}' then value end) as {{ figure }}_right,
        max(case when figure = '{{ figure }}' then observation_date end) as {{ figure }}_observation_date,
        {%- endfor %}
        count(case when figure = 'deficit' and months_back < 12 then 1 end) as deficit_months,
        count(case when figure = 'deficit' then 1 end) as deficit_months_of_two_years,
        -- Decimals add up exactly; doubles of this size would differ in the tenth decimal with the order of the rows.
        -sum(case when figure = 'deficit' and months_back < 12 then cast(value as decimal(24, 8)) end)
            as deficit_of_months,
        -sum(case when figure = 'deficit' and months_back >= 12 then cast(value as decimal(24, 8)) end)
            as deficit_of_months_year_ago,
        {%- for figure in ['jobs', 'interest'] %}
        max(case when figure = '{{ figure }}' and months_back = 0 then value end) as {{ figure }}_newest,
        max(case when figure = '{{ figure }}' and months_back > 0 then value end) as {{ figure }}_earlier,
        {%- endfor %}
        max(known_at) as known_at
    from parts
    group by date
),

-- Months of the Treasury statement as the press quoted them. It is out at 14:00 New York, 18:00 or 19:00 UTC of its day.
quoted as (
    select
        known.date,
        anchor.item,
        anchor.period_start,
        {{ r10('1000 * anchor.value_usd_bn') }} as value_usd_mn,
        anchor.source_url,
        cast(anchor.published_date as timestamp) + interval '19' hour as known_at,
        row_number() over (
            partition by known.date, anchor.item order by anchor.period_start desc, anchor.published_date desc
        ) as recency
    from known
    inner join {{ ref('treasury_statement_anchors') }} as anchor
        on anchor.item in ({% for item in quotable %}'{{ item }}'{{ ', ' if not loop.last }}{% endfor %})
        and anchor.published_date <= known.date -- as-of filter: quoted receipts and outlays
),

-- A quotation stands only where the Treasury's own table has neither its month nor a later one.
stated as (
    select
        known.*,
        {%- for item in quotable %}
        quoted_{{ item }}.value_usd_mn as quoted_{{ item }}_usd_mn,
        quoted_{{ item }}.period_start as quoted_{{ item }}_date,
        quoted_{{ item }}.source_url as quoted_{{ item }}_source,
        {%- endfor %}
        case when quoted_receipts.known_at > quoted_outlays.known_at or quoted_outlays.known_at is null
            then quoted_receipts.known_at else quoted_outlays.known_at end as quoted_known_at
    from known
    {%- for item in quotable %}
    left join quoted as quoted_{{ item }}
        on known.date = quoted_{{ item }}.date
        and quoted_{{ item }}.item = '{{ item }}'
        and quoted_{{ item }}.recency = 1
        and (
            known.{{ item }}_usd_mn is null
            or quoted_{{ item }}.period_start > known.{{ item }}_usd_mn_observation_date
        )
    {%- endfor %}
),

levels as (
    select
        {%- for column in series %}
        {%- set item = column | replace('_usd_mn', '') %}
        {%- if item in quotable %}
        coalesce(quoted_{{ item }}_usd_mn, {{ column }}) as {{ column }},
        case when quoted_{{ item }}_usd_mn is not null then quoted_{{ item }}_date else {{ column }}_observation_date end
            as {{ column }}_observation_date,
        case
            when quoted_{{ item }}_usd_mn is not null then quoted_{{ item }}_source
            when {{ column }} is not null then 'US Treasury, FiscalData mts_table_1'
        end as {{ item }}_source,
        {%- else %}
        {{ column }},
        {{ column }}_observation_date,
        {%- endif %}
        {%- endfor %}
        date,
        case when quoted_known_at > known_at then quoted_known_at else known_at end as known_at
    from stated
),

computed as (
    select
        known.*,
        made.known_at as made_known_at,
        100 * made.bills_share_left / made.bills_share_right as bills_share_pct,
        case when made.bills_share_left is not null and made.bills_share_right is not null then made.bills_share_observation_date end
            as bills_share_pct_observation_date,
        made.curve_10y_3m_left - made.curve_10y_3m_right as curve_10y_less_3m_pp,
        case when made.curve_10y_3m_left is not null and made.curve_10y_3m_right is not null then made.curve_10y_3m_observation_date end
            as curve_10y_less_3m_pp_observation_date,
        made.curve_10y_2y_left - made.curve_10y_2y_right as curve_10y_less_2y_pp,
        case when made.curve_10y_2y_left is not null and made.curve_10y_2y_right is not null then made.curve_10y_2y_observation_date end
            as curve_10y_less_2y_pp_observation_date,
        case when made.deficit_months = 12 then made.deficit_of_months end as deficit_12m_usd_mn,
        case when made.deficit_months_of_two_years = 24 then made.deficit_of_months_year_ago end
            as deficit_12m_year_ago_usd_mn,
        made.jobs_newest - made.jobs_earlier as federal_jobs_change_3m_thousands,
        100 * (made.interest_newest / made.interest_earlier - 1) as federal_interest_yoy_pct
    from levels as known
    left join made
        on known.date = made.date
)

select
    date,
    {{ r10('bills_share_pct') }} as bills_share_pct,
    bills_share_pct_observation_date,
    cast(date - bills_share_pct_observation_date as integer) as bills_share_pct_age_days,
    {{ null_reason('bills_share_pct', 'bills_usd_mn is null or marketable_debt_usd_mn is null', 'no_common_month') }}
        as bills_share_null_reason,
    {%- for column in series if column != 'surplus_usd_mn' %}
    {{ column }},
    {{ column }}_observation_date,
    cast(date - {{ column }}_observation_date as integer) as {{ column }}_age_days,
    {{ level_null_reason(column) }} as {{ column }}_null_reason,
    {%- if column | replace('_usd_mn', '') in quotable %}
    {{ column | replace('_usd_mn', '') }}_source,
    {%- endif %}
    {%- endfor %}
    {%- for curve, legs in {'curve_10y_less_3m': 'yield_3m_pct', 'curve_10y_less_2y': 'yield_2y_pct'}.items() %}
    {{ r10(curve ~ '_pp') }} as {{ curve }}_pp,
    {{ curve }}_pp_observation_date,
    cast(date - {{ curve }}_pp_observation_date as integer) as {{ curve }}_pp_age_days,
    {{ null_reason(curve ~ '_pp', 'yield_10y_pct is null or ' ~ legs ~ ' is null', 'no_common_day') }}
        as {{ curve }}_null_reason,
    {%- endfor %}
    {{ r10('federal_interest_yoy_pct') }} as federal_interest_yoy_pct,
    {{ null_reason('federal_interest_yoy_pct', 'federal_interest_usd_bn is null', 'no_figure_of_a_year_before') }}
        as federal_interest_yoy_null_reason,
    -surplus_usd_mn as deficit_usd_mn,
    surplus_usd_mn_observation_date as deficit_usd_mn_observation_date,
    cast(date - surplus_usd_mn_observation_date as integer) as deficit_usd_mn_age_days,
    {{ level_null_reason('surplus_usd_mn') }} as deficit_usd_mn_null_reason,
    {{ r10('deficit_12m_usd_mn') }} as deficit_12m_usd_mn,
    {{ null_reason('deficit_12m_usd_mn', 'surplus_usd_mn is null', 'a_month_of_12_missing') }} as deficit_12m_null_reason,
    {{ r10('deficit_12m_year_ago_usd_mn') }} as deficit_12m_year_ago_usd_mn,
    {{ r10('deficit_12m_usd_mn - deficit_12m_year_ago_usd_mn') }} as deficit_12m_change_usd_mn,
    {{ null_reason('deficit_12m_year_ago_usd_mn', 'surplus_usd_mn is null', 'a_month_of_24_missing') }}
        as deficit_12m_change_null_reason,
    {{ r10('federal_jobs_change_3m_thousands') }} as federal_jobs_change_3m_thousands,
    {{ null_reason('federal_jobs_change_3m_thousands', 'federal_jobs_thousands is null', 'no_figure_of_3_months_before') }}
        as federal_jobs_change_3m_null_reason,
    case when made_known_at > known_at then made_known_at else known_at end as known_at
from computed
cross join sample_begins
order by date
