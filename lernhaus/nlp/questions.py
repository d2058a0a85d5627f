"""How much a post looks like a question.

Each kind of evidence, found in any sentence of the prose (so not in URLs, code or formulas), counts once:

- mark 0.7: a question mark ends the sentence;
- phrase 0.6: "how do I", "does anyone know", "can you explain", "weiß jemand", "wie kann ich";
- opening 0.5: the sentence begins as a question, "why is the", "is it", "welche Formel ist", "kann ich";
- told 0.4: a question is told of, "I don't understand why", "any idea", "ich frage mich", "verstehe ich nicht".

Kinds combine like independent evidence: score = 1 - product(1 - weight). The weights are judgement, not
fitted.
"""

import re
from collections.abc import Sequence

from lernhaus.nlp.cues import Score, combine

CUE_WEIGHTS = {"question:mark": 0.7, "question:phrase": 0.6, "question:opening": 0.5, "question:told": 0.4}
_MARK = re.compile(r"[?？][!?…\"'”’“»«)\]]*$")

_EN_SUBJECT = "(?:i|we|you|they|he|she|it|this|that|these|those|there|the|my|our|any|anyone|anybody|someone|somebody)"
_EN_VERB = (
    "(?:is|are|was|were|am|do|does|did|can|could|should|would|will|has|have|may|might"
    "|(?:is|are|do|does|did|ca|wo|should|would|could)n['’]t)"
)
_EN_INTERROGATIVE = "(?:who|what|when|where|why|how|which|whose)"
_DE_SUBJECT = "(?:ich|du|er|sie|es|wir|ihr|man|das|dies|dieser?|der|die|jemand|wer|hier|dort)"
_DE_VERB = (
    "(?:ist|sind|war|waren|hat|habe|haben|habt|kann|können|könnt|könnte|soll|sollen|sollte|muss|müssen|darf"
    "|dürfen|wird|werden|würde|gibt|geht|macht|mache|bedeutet|heißt|funktioniert|kommt|komme|finde|weiß|gilt"
    "|stimmt|braucht|brauche)"
)
_DE_INTERROGATIVE = (
    "(?:wer|wie|was|wo|wann|warum|wieso|weshalb|woher|wohin|womit|wofür|wozu|woran|welche[rsmn]?|wessen)"
)
_GREETING = (
    r"(?:(?:hi|hello|hey|hallo|moin|so|and|but|also|und|aber|ok|well|sorry|please|all|everyone|zusammen)"
    r"[,!.]? +){0,3}"
)

_ASKING = re.compile(
    r"\b(?:how (?:do|does|can|could|should|would) (?:i|we|you|one)"
    r"|(?:does|do|did|has|have|is|can|could|would|will) (?:any|some)(?:one|body)"
    r"|(?:can|could|would|will) you (?:please|explain|tell|help|clarify)"
    r"|(?:weiß|weiss|kennt|kann|könnte|hat|versteht) (?:mir |uns |hier |da |das |es |vielleicht |denn ){0,3}"
    r"(?:irgend)?(?:jemand|wer)"
    r"|wie (?:kann|soll|muss|könnte|sollte|darf|geht|komme|mache|finde|bekomme|löse) (?:ich|man|wir|das|es)"
    r"|(?:kannst|könntest|können|könnten|könnt) (?:du|sie|ihr) (?:mir|uns|bitte))\b",
    re.I,
)
_OPENING = re.compile(
    rf"{_GREETING}(?:{_EN_INTERROGATIVE}(?: \w+)? {_EN_VERB} \w"
    rf"|{_EN_INTERROGATIVE}['’]s {_EN_SUBJECT}\b"
    rf"|{_EN_VERB} {_EN_SUBJECT}\b"
    rf"|{_DE_INTERROGATIVE}(?: \w+)? {_DE_VERB}\b"
    rf"|{_DE_VERB} {_DE_SUBJECT}\b)",
    re.I,
)
_TELLING = re.compile(
    r"\b(?:i (?:don['’]?t|do not|can['’]?t|cannot|didn['’]?t) (?:really |quite |fully )?"
    r"(?:understand|get|see|know) (?:why|how|what|where|when|which|who|if|whether)"
    r"|i(?:['’]m| am|['’]ve been| was)? (?:just )?wonder(?:ing)?"
    r"|any (?:idea|ideas|suggestions|advice|help)|i (?:have|had|['’]ve got) (?:a|one|another) question"
    r"|(?:please|need) help|i would like to know"
    r"|ich frage mich|(?:verstehe|weiß|weiss|begreife) (?:ich |das |es |leider |auch |noch |gar ){0,4}nicht"
    r"|(?:habe|hab|hätte) (?:da |mal |noch )?(?:eine|ne) (?:kurze )?frage"
    r"|(?:brauche|bitte um) hilfe|keine ahnung)\b",
    re.I,
)


def question(sentences: Sequence[str]) -> Score:
    """0 (nothing asks) to 1, by the rule above, from the sentences of one post."""
    evidence = {
        "question:mark": any(_MARK.search(sentence[-50:]) for sentence in sentences),
        "question:phrase": any(_ASKING.search(sentence) for sentence in sentences),
        "question:opening": any(_OPENING.match(sentence) for sentence in sentences),
        "question:told": any(_TELLING.search(sentence) for sentence in sentences),
    }
    cues = [name for name, present in evidence.items() if present]
    return Score(combine(CUE_WEIGHTS[name] for name in cues), cues)
