"""How positive or negative a German text is, by a polarity lexicon with VADER's kind of rules."""

import functools
import importlib.metadata
import itertools
import math
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from typing import NamedTuple

from lernhaus.nlp import tokens
from lernhaus.nlp.sentiment import SCORED_CHARACTERS, Sentiment, vader

# VADER's constants, so that both languages share one scale: factor of a negation, damping of a sum, what capitals
# and marks add, and how a contrast weighs what is before and after it.
_NEGATION = -0.74
_DAMPING = 15
_SHOUTING = 0.733
_EXCLAMATION, _MOST_EXCLAMATIONS = 0.292, 4
_QUESTION, _MANY_QUESTIONS = 0.18, 0.96
_BEFORE_CONTRAST, _AFTER_CONTRAST = 0.5, 1.5
# The lexicon grades to 1, VADER's to 4; "gut" (1.0) is to weigh what "good" (1.9) does.
_GRADE = 1.9


class _Entry(NamedTuple):
    polarity: float
    is_verb: bool = False


# Frequent words of courses that the lexicon lacks, in its own grades (0.7 and 1.0).
_ADDED = {
    **dict.fromkeys(["danke", "dankeschön", "gerne", "gern", "verständlich", "übersichtlich", "reibungslos"], 0.7),
    **dict.fromkeys(["Spaß", "großartig", "Glückwunsch"], 1.0),
    **dict.fromkeys(
        ["leider", "schade", "schwer", "unklar", "kaputt", "defekt", "mühsam", "stressig", "verrückt", "unmöglich",
         "Fehler", "Schwierigkeit", "Stress", "Fehlermeldung", "Bug", "mangelhaft"], -0.7,
    ),
    **dict.fromkeys(["chaotisch", "Mist", "Scheiße", "Quatsch", "Unsinn"], -1.0),
}  # fmt: skip
_ADDED_VERBS = {
    "verstehen": 0.7, "gefallen": 1.0, "funktionieren": 0.7, "klappen": 0.7, "bestanden": 0.7, "geschafft": 0.7,
    "fehlen": -0.7, "scheitern": -1.0, "abstürzen": -1.0, "abbrechen": -0.7, "ausfallen": -0.7, "aufgeben": -0.7,
}  # fmt: skip
# Graded in the lexicon, but without a feeling where courses are talked of.
_NEUTRAL = [
    "Kurs", "Note", "Raum", "Studium", "Angebot", "Betreuung", "Rat", "Wohl", "Liebe",
    "Energie", "Kraft", "Spannung", "Bewegung", "Optimierung", "Sicherheit", "Gesundheit", "Tiefe", "Zerfall",
    "hoch", "tief", "gering", "stark", "fest", "rein", "kalt", "dunkel", "schwarz", "positiv", "negativ", "abhängig",
    "unabhängig", "aktiv", "sozial", "menschlich", "verschieden", "bestimmt", "direkt", "zusätzlich", "anders",
    "fertig", "nahe", "link", "recht", "statt", "trotz", "bitte", "dauern", "lehren", "passen", "bleiben", "anzeigen",
    "erhalten", "erhöhen", "erfolgen", "vergeben", "bezahlen", "prägen", "fragen", "suchen",
]  # fmt: skip

_IRREGULAR = {
    "hilft": "helfen", "half": "helfen", "geholfen": "helfen", "gefällt": "gefallen", "gefiel": "gefallen",
    "verstanden": "verstehen", "besser": "gut", "bessere": "gut", "besseren": "gut", "beste": "gut",
    "besten": "gut", "bester": "gut", "bestes": "gut", "schwierigkeiten": "Schwierigkeit", "noten": "Note",
    "abgestürzt": "abstürzen", "abgebrochen": "abbrechen", "ausgefallen": "ausfallen", "fällt": "fallen",
    "aufgegeben": "aufgeben", "bestandenen": "bestanden", "bestandene": "bestanden",
}  # fmt: skip
# "stürzt ... ab", "gebe ... auf": the stem of the verb and the particle at the end of the clause.
_SEPARATED = {
    "ab": (re.compile("st(?:ü|ue)rz|brich|brech|brach"), "abstürzen"),
    "auf": (re.compile("(?:geb|gib|gab)(?:e|st|t|en)?$"), "aufgeben"),
    "aus": (re.compile("f(?:ä|ae)ll|fiel"), "ausfallen"),
}  # fmt: skip
# Not worth a word where they happen, bad news where they do not: "das Video lädt nicht", "keine Ahnung".
_BAD_IF_NEGATED = dict.fromkeys(
    [
        "geht", "ging", "lädt", "laedt", "läuft", "lief", "öffnet", "startet", "reagiert", "antwortet", "geantwortet",
        "weiter", "ahnung", "gebracht", "schaffe", "schaffen", "schafft",
    ],
    _Entry(0.7, True),
)  # fmt: skip

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
_STRENGTHENING = re.compile("(?:super|mega|ultra|hoch|tod|stink|sau|total)(?=.{4})")
_UN = re.compile("un(?=.{4})")
_WITHOUT = re.compile("(.{4,}?)s?(?:los|frei)(?:e[mnrs]?)?")
# What many compounds of learners end with; other nouns at the end of a word are too often no part of it ("Auf-gaben").
_HEAD = re.compile("(problem|fehler|angst|ängste|chaos|stress|frust|krise|schwierigkeit|spaß|freude)(?:e?n|e?s)?$")

