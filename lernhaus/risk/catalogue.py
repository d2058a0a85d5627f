"""What the features of risk are: name, group and definition.

The one place where a feature is declared: `features` computes them, `model` learns from them, and the columns of
`risk_feature` and the rows of `risk_model` describe them in these words.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Feature:
    """A column of `risk_feature`; `definition` says what is known at the end of the as-of day."""

    name: str
    group: str
    definition: str


ACTIVITY_TYPES = (
    "page", "module", "video", "resource", "link", "quiz", "assignment", "forum", "collaboration", "live_session",
    "course_home", "survey",
)  # fmt: skip
COURSE_RUN = "course_run"
COURSE_LEVEL = "course_level"
HALF_LIVES = (1, 2, 4, 8)
WINDOWS = (7, 14, 28)


def _weeks(count: int) -> str:
    return "week" if count == 1 else f"{count} weeks"


# Features that also stand as a rank among the peers, which makes them comparable over runs and years.
RANKED = (
    "registration_lead_days",
    "studied_credits",
    "interactions_total",
    "interactions_before_start",
    *(f"interactions_{days}d" for days in WINDOWS),
    *(f"effort_{weeks}w" for weeks in HALF_LIVES),
    "activity_uses_total",
    "activity_uses_28d",
    "activities_used",
    "activities_new_14d",
    *(f"interactions_{kind}" for kind in ACTIVITY_TYPES),
    "active_days_total",
    *(f"active_days_{days}d" for days in WINDOWS),
    "submissions_total",
    "submitted_weight",
    "days_early_mean",
    "score_mean_weighted",
    "points_share",
    "points_share_weighted",
)


def _declare(group: str, definitions: dict[str, str]) -> list[Feature]:
    features = []
    for name, definition in definitions.items():
        features.append(Feature(name, group, definition))
        if name in RANKED:
            rank = f"Rank of `{name}` among the peers, 0 (lowest) to 1 (mid-rank percentile)."
            features.append(Feature(f"{name}_percentile", group, rank))
    return features


FEATURES = (
    *_declare(
        "background",
        {
            "registration_lead_days": "Days from registration to the start of the run; null where unknown.",
            "previous_attempt_count": "Earlier attempts at the course.",
            "studied_credits": "Credits that the learner studies at the time of the run.",
            "education_level": "Highest education on registration: 0 none, 1 lower secondary, 2 upper secondary or "
            "vocational, 3 higher, 4 postgraduate; null where unknown.",
            "banked_submissions": "Pieces of work that count from an earlier attempt.",
            "banked_score_mean": "Mean score (0 to 100) of the work that counts from an earlier attempt.",
        },
    ),
    *_declare(
        COURSE_RUN,
        {
            "run_length_days": "Days from the start of the run to its end, both included.",
            "planned_assessments": "Assessments in the plan of the run, exams included.",
            "planned_assignments": "Assignments in the plan of the run.",
            "planned_quizzes": "Quizzes in the plan of the run.",
            "planned_quiz_weight": "Weight of the quizzes in the plan of the run.",
            "first_due_day": "Course day on which the first work of the run is due, exams aside.",
            "days_to_next_due": "Days until work is due next; null where no more is.",
            "days_since_last_due": "Days since work was last due; null where none was.",
            "assessments_due": "Pieces of work due so far, without those that nobody in the run has handed in or that "
            "count from an earlier attempt.",
            "assessments_due_weight": "Weight of the work due so far.",
            "peers_withdrawn_share": "Share of the run's learners who have withdrawn since its start.",
            "peers_idle_share": "Share of the peers without an interaction in the last 14 days.",
            "peers_submitted_share": "Mean of `submitted_share` over the peers.",
            "peers_interactions_log": "Logarithm of 1 + the peers' median of `interactions_total`.",
        },
    ),
    *_declare(
        "volume",
        {
            "interactions_total": "Interactions so far.",
            "interactions_before_start": "Interactions before the start of the run.",
            **{f"interactions_{days}d": f"Interactions in the last {days} days." for days in WINDOWS},
            "interactions_per_active_day": "Interactions so far, divided by the days with one; 0 without any.",
            "interactions_to_peers": "Logarithm of 1 + `interactions_total`, minus `peers_interactions_log`.",
            **{
                f"effort_{weeks}w": "Sum of ln(1 + interactions) over the weeks back from the day, half as much for "
                f"every {_weeks(weeks)} back."
                for weeks in HALF_LIVES
            },
            "activity_uses_total": "Days on which an activity was used, summed over activities, so far.",
            "activity_uses_14d": "Days on which an activity was used, summed over activities, of the last 14.",
            "activity_uses_28d": "Days on which an activity was used, summed over activities, of the last 28.",
            "activities_used": "Different activities used so far.",
            "activities_new_14d": "Activities used for the first time in the last 14 days.",
            "activity_types_used": "Different types of activities used so far.",
            "activity_type_entropy": "Entropy (nats) of the interactions over the types of activities.",
            **{
                f"interactions_{kind}": f"Interactions so far with activities of type {kind}."
                for kind in ACTIVITY_TYPES
            },
        },
    ),
    *_declare(
        "regularity",
        {
            "active_days_total": "Days with an interaction so far.",
            "active_days_before_start": "Days with an interaction before the start of the run.",
            **{f"active_days_{days}d": f"Days with an interaction among the last {days}." for days in WINDOWS},
            "active_days_faded": "Active days of the weeks back from the day, half as much for every week back.",
            "days_since_last_active": "Days since the last interaction; null where there was none.",
            "first_active_day": "Course day of the first interaction; null where there was none.",
            "silent_weeks": "Weeks without an interaction, back from the day to the first with one or to the start.",
            "active_week_share": "Share of the weeks since the start with an interaction.",
            "interactions_slope": "Slope of ln(1 + interactions) by week since the start; null before the third.",
            "interactions_spread": "Standard deviation of ln(1 + interactions) over the weeks since the start.",
            "gap_days_rms": "Root mean square of the days from one active day to the next, the first counted as 0.",
            "weekday_entropy": "Entropy (nats) of the active days over the days of the course week.",
        },
    ),
    *_declare(
        "work",
        {
            "submissions_total": "Pieces of work handed in so far (first attempts, exams aside).",
            "submitted_weight": "Weight of the work handed in.",
            "submissions_28d": "Pieces of work handed in during the last 28 days.",
            "submissions_ahead": "Pieces of work handed in that are not due yet.",
            "submissions_to_peers": "Pieces of work handed in, minus the mean of the peers.",
            "submitted_share": "Share of the work due that was handed in; null where none was due.",
            "submitted_weight_share": "Share of the weight of the work due that was handed in; null where it is 0.",
            "missing_count": "Pieces of work due and not handed in.",
            "missing_weight": "Weight of the work due and not handed in.",
            "late_count": "Pieces of work handed in late.",
            "late_share": "Share of the work handed in that was late; null where there is none.",
            "days_early_mean": "Mean of the days from submission to due date, each between -20 (late) and 40.",
            "days_early_last": "Days from submission to due date of the work handed in last.",
            "days_since_last_submission": "Days since work was last handed in; null where none was.",
            "last_due_submitted": "1 where the work due last was handed in, 0 where not; null where none was due.",
        },
    ),
    *_declare(
        "scores",
        {
            "score_mean": "Mean of the scores (0 to 100) published so far, without exams and banked work.",
            "score_mean_weighted": "Mean of the scores by 1 + weight.",
            "score_rank_mean": "Mean rank (0 to 1) of the scores among the peers' scores of the same assessment.",
            "score_rank_weighted": "Mean rank of the scores by 1 + weight.",
            "score_deviation": "Mean difference of the scores from the peers' mean, by 1 + weight.",
            "score_mean_assignments": "Mean of the scores of assignments known by then, 0 to 100.",
            "score_rank_assignments": "Mean rank of the scores of assignments.",
            "score_mean_quizzes": "Mean of the scores of quizzes known by then, 0 to 100.",
            "score_rank_quizzes": "Mean rank of the scores of quizzes.",
            "score_last": "Score published last.",
            "score_rank_last": "Rank of the score published last.",
            "score_lowest": "Lowest score known by then, 0 to 100.",
            "points_share": "Scores of the work due so far, 0 where there is none, as a share of what could be had.",
            "points_share_weighted": "Scores of the work due so far by weight, as a share of what could be had.",
        },
    ),
)

# Not known to a model unless asked for: who learns alike is to be scored alike.
PROTECTED = (
    Feature("is_female", "background", "1 where the gender is female, 0 where another is known."),
    Feature("age_level", "background", "First year of the age band."),
    Feature("deprivation_level", "background", "Lower end of the deprivation band in percent."),
    Feature("has_disability", "background", "1 where a disability is declared, 0 where none is."),
    Feature("region_level", "background", "Place of the region in the alphabet."),
)

GROUPS = tuple(dict.fromkeys(feature.group for feature in FEATURES))
GROUP_OF = {feature.name: feature.group for feature in (*FEATURES, *PROTECTED)}


# What a reason is about: features that say the same to a tutor. The others are named like their group.
_THEMES = {
    "silence": ("days_since_last_active", "silent_weeks", "first_active_day"),
    "lateness": ("late_count", "late_share", "days_early_mean", "days_early_mean_percentile", "days_early_last"),
}
_THEME_OF = {name: theme for theme, names in _THEMES.items() for name in names}
THEMES = (*GROUPS, *_THEMES)


def theme_of(column: str) -> str:
    """What a reason made of a feature is about, one of `THEMES`."""
    return _THEME_OF.get(column, group_of(column))


def group_of(column: str) -> str:
    """The group of a feature of a model; the course is known of the course run."""
    return COURSE_RUN if column == COURSE_LEVEL else GROUP_OF[column]


def definitions(columns: Sequence[str]) -> dict[str, str]:
    """The definitions of the features of a model, by name."""
    found = {feature.name: feature.definition for feature in (*FEATURES, *PROTECTED)}
    return {name: found.get(name, "The course, if the model knows it; null where not.") for name in columns}
