-- posts of learners; numbers of posts by fewer than 5 of them are withheld
select
    case when count(distinct learner_key) >= 5 then count(*) end as post_count,
    case when count(distinct learner_key) >= 5 then count(distinct learner_key) end as writing_learner_count,
    case when count(*) filter (where is_reply) >= 5 then round(
        count(*) filter (where is_reply) / count(*), 3
    ) end as reply_share,
    (
        select case when count(distinct waiting.learner_key) >= 5 then count(*) end
        from rpt_forum_attention as waiting
    ) as waiting_post_count
from fct_post
where not is_staff
