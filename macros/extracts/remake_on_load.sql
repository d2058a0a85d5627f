{#-
    A further post hook of a base model in which a new record can change what becomes of earlier ones (an event that turns
    out to be told already, a user who turns out to teach): whatever is loaded, all tables above are remade in full.
        post_hook=["{{ record_loaded_files() }}", "{{ remake_on_load() }}"]
    Without it, tables with `incremental` only add what has a greater `load_id` than they have.
-#}
{% macro remake_on_load() -%}
    {%- if reads_extracts() %}
    update {{ side_table(this, 'built_from') }} set remade_load_id = load_id
    {%- endif -%}
{%- endmacro %}
