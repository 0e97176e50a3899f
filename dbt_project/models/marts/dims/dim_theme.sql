select
    theme,
    label,
    in_composite,
    cast(sort_order as integer) as sort_order,
    article_says,
    null_reason
from {{ ref('themes') }}
order by sort_order
