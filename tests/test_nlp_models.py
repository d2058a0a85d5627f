"""Scores that learn from labels: when a model is trained, when it is used, and what it changes."""

from __future__ import annotations

import json
import random
from datetime import date

import pyarrow as pa
import pytest

from lernhaus.nlp import label_model, models, post_features
from lernhaus.nlp.describe import describe_all

# what raters find urgent here shows in no cue of the rules
URGENT = ["The portal shows a blank page", "My upload ended in nothing", "Half of my essay is gone from the system"]
CALM = ["I liked the chapter on rivers", "The weather in my town is mild", "Here is a summary of the second week"]
DETAILS = ["since Monday", "on my phone", "for the third unit", "in the evening group", "after the update", "again"]


def _labelled(count: int, *, seed: int = 0, shuffled_labels: bool = False) -> pa.Table:
    chance = random.Random(seed)
    posts = []
    for key in range(count):
        urgent = chance.random() < 0.3
        text = f"{chance.choice(URGENT if urgent else CALM)} {chance.choice(DETAILS)}, number {key}."
        label = chance.choice([5.0, 6.0, 7.0]) if urgent else chance.choice([1.0, 2.0, 3.0])
        posts.append(
            {"post_key": key, "learner_key": key // 3, "course_key": key % 4, "label_value": label, "text": text}
        )
    if shuffled_labels:
        labels = [post["label_value"] for post in posts]
        chance.shuffle(labels)
        posts = [post | {"label_value": label} for post, label in zip(posts, labels, strict=True)]
    rows = [post | {"label_kind": "urgency", "known_date": date(2026, 1, 1 + post["post_key"] % 9)} for post in posts]
    return pa.Table.from_pylist(rows)


@pytest.fixture(scope="module")
def labelled() -> pa.Table:
    return _labelled(330)


@pytest.fixture(scope="module")
def described(labelled: pa.Table) -> pa.Table:
    return models.describe_models(labelled)


def test_without_labels_there_are_the_rules_alone(labelled: pa.Table) -> None:
    (rules,) = models.describe_models(labelled.slice(0, 0)).to_pylist()
    assert (rules["feature"], rules["model_kind"], rules["is_used"]) == ("all", "rules", True)
    weights = json.loads(rules["parameters"])["cue_weights"]
    assert weights["urgency:deadline"] == 0.3
    assert weights["confusion:resolved"] == -0.7


def test_model_that_beats_the_rules_is_used_and_says_how_well_it_does(described: pa.Table) -> None:
    model = described.to_pylist()[1]
    assert (model["feature"], model["model_kind"], model["is_used"]) == ("urgency_score", "learned", True)
    assert (model["label_count"], model["learner_count"], model["as_of"]) == (330, 110, date(2026, 1, 9))
    evaluation = json.loads(model["evaluation"])
    assert evaluation["model_by_learner"]["auc"] > 0.95 > evaluation["rules"]["auc"]
    assert evaluation["model_by_course"]["rmse"] < 1.5


def test_model_is_that_of_the_labels_whatever_their_order(labelled: pa.Table, described: pa.Table) -> None:
    order = list(range(labelled.num_rows))
    random.Random(1).shuffle(order)
    assert models.describe_models(labelled.take(order)).equals(described)
    other = models.describe_models(labelled.slice(1))
    assert other["model_version"][1] != described["model_version"][1]


def test_what_is_known_is_not_trained_again(
    labelled: pa.Table, described: pa.Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_model, "choose", None)
    assert models.describe_models(labelled, described).equals(described)
    with pytest.raises(TypeError):
        models.describe_models(labelled.slice(1), described)


@pytest.mark.parametrize(
    ("posts", "note"),
    [
        (
            _labelled(330).set_column(4, "text", pa.array(["😀"] * 330)),
            "not trained: 0 labelled posts with words, 300 are needed",
        ),
        (_labelled(299), "not trained: 299 labelled posts with words, 300 are needed"),
        (
            _labelled(330).set_column(1, "learner_key", pa.array([key % 49 for key in range(330)])),
            "not trained: 49 learners, 50 are needed",
        ),
    ],
)
def test_too_few_labels_train_nothing(posts: pa.Table, note: str) -> None:
    model = models.describe_models(posts).to_pylist()[1]
    assert (model["is_used"], model["evaluation"], model["note"]) == (False, None, note)
    assert models.learned_models(models.describe_models(posts), posts) == {}


def test_model_of_labels_without_sense_is_not_used() -> None:
    posts = _labelled(330, shuffled_labels=True)
    model = models.describe_models(posts).to_pylist()[1]
    evaluation = json.loads(model["evaluation"])
    assert abs(evaluation["model_by_learner"]["auc"] - 0.5) < 0.1
    better = all(evaluation["model_by_learner"][name] > evaluation["rules"][name] for name in ("auc", "spearman"))
    assert model["is_used"] == better
    assert ("no better" in model["note"]) != better


def test_learners_are_never_judged_by_a_model_that_has_learned_from_them() -> None:
    # each learner has words of their own and one label: who has learned from a learner knows all their labels
    chance = random.Random(5)
    words = ["".join(chance.choices("abcdefghij", k=9)) for _ in range(60)]
    labels = [7.0 if number % 60 < 12 else 1.0 for number in range(300)]
    posts = [(number, number % 60, 1, label, f"{words[number % 60]} again") for number, label in enumerate(labels)]
    features = describe_all([post[4] for post in posts])
    _, evaluation = label_model.choose(label_model.examples(posts, features, "urgency_score"))
    assert evaluation.model_by_learner.auc < 0.7
    assert evaluation.model_by_course is None


def test_learned_score_takes_the_place_of_the_rule(labelled: pa.Table, described: pa.Table) -> None:
    texts = [f"{text} yesterday." for text in URGENT + CALM]
    posts = pa.record_batch(
        {
            "post_key": pa.array(range(len(texts)), pa.int64()),
            "as_of": pa.array([date(2026, 2, 1)] * len(texts)),
            "text": pa.array([text.encode() for text in texts], pa.large_binary()),
        }
    )
    learned = models.learned_models(described, labelled)
    scored = post_features.stream([posts], processes=1, learned=learned).read_all()
    by_rules = post_features.stream([posts], processes=1).read_all()
    scores = scored["urgency_score"].to_pylist()
    assert min(scores[:3]) > 0.5 > max(scores[3:])
    assert set(scored["urgency_source"].to_pylist()) == {described["model_version"][1].as_py()}
    assert set(by_rules["urgency_source"].to_pylist()) == set(scored["confusion_source"].to_pylist()) == {"rules"}
    others = [name for name in scored.column_names if name not in ("urgency_score", "urgency_source")]
    assert scored.select(others).equals(by_rules.select(others))
    wordless = posts.slice(0, 2).set_column(2, "text", pa.array([b"", "😀".encode()], pa.large_binary()))
    assert post_features.compute(wordless, learned)["urgency_score"].to_pylist() == [0, 0]
    # the same in other batches
    one_by_one = [posts.slice(number, 1) for number in range(len(texts))]
    assert post_features.stream(one_by_one, processes=1, learned=learned).read_all().equals(scored)
