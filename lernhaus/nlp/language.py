"""Which language a text is written in."""

import functools

from py3langid import langid

UNDETERMINED = "und"
# Below this posterior probability the best guess is wrong too often to act on.
LEAST_CONFIDENCE = 0.3
# Enough for a verdict: on real forum posts a longer sample changes none.
SAMPLE_CHARACTERS = 1_000
# The large written languages. The model knows some eighty more, many of them close relatives of these, to
# which short posts in English and German would be lost.
LANGUAGES = (
    "ar", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "he", "hi",
    "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "ms", "nl", "no", "pl", "pt", "ro", "ru", "sk",
    "sl", "sr", "sv", "sw", "ta", "th", "tr", "uk", "ur", "vi", "zh",
)  # fmt: skip


@functools.cache
def _identifier() -> langid.LanguageIdentifier:
    identifier = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
    identifier.set_languages(LANGUAGES)
    return identifier


def identify(prose: str) -> tuple[str, float]:
    """ISO 639-1 code and the posterior probability of the best guess among `LANGUAGES`.

    The code is `und` when the best guess has less than `LEAST_CONFIDENCE`. Expects prose with words in it.
    """
    language, probability = _identifier().classify(prose[:SAMPLE_CHARACTERS])
    # Four digits: the last bits of a float32 product depend on the processor.
    confidence = round(probability, 4)
    return (language if confidence >= LEAST_CONFIDENCE else UNDETERMINED), confidence
