-- the 20 terms that set a course run apart most clearly from the others; those of fewer than 5 learners are left out
with

-- shared: runs

select
    runs.course,
    runs.course_run,
    terms.term,
    round(terms.distinctiveness, 1) as distinctiveness,
    terms.use_count,
    terms.learner_count
from nlp_course_run_terms as terms
inner join runs using (course_run_key)
where terms.learner_count >= 5 and terms.distinctiveness > 1.96
qualify row_number() over (partition by runs.course_run order by terms.distinctiveness desc, terms.term asc) <= 20
order by terms.distinctiveness desc, runs.course_run asc, terms.term asc
