-- Every visible vintage of every series with its validity: from known_date up to, but without, superseded_date.
-- A vintage replaced within one knowledge day has an empty validity: no cutoff ever saw it.
{% set publishers = [
    'binance', 'farside', 'fred', 'ecb', 'eastmoney', 'hkma', 'tencent', 'defillama', 'alternative_me',
    'fiscaldata', 'treasury', 'nyfed', 'worldbank', 'bls', 'yahoo', 'nasdaq', 'lbma', 'coinmetrics', 'coinbase',
] %}
with vintages as (
    {% for publisher in publishers %}
    select
        series_id, observation_date, known_at, known_at_basis, value, status, landing_id, known_date
    from {{ ref('stg_' ~ publisher) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select
    series_id,
    observation_date,
    known_at,
    known_at_basis,
    value,
    status,
    landing_id,
    known_date,
    lead(known_date) over (partition by series_id, observation_date order by known_at) as superseded_date,
    row_number() over (partition by series_id, observation_date order by known_at) as vintage_number,
    row_number() over (partition by series_id, observation_date order by known_at desc) as recency
from vintages
