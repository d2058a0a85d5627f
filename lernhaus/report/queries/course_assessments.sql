-- how hard assessments are and how well they tell strong from weak learners; those with fewer than 5 scored learners
-- are left out, shares of 1 to 4 missing or late pieces, or of all but 1 to 4, withheld
with

-- shared: runs

select
    runs.course,
    runs.course_run,
    assessments.assessment_name,
    assessments.assessment_type,
    assessments.scored_count as scored_learner_count,
    round(assessments.mean_score, 1) as mean_score,
    round(assessments.item_rest_correlation, 2) as item_rest_correlation,
    case
        when
            assessments.late_submission_count not between 1 and 4
            and assessments.submission_count - assessments.late_submission_count not between 1 and 4
            then round(assessments.late_share, 3)
    end as late_share,
    case
        when
            assessments.missing_count not between 1 and 4
            and assessments.due_count - assessments.missing_count not between 1 and 4
            then round(assessments.missing_share, 3)
    end as missing_share
from rpt_assessment as assessments
inner join runs using (course_run_key)
where assessments.scored_count >= 5
order by runs.course, runs.course_run, assessments.due_date, assessments.assessment_name
