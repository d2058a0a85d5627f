{{ config(
    materialized='incremental',
    enabled='oneroster' in source_systems(),
    on_schema_change='fail',
    pre_hook="{{ forget_changed_files() }}",
    post_hook="{{ record_loaded_files() }}",
) }}
-- base_oneroster__user.sql: grain = record of users.csv
with

records as (
    {{ read_csv_extract('oneroster', 'user', raw=true) }}
),

renamed as (
    select
        "sourcedId" as user_id,
        "enabledUser" as is_active,
        "username" as username,
        "givenName" as given_name,
        "familyName" as family_name,
        "email" as email,
        "primaryOrgSourcedId" as organization_id,
        "metadata.programme" as programme,
        "metadata.region" as region,
        "metadata.highestEducation" as highest_education,
        "metadata.deprivationBand" as deprivation_band,
        "metadata.hasDisability" as has_disability,
        lower("status") as status,
        source_file,
        record_number,
        raw_record,
        first_value(record_number) over same_id as first_record_number,
        first_value(raw_record) over same_id as first_raw_record
    from records
    window same_id as (partition by source_file, "sourcedId" order by record_number)
),

base_oneroster__user as (
    select
        user_id,
        is_active,
        username,
        given_name,
        family_name,
        email,
        organization_id,
        programme,
        region,
        highest_education,
        deprivation_band,
        has_disability,
        coalesce(status = 'tobedeleted', false) as is_deleted,
        source_file,
        record_number,
        record_number > first_record_number and raw_record = first_raw_record as is_redelivered,
        case
            when user_id is null then 'sourcedId is missing'
            when raw_record <> first_raw_record
                then 'sourcedId is already used by an earlier record'
        end as quarantine_reason,
        raw_record
    from renamed
)

{{ all_but_erased([learner_in('oneroster', 'user_id')]) }}
