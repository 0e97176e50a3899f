{# The one rule of claims, over the columns of a measured metric and its line of the seed. Null in, not decidable out.

   level                  inside expected +- tolerance, else contradicted
   range                  inside expected_low to expected_high, else contradicted
   at_least, at_most,     on the named side of expected, else contradicted
   above, below
   beyond                 expected or further from zero in its direction; contradicted beyond the mirror, -expected
   tail_low, tail_high    a percentile at or beyond expected; contradicted beyond the mirror, 100 - expected
   sign_interval          the whole interval on the side of expected's sign; contradicted wholly on the other
   sign_significant       the sign of expected with p below tolerance; contradicted by the other sign with such a p
   Figures are compared after rounding to 10 decimals, as they are published. #}
{% macro claim_verdict(value, lower, upper, p_value, observations) -%}
    case
        when {{ value }} is null or {{ observations }} < minimum_n then 'not_decidable'
        when rule = 'level' then
            case when abs({{ value }} - expected) <= {{ claim_tolerance() }} then 'supported' else 'contradicted' end
        when rule = 'range' then
            case when {{ value }} >= expected_low and {{ value }} <= expected_high then 'supported' else 'contradicted' end
        when rule = 'at_least' then case when {{ value }} >= expected then 'supported' else 'contradicted' end
        when rule = 'at_most' then case when {{ value }} <= expected then 'supported' else 'contradicted' end
        when rule = 'above' then case when {{ value }} > expected then 'supported' else 'contradicted' end
        when rule = 'below' then case when {{ value }} < expected then 'supported' else 'contradicted' end
        when rule = 'beyond' then case
            when sign(expected) * {{ value }} >= abs(expected) then 'supported'
            when sign(expected) * {{ value }} <= -abs(expected) then 'contradicted'
            else 'not_decidable' end
        when rule = 'tail_low' then case
            when {{ value }} <= expected then 'supported'
            when {{ value }} >= 100 - expected then 'contradicted'
            else 'not_decidable' end
        when rule = 'tail_high' then case
            when {{ value }} >= expected then 'supported'
            when {{ value }} <= 100 - expected then 'contradicted'
            else 'not_decidable' end
        when rule = 'sign_interval' then case
            when {{ lower }} > 0 then case when expected > 0 then 'supported' else 'contradicted' end
            when {{ upper }} < 0 then case when expected < 0 then 'supported' else 'contradicted' end
            else 'not_decidable' end
        when rule = 'sign_significant' then case
            when {{ p_value }} < tolerance and sign({{ value }}) = sign(expected) then 'supported'
            when {{ p_value }} < tolerance and sign({{ value }}) = -sign(expected) then 'contradicted'
            else 'not_decidable' end
        else 'not_decidable'
    end
{%- endmacro %}

{% macro claim_tolerance() -%}
    case when tolerance_unit = '%' then round(tolerance / 100 * abs(expected), 10) else tolerance end
{%- endmacro %}

{# What was expected, in words. #}
{% macro claim_expectation() -%}
    case rule
        when 'level' then {{ plain_number('expected') }}
            || case when tolerance_unit = '%' then ' within ' || {{ plain_number('tolerance') }} || '%'
                else ' within ' || {{ plain_number('tolerance') }} || ' ' || tolerance_unit end
        when 'range' then {{ plain_number('expected_low') }} || ' to ' || {{ plain_number('expected_high') }}
        when 'at_least' then 'at least ' || {{ plain_number('expected') }}
        when 'at_most' then 'at most ' || {{ plain_number('expected') }}
        when 'above' then 'above ' || {{ plain_number('expected') }}
        when 'below' then 'below ' || {{ plain_number('expected') }}
        when 'beyond' then case when expected < 0 then 'at most ' else 'at least ' end || {{ plain_number('expected') }}
        when 'tail_low' then 'at most ' || {{ plain_number('expected') }}
        when 'tail_high' then 'at least ' || {{ plain_number('expected') }}
        when 'sign_interval' then 'the 90% interval ' || case when expected < 0 then 'below 0' else 'above 0' end
        when 'sign_significant' then case when expected < 0 then 'below 0' else 'above 0' end
            || ', p below ' || {{ plain_number('tolerance') }}
    end
{%- endmacro %}

{# A number without trailing zeros. #}
{% macro plain_number(expression) -%}
    case
        when {{ expression }} = round({{ expression }}, 0) then cast(cast({{ expression }} as bigint) as varchar)
        when {{ expression }} = round({{ expression }}, 1) then {{ decimal_text(expression, 1) }}
        when {{ expression }} = round({{ expression }}, 2) then {{ decimal_text(expression, 2) }}
        else {{ decimal_text(expression, 3) }}
    end
{%- endmacro %}

{# Why a metric decides nothing; null when it decides. #}
{% macro claim_reason(verdict, value, observations, reason) -%}
    case
        when {{ verdict }} <> 'not_decidable' then null
        when {{ value }} is null then coalesce({{ reason }}, 'No figure of it was known.')
        when {{ observations }} < minimum_n
            then 'Only ' || {{ observations }} || ' cases; ' || minimum_n || ' are needed.'
        when rule = 'sign_interval' then 'Its 90% interval holds zero.'
        when rule = 'sign_significant' then 'Its p is not below ' || {{ plain_number('tolerance') }} || '.'
        when rule in ('tail_low', 'tail_high') then 'Neither in the tail nor in the opposite one.'
        else 'Neither beyond the threshold nor beyond the opposite one.'
    end
{%- endmacro %}
