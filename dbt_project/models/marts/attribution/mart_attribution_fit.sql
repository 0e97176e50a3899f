select
    model,
    target,
    label,
    first_date,
    last_date,
    sessions,
    r_squared_against_zero,
    market_r_squared_against_zero,
    r_squared_against_market,
    clark_west_t,
    clark_west_p,
    clark_west_zero_t,
    clark_west_zero_p,
    worse_t,
    worse_p,
    verdict,
    ridge_r_squared_against_zero,
    forecast_r_squared,
    sentence,
    statement
from {{ source('attribution', 'fit') }}
order by case model when 'all_themes' then 1 when 'sp500' then 2 when 'risk' then 3 else 4 end, target desc, model
