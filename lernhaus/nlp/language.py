"""Which language a text is written in."""

import functools
import re
import unicodedata

from py3langid import langid

from lernhaus.nlp.characters import MARKS

UNDETERMINED = "und"
# The languages of the features. Learners of these write them more often than the model, which knows of texts of
# all the world, expects: words that several languages share are theirs.
PREFERRED = {"en": 5.0, "de": 5.0}
# Below this posterior probability the best guess is wrong too often to act on.
LEAST_CONFIDENCE = 0.3
LEAST_CONFIDENCE_OF_OTHERS = 0.5
# Enough for a verdict: on real forum posts a longer sample changes none.
SAMPLE_CHARACTERS = 300
# The large written languages. The model knows some eighty more, many of them close relatives of these, to
# which short posts in English and German would be lost.
_LARGE = (
    "ar", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "he", "hi",
    "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "ms", "nl", "no", "pl", "pt", "ro", "ru", "sk",
    "sl", "sr", "sv", "sw", "ta", "th", "tr", "uk", "ur", "vi", "zh",
)  # fmt: skip
# Alone in their scripts, so that no other language is lost to them.
_ALONE = ("am", "hy", "gu", "ka", "km", "kn", "lo", "ml", "my", "or", "pa", "si", "te")
LANGUAGES = (*_LARGE, *_ALONE)
# What the model calls a text that is none: hashes, encodings, keys hit at random.
_NO_TEXT = "zxx"

# Scripts by the first word of the Unicode names of their letters; languages that are not here are Latin.
_SCRIPTS = {
    "am": {"ETHIOPIC"}, "ar": {"ARABIC"}, "bg": {"CYRILLIC"}, "bn": {"BENGALI"}, "el": {"GREEK"}, "fa": {"ARABIC"},
    "gu": {"GUJARATI"}, "he": {"HEBREW"}, "hi": {"DEVANAGARI"}, "hy": {"ARMENIAN"},
    "ja": {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"}, "ka": {"GEORGIAN"}, "km": {"KHMER"},
    "kn": {"KANNADA"}, "ko": {"HANGUL", "CJK"}, "lo": {"LAO"}, "ml": {"MALAYALAM"}, "my": {"MYANMAR"},
    "or": {"ORIYA"}, "pa": {"GURMUKHI"}, "ru": {"CYRILLIC"}, "si": {"SINHALA"}, "sr": {"CYRILLIC", "LATIN"},
    "ta": {"TAMIL"}, "te": {"TELUGU"}, "th": {"THAI"}, "uk": {"CYRILLIC"}, "ur": {"ARABIC"}, "zh": {"CJK"},
}  # fmt: skip
_LATIN = {"LATIN"}

_HANDLE = re.compile(r"[@#]\w+")
_CAPITALS = re.compile(r"\b[^\W\d_a-zäöüß]{2,}\b")
_TWO_LETTERS = re.compile(rf"[^\W\d_][{MARKS}]*[^\W\d_]")


@functools.cache
def _identifier() -> langid.LanguageIdentifier:
    full = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
    full.set_languages((*LANGUAGES, _NO_TEXT))
    # Made anew of what is needed: the identifier keeps its weights for all languages, a third of its memory.
    return langid.LanguageIdentifier(
        full.nb_ptc, full.nb_pc, full.nb_classes, full.tk_nextmove, full.tk_output, norm_probs=True, tk_row=full.tk_row
    )


@functools.lru_cache(maxsize=1 << 14)
def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


def _is_written_in(sample: str, scripts: set[str]) -> bool:
    """Whether at least half of the letters are of these scripts."""
    if sample.isascii():
        return "LATIN" in scripts
    letters = [_script(character) for character in sample if character.isalpha()]
    return 2 * sum(script in scripts for script in letters) >= len(letters)


def identify(prose: str) -> tuple[str, float]:
    """ISO 639-1 code of the language and the probability of the guess, 0 to 1.

    A naive Bayes model of byte sequences (Lui & Baldwin 2012, retrained by py3langid) among `LANGUAGES`, its
    probabilities weighted by `PREFERRED`. Names behind @ and # are not looked at, and capital words like small ones.
    The code is `und` when no word has two letters, when the guess has less than `LEAST_CONFIDENCE` (for languages
    that are not preferred, `LEAST_CONFIDENCE_OF_OTHERS`), when the text looks random, and when its letters are not
    those of the language: then it is in a script that the model does not know.

    Lui, M., Baldwin, T. (2012). langid.py: an off-the-shelf language identification tool. ACL 2012 demos.
    """
    sample = _HANDLE.sub(" ", prose)[:SAMPLE_CHARACTERS]
    if not _TWO_LETTERS.search(sample):
        return UNDETERMINED, 0.0
    sample = _CAPITALS.sub(lambda word: word[0].lower(), sample)
    weights = {code: share * PREFERRED.get(code, 1.0) for code, share in _identifier().rank(sample)}
    code = max(weights, key=lambda code: weights[code])
    # Four digits: the last bits of a float32 product depend on the processor.
    confidence = round(weights[code] / sum(weights.values()), 4)
    least = LEAST_CONFIDENCE if code in PREFERRED else LEAST_CONFIDENCE_OF_OTHERS
    if code == _NO_TEXT or confidence < least or not _is_written_in(sample, _SCRIPTS.get(code, _LATIN)):
        return UNDETERMINED, confidence
    return code, confidence
