"""Simple numbers of a text beside its n-grams, for the scores that are learned from labels."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lernhaus.nlp import signals, tokens

_WORD_LISTS = {
    "first_person": "i me my mine myself i'm i've i'd ich mir mich mein meine meinen meiner",
    "first_person_plural": "we us our ours wir uns unser unsere",
    "second_person": "you your yours you're you've u du dir dich dein deine ihr euch sie ihnen",
    "question_words": (
        "what why how when where which who wer was wie wann wo warum wieso weshalb welche welcher welches"
    ),
    "negations": "not no never none don't doesn't didn't can't cannot isn't won't nicht kein keine keinen nie nichts",
    "connectives": "because but however although if since though weil aber jedoch obwohl wenn falls denn",
    "determiners": "the this that these those der die das dieser diese dieses",
    "being": "is are was were be been am ist sind war waren bin sein",
    "asking": "can could would should will may kann könnte würde sollte darf",
}
_LISTS = {word: number for number, words in enumerate(_WORD_LISTS.values()) for word in words.split()}
# As of `describe`; null counts as 0.
_FEATURES = (
    "question_score", "confusion_score", "urgency_score", "gratitude_score", "sentiment_compound", "sentiment_positive",
    "sentiment_negative", "code_share", "formula_share", "url_share", "mattr",
)  # fmt: skip
_SHAPES = (
    "log_words", "log_sentences", "log_question_marks", "question_mark_at_end", "words_after_last_question_mark",
    "question_mark_early", "exclamation_marks", "commas", "quotes", "parentheses", "ellipses", "digits", "capitals",
    "word_length", "log_characters", "log_lines", "different_words", "lix",
)  # fmt: skip
# Characters at the beginning in which a question is asked at once.
_EARLY = 80
NAMES: tuple[str, ...] = (*_FEATURES, *_SHAPES, *_WORD_LISTS, *signals.CUE_WEIGHTS)


def text_shape(prose: str, features: Mapping[str, Any]) -> NDArray[np.float64]:
    """The numbers `NAMES` of one text, from its prose and its features as `describe` gives them.

    Shares are per word or per character; all are finite.
    """
    words = [word.lower().replace("’", "'") for word in tokens.words(prose)]
    word_count, characters = max(len(words), 1), max(len(prose), 1)
    marks = prose.count("?")
    after = len(tokens.words(prose[prose.rfind("?") + 1 :])) / word_count if marks else 1.0
    listed = [0] * len(_WORD_LISTS)
    for word in words:
        if (number := _LISTS.get(word)) is not None:
            listed[number] += 1
    shapes = (
        math.log1p(len(words)),
        math.log1p(features["sentence_count"]),
        math.log1p(marks),
        prose.endswith("?"),
        after,
        "?" in prose[:_EARLY],
        prose.count("!") / word_count,
        prose.count(",") / word_count,
        (prose.count('"') + prose.count("“") + prose.count("„")) / word_count,
        prose.count("(") / word_count,
        len(re.findall(r"\.\.\.|…", prose)) / word_count,
        sum(map(str.isdigit, prose)) / characters,
        sum(map(str.isupper, prose)) / characters,
        sum(map(len, words)) / word_count,
        math.log1p(len(prose)),
        math.log1p(prose.count("\n")),
        len(set(words)) / word_count,
        min(features.get("lix") or 0.0, 100.0),
    )
    fired = set(features["cues"])
    return np.array(
        [
            *(features.get(name) or 0.0 for name in _FEATURES),
            *shapes,
            *(count / word_count for count in listed),
            *(cue in fired for cue in signals.CUE_WEIGHTS),
        ],
        dtype=np.float64,
    )


def text_shapes(proses: Sequence[str], features: Sequence[Mapping[str, Any]]) -> NDArray[np.float64]:
    """`text_shape` of each text, a row each: shape (texts, names)."""
    return np.array([text_shape(*text) for text in zip(proses, features, strict=True)]).reshape(-1, len(NAMES))
