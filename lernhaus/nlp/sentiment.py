"""How positive or negative a text is: VADER for English, a polarity lexicon for German."""

import functools
import importlib.metadata
import math
import re
import xml.etree.ElementTree as ElementTree
from typing import NamedTuple

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from lernhaus.nlp import tokens

# VADER's treatment of "but" is quadratic in the length of the text; no learner writes a post this long.
SCORED_CHARACTERS = 20_000


class Sentiment(NamedTuple):
    """`compound` in [-1, 1]; the other three are shares of the text, each in [0, 1], together 1."""

    compound: float
    positive: float
    neutral: float
    negative: float


# --- English ---------------------------------------------------------------------------------------------


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
def _vader() -> _LinearVader:
    return _LinearVader()


def english_sentiment(text: str) -> Sentiment:
    """VADER's scores of the whole text, as posted; of its first `SCORED_CHARACTERS` characters if it is
    longer.

    Hutto, C. J., Gilbert, E. (2014). VADER: a parsimonious rule-based model for sentiment analysis of
    social media text. ICWSM-14.
    """
    scores = _vader().polarity_scores(text[:SCORED_CHARACTERS])
    return Sentiment(scores["compound"], scores["pos"], scores["neu"], scores["neg"])


# --- German ----------------------------------------------------------------------------------------------


class _Entry(NamedTuple):
    polarity: float
    is_verb: bool


# Frequent words of courses that the lexicon lacks, in its own grades (0.7 and 1.0).
_ADDED = {
    "danke": _Entry(0.7, False), "dankeschön": _Entry(0.7, False), "gerne": _Entry(0.7, False),
    "leider": _Entry(-0.7, False), "schade": _Entry(-0.7, False), "schwer": _Entry(-0.7, False),
    "unklar": _Entry(-0.7, False), "kaputt": _Entry(-0.7, False), "Fehler": _Entry(-0.7, False),
    "Spaß": _Entry(1.0, False), "Schwierigkeit": _Entry(-0.7, False),
    "fehlen": _Entry(-0.7, True), "verstehen": _Entry(0.7, True), "gefallen": _Entry(1.0, True),
    "funktionieren": _Entry(0.7, True), "klappen": _Entry(0.7, True), "scheitern": _Entry(-1.0, True),
}  # fmt: skip

_IRREGULAR = {
    "hilft": "helfen", "half": "helfen", "geholfen": "helfen", "gefällt": "gefallen", "gefiel": "gefallen",
    "verstanden": "verstehen", "besser": "gut", "bessere": "gut", "besseren": "gut", "beste": "gut",
    "besten": "gut", "bester": "gut", "bestes": "gut", "schwierigkeiten": "Schwierigkeit",
}  # fmt: skip

_NEGATORS = frozenset(
    [
        "nicht", "nichts", "nie", "niemals", "nirgends", "niemand", "kein", "keine", "keinen", "keinem",
        "keiner", "keines", "keins", "ohne", "weder", "kaum", "nich", "net",
    ]
)  # fmt: skip
_INTENSIFIERS = [
    "sehr", "total", "absolut", "extrem", "wirklich", "besonders", "echt", "äußerst", "völlig",
    "richtig", "so", "unglaublich", "überaus", "ganz", "komplett", "enorm", "mega", "voll", "höchst",
    "viel",
]  # fmt: skip
_DOWNTONERS = [
    "etwas", "bisschen", "wenig", "leicht", "teilweise", "relativ", "einigermaßen", "eher", "halbwegs",
]  # fmt: skip
_DEGREES = dict.fromkeys(_INTENSIFIERS, 1.3) | dict.fromkeys(_DOWNTONERS, 0.7)

# VADER's constants, so that both languages share one scale: factor of a negation, damping of a sum.
_NEGATION = -0.74
_DAMPING = 15
# The lexicon grades to 1, VADER's to 4; "gut" (1.0) is to weigh what "good" (1.9) does.
_GRADE = 1.9

_CLAUSE_END = re.compile(r"[,;:.!?…()\n\"„“”–—]+|\b(?:aber|sondern|und|oder|denn|weil|dass|doch|obwohl)\b", re.I)
_ADJECTIVE_ENDINGS = (
    "", "e", "en", "em", "er", "es", "n", "s", "ere", "eren", "erer", "eres", "ste", "sten", "ster", "stes",
    "este", "esten", "ester", "estes",
)  # fmt: skip
_VERB_ENDINGS = ("e", "st", "est", "t", "et", "te", "ten", "test", "tet", "ete", "eten", "end")


