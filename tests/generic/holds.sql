{#- Each condition holds in every row (NULL counts as held): ranges, orders and identities in one scan. -#}
{% test holds(model, conditions) %}
select *
from {{ model }}
where
    {%- for condition in conditions %}
    {{ "or " if not loop.first }}not ({{ condition }})
    {%- endfor %}
{% endtest %}
