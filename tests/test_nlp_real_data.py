"""Against published data sets with human judgements; skipped where they are not at hand."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from conftest import real_data

from bench.nlp import Figure, language, readability, sentiment, urgency
from lernhaus.nlp.describe import describe_all


def rules_of_urgency(data: Path) -> list[Figure]:
    """Without the model, whose cross-validation takes half a minute; `make evaluate-nlp` does it."""
    rated = urgency.posts(data)
    return urgency.rules(rated, describe_all(rated["text"].tolist()))


EVALUATIONS = {
    "sentiment": sentiment.evaluate,
    "readability": partial(readability.evaluate, every=4),
    "language": partial(language.evaluate, every=5),
    "urgency": rules_of_urgency,
}


@pytest.mark.parametrize("evaluate", EVALUATIONS.values(), ids=EVALUATIONS)
def test_goals_of_the_evaluations_are_met(evaluate: Callable[[Path], list[Figure]]) -> None:
    figures = evaluate(real_data("."))
    assert [figure for figure in figures if not figure.is_met] == []
    assert [figure for figure in figures if figure.goal]
