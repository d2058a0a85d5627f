select max(active_date) as active_date
from growth_active_learners
where daily_active_learner_count > 0
