"""Urgency beside the people who rated forum posts of five online courses from 1 (not urgent) to 7.

Švábenský, V., Baker, R. S., Zambrano, A., Zou, Y., Slater, S. (2023). Towards generalizable detection of urgency of
discussion forum posts. EDM 2023.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pandas as pd
from sklearn.metrics import roc_auc_score

from bench.nlp import Figure, data_file
from lernhaus.nlp import label_model
from lernhaus.nlp.describe import describe

# A post is urgent where its rating is above.
URGENT_ABOVE = 4
# The rules were written while looking at these courses alone, and are judged on the others.
COURSES_OF_THE_RULES = ("acc", "probability")


def posts(data: Path) -> pd.DataFrame:
    """The rated posts, a row each: ``statement_id``, ``learner``, ``course``, ``text``, ``urgency``."""
    with gzip.open(data_file(data, "forum/statements.jsonl.gz"), "rt", encoding="utf-8") as lines:
        statements = [json.loads(line) for line in lines]
    texts = pd.DataFrame(
        {
            "statement_id": [statement["id"] for statement in statements],
            "learner": [statement["actor"]["account"]["name"] for statement in statements],
            "course": [
                statement["context"]["contextActivities"]["parent"][0]["id"].rpartition("/")[2]
                for statement in statements
            ],
            "text": [statement["result"]["response"] for statement in statements],
        }
    )
    return texts.merge(pd.read_csv(data_file(data, "forum/labels.csv")), on="statement_id", validate="one_to_one")


def evaluate(data: Path) -> list[Figure]:
    """How well the rules rank the posts, and a model that learns from the ratings of others."""
    rated = posts(data)
    features = [describe(text) for text in rated["text"]]
    return [*rules(rated, features), *trained(rated, features)]


def rules(rated: pd.DataFrame, features: list[dict[str, Any]]) -> list[Figure]:
    """The rules on all courses, and on those that they were not written with."""
    is_urgent = rated["urgency"] > URGENT_ABOVE
    score = pd.Series([described["urgency_score"] for described in features])
    question_marks = rated["text"].str.count(r"\?")
    unseen = ~rated["course"].isin(COURSES_OF_THE_RULES)
    return [
        Figure(
            "Question marks counted: AUC",
            float(roc_auc_score(is_urgent, question_marks)),
            note=f"{len(rated):,} posts, {is_urgent.sum()} of them rated above {URGENT_ABOVE}",
        ),
        Figure("Rules: AUC", float(roc_auc_score(is_urgent, score)), at_least=0.77),
        Figure(
            "Rules, courses that they were not written with: AUC",
            float(roc_auc_score(is_urgent[unseen], score[unseen])),
            note=f"{unseen.sum():,} posts of {rated['course'][unseen].nunique()} courses",
        ),
        Figure("Rules: Spearman with ratings", float(score.corr(rated["urgency"], method="spearman"))),
    ]


def trained(rated: pd.DataFrame, features: list[dict[str, Any]]) -> list[Figure]:
    """The model that a build would train: learners are never on both sides; and course by course."""
    learners, courses = (pd.factorize(rated[column])[0].tolist() for column in ("learner", "course"))
    labelled = list(zip(range(len(rated)), learners, courses, rated["urgency"], rated["text"], strict=True))
    _, evaluation = label_model.choose(label_model.examples(labelled, features, "urgency_score"))
    by_learner, by_course = evaluation.model_by_learner, evaluation.model_by_course
    assert by_learner.rmse is not None and by_course is not None and by_course.rmse is not None
    folds = "ten-fold cross-validation by learner"
    return [
        Figure("Trained: AUC", by_learner.auc, at_least=0.87, note=folds),
        Figure("Trained: Spearman with ratings", by_learner.spearman, at_least=0.70, note=folds),
        Figure("Trained: RMSE, on the scale from 1 to 7", by_learner.rmse, at_most=0.92, note=folds),
        Figure("Trained, courses left out: AUC", by_course.auc, note="learned from the other four courses"),
        Figure("Trained, courses left out: Spearman with ratings", by_course.spearman),
        Figure(
            "Trained, courses left out: RMSE, on the scale from 1 to 7",
            by_course.rmse,
            note="1.1 published for the whole set with other models",
        ),
    ]
