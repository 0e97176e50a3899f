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
    case
        when market_r_squared_against_zero + r_squared_against_market + clark_west_t + clark_west_p is not null then null
        when target = 'remainder' then 'held_against_zero'
        when model = 'sp500' then 'is_the_market_itself'
        else 'not_computable'
    end as market_comparison_null_reason,
    clark_west_zero_t,
    clark_west_zero_p,
    case
        when clark_west_zero_t + clark_west_zero_p is not null then null
        when target = 'return' and model not in ('all_themes', 'sp500') then 'held_against_the_market'
        else 'not_computable'
    end as zero_comparison_null_reason,
    worse_t,
    worse_p,
    verdict,
    ridge_r_squared_against_zero,
    forecast_r_squared,
    case
        when ridge_r_squared_against_zero + forecast_r_squared is not null then null
        when model <> 'all_themes' then 'for_all_themes_only'
        else 'not_computable'
    end as benchmark_null_reason,
    sentence,
    statement
from {{ source('attribution', 'fit') }}
order by case model when 'all_themes' then 1 when 'sp500' then 2 when 'risk' then 3 else 4 end, target desc, model
