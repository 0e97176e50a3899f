{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'mart_publisher_comparison'}}}) }}
-- Two publishers of one quantity agree within their tolerance. A breach is worth a look and blocks nothing: either may
-- be right, and `drivers status` lists it.
select date, comparison_id, left_value, right_value, difference, tolerance
from {{ ref('mart_publisher_comparison') }}
where not within_tolerance
