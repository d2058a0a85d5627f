"""How positive or negative an English text is, by VADER; German is in `sentiment_german`."""

import functools
from typing import NamedTuple

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

# VADER's treatment of "but" is quadratic in the length of the text; no learner writes a post this long.
SCORED_CHARACTERS = 20_000


class Sentiment(NamedTuple):
    """`compound` in [-1, 1]; the other three are shares of the text, each in [0, 1], together 1."""

    compound: float
    positive: float
    neutral: float
    negative: float


class _LinearVader(SentimentIntensityAnalyzer):  # type: ignore[misc]
    """VADER with the published scores; two checks see only the words that they look at.

    The package lowers the whole text anew at every word of its lexicon. Both checks reach three words back
    and two ahead of word `i`, so a window of six words gives them the same answer.
    """

    @staticmethod
    def _negation_check(valence: float, words: list[str], start_i: int, i: int) -> float:
        first = max(0, i - 3)
        score: float = SentimentIntensityAnalyzer._negation_check(valence, words[first : i + 3], start_i, i - first)
        return score

    @staticmethod
    def _special_idioms_check(valence: float, words: list[str], i: int) -> float:
        first = max(0, i - 3)
        score: float = SentimentIntensityAnalyzer._special_idioms_check(valence, words[first : i + 3], i - first)
        return score


@functools.cache
def vader() -> SentimentIntensityAnalyzer:
    """The analyzer with its lexicons, loaded once."""
    return _LinearVader()


def english_sentiment(prose: str) -> Sentiment:
    """VADER's scores of a text; of its first `SCORED_CHARACTERS` characters if it is longer.

    For a post this is its prose with case, punctuation, emoticons and emoji: code, failure reports, addresses and
    tags hold many words of the lexicon and no feelings.

    Hutto, C. J., Gilbert, E. (2014). VADER: a parsimonious rule-based model for sentiment analysis of
    social media text. ICWSM-14.
    """
    scores = vader().polarity_scores(prose[:SCORED_CHARACTERS])
    return Sentiment(scores["compound"], scores["pos"], scores["neu"], scores["neg"])
