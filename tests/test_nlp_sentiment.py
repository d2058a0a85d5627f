"""English sentiment equals the published package; German negation and degree work as documented."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vaderSentiment import vaderSentiment

from lernhaus.nlp.describe import describe
from lernhaus.nlp.sentiment import english_sentiment
from lernhaus.nlp.sentiment_german import german_sentiment

REFERENCE = vaderSentiment.SentimentIntensityAnalyzer()

# Every word that the rules of VADER treat specially, and a few of its lexicon and of none.
VOCABULARY = [
    "good", "BAD", "great", "horrible", "shit", "ass", "bomb", "heart", "die", "no", "not", "never",
    "without", "doubt", "isn't", "so", "this", "least", "at", "very", "kind", "of", "sort", "just",
    "enough", "or", "nor", "but", "But", "hardly", "VERY", "the", "kiss", "to", "for", "beating",
    "yeah", "right", "course", ":)", ":(", "💘", "!", "??", "!!!", "lol", "bus", "stop",
]  # fmt: skip


def _reference(text: str) -> tuple[float, ...]:
    scores = REFERENCE.polarity_scores(text)
    return scores["compound"], scores["pos"], scores["neu"], scores["neg"]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(VOCABULARY), max_size=14).map(" ".join))
def test_vader_is_the_published_one(text: str) -> None:
    assert tuple(english_sentiment(text)) == _reference(text)


def test_vader_sees_the_prose_of_the_post() -> None:
    post = "The course was NOT good :( but the forum helped me <b>a lot</b>!!! `kill -9` https://x.org/awful/?a=1"
    features = describe(post)
    columns = ("sentiment_compound", "sentiment_positive", "sentiment_neutral", "sentiment_negative")
    prose = "The course was NOT good :( but the forum helped me a lot!!!"
    assert tuple(features[column] for column in columns) == _reference(prose)


def _german(text: str) -> float:
    return german_sentiment(text, [text]).compound


@pytest.mark.parametrize(
    ("positive", "negative"),
    [
        ("Das ist gut.", "Das ist nicht gut."),
        ("Das ist ein hilfreicher Hinweis.", "Das ist kein hilfreicher Hinweis."),
        ("Das gefällt mir.", "Das gefällt mir nicht."),
        ("Ich verstehe die Aufgabe.", "Ich verstehe die Aufgabe nicht."),
        ("Kein Problem!", "Ein Problem!"),
        ("Das ist nicht schlecht.", "Das ist schlecht."),
        ("Nicht nur gut, sondern super.", "Nicht gut, sondern nicht einmal interessant."),
        ("Das Video ist verständlich.", "Das Video ist unverständlich."),
        ("Das ist unkompliziert.", "Das ist kompliziert."),
        ("Das lief fehlerfrei und problemlos.", "Das ist ein Verständnisproblem."),
        ("Das ist superspannend.", "Das ist todlangweilig."),
        ("Die Lösung ist einfach.", "Das ist einfach falsch."),
        ("Das war einfach.", "Das war zu einfach."),
        ("Erst war es schwer, aber jetzt ist es spannend.", "Erst war es spannend, aber jetzt ist es schwer."),
        ("Geht doch :)", "Geht doch :("),
        ("Fertig 🎉", "Fertig 😢"),
        ("Ich habe die Prüfung bestanden.", "Ich habe die Prüfung nicht bestanden."),
    ],
)
def test_german_negation_flips(positive: str, negative: str) -> None:
    assert _german(positive) > 0 > _german(negative)


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("Das Video lädt.", "Das Video lädt nicht."),
        ("Ich habe keine Idee, aber eine Ahnung.", "Ich habe keine Ahnung."),
        ("Ich komme weiter.", "Ich komme hier einfach nicht weiter."),
        ("Der Download kommt immer.", "Der Download bricht immer ab."),
        ("Ich gebe es ihm.", "Ich gebe jetzt auf."),
        ("Die Grafik fällt auf.", "Die Sitzung fällt heute aus."),
    ],
)
def test_german_failures_without_a_bad_word(good: str, bad: str) -> None:
    assert _german(good) == 0 > _german(bad)


def test_german_emphasis() -> None:
    assert _german("Das ist gut") < _german("Das ist gut!") < _german("Das ist gut!!!") == _german("Das ist gut!!! ")
    assert _german("Das ist gut!!!!") == _german("Das ist gut!!!!!!!!")
    assert _german("Das ist schlecht") > _german("Das ist SCHLECHT") > _german("Das ist SCHLECHT!")
    assert _german("DAS IST SCHLECHT") == _german("Das ist schlecht")
    assert _german("Das ist aber schön") == _german("Das ist wohl schön")


def test_german_words_of_courses_are_neutral() -> None:
    for text in ("Der Kurs hat zwei Noten.", "Die Spannung ist hoch.", "Die Aufgaben der Wissenschaften", "der Link"):
        assert _german(text) == 0, text


def test_german_negation_ends_with_the_clause() -> None:
    assert _german("Nicht heute, das Video ist gut.") == _german("Schon heute, das Video ist gut.")


def test_german_degrees() -> None:
    assert _german("Das ist etwas gut") < _german("Das ist gut") < _german("Das ist sehr gut")
    assert _german("Das ist etwas schlecht") > _german("Das ist schlecht") > _german("Das ist sehr schlecht")


def test_german_inflection_and_nouns() -> None:
    assert _german("Die hilfreichen Hinweise") == _german("Der hilfreiche Hinweis") > 0
    assert _german("die Probleme") == _german("das Problem") < 0
    # The noun for a school class, not the adjective "klasse".
    assert _german("Die ganze Klasse kommt") == 0 < _german("Das war klasse")


def test_german_by_hand() -> None:
    # sehr (1.3) gut (1.0 * 1.9): s = 2.47; the shares weigh it 3.47 beside three neutral words.
    scores = german_sentiment("Das war sehr gut.", ["Das war sehr gut."])
    assert scores.compound == pytest.approx(2.47 / (2.47**2 + 15) ** 0.5, abs=5e-5)
    assert scores.positive == pytest.approx(3.47 / 6.47, abs=5e-4)
    assert (scores.negative, round(scores.positive + scores.neutral, 3)) == (0.0, 1.0)


def test_other_languages_have_no_sentiment() -> None:
    assert "sentiment_compound" not in describe("Merci beaucoup pour votre aide, je comprends maintenant.")
