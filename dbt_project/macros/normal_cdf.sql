{# Standard normal distribution function of a column, in double precision: Hart's rational approximation as given by
   G. West, "Better approximations to cumulative normal functions", Wilmott, May 2005. For |x| below 7; signals are
   winsorised at 4. No database function for it is portable. #}
{% macro normal_cdf(x) -%}
    case
        when {{ x }} > 0 then 1 - {{ normal_tail(x) }}
        else {{ normal_tail(x) }}
    end
{%- endmacro %}

{% macro normal_tail(x) -%}
    {%- set z = 'abs(' ~ x ~ ')' -%}
    exp(-0.5 * {{ x }} * {{ x }})
    * ((((((0.0352624965998911 * {{ z }} + 0.700383064443688) * {{ z }} + 6.37396220353165) * {{ z }}
        + 33.912866078383) * {{ z }} + 112.079291497871) * {{ z }} + 221.213596169931) * {{ z }} + 220.206867912376)
    / (((((((0.0883883476483184 * {{ z }} + 1.75566716318264) * {{ z }} + 16.064177579207) * {{ z }}
        + 86.7807322029461) * {{ z }} + 296.564248779674) * {{ z }} + 637.333633378831) * {{ z }}
        + 793.826512519948) * {{ z }} + 440.413735824752)
{%- endmacro %}
