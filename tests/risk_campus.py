"""A small campus for the tests of risk: what becomes of an enrollment depends on a pace that its days show."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa

STARTS = (date(2020, 2, 3), date(2020, 9, 7), date(2021, 2, 1), date(2021, 9, 6))
LENGTH = 97
DUE_DAYS = (20, 41, 62, 83)
DAYS = (0, 14, 28, 56, 84)
TODAY = date(2021, 11, 10)
KINDS = ("page", "forum", "quiz", "something_new")


@dataclass(frozen=True)
class Campus:
    """Facts as frames; columns are those that the features read."""

    enrollments: pd.DataFrame
    course_runs: pd.DataFrame
    demographics: pd.DataFrame
    uses: pd.DataFrame
    activities: pd.DataFrame
    submissions: pd.DataFrame
    assessments: pd.DataFrame

    def tables(self) -> tuple[pa.Table, ...]:
        """In the order in which `features.build` takes them."""
        frames = (
            self.enrollments,
            self.course_runs,
            self.demographics,
            self.uses,
            self.activities,
            self.submissions,
            self.assessments,
        )
        return tuple(pa.Table.from_pandas(frame, preserve_index=False) for frame in frames)

    def known_on(self, today: date) -> "Campus":
        """The campus as a warehouse held it on that day: nothing of it is later."""
        elapsed = self.course_runs.set_index("course_run_key")["start_date"].map(lambda start: (today - start).days)
        people = self.enrollments
        now = people["course_run_key"].map(elapsed)
        ended = now > LENGTH
        seen = people.assign(
            final_result=people["final_result"].where(ended, None),
            withdrawn_course_day=people["withdrawn_course_day"].where(people["withdrawn_course_day"] <= now),
        )[people["registered_course_day"] <= now]
        day_of = dict(zip(people["enrollment_key"], now, strict=True))
        uses = self.uses[self.uses["course_day"] <= self.uses["enrollment_key"].map(day_of)]
        work = self.submissions[
            self.submissions["submitted_course_day"] <= self.submissions["enrollment_key"].map(day_of)
        ]
        is_scored = work["scored_course_day"] <= work["enrollment_key"].map(day_of)
        work = work.assign(
            score=work["score"].where(is_scored), scored_course_day=work["scored_course_day"].where(is_scored)
        )
        runs = self.course_runs.assign(is_finished=self.course_runs["end_date"] < today)
        return replace(self, enrollments=seen, uses=uses, submissions=work, course_runs=runs)

    def shuffled(self, seed: int) -> "Campus":
        """The same rows in another order."""
        frames = {name: frame.sample(frac=1, random_state=seed) for name, frame in vars(self).items()}
        return Campus(**frames)


def make_campus(learners: int = 90, seed: int = 2) -> Campus:
    """Two courses in four terms, each learner in one run, some again in a later one."""
    rng = np.random.default_rng(seed)
    runs, people, uses, work, plan = [], [], [], [], []
    for term, start in enumerate(STARTS):
        for course in (1, 2):
            run = 10 * term + course
            end = start + timedelta(days=LENGTH)
            runs.append((run, course, start, end, end < TODAY, 1000 + run))
            for number, due in enumerate(DUE_DAYS):
                plan.append((100 * run + number, run, "quiz" if number == 1 else "assignment", float(due), 25.0))
            plan.append((100 * run + 9, run, "exam", float(LENGTH), 100.0))
            for number in range(learners):
                key = 104_729 * (len(people) + 1)
                pace = rng.gamma(2.0, 0.5)
                is_good = rng.random() < 1 / (1 + np.exp(-4 * (pace - 0.9)))
                withdraws = not is_good and rng.random() < 0.5
                registered = float(rng.integers(-40, 20))
                withdrawn = float(rng.integers(max(registered, 0) + 1, LENGTH)) if withdraws else np.nan
                result = "pass" if is_good else "withdrawn" if withdraws else "fail"
                learner = number if number < learners // 10 else len(people) + 10_000
                demographics = 1 + int(rng.integers(0, 3))
                people.append(
                    (key, learner, run, demographics, registered, withdrawn, result, int(rng.integers(0, 2)), 60)
                )
                last = LENGTH if np.isnan(withdrawn) else int(withdrawn)
                for day in np.flatnonzero(rng.random(last - int(registered)) < min(0.9, pace / 3)) + int(registered):
                    for activity in set(rng.integers(0, len(KINDS), 2).tolist()):
                        uses.append((key, activity, int(day), int(rng.integers(1, 9))))
                for number_of_work, due in enumerate(DUE_DAYS):
                    submitted = due + int(rng.integers(-9, 5))
                    if submitted >= last or rng.random() > min(0.95, pace):
                        continue
                    score = float(np.clip(rng.normal(50 + 20 * pace, 10), 0, 100))
                    work.append(
                        (key, 100 * run + number_of_work, 1, float(submitted), float(submitted + 7), due - submitted,
                         submitted > due, score, False, False)
                    )  # fmt: skip
    activities = pd.DataFrame({"activity_key": range(len(KINDS)), "activity_type": KINDS})
    demographics_frame = pd.DataFrame(
        {
            "demographics_key": [1, 2, 3],
            "gender": ["f", "m", "unknown"],
            "age_band": ["0-35", "35-55", "unknown"],
            "region": ["north", "south", "unknown"],
            "highest_education": ["A Level or Equivalent", "HE Qualification", "unknown"],
            "deprivation_band": ["0-10%", "90-100%", "unknown"],
            "disability": ["no", "yes", "unknown"],
        }
    )

    def frame(rows: list[tuple[object, ...]], columns: str) -> pd.DataFrame:
        return pd.DataFrame(rows, columns=columns.split())

    return Campus(
        frame(
            people,
            "enrollment_key learner_key course_run_key demographics_key registered_course_day withdrawn_course_day "
            "final_result previous_attempt_count studied_credits",
        ),
        frame(runs, "course_run_key course_key start_date end_date is_finished content_hash"),
        demographics_frame,
        frame(uses, "enrollment_key activity_key course_day interaction_count"),
        activities,
        frame(
            work,
            "enrollment_key assessment_key attempt_number submitted_course_day scored_course_day days_before_due "
            "is_late score is_banked is_gradebook_only",
        ),
        frame(plan, "assessment_key course_run_key assessment_type due_course_day weight"),
    )
