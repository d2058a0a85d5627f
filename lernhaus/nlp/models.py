"""What makes the scores of posts: the rules, and models that learned from labels. The rows of `nlp_model`.

A model is used where it ranks the posts of learners that it has not seen better than the rules do; its row says so,
and says why one is not used or was not trained.
"""

import functools
import importlib.metadata
import json
import logging
from collections.abc import Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from lernhaus.nlp import label_model, signals
from lernhaus.nlp.describe import describe_all
from lernhaus.nlp.post_features import FEATURE_VERSION, RULES, Learned

_log = logging.getLogger(__name__)

# What people may label, and the feature that a model of it makes.
FEATURES = {"urgency": "urgency_score", "confusion": "confusion_score"}

LEARNED = "learned"

SCHEMA: pa.Schema = pa.schema(
    [
        ("model_version", pa.string()),
        ("as_of", pa.date32()),
        ("feature", pa.string()),
        ("model_kind", pa.string()),
        ("is_used", pa.bool_()),
        ("code_version", pa.string()),
        ("package_versions", pa.string()),
        ("parameters", pa.string()),
        ("label_count", pa.int32()),
        ("learner_count", pa.int32()),
        ("training_fingerprint", pa.string()),
        ("evaluation", pa.string()),
        ("note", pa.string()),
    ]
)

_PACKAGES = {
    RULES: ("vaderSentiment", "py3langid", "textblob-de", "nltk"),
    LEARNED: ("scikit-learn", "scipy", "numpy"),
}


class _Labelled(NamedTuple):
    post_key: int
    learner_key: int
    course_key: int
    label: float
    text: str


def describe_models(labelled: pa.Table, known: pa.Table | None = None) -> pa.Table:
    """One row (`SCHEMA`) for the rules, and one for each kind of label that there are labels of, by version.

    `labelled`: one row per post and kind of label, columns `post_key`, `learner_key`, `course_key`, `label_kind` (a
    key of `FEATURES`), `label_value` (1 to 7), `text`, and `known_date`, from which on both the post and its label
    were there. `known`, rows of an earlier call of the same code, saves the training where nothing has changed.
    """
    rows = [_rules()]
    before = {row["model_version"]: row for row in known.to_pylist()} if known is not None else {}
    labelled_kinds = set(labelled["label_kind"].to_pylist())
    for kind in FEATURES:
        if kind in labelled_kinds:
            posts = _posts(labelled, kind)
            fingerprint = label_model.fingerprint(posts)
            version = f"{kind} labels {label_model.LABEL_MODEL_VERSION} {fingerprint}"
            rows.append(before.get(version) or _learned(kind, version, fingerprint, posts, labelled))
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def learned_models(models: pa.Table, labelled: pa.Table) -> dict[str, Learned]:
    """The models in use, by the feature that they make.

    `models` as from `describe_models`, `labelled` as given to it: a model is fitted again from the labels that it
    learned from when it is first asked for scores.
    """
    kinds = {feature: kind for kind, feature in FEATURES.items()}

    def learned(row: dict[str, Any]) -> Learned:
        @functools.cache
        def fitted() -> label_model.LabelModel:
            posts = _posts(labelled, kinds[row["feature"]])
            parameters = label_model.Parameters(**json.loads(row["parameters"]))
            return label_model.LabelModel(_examples(posts, row["feature"]), parameters)

        return Learned(row["model_version"], lambda texts, features: fitted().scores(texts, features))

    return {
        row["feature"]: learned(row) for row in models.to_pylist() if row["is_used"] and row["model_kind"] == LEARNED
    }


def _posts(labelled: pa.Table, kind: str) -> list[_Labelled]:
    """The posts with words, in the order of their keys."""
    rows = [
        row for row in labelled.to_pylist() if row["label_kind"] == kind and label_model.has_words(row["text"] or "")
    ]
    return sorted(
        _Labelled(row["post_key"], row["learner_key"], row["course_key"], row["label_value"], row["text"] or "")
        for row in rows
    )


def _examples(posts: Sequence[_Labelled], feature: str) -> label_model.Examples:
    return label_model.examples(posts, describe_all([post.text for post in posts]), feature)


def _packages(kind: str) -> str:
    return json.dumps({package: importlib.metadata.version(package) for package in _PACKAGES[kind]})


def _rules() -> dict[str, Any]:
    version = FEATURE_VERSION.split()[0]
    return {
        "model_version": f"features {version}",
        "feature": "all",
        "model_kind": RULES,
        "is_used": True,
        "code_version": version,
        "package_versions": _packages(RULES),
        "parameters": json.dumps({"cue_weights": signals.CUE_WEIGHTS}),
        "note": "rules and lexicons, not trained; docs/nlp.md has their evaluation",
    }


def _learned(
    kind: str, version: str, fingerprint: str, posts: Sequence[_Labelled], labelled: pa.Table
) -> dict[str, Any]:
    learners = {post.learner_key for post in posts}
    days = [row["known_date"] for row in labelled.to_pylist() if row["label_kind"] == kind and row["known_date"]]
    row: dict[str, Any] = {
        "model_version": version,
        "as_of": max(days, default=None),
        "feature": FEATURES[kind],
        "model_kind": LEARNED,
        "is_used": False,
        "code_version": label_model.LABEL_MODEL_VERSION,
        "package_versions": _packages(LEARNED),
        "label_count": len(posts),
        "learner_count": len(learners),
        "training_fingerprint": fingerprint,
    }
    if lack := label_model.lacking([post.label for post in posts], [post.learner_key for post in posts]):
        return row | {"note": f"not trained: {lack}"}
    parameters, evaluation = label_model.choose(_examples(posts, FEATURES[kind]))
    better = evaluation.beats_the_rules
    # a model is never trained without a word
    _log.warning("%s was trained on %d labels and is %s", version, len(posts), "used" if better else "not used")
    return row | {
        "is_used": better,
        "parameters": json.dumps(label_model.as_dict(parameters)),
        "evaluation": json.dumps(label_model.as_dict(evaluation)),
        "note": "ranks posts of new learners better than the rules" if better else "not used: no better than the rules",
    }
