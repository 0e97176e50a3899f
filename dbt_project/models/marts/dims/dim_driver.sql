with inputs as (
    select driver_id, {{ dbt.listagg('series_id', "', '", 'order by series_id') }} as input_series
    from {{ ref('driver_inputs') }}
    group by driver_id
)

select
    drivers.driver_id,
    drivers.theme,
    drivers.label,
    inputs.input_series,
    drivers.transform,
    drivers.unit,
    drivers.shock,
    cast(drivers.shock_order as integer) as shock_order,
    drivers.market_at as market_fixing,
    drivers.shock_null_reason,
    cast(drivers.direction as integer) as direction,
    drivers.window_kind,
    cast(drivers.window_length as integer) as window_length,
    cast(drivers.minimum_observations as integer) as minimum_observations,
    cast(drivers.stale_after_days as integer) as stale_after_days,
    drivers.layer,
    drivers.basis,
    drivers.rationale,
    drivers.article_passage
from {{ ref('drivers') }} as drivers
left join inputs
    on drivers.driver_id = inputs.driver_id
order by drivers.driver_id
