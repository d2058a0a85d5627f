{#- The age band of somebody born on a date, on another date; null where one of them is unknown. -#}
{% macro age_band(birth_date, on_date) -%}
    case
        when date_sub('year', {{ birth_date }}, {{ on_date }}) < 35 then '0-35'
        when date_sub('year', {{ birth_date }}, {{ on_date }}) < 55 then '35-55'
        when date_sub('year', {{ birth_date }}, {{ on_date }}) >= 55 then '55<='
    end
{%- endmacro %}


{#- A branch of a case: the reason why a date cannot be meant; a year outside 1990 to 2100 is a slip. -#}
{% macro when_implausible(field, date) -%}
    when {{ date }} not between date '1990-01-01' and date '2100-12-31'
            then '{{ field }} is not between 1990 and 2100: ' || {{ date }}
{%- endmacro %}


{#-
    The date that a text names, year-month-day with or without a time behind it; null where it is none. DuckDB's own cast
    overlooks whatever stands behind a date.
-#}
{% macro roster_date(text) -%}
    case
        when regexp_full_match({{ text }}, '\s*\d{4}[-/]\d\d?[-/]\d\d?([T ]\d\d:\d\d[\d:.]*([Zz]|[+-]\d\d:?(\d\d)?)?)?\s*')
            then try_cast(regexp_extract({{ text }}, '[\d/-]+') as date)
    end
{%- endmacro %}


{#- A branch of a case: the reason why a record with a date that is none cannot be used; its text is in `<date>_text`. -#}
{% macro when_no_date(field, date) -%}
    when {{ date }}_text is not null and {{ date }} is null then '{{ field }} is not of type date'
{%- endmacro %}


{#- The folder of a roster file: what it holds together with its neighbors is one delivery. -#}
{% macro roster_delivery(source_file) -%}
    regexp_extract({{ source_file }}, '^(.*)/[^/]*$', 1)
{%- endmacro %}


{#-
    The deliveries of the roster in the order of their dates: a list of dicts delivery (folder),
    delivered_date. A folder's name is its date; files straight in `oneroster/` are dated by their last change.
    Warns of deliveries that are still to come. Stops the build where a folder has no date for a name, where two deliveries
    have one date, and where a delivery lacks a file that it needs: one of a type that is not optional, or one that an
    earlier delivery had.
-#}
{% macro roster_deliveries() -%}
    {%- if not reads_extracts() -%} {{ return([]) }} {%- endif -%}
    {%- for row in run_query(
        'select source_file from (select unnest(lernhaus_list_files(' ~ sql_text(extracts_folder())
        ~ ", ['oneroster/*/users.csv']), max_depth := 2)) where not regexp_full_match(source_file, "
        ~ "'oneroster/[0-9]{4}-[0-9]{2}-[0-9]{2}/.*') or try_cast(split_part(source_file, '/', 2) as date) is null"
    ).rows -%}
        {%- do exceptions.raise_compiler_error(
            'Unusable extract ' ~ row[0] ~ ': the name of its folder is no date; expected oneroster/<yyyy-mm-dd>/users.csv.'
        ) -%}
    {%- endfor -%}
    {%- set extracts = graph.sources.values() | selectattr('source_name', 'equalto', 'oneroster') | list -%}
    {%- for sentence in coming_folders(extracts) -%} {%- do exceptions.warn(sentence) -%} {%- endfor -%}
    {%- set dates, holdings = {}, {} -%}
    {%- for extract in extracts -%}
        {%- for file in extract_files(extract) -%}
            {%- set delivery = file.source_file.rpartition('/')[0] -%}
            {%- set date = delivery.partition('/')[2] or file.modified_at[:10] -%}
            {%- do dates.update({delivery: [dates.get(delivery, date), date] | max}) -%}
            {%- do holdings.setdefault(delivery, []).append(extract.name) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if dates.values() | unique | list | length < dates | length -%}
        {%- do exceptions.raise_compiler_error(
            'Ambiguous extract: the files straight in oneroster/ have the date of another delivery ('
            ~ (dates.values() | sort | join(', ')) ~ '); put them into a folder named by their date.'
        ) -%}
    {%- endif -%}
    {%- set expected = extracts | rejectattr('config.meta.optional') | map(attribute='name') | list -%}
    {%- set deliveries = [] -%}
    {%- for delivery, date in dates | dictsort(by='value') -%}
        {%- do expected.extend(holdings[delivery]) -%}
        {%- for extract in extracts if extract.name in expected and extract.name not in holdings[delivery] -%}
            {%- do exceptions.raise_compiler_error(
                'Missing extract: no file ' ~ delivery ~ '/' ~ extract.config.meta.files[0].rpartition('/')[2]
                ~ '[.gz|.zst], expected ' ~ expected_file(extract) ~ '.'
            ) -%}
        {%- endfor -%}
        {%- do deliveries.append({'delivery': delivery, 'delivered_date': date}) -%}
    {%- endfor -%}
    {{ return(deliveries) }}
{%- endmacro %}
