"""Against published data sets with human judgements; skipped where they are not at hand."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from conftest import real_data

from bench.nlp import Figure, language, readability, sentiment, urgency

EVALUATIONS = {
    "sentiment": sentiment.evaluate,
    "readability": partial(readability.evaluate, every=4),
    "language": partial(language.evaluate, every=5),
    "urgency": urgency.evaluate,
}


@pytest.mark.parametrize("evaluate", EVALUATIONS.values(), ids=EVALUATIONS)
def test_goals_of_the_evaluations_are_met(evaluate: Callable[[Path], list[Figure]]) -> None:
    figures = evaluate(real_data("."))
    assert [figure for figure in figures if not figure.is_met] == []
    assert [figure for figure in figures if figure.goal]
