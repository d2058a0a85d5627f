"""Clean-up, words, sentences, syllables, readability, questions."""

import pytest

from lernhaus.nlp import clean, questions, readability, syllables, tokens
from lernhaus.nlp.describe import describe


@pytest.mark.parametrize(
    ("posted", "prose"),
    [
        ("See https://x.org/a?b=c, please.", "See , please."),
        ("Write to ann@uni.example.org now", "Write to now"),
        ("Use `print(x)` here", "Use here"),
        ("Before\n```python\nx = 1\n```\nafter", "Before\n\nafter"),
        ("<p>One &amp; two</p><p>three</p>", "One & two\n\nthree"),
        ("<pre>int x;</pre>Done", "Done"),
        ("so $x^2$ and \\(y\\) hold", "so and hold"),
        ("It costs $5, not $10.", "It costs $5, not $10."),
        ("\\begin{equation}E=mc\\end{equation}Then", "Then"),
        ("an unclosed ``` fence stays", "an unclosed ``` fence stays"),
        ("if a < b then", "if a < b then"),
        ("a\x00b\u202ec\u200b", "abc"),
        ("e\u0301", "é"),
        ("&#" + "9" * 5000 + ";ok", "ok"),
    ],
)
def test_prose_leaves_out_what_is_not_read_aloud(posted: str, prose: str) -> None:
    assert clean.prose(posted) == prose


@pytest.mark.parametrize(
    ("posted", "code", "formula", "address"),
    [
        ("Thanks, I see.", 0, 0, 0),
        ("Use `x` now", 3, 0, 0),
        ("```\nx = 1\n```", 13, 0, 0),
        ("<pre>x</pre>ok<code>y</code>", 12 + 14, 0, 0),
        ("Try this:\nx = f(1)\nprint(x)\nand tell me", 16, 0, 0),
        ("so $x^2$ and $$y$$ and \\(z\\)", 0, 5 + 5 + 5, 0),
        ("then \\frac{1}{2} is right", 0, 11, 0),
        ("See https://x.org/a and mail a@b.org.", 0, 0, 15 + 7),
        ('<a href="https://x.org">here</a> <!-- `x` -->', 0, 0, 0),
        ("`https://x.org/$a$`", 19, 0, 0),
        ("", 0, 0, 0),
    ],
)
def test_characters_that_are_no_prose_are_counted(posted: str, code: int, formula: int, address: int) -> None:
    assert clean.take_apart(posted)[1:] == (code, formula, address)


CODE = """
import numpy as np
from pandas import DataFrame, Series
def area(r):
    return 3.14 * r ** 2
for i in range(10):
while x != 3:
else:
x = np.zeros(3)
model <- lm(y ~ x)
plt.plot(x, y)
print(area(2))
public static void main(String[] args) {
int count = 0;
for (int i = 0; i < n; i++) { sum += a[i]; }
i++;
});
Traceback (most recent call last):
  File "area.py", line 3, in <module>
NameError: name 'r' is not defined
java.lang.NullPointerException
at org.example.Area.main(Area.java:12)
SELECT name FROM learners WHERE id = 1
$ pip install numpy
>>> 3 + 4
#include <stdio.h>
"""
PROSE = """
If you want to know more:
For example:
For more information, see (b):
We did this before (see above);
He said it; she did it;
Question(s)
x = 5
From Spain, with love
Import of the data failed.
While I was reading, I found an error:
$5 is too much
Error in lecture 4
The class is great:
Else, try it again.
Wenn f(x) gilt, dann auch das:
"""


def test_lines_of_code_are_told_from_prose() -> None:
    for line in CODE.strip().split("\n"):
        assert clean.prose(f"Look:\n{line}\nWhy?") == "Look:\n\nWhy?"
    for line in PROSE.strip().split("\n"):
        assert clean.prose(f"Look:\n{line}\nWhy?") == f"Look:\n{line}\nWhy?"


def test_shares() -> None:
    features = describe("Use `x = 1` in https://x.org/a or $y$")
    assert (features["code_share"], features["url_share"], features["formula_share"]) == pytest.approx(
        (7 / 37, 15 / 37, 3 / 37), abs=5e-5
    )
    assert "code_share" not in describe("")


def test_no_character_is_of_two_kinds() -> None:
    # what is left of the line beside the address reads as code
    features = describe("http://[REDACTED]")
    assert features["code_share"] > 0
    assert features["code_share"] + features["url_share"] == pytest.approx(1, abs=1e-4)


def test_words() -> None:
    assert tokens.words("I don't know: 3 well-known COVID-19 facts, 42 __ \u00e9t\u00e9") == [
        "I", "don't", "know", "well-known", "COVID-19", "facts", "\u00e9t\u00e9",
    ]  # fmt: skip
    assert tokens.words("हिन्दी भाषा") == ["हिन्दी", "भाषा"]
    assert tokens.words("a" * 101) == []


