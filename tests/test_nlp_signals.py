"""Question, confusion, urgency and gratitude: what each cue finds, and how cues make scores."""

import itertools
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lernhaus.nlp import confusion, cues, gratitude, questions, signals, tokens, urgency
from lernhaus.nlp.describe import describe
from lernhaus.sample.text import _DE, _EN, expand

# Per cue, what learners write in English and German.
EXAMPLES = {
    "question:mark": ["The deadline?", "Am Freitag?"],
    "question:phrase": ["How do I start.", "Kann mir jemand sagen, wo das steht."],
    "question:opening": ["Is it due on Friday", "Welche Formel ist die richtige"],
    "question:told": ["I wonder who wrote that.", "Ich frage mich, wer das war."],
    "confusion:not_understand": [
        "I still don’t really understand step two.",
        "We can't make sense of that.",
        "I have no idea how to start.",
        "Das verstehe ich leider gar nicht.",
        "Ich kann das nicht nachvollziehen.",
        "Keine Ahnung, was hier gemeint ist.",
    ],
    "confusion:confused": [
        "The notation is confusing.",
        "I am totally lost here.",
        "Ich bin völlig verwirrt.",
        "Ich komme bei Aufgabe 3 nicht weiter.",
    ],
    "confusion:no_sense": [
        "That makes no sense to me.",
        "This contradicts slide 4.",
        "Das ergibt keinen Sinn.",
        "Die Folie widerspricht dem Skript.",
    ],
    "confusion:unclear": [
        "It isn't clear to me.",
        "The task is ambiguous.",
        "I'm not sure what is meant.",
        "Die Aufgabe ist unklar.",
        "Mir ist nicht ganz klar, was gemeint ist.",
    ],
    "confusion:struggle": [
        "I am struggling with week 3.",
        "It is hard to follow.",
        "I have some trouble with it.",
        "Ich tue mich damit schwer.",
        "Ich habe noch Schwierigkeiten damit.",
    ],
    "confusion:own_doubt": [
        "What am I missing here.",
        "Where did I go wrong.",
        "Wo liegt denn mein Fehler.",
        "Vielleicht übersehe ich etwas.",
    ],
    "confusion:why": ["But why is the answer four?", "How come the sign changes?", "Warum ist das so?"],
    "confusion:resolved": [
        "Finally I understand recursion.",
        "I figured it out.",
        "Jetzt ist mir alles klar.",
        "Hat sich schon erledigt.",
    ],
    "urgency:pressing": ["Need this ASAP.", "As soon as possible.", "Es ist dringend.", "Bitte sofort ansehen."],
    "urgency:technical_problem": [
        "I can't upload my file.",
        "The video does not load.",
        "I get an error message.",
        "The links are all dead.",
        "The quiz froze.",
        "I have problems downloading it.",
        "Das Video lädt seit gestern nicht.",
        "Ich kann die Datei nicht hochladen.",
        "Die Seite zeigt nur einen Fehler.",
        "Meine Abgabe ist weg.",
        "Das Quiz ist abgestürzt.",
    ],
    "urgency:content_error": [
        "There is a typo on slide 3.",
        "I think there is a mistake.",
        "The answer seems to be wrong.",
        "None of the options fits.",
        "Da ist ein Tippfehler.",
        "Fehler in Aufgabe 2.",
        "Die Lösung ist leider falsch.",
        "Keine der Antworten passt.",
    ],
    "urgency:no_answer": [
        "I am still waiting.",
        "Nobody has answered my post.",
        "It is still not fixed.",
        "Ich habe keine Antwort bekommen.",
        "Niemand meldet sich.",
        "Ich warte schon seit Montag.",
    ],
    "urgency:help_request": [
        "Please help me.",
        "Could you look at it.",
        "Please check question 3.",
        "Would it be possible to repeat it.",
        "Ich brauche dringend Hilfe.",
        "Kann mir da wer weiterhelfen.",
        "Bitte einmal prüfen.",
        "Wäre es möglich, das zu wiederholen.",
    ],
    "urgency:deadline": [
        "It is due tomorrow.",
        "I have three hours, 2 hours left.",
        "Could I get an extension.",
        "Die Abgabefrist endet bald.",
        "Die Abgabe ist schon morgen.",
    ],
    "urgency:grading": [
        "My score is lower.",
        "It was marked as late.",
        "Where is the certificate.",
        "Ich habe meine Punkte nicht.",
        "Es gab Punktabzug.",
        "Ist das mein letzter Versuch.",
    ],
    "urgency:staff": [
        "Dear Professor, a word.",
        "The course staff should look.",
        "I contacted the support.",
        "Liebe Frau Weber, ein Wort.",
        "Ich habe dem Support geschrieben.",
    ],
    "urgency:course_matter": ["The homework is long.", "The slides of week 2.", "Die Klausur ist lang.", "Die Folien."],
    "urgency:introduction": [
        "My name is Ada.",
        "Nice to meet you all.",
        "I am a nursing student.",
        "Ich heiße Ada.",
        "Ich freue mich auf den Kurs.",
    ],
    "urgency:answer": [
        "Hope this helps.",
        "You should start with part two.",
        "Take a look at week 2.",
        "Try to start with part two.",
        "As far as I know, it is four.",
        "Your solution is fine.",
        "Ich hoffe, das hilft.",
        "Schau mal auf Folie 3.",
        "Soweit ich weiß, ist es vier.",
    ],
    "urgency:opinion": ["In my opinion it is fine.", "I really enjoyed it.", "Meiner Meinung nach ist es gut."],
    "urgency:essay": ["The poem speaks of the sea. " * 30],
    "gratitude:thanks": ["Thanks a lot.", "Thank you, Ada.", "Vielen Dank dafür.", "Dafür bedanke ich mich."],
    "gratitude:appreciation": ["I appreciate it.", "I am grateful.", "Ich bin euch sehr dankbar."],
    "gratitude:helped": [
        "That really helped.",
        "Very helpful.",
        "You saved my evening.",
        "Das hat mir sehr geholfen.",
        "Sehr hilfreich.",
    ],
    "gratitude:praise": ["Great explanation.", "Well explained.", "Tolle Erklärung.", "Super erklärt."],
    "gratitude:in_advance": [
        "Thanks in advance.",
        "Any hint would be appreciated.",
        "Danke im Voraus.",
        "Ich wäre euch sehr dankbar.",
    ],
}  # fmt: skip

