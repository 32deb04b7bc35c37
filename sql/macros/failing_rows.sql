{# dbt's own `not_null` returns only the empty column; we return the whole row, so that a failure can be named. #}
{% macro default__test_not_null(model, column_name) %}
select *
from {{ model }}
where {{ column_name }} is null
{% endmacro %}
