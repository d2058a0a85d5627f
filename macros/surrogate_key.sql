{#-
    A signed 64-bit integer key from the parts of a natural key, the same on every engine and in
    lernhaus.keys.surrogate_key: the first eight bytes of the MD5 of the escaped parts joined by '|'.
    Escaping ('~' to '~~', '|' to '~|', NULL to '~n') makes the text, and so the key, differ whenever the parts do.
-#}
{% macro surrogate_key(parts) -%}
    {%- set escaped = [] -%}
    {%- for part in parts -%}
        {%- do escaped.append("coalesce(replace(replace(cast(" ~ part ~ " as " ~ dbt.type_string() ~ "), '~', '~~'), '|', '~|'), '~n')") -%}
    {%- endfor -%}
    {{ hash_to_bigint(escaped | join(" || '|' || ")) }}
{%- endmacro %}


{% macro hash_to_bigint(text) -%}
    {{ return(adapter.dispatch('hash_to_bigint', 'lernhaus')(text)) }}
{%- endmacro %}

{% macro duckdb__hash_to_bigint(text) -%}
    cast(cast(cast('0x' || substr(md5({{ text }}), 1, 16) as ubigint) as bit) as bigint)
{%- endmacro %}

{% macro spark__hash_to_bigint(text) -%}
    cast(conv(substr(md5({{ text }}), 1, 16), 16, -10) as bigint)
{%- endmacro %}


{#-
    A 64-bit integer that tells whether a row has changed: quicker than a key, but the engine's own, so no version but the
    one that made it can compare it. A table of such is made anew by another version.
-#}
{% macro row_hash(columns) -%}
    {{ return(adapter.dispatch('row_hash', 'lernhaus')(columns)) }}
{%- endmacro %}

{% macro default__row_hash(columns) -%}
    {{ surrogate_key(columns) }}
{%- endmacro %}

{% macro duckdb__row_hash(columns) -%}
    cast(hash({{ columns | join(', ') }}) >> 1 as bigint)
{%- endmacro %}


{#- Key of the unknown member that every dimension has. -#}
{% macro unknown_key() -%}
    cast(-1 as bigint)
{%- endmacro %}