# What looks like a cue and is none.
OTHERWISE = [
    ("urgency:technical_problem", "At least not for working memory."),
    ("urgency:technical_problem", "It works and I can submit it."),
    ("urgency:technical_problem", "Es geht, ich habe es abgegeben."),
    ("urgency:no_answer", "I answered the question."),
    ("urgency:staff", "He talks about professors."),
    ("gratitude:thanks", "The economy grew thanks to the canal."),
    ("gratitude:thanks", "Das Protokoll ist dank Verschlüsselung sicher."),
    ("gratitude:appreciation", "Any hint would be appreciated."),
    ("confusion:confused", "I am not confused."),
    ("confusion:confused", "Paradise Lost is a poem."),
    ("confusion:not_understand", "I understand it."),
    ("confusion:not_understand", "Ich habe alles verstanden."),
    ("urgency:deadline", "See https://example.org/deadline for it."),
    ("urgency:technical_problem", "`error 404`"),
]
MODULES = {"question": questions, "confusion": confusion, "urgency": urgency, "gratitude": gratitude}
CUES = [cue for room in (confusion, urgency, gratitude) for cue in (*room._FOR, *room._AGAINST)]
SCORES = ["question_score", "confusion_score", "urgency_score", "gratitude_score"]


def _post(text: str) -> cues.Post:
    return cues.Post.of(tokens.sentences(text, "en"), tokens.words(text))


def _campus_sentences() -> list[str]:
    """Sentences of the sample campus, each of its templates twice."""
    rng = np.random.default_rng(7)
    templates = [template for grammar in (_EN, _DE) for group in grammar.values() for template in group]
    slots = {slot.lower(): ("this",) for template in templates for slot in re.findall(r"\{(\w+)\}", template)}
    return [expand(rng, template, slots) for template in templates for _ in range(2)]


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_cue_is_found_in_english_and_german(name: str) -> None:
    for text in EXAMPLES[name]:
        assert name in describe(text)["cues"], text


@pytest.mark.parametrize(("name", "text"), OTHERWISE)
def test_what_only_looks_like_a_cue(name: str, text: str) -> None:
    assert name not in describe(text)["cues"]