@functools.cache
def _german_lexicon() -> dict[str, _Entry]:
    """Form -> entry of the German Polarity Lexicon (Klenner et al. 2010, Apache-2.0) as textblob-de ships it.

    Read as a file of the distribution: importing the package would load all of NLTK for it.
    """
    path = importlib.metadata.distribution("textblob-de").locate_file("textblob_de/data/de-sentiment.xml")
    entries = ElementTree.parse(str(path)).getroot().iter("word")
    lexicon = {
        entry.attrib["form"]: _Entry(float(entry.attrib["polarity"]), entry.attrib["pos"] == "VB") for entry in entries
    }
    return lexicon | _ADDED


def _base_forms(word: str) -> list[str]:
    """The word and what it may be inflected from, likeliest first."""
    bare = [word[: len(word) - len(ending)] for ending in _ADJECTIVE_ENDINGS if word.endswith(ending)]
    stems = [word[: -len(ending)] for ending in _VERB_ENDINGS if word.endswith(ending)]
    participles = [stem[2:] for stem in stems if stem.startswith("ge")]
    infinitives = [stem + ending for stem in stems + participles for ending in ("en", "n")]
    return [form for form in [*bare, *infinitives] if len(form) >= 3]


@functools.lru_cache(maxsize=1 << 16)
def _german_entry(word: str, opens_sentence: bool) -> _Entry | None:
    """The lexicon's entry for a word form; a capital inside a sentence is taken to be a noun's."""
    lexicon = _german_lexicon()
    irregular = _IRREGULAR.get(word.lower())
    if irregular:
        return lexicon[irregular]
    is_noun = word[0].isupper() and not word.isupper() and not opens_sentence
    spellings = [word] if is_noun else [word, word.lower(), word.capitalize()]
    forms = (form for spelling in spellings for form in _base_forms(spelling))
    return next((lexicon[form] for form in forms if form in lexicon), None)


def _clause_valences(words: list[str], opens_sentence: bool) -> list[float]:
    """One valence per word of a clause, 0 for neutral words."""
    lowered = [word.lower() for word in words]
    negates = [
        word in _NEGATORS and following not in ("nur", "zuletzt")
        for word, following in zip(lowered, [*lowered[1:], ""], strict=True)
    ]
    valences = []
    for i, word in enumerate(words):
        modifies_next = lowered[i] in _DEGREES and i + 1 < len(words)
        entry = None if modifies_next else _german_entry(word, opens_sentence and i == 0)
        if entry is None:
            valences.append(0.0)
            continue
        # "nicht gut" precedes; a finite verb is negated by what follows it: "das gefällt mir nicht".
        reach = slice(max(0, i - 3), i + 6 if entry.is_verb else i)
        negation = _NEGATION if any(negates[reach]) else 1.0
        degree = math.prod(_DEGREES.get(before, 1.0) for before in lowered[max(0, i - 2) : i])
        valences.append(entry.polarity * _GRADE * degree * negation)
    return valences


def german_sentiment(sentences: list[str]) -> Sentiment:
    """Scores of the sentences of one German post, on VADER's scale.

    Every word found in the lexicon (by itself or through its inflection) adds its polarity, times 1.3 or
    0.7 for each intensifier or downtoner among the two words before, times -0.74 under a negation: within
    the three words before, or, for verbs, up to five words behind, in the same clause. The sum s becomes s
    / sqrt(s² + 15); the shares weigh a polar word with its strength + 1 and a neutral one with 1, as VADER
    does.
    """
    valences: list[float] = []
    for sentence in sentences:
        opens_sentence = True
        for clause in _CLAUSE_END.split(sentence):
            if words := tokens.words(clause):
                valences += _clause_valences(words, opens_sentence)
                opens_sentence = False
    total = sum(valences)
    positive = sum(valence + 1 for valence in valences if valence > 0)
    negative = sum(1 - valence for valence in valences if valence < 0)
    neutral = sum(1 for valence in valences if valence == 0)
    weight = positive + negative + neutral
    if not weight:
        return Sentiment(0.0, 0.0, 0.0, 0.0)
    return Sentiment(
        round(total / math.sqrt(total * total + _DAMPING), 4),
        round(positive / weight, 3),
        round(neutral / weight, 3),
        round(negative / weight, 3),
    )
