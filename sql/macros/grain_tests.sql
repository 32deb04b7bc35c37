{# Fails with each combination of `columns` that stands in more than one row. #}
{% test unique_together(model, columns) %}
select
    {{ columns | join(', ') }},
    count(*) as row_count
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}


{# Fails with each row whose column lies outside `at_least` … `at_most`; null passes. #}
{% test within(model, column_name, at_least=none, at_most=none) %}
select *
from {{ model }}
where
    false
    {%- if at_least is not none %}
    or {{ column_name }} < {{ at_least }}
    {%- endif %}
    {%- if at_most is not none %}
    or {{ column_name }} > {{ at_most }}
    {%- endif %}
{% endtest %}


{# Fails with each row for which `holds` is false. #}
{% test always(model, holds) %}
select *
from {{ model }}
where not ({{ holds }})
{% endtest %}


{# Fails with both counts when the model has not exactly as many rows as `other`. #}
{% test same_row_count(model, other) %}
with counted as (
    select
        (select count(*) from {{ model }}) as row_count,
        (select count(*) from {{ other }}) as other_row_count
)

select *
from counted
where row_count <> other_row_count
{% endtest %}


{# Fails with each row of the default partition of the table: rows of a day for which no partition was made. #}
{% test default_partition_is_empty(model) %}
select *
from {{ model.database }}.{{ model.schema }}.{{ model.identifier }}_default
{% endtest %}