_CLAUSE_END = re.compile(r"[,;:.!?…()\n\"„“”–—]+|\b(?:aber|sondern|und|oder|denn|weil|dass|doch|obwohl)\b", re.I)
# Behind a comma or a stop; "das ist aber schön" is no contrast.
_CONTRAST = re.compile(r"[,;.–—-]\s*(?:aber|jedoch|allerdings)\b", re.I)
_ADJECTIVE_ENDINGS = (
    "", "e", "en", "em", "er", "es", "n", "s", "ere", "eren", "erer", "eres", "ste", "sten", "ster", "stes",
    "este", "esten", "ester", "estes",
)  # fmt: skip
_VERB_ENDINGS = ("e", "st", "est", "t", "et", "te", "ten", "test", "tet", "ete", "eten", "end")


@functools.cache
def _lexicon() -> dict[str, _Entry]:
    """Form -> entry of the German Polarity Lexicon (Klenner et al. 2010, Apache-2.0) as textblob-de ships it.

    Read as a file of the distribution: importing the package would load all of NLTK for it.
    """
    path = importlib.metadata.distribution("textblob-de").locate_file("textblob_de/data/de-sentiment.xml")
    entries = ElementTree.parse(str(path)).getroot().iter("word")
    lexicon = {
        entry.attrib["form"]: _Entry(float(entry.attrib["polarity"]), entry.attrib["pos"] == "VB") for entry in entries
    }
    added = {form: _Entry(polarity) for form, polarity in _ADDED.items()}
    verbs = {form: _Entry(polarity, is_verb=True) for form, polarity in _ADDED_VERBS.items()}
    return lexicon | added | verbs | dict.fromkeys(_NEUTRAL, _Entry(0.0))


@functools.cache
def _emoticons() -> dict[str, float]:
    """VADER's valences of what is no word of a language: emoticons, and emoji by their English names."""
    analyzer = vader()
    emoticons = {form: value for form, value in analyzer.lexicon.items() if re.search(r"[^\w\s'-]", form)}
    named = {
        emoji: sum(analyzer.lexicon.get(word, 0.0) for word in name.split()) for emoji, name in analyzer.emojis.items()
    }
    return emoticons | {emoji: value for emoji, value in named.items() if value}


def _base_forms(word: str) -> list[str]:
    """The word and what it may be inflected from, likeliest first."""
    bare = [word[: len(word) - len(ending)] for ending in _ADJECTIVE_ENDINGS if word.endswith(ending)]
    stems = [word[: -len(ending)] for ending in _VERB_ENDINGS if word.endswith(ending)]
    participles = [stem[2:] for stem in stems if stem.startswith("ge")]
    infinitives = [stem + ending for stem in stems + participles for ending in ("en", "n")]
    # "ich verzweifle"
    infinitives += [stem[:-1] + "eln" for stem in stems if stem.endswith("l")]
    return [form for form in [*bare, *infinitives] if len(form) >= 3]


def _find(spellings: Sequence[str]) -> _Entry | None:
    lexicon = _lexicon()
    forms = (form for spelling in spellings for form in _base_forms(spelling))
    return next((lexicon[form] for form in forms if form in lexicon), None)


@functools.lru_cache(maxsize=1 << 16)
def _entry(word: str, opens_sentence: bool) -> _Entry | None:
    """The lexicon's entry for a word form; a capital inside a sentence is taken to be a noun's.

    Beside inflection: "Verständnisproblem" is a Problem, "superspannend" is spannend, "unkompliziert" the opposite of
    kompliziert, "fehlerfrei" and "problemlos" without what they name.
    """
    irregular = _IRREGULAR.get(word.lower())
    if irregular:
        return _lexicon().get(irregular)
    is_noun = word[0].isupper() and not word.isupper() and not opens_sentence
    lowered = word.lower()
    found = _find([word] if is_noun else [word, lowered, word.capitalize()])
    if found:
        return found
    if (strong := _STRENGTHENING.match(lowered)) and (found := _find([lowered[strong.end() :]])) and not found.is_verb:
        return found
    if _UN.match(lowered) and (opposite := _find([lowered[2:]])):
        return _Entry(-opposite.polarity)
    if (without := _WITHOUT.fullmatch(lowered)) and (lacking := _find([without[1].capitalize()])):
        return _Entry(-lacking.polarity)
    if head := _HEAD.search(lowered):
        return _find([head[1].capitalize()])
    return None


