-- how well the models told it for groups of learners, with 95 % intervals; groups of fewer than 5 learners are left out
select
    evaluation.protocol,
    evaluation.grouped_by,
    evaluation.measure,
    evaluation.as_of_day,
    case
        when evaluation.grouped_by = 'course' then coalesce(dim_course.course_code, dim_course.course_id)
        else evaluation.group_value
    end as group_value,
    round(evaluation.measure_value, 3) as measure_value,
    round(evaluation.lower_bound, 3) as lower_bound,
    round(evaluation.upper_bound, 3) as upper_bound,
    evaluation.enrollment_count as learner_count
from risk_evaluation as evaluation
left join dim_course
    on evaluation.grouped_by = 'course' and evaluation.group_value = cast(dim_course.course_key as varchar)
where
    evaluation.grouped_by not in ('all', 'learner')
    and evaluation.measure in ('auc', 'base_rate', 'calibration_error')
    and evaluation.enrollment_count >= 5
order by evaluation.protocol, evaluation.grouped_by, evaluation.measure, evaluation.as_of_day, group_value
