select
    series_id,
    publisher,
    endpoint,
    native_id,
    title,
    unit,
    frequency,
    calendar,
    release,
    known_at_rule,
    revisions,
    cast(minimum as double) as minimum,
    cast(maximum as double) as maximum,
    theme,
    expected_from as expected_from_date,
    carries,
    licence
from {{ ref('series_catalog') }}
order by series_id