@pytest.mark.parametrize(
    ("code", "text", "count"),
    [
        ("en", "I met Dr. Smith, i.e. the teacher. He left.", 2),
        ("en", "The U.S. won. J. Smith wrote it etc. Then it ended.", 3),
        ("en", "The quiz failed.It says error!Why?", 3),
        ("en", "Use Node.js 3.5 for it... and wait.", 1),
        ("en", '"Why?" he asked. i did it. then it broke.', 3),
        ("en", "My list:\n- first thing\n- second thing\n\nThe end", 4),
        ("en", "1. Read it. 2. Do it.", 2),
        ("en", "A line\nthat was wrapped.", 1),
        ("en", "You and I. A function of x. Then more.", 3),
        ("en", "... ?! 42.", 0),
        ("de", "Am 3. Oktober z. B. kam Prof. Meier bzw. sein Team. Es war 1990. Danach ging er.", 3),
        ("de", "Das gilt usw. Danach nicht mehr, d. h. nie.", 2),
        ("ja", "これは日本語です。良いです。", 2),
    ],
)
def test_sentence_count(code: str, text: str, count: int) -> None:
    assert len(tokens.sentences(text, code)) == count


# Counted by hand. Drawn evenly over the frequencies of forum posts (English), expository prose (German).
ENGLISH_SYLLABLES = """
only 2 because 2 her 1 it's 1 interesting 4 system 2 example 3 child 1 before 2 speaker 2 little 2 poet 2
video 3 metaphor 3 meaning 2 general 3 another 3 school 1 imagist 3 without 2 woman 2 learning 2 process 2
sense 1 every 2 games 1 already 3 listed 2 making 2 finished 2 specific 3 homework 2 called 1 stanza 2
optional 3 family 3 below 2 elements 3 scene 1 whole 1 student 2 rubric 2 anything 3 trying 2 further 2
understanding 4 answers 2 series 2 economy 4 identify 4 location 3 certain 2 interacts 3 nothing 2
wobble 2 social 2 evaluate 4 government 3 mode 1 goes 1 wanted 2 cannot 2 lines 1 simple 2 receive 2
briefly 2 opinion 3 listen 2 likely 2 increase 2 poems 2 coming 2 explanatory 5 appreciate 4 resources 3
playing 2 companies 3 noted 2 accounts 2 thoughts 1 condition 3 submitted 3 windows 2 reviewing 3 period 3
product 2 easier 3 irony 3 area 3 background 2 values 2 symbolism 4 wouldn't 2 debt 1 added 2 modernist 3
developing 4 inequality 5 structure 2 iconography 5 necessary 4 enjoying 3 orientation 5 played 1
nations 2 lives 1 increased 2 pleasure 2 accomplishment 4 measles 2 supposed 2 subtitles 3 suggested 3
services 3 obviously 4 references 4 participate 4 welcome 2 demonstrates 3 confused 2 stories 2
literature 4 diseases 3 reeling 2 encourage 3 showed 1 viral 2 description 3 independent 4 dividends 3
private 2 scheme 1 continuous 4 sufficient 3 equally 3 movie 2 sciences 3 union 2 antibodies 4
imagination 5 viruses 3 similarities 5 primarily 4 liability 5 numerous 3 considerable 5 equivalence 4
vague 1 encouragement 4 gamer 2 rolled 1 engaged 2 spaces 2 immunized 3 humble 2 museum 3 headed 2
hypothesis 4 secretary 4 conspiracy 4 anxiety 4 specialize 3 coursework 2 guides 1
"""
GERMAN_SYLLABLES = """
Menschen 2 diese 2 hatte 2 Millionen 4 Teil 1 Rasiermesser 4 Staaten 2 viele 2 Union 3 bekommen 3 Beruf 2
möglich 2 britischen 3 Seifenblasen 4 außerhalb 3 neuen 2 weitere 3 Wärme 2 Entscheidung 3 bezahlen 3
Betreuer 3 Automaten 4 Zusammenhang 4 National 4 Behinderung 4 entwickelte 4 Bevölkerung 4 Meeresspiegel 4
Gebieten 3 Aufbau 2 relativ 3 gehören 3 Oberflächenspannung 6 Gebrauch 2 Veränderung 4 Produktivität 5
Mantelkonvektion 6 Relativitätstheorie 8 Überschwemmungen 5 Partialdruck 4 Klimatologie 5 Quartär 2
stabilisierenden 6 Realität 4 Bildungsniveau 4 Evolutionsgeschichte 8 niedergeschriebene 6 Mexiko 3
vielzelliger 4 Premierministers 5 literarische 5 heiratete 4 Interesse 4 prinzipiell 4 geriet 2
aufgehoben 4 Studie 3 Medien 3 Familie 4 beenden 3 beantworten 4 Patient 3 Energie 3 Materialien 6
Kategorie 4 Theorien 4 Museum 3 Video 3 Aufgabe 3 verstehe 3 Übungsaufgaben 5 Beispiele 3 Lernplattform 3
Prüfungsanmeldung 5
"""


