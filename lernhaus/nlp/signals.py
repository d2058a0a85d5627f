"""What a post asks of others: question, confusion, urgency and gratitude, each with the cues that fired."""

from collections.abc import Sequence
from typing import Any

from lernhaus.nlp import confusion, cues, gratitude, questions, urgency

# All cues there are, with their weights; those that speak against something are negative.
CUE_WEIGHTS: dict[str, float] = (
    questions.CUE_WEIGHTS | confusion.CUE_WEIGHTS | urgency.CUE_WEIGHTS | gratitude.CUE_WEIGHTS
)


def signals(sentences: Sequence[str], words: Sequence[str]) -> dict[str, Any]:
    """The four scores in [0, 1] and `cues`, the names of what speaks for or against each of them.

    Takes `tokens.sentences` and `tokens.words` of the same prose.
    """
    post = cues.Post.of(sentences, words)
    asks = questions.question(sentences)
    confused = confusion.confusion(post)
    thanks = gratitude.gratitude(post)
    urgent = urgency.urgency(post, len(words), question=asks.value, confusion=confused.value, gratitude=thanks.value)
    return {
        "question_score": asks.value,
        "confusion_score": confused.value,
        "urgency_score": urgent.value,
        "gratitude_score": thanks.value,
        "cues": asks.cues + confused.cues + urgent.cues + thanks.cues,
    }