def _clause_valences(words: list[str], opens_sentence: bool, is_shouted: bool) -> list[float]:
    """One valence per word of a clause, 0 for neutral words."""
    lowered = [word.lower() for word in words]
    negates = [
        word in _NEGATORS and following not in ("nur", "zuletzt")
        for word, following in zip(lowered, [*lowered[1:], ""], strict=True)
    ]
    separated = _SEPARATED.get(lowered[-1])
    valences = []
    for i, word in enumerate(words):
        before, following = lowered[max(0, i - 2) : i], lowered[i + 1 : i + 2]
        # "sehr gut", "ganz einfach"; "einfach nicht", "einfach falsch"
        modifies = bool(following) and (
            lowered[i] in _DEGREES or (lowered[i] == "einfach" and (negates[i + 1] or bool(_polarity(words[i + 1]))))
        )
        entry = None if modifies else _BAD_IF_NEGATED.get(lowered[i]) or _entry(word, opens_sentence and i == 0)
        if separated and separated[0].match(lowered[i]):
            entry = _lexicon()[separated[1]]
        if entry is None:
            valences.append(0.0)
            continue
        # "nicht gut" precedes; a finite verb is negated by what follows it: "das gefällt mir nicht".
        reach = slice(max(0, i - 3), i + 6 if entry.is_verb else i)
        is_negated = any(negates[reach])
        polarity = entry.polarity
        if lowered[i] in _BAD_IF_NEGATED and not is_negated:
            polarity = 0.0
        elif "zu" in before[-1:] and not entry.is_verb:
            polarity = -abs(polarity)  # "zu leicht" is no praise
        valence = polarity * _GRADE * math.prod(_DEGREES.get(degree, 1.0) for degree in before)
        if word.isupper() and len(word) > 2 and not is_shouted and valence:
            valence += math.copysign(_SHOUTING, valence)
        valences.append(valence * _NEGATION if is_negated else valence)
    return valences


def _polarity(word: str) -> float:
    entry = _entry(word, False)
    return entry.polarity if entry else 0.0


def _sentence_valences(sentence: str, is_shouted: bool) -> list[float]:
    contrast = _CONTRAST.search(sentence)
    valences = []
    start = 0
    opens_sentence = True
    for end in itertools.chain((mark.span() for mark in _CLAUSE_END.finditer(sentence)), [(len(sentence),) * 2]):
        if words := tokens.words(sentence[start : end[0]]):
            weight = 1.0
            if contrast:
                weight = _BEFORE_CONTRAST if start <= contrast.start() else _AFTER_CONTRAST
            valences += [weight * valence for valence in _clause_valences(words, opens_sentence, is_shouted)]
            opens_sentence = False
        start = end[1]
    return valences


def _emoticon_valences(prose: str) -> list[float]:
    emoticons = _emoticons()
    pictures = [emoticons[character] for character in prose if character > "\u2000" and character in emoticons]
    faces = [emoticons[token.lower()] for token in prose.split() if token.lower() in emoticons and len(token) > 1]
    return pictures + faces


def german_sentiment(prose: str, sentences: Sequence[str]) -> Sentiment:
    """Scores of one German post, its prose and the sentences of it, on VADER's scale; of the sentences that begin in
    its first `SCORED_CHARACTERS` characters if it is longer.

    Every word found in the lexicon (by itself, through inflection or as the head of a compound) adds its polarity,
    times 1.3 or 0.7 for each intensifier or downtoner among the two words before, times -0.74 under a negation: within
    the three words before, or, for verbs, up to five words behind, in the same clause. What stands before "aber" weighs
    half, what follows it one and a half times; "zu" makes any quality a bad one; capitals and exclamation marks
    strengthen. Emoticons and emoji have VADER's valences. The sum s becomes s / sqrt(s² + 15); the shares weigh a polar
    word with its strength + 1 and a neutral one with 1, as VADER does.
    """
    prose = prose[:SCORED_CHARACTERS]
    is_shouted = prose.isupper()
    lengths = itertools.accumulate(map(len, sentences), initial=0)
    scored = [sentence for sentence, start in zip(sentences, lengths, strict=False) if start < SCORED_CHARACTERS]
    valences = [valence for sentence in scored for valence in _sentence_valences(sentence, is_shouted)]
    valences += _emoticon_valences(prose)
    emphasis = _emphasis(prose)
    total = sum(valences)
    total += math.copysign(emphasis, total) if total else 0.0
    positive = sum(valence + 1 for valence in valences if valence > 0)
    negative = sum(1 - valence for valence in valences if valence < 0)
    neutral = sum(1 for valence in valences if valence == 0)
    if positive > negative:
        positive += emphasis
    elif negative > positive:
        negative += emphasis
    weight = positive + negative + neutral
    if not weight:
        return Sentiment(0.0, 0.0, 0.0, 0.0)
    return Sentiment(
        round(total / math.sqrt(total * total + _DAMPING), 4),
        round(positive / weight, 3),
        round(neutral / weight, 3),
        round(negative / weight, 3),
    )


def _emphasis(prose: str) -> float:
    """What exclamation marks, and question marks in number, add to the strength of a text."""
    questions = prose.count("?")
    doubt = 0.0 if questions < 2 else _QUESTION * questions if questions < 4 else _MANY_QUESTIONS
    return min(prose.count("!"), _MOST_EXCLAMATIONS) * _EXCLAMATION + doubt
