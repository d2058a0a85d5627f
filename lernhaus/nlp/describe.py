"""The features of one text, put together from the other modules of this room."""

from collections.abc import Sequence
from typing import Any

from lernhaus.nlp import clean, diversity, language, readability, signals, syllables, tokens
from lernhaus.nlp.sentiment import english_sentiment
from lernhaus.nlp.sentiment_german import german_sentiment

# All but `character_count` is taken from the beginning of the text, so that no post costs unbounded time.
READ_CHARACTERS = 200_000


def describe(text: str) -> dict[str, Any]:
    """The features of one text: every column of `post_features.SCHEMA` that depends on it, as plain values.

    Columns left out are null.
    """
    start = text[:READ_CHARACTERS]
    parts = clean.take_apart(start)
    words = tokens.words(parts.prose)
    code, confidence = language.identify(parts.prose) if words else (language.UNDETERMINED, 0.0)
    sentences = tokens.sentences(parts.prose, code) if words else []
    features: dict[str, Any] = {
        "language": code,
        "language_confidence": confidence,
        "character_count": len(text),
        "sentence_count": len(sentences),
        **signals.signals(sentences, words),
    }
    if text:
        shares = {"code_share": parts.code, "formula_share": parts.formula, "url_share": parts.address}
        features |= {name: round(characters / len(start), 4) for name, characters in shares.items()}
    if code not in tokens.UNSPACED_LANGUAGES:
        features["word_count"] = len(words)
        features |= _readability(words, len(sentences), code)
        folded = [word.casefold() for word in words]
        features["type_token_ratio"] = diversity.type_token_ratio(folded)
        features["mattr"] = diversity.mattr(folded)
        features["mtld"] = diversity.mtld(folded)
    if code in ("en", "de"):
        scores = english_sentiment(parts.prose) if code == "en" else german_sentiment(parts.prose, sentences)
        features |= {f"sentiment_{name}": score for name, score in scores._asdict().items()}
    return features


def _readability(words: list[str], sentence_count: int, code: str) -> dict[str, float]:
    if not words:
        return {}
    long_words = sum(tokens.letter_count(word) > 6 for word in words)
    features = {"lix": readability.lix(sentence_count, len(words), long_words)}
    if code == "en":
        counts = sentence_count, len(words), sum(map(syllables.english_syllables, words))
        features["flesch_reading_ease"] = readability.flesch_reading_ease(*counts)
        features["flesch_kincaid_grade"] = readability.flesch_kincaid_grade(*counts)
    elif code == "de":
        lengths = list(map(syllables.german_syllables, words))
        features["amstad_reading_ease"] = readability.amstad_reading_ease(sentence_count, len(words), sum(lengths))
        features["wiener_sachtextformel"] = readability.wiener_sachtextformel(
            sentence_count,
            len(words),
            long_words,
            polysyllables=sum(length >= 3 for length in lengths),
            monosyllables=lengths.count(1),
        )
    return features


def describe_all(texts: Sequence[str]) -> list[dict[str, Any]]:
    """`describe`, text by text."""
    return [describe(text) for text in texts]
