{#-
    A learner's pseudonym: HMAC-SHA256 of `source_system|learner_id` under the secret of the environment
    (LERNHAUS_PSEUDONYM_SECRET), equal to lernhaus.keys.pseudonym. The secret reaches the engine through
    connection variables, so it stands in no compiled SQL.
-#}
{% macro pseudonym(source_system, learner_id) -%}
    {{ return(adapter.dispatch('pseudonym', 'lernhaus')(source_system, learner_id)) }}
{%- endmacro %}

{% macro duckdb__pseudonym(source_system, learner_id) -%}
    sha256(
        getvariable('lernhaus').hmac_outer
        || unhex(sha256(getvariable('lernhaus').hmac_inner || encode({{ source_system }} || '|' || {{ learner_id }})))
    )
{%- endmacro %}