def _hand_counted(table: str) -> list[tuple[str, int]]:
    cells = table.split()
    return list(zip(cells[::2], map(int, cells[1::2]), strict=True))


@pytest.mark.parametrize(
    ("count", "table"),
    [
        (syllables.english_syllables, ENGLISH_SYLLABLES),
        (syllables.german_syllables, GERMAN_SYLLABLES),
    ],
)
def test_syllables_agree_with_a_count_by_hand(count, table) -> None:  # type: ignore[no-untyped-def]
    expected = _hand_counted(table)
    wrong = {word: count(word) for word, number in expected if count(word) != number}
    assert len(wrong) / len(expected) <= 0.02, wrong


def test_readability_by_hand() -> None:
    # 2 sentences, 11 words; syllables 1+1+1+1+1+2 and 1+1+2+2+1 = 14.
    features = describe("The cat sat on the table. It was very happy there.")
    assert (features["sentence_count"], features["word_count"]) == (2, 11)
    assert features["flesch_reading_ease"] == pytest.approx(206.835 - 1.015 * 5.5 - 84.6 * 14 / 11)
    assert features["flesch_kincaid_grade"] == pytest.approx(0.39 * 5.5 + 11.8 * 14 / 11 - 15.59)
    assert features["lix"] == pytest.approx(5.5)
    assert "amstad_reading_ease" not in features


def test_published_examples() -> None:
    """The examples in Wikipedia's article on the Flesch-Kincaid readability tests, with its syllables."""
    cat = describe("The cat sat on the mat.")
    assert cat["flesch_reading_ease"] == pytest.approx(116, abs=0.5)
    assert cat["flesch_kincaid_grade"] == pytest.approx(-1.45)
    # "The Australian platypus is seemingly a hybrid of a mammal and reptilian creature."
    assert readability.flesch_reading_ease(1, 13, 24) == pytest.approx(37.5, abs=0.05)
    assert readability.flesch_kincaid_grade(1, 13, 24) == pytest.approx(11.3, abs=0.05)


def test_german_readability_by_hand() -> None:
    # 2 sentences, 9 words; syllables 1+3+1+1 and 1+3+1+2+4 = 17.
    features = describe("Die Aufgabe war leicht. Ich verstehe den ganzen Zusammenhang.")
    assert features["amstad_reading_ease"] == pytest.approx(180 - 4.5 - 58.5 * 17 / 9)
    # Longer than six letters: Aufgabe, verstehe, Zusammenhang.
    assert features["lix"] == pytest.approx(4.5 + 100 * 3 / 9)
    # The same three have three syllables or more; Die, war, leicht, Ich, den have one.
    assert features["wiener_sachtextformel"] == pytest.approx(
        0.1935 * 100 / 3 + 0.1672 * 4.5 + 0.1297 * 100 / 3 - 0.0327 * 500 / 9 - 0.875
    )
    assert "flesch_reading_ease" not in features


def test_formulas() -> None:
    assert readability.flesch_reading_ease(1, 10, 15) == pytest.approx(69.785)
    assert readability.flesch_kincaid_grade(1, 10, 15) == pytest.approx(6.01)
    assert readability.amstad_reading_ease(1, 10, 20) == pytest.approx(53.0)
    assert readability.lix(2, 20, 5) == pytest.approx(35.0)
    # MS 10, SL 10, IW 25, ES 50
    assert readability.wiener_sachtextformel(2, 20, 5, 2, 10) == pytest.approx(4.3395)


def test_unspaced_scripts_have_no_word_count() -> None:
    features = describe("これは日本語です。良いです。")
    assert features["sentence_count"] == 2
    assert {"word_count", "lix"}.isdisjoint(features)


def _score(text: str) -> float:
    score = describe(text)["question_score"]
    assert isinstance(score, float)
    return score


@pytest.mark.parametrize(
    "text",
    [
        "How do I submit the second assignment?",
        "how can i open the file",
        "Does anyone know the deadline",
        "Is it due on Friday",
        "Weiß jemand, wie das geht?",
        "Hallo zusammen, kann mir jemand helfen",
        "Welche Formel gilt hier",
        "It failed again. Why is the server so slow",
    ],
)
def test_questions_score_high(text: str) -> None:
    assert _score(text) >= 0.5


@pytest.mark.parametrize(
    "text",
    [
        "Thanks for the answer.",
        "When I opened it, it failed.",
        "What a great course!",
        "See http://example.org/search?q=1 for more.",
        "Use `x ? y : z` in that place.",
        "Wer das liest, ist gut vorbereitet.",
        "",
    ],
)
def test_statements_score_zero(text: str) -> None:
    assert _score(text) == 0


def test_evidence_for_a_question_adds_up_as_documented() -> None:
    assert _score("The deadline?") == pytest.approx(0.7)
    assert _score("I don't understand why the answer is four.") == pytest.approx(0.4)
    assert _score("The deadline? I don't understand why.") == pytest.approx(1 - 0.3 * 0.6)
    assert questions.question(["Yes?", "Really?"]).value == pytest.approx(0.7)