def test_every_phrase_of_a_cue_has_an_example_and_needs_its_words() -> None:
    texts = [text for examples in EXAMPLES.values() for text in examples] + _campus_sentences()
    posts = [_post(text) for text in texts]
    for cue in CUES:
        for words, pattern in cue.phrases:
            matched = [post for post in posts if pattern.search(post.text)]
            assert matched, (cue.name, words)
            # a match without one of the words would be missed by the search, which looks for the words first
            for post in matched:
                assert not words.isdisjoint(post.words), (cue.name, post.text)


def test_every_word_that_a_phrase_waits_for_is_a_word() -> None:
    for cue in CUES:
        for words, _ in cue.phrases:
            assert words == {word for phrase in words for word in tokens.words(phrase)}


def test_the_documented_cues_and_weights_are_those_of_the_code() -> None:
    for kind, module in MODULES.items():
        documented = dict(re.findall(r"^- (\w+) (0\.\d)[:,]", module.__doc__ or "", re.M))
        if module is questions:
            weights = {name: str(weight) for name, weight in questions.CUE_WEIGHTS.items()}
        else:
            weights = {cue.name: str(cue.weight) for cue in (*module._FOR, *module._AGAINST)}
        assert {f"{kind}:{name}": weight for name, weight in documented.items()} == weights
        assert set(EXAMPLES) >= set(weights)


def test_scores_add_up_as_documented() -> None:
    features = describe("I am confused. Why is the answer four? Jetzt ist es klar.")
    assert features["cues"] == [
        "question:mark", "question:opening", "confusion:confused", "confusion:why", "confusion:resolved",
    ]  # fmt: skip
    question, confused = 1 - 0.3 * 0.5, (1 - 0.4 * 0.8) * 0.3
    assert features["question_score"] == pytest.approx(question)
    assert features["confusion_score"] == pytest.approx(confused)
    assert features["urgency_score"] == pytest.approx(1 - (1 - 0.4 * question) * (1 - 0.5 * confused), abs=1e-4)
    features = describe("I can't submit the homework, it is due today. Thanks in advance!")
    assert features["gratitude_score"] == pytest.approx(0.7 * 0.4)
    assert features["urgency_score"] == pytest.approx((1 - 0.5 * 0.7 * 0.8) * (1 - 0.5 * 0.28), abs=1e-4)


def test_long_posts_are_essays_by_degrees() -> None:
    problem, essay = "I can't submit it. ", "The poem speaks of the sea. "
    scores = [describe(problem + essay * n)["urgency_score"] for n in range(50)]
    assert scores[0] == scores[16] == 0.5
    assert all(later <= earlier for earlier, later in itertools.pairwise(scores))
    assert scores[49] == 0.25


def test_urgent_posts_come_before_others_in_both_languages() -> None:
    def score(text: str) -> Any:
        return describe(text)["urgency_score"]

    urgent = [
        "Please help! The deadline is tonight and I cannot upload my assignment, the page shows an error.",
        "Bitte helft mir! Heute ist Abgabe und ich kann die Datei nicht hochladen, die Seite zeigt eine Fehlermeldung.",
    ]
    asking = ["Could someone explain the second slide?", "Kann mir jemand die zweite Folie erklären?"]
    others = [
        "Hello everyone, my name is Ada and I am from Vienna. Nice to meet you!",
        "Hallo zusammen, ich heiße Ada und wohne in Wien. Schön, euch kennenzulernen!",
        "Thank you so much, that helped me a lot.",
        "Vielen Dank, das hat mir sehr geholfen.",
        "You should look at slide 4, hope this helps.",
        "",
    ]
    assert min(map(score, urgent)) > 0.75 > max(map(score, asking))
    assert min(map(score, asking)) > 0.4 > 0.2 > max(map(score, others))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from([text for examples in EXAMPLES.values() for text in examples]), max_size=6))
def test_scores_are_in_range_and_the_order_of_sentences_does_not_matter(sentences: list[str]) -> None:
    words = [word for sentence in sentences for word in tokens.words(sentence)]
    features = signals.signals(sentences, words)
    for name in SCORES:
        assert 0 <= features[name] <= 1
    assert len(features["cues"]) == len(set(features["cues"]))
    assert signals.signals(sentences[::-1], words[::-1]) == features


def test_cues_say_no_word_of_the_post() -> None:
    text = " ".join(text for examples in EXAMPLES.values() for text in examples)
    assert set(describe(f"xyzzy {text} ada@example.org")["cues"]) == set(EXAMPLES)
