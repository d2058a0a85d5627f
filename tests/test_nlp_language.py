"""Which language a text is in, and where nothing is to be said about it."""

import pytest

from lernhaus.nlp import language
from lernhaus.nlp.describe import describe

# the beginning of article 1 of the Universal Declaration of Human Rights
ARTICLE_1 = [
    ("en", "All human beings are born free and equal in dignity and rights. They are endowed with reason and"),
    ("de", "Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft und"),
    ("fr", "Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont doués de raison"),
    ("es", "Todos los seres humanos nacen libres e iguales en dignidad y derechos y, dotados como están de"),
    ("it", "Tutti gli esseri umani nascono liberi ed eguali in dignità e diritti. Essi sono dotati di ragione"),
    ("pt", "Todos os seres humanos nascem livres e iguais em dignidade e em direitos. Dotados de razão e de"),
    ("nl", "Alle mensen worden vrij en gelijk in waardigheid en rechten geboren. Zij zijn begiftigd met"),
    ("da", "Alle mennesker er født frie og lige i værdighed og rettigheder. De er udstyret med fornuft og"),
    ("sv", "Alla människor är födda fria och lika i värde och rättigheter. De är utrustade med förnuft och"),
    ("no", "Alle mennesker er født frie og med samme menneskeverd og menneskerettigheter. De er utstyrt med"),
    ("fi", "Kaikki ihmiset syntyvät vapaina ja tasavertaisina arvoltaan ja oikeuksiltaan. Heille on annettu"),
    ("pl", "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw. Są oni obdarzeni"),
    ("cs", "Všichni lidé rodí se svobodní a sobě rovní co do důstojnosti a práv. Jsou nadáni rozumem a"),
    ("hu", "Minden emberi lény szabadon születik és egyenlő méltósága és joga van. Az emberek, ésszel és"),
    ("ro", "Toate ființele umane se nasc libere și egale în demnitate și în drepturi. Ele sunt înzestrate cu"),
    ("tr", "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar. Akıl ve vicdana sahiptirler ve"),
    ("vi", "Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền lợi. Mọi con người đều"),
    ("sw", "Watu wote wamezaliwa huru, hadhi na haki zao ni sawa. Wote wamejaliwa akili na dhamiri, hivyo"),
    ("ru", "Все люди рождаются свободными и равными в своем достоинстве и правах. Они наделены разумом и"),
    ("uk", "Всі люди народжуються вільними і рівними у своїй гідності та правах. Вони наділені розумом і"),
    ("bg", "Всички хора се раждат свободни и равни по достойнство и права. Те са надарени с разум и съвест и"),
    ("el", "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα. Είναι"),
    ("ar", "يولد جميع الناس أحراراً متساوين في الكرامة والحقوق. وقد وهبوا عقلاً وضميراً وعليهم أن يعامل بعضهم"),
    ("he", "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם. כולם חוננו בתבונה ובמצפון, לפיכך חובה עליהם"),
    ("hi", "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है। उन्हें"),
    ("zh", "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心，并"),
    ("ja", "すべての人間は、生れながらにして自由であり、かつ、尊厳と権利"),
    ("ko", "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다. 인간은 천"),
    ("ca", "Tots els éssers humans neixen lliures i iguals en dignitat i en drets. Són dotats de raó i de"),
    ("hr", "Sva ljudska bića rađaju se slobodna i jednaka u dostojanstvu i pravima. Ona su obdarena razumom i"),
    ("et", "Kõik inimesed sünnivad vabadena ja võrdsetena oma väärikuselt ja õigustelt. Neile on antud"),
    ("lt", "Visi žmonės gimsta laisvi ir lygūs savo orumu ir teisėmis. Jiems suteiktas protas ir sąžinė ir"),
    ("hy", "Բոլոր մարդիկ ծնվում են ազատ ու հավասար իրենց արժանապատվությամբ ու իրավունքներով։"),
    ("ka", "ყველა ადამიანი იბადება თავისუფალი და თანასწორი თავისი ღირსებითა და უფლებებით."),
]  # fmt: skip


@pytest.mark.parametrize(("code", "text"), ARTICLE_1)
def test_large_languages(code: str, text: str) -> None:
    assert describe(text)["language"] == code


POSTS = """
en Thank you very much for the explanation of the second task, it helped me a lot.
en THANK YOU VERY MUCH FOR THE EXPLANATION, NOW I GET IT!!!
en Thanks!
en I agree
en Great course!
en Hello everyone
en Can anyone help?
en @maria @tom @anna cheers mate
en same question here, week 3 quiz, q2
en My code does not run: `def f(x): return x` fails with a NameError, see https://example.org/der/die/das
en Der Titel "Faust" is by Goethe, but which translation should we read for the seminar?
en pls help, cant open teh file on my mac since yesterday
de Danke!
de Vielen Dank für die Hilfe, jetzt verstehe ich die Aufgabe.
de Hallo zusammen
de Gute Frage
de Geht mir auch so
de Kann jemand helfen?
de WANN IST DIE KLAUSUR?
de Mein Code läuft nicht: `for word in the_list: print(word)` wirft einen Fehler
de Die Deadline im Learning-Management-System ist falsch, der Upload geht nicht mehr.
de kann mir wer sagen wo ich das skript finde, hab schon ueberall gesucht
fr Merci beaucoup pour votre aide, je comprends maintenant.
es Muchas gracias por la ayuda con el ejercicio.
nl Ik begrijp de vraag niet
ru Спасибо большое за помощь с заданием.
ja これは日本語です。
"""


@pytest.mark.parametrize("line", POSTS.strip().split("\n"))
def test_posts(line: str) -> None:
    code, _, text = line.partition(" ")
    features = describe(text)
    assert features["language"] == code
    assert 0 < features["language_confidence"] <= 1


NOTHING_SAID = [
    "", " \n\t ", "x", "a b c", "α β γ", "+1", "12345 67.8 !!!", "😀😀😀", "👍🏽 ❤️", ":-) :-(", "→ ∑ ∞ ≠ ♥",
    "```\nwhile True: pass\n```",
    "for (int i = 0; i < n; i++) { sum += a[i]; }",
    "import numpy as np\nx = np.zeros(3)\nprint(x.shape)",
    "SELECT name FROM learners WHERE id = 1;",
    "$\\int_0^1 x dx$", "x^2 + y^2 = z^2",
    "https://example.org/the/english/words/are/in/the/address",
    "someone.with.english.words@example.org",
    "d41d8cd98f00b204e9800998ecf8427e",
    "asdfghjkl qwer zxcv", "qwrt", "hahaha lol",
    "ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ", "ᚠᚢᚦᚨᚱᚲ ᚷᚹᚺᚾᛁᛃ", "ⴰⵣⵓⵍ ⴼⵍⵍⴰⵡⵏ",
]  # fmt: skip


@pytest.mark.parametrize("text", NOTHING_SAID)
def test_no_guess_about_what_is_no_text_or_in_no_known_script(text: str) -> None:
    features = describe(text)
    assert features["language"] == "und"
    assert "sentiment_compound" not in features and "flesch_reading_ease" not in features


def test_confidence_is_that_of_the_guess() -> None:
    code, confidence = language.identify("qwrt asdf")
    assert (code, 0 < confidence < 1) == ("und", True)
    assert language.identify("Thank you for the long and very clear explanation.")[1] > 0.99
