"""How soon a teacher should look at a post: what blocks a learner comes before what interests one.

Cues that speak for it; the weights are judgement, not fitted:

- pressing 0.5: "urgent", "asap", "as soon as possible", "dringend", "sofort";
- technical_problem 0.5: "error message", "does not work", "can't submit", "lässt sich nicht öffnen", "abgestürzt";
- content_error 0.4: "typo", "there is a mistake", "the answer is wrong", "Tippfehler", "Fehler im Skript";
- no_answer 0.4: "still waiting", "no reply", "not fixed", "keine Antwort", "niemand meldet sich";
- help_request 0.4: "please help", "can someone", "could you", "brauche Hilfe", "kann mir jemand";
- deadline 0.3: "deadline", "due tomorrow", "extension", "Abgabefrist", "Verlängerung";
- grading 0.3: "my score", "marked as", "penalty", "certificate", "Bewertung", "Punktabzug";
- staff 0.2: somebody of the staff is addressed or named: "dear professor", "course staff", "liebe Frau";
- course_matter 0.2: "homework", "quiz", "slides", "video", "Hausaufgabe", "Klausur", "Folien";
- 0.4 x the question score, 0.5 x the confusion score.

Against it:

- introduction 0.6: "my name is", "I am from", "nice to meet you", "ich heiße", "ich wohne in";
- answer 0.5: "hope this helps", "you should", "take a look at", "du musst", "schau mal";
- opinion 0.3: "in my opinion", "I agree", "meiner Meinung nach", "ich finde";
- essay up to 0.5: nothing to 100 words, rising to 250;
- 0.5 x the gratitude score.
"""

from lernhaus.nlp.cues import Cue, Post, Score, combine, found, weights

_NOT = (
    "(?:(?:do|did|does|could|is|are|was|wo|would|have|has)n'?t|(?:do|did|does|could|is|are|was|will|have|has) not"
    "|can(?:'?t|not| not)|(?:not able|unable) to|never|not)"
)
_GAP = r"(?:[\w']+,? ){0,3}"

_FOR = (
    Cue("urgency:pressing", 0.5, {
        "urgent urgently asap immediately desperate desperately panicking emergency soon": (
            "urgent(?:ly)?|asap|immediately|desperate(?:ly)?|panicking|emergency|as soon as possible"
        ),
        "dringend dringende sofort umgehend schnellstmöglich verzweifelt panik panisch eilt eilig schnell": (
            "dringende?|sofort|umgehend|schnellstmöglich|verzweifelt|panik|panisch|eilt|eilig|so schnell wie möglich"
        ),
    }),
    Cue("urgency:technical_problem", 0.5, {
        "work works working load loads loading open opens play playing download downloading downloaded upload uploading"
        " uploaded submit access log login view see find watch register enroll display": (
            rf"{_NOT} (?:\w+ ){{0,3}}(?:works?|loads?|loading|opens?|play(?:ing)?|(?:up|down)load(?:ing"
            "|ed)?|submit"
            r"|access|log|login|register|enroll|display)"
            rf"|{_NOT} (?:yet |even |always |\w+ly )?working"
            r"|(?:can(?:'?t|not| not)|couldn't|unable to|not able to) (?:\w+ ){0,2}(?:view|see|find|watch)"
        ),
        "broken crash crashed crashes froze frozen freezes freezing bug glitch missing inaccessible buffering"
        " browser": (
            "broken|crash(?:ed|es)?|froze(?:n)?|freez(?:es|ing)|bug|glitch|(?:is|are|was|were|went|files?) missing"
            "|inaccessible|buffering|browser"
        ),
        "error errors": (
            r"error (?:message|code|page|when|while|on|\d+)|(?:gets?|got|getting|gives?|gave|shows?|an) error"
            "|errors (?:when|while)"
        ),
        "technical problem problems issue issues": (
            "(?:technical|login|access|(?:up|down)load|audio|video|sound) (?:errors?|issues?|problems?)"
            "|(?:problems?|issues?) (?:accessing|(?:up|down)loading|submitting|playing|loading|opening|logging"
            "|with the (?:link|site|page|website|videos?|app))"
        ),
        "logged locked kicked link links": (
            r"(?:logged|locked|kicked) (?:me |us )?out|(?:dead|wrong) links?|links? (?:is|are) (?:\w+ )?(?:dead"
            "|wrong|down)"
        ),
        "funktioniert funktionieren geht gehen lädt öffnet startet klappt": (
            rf"(?:funktionier(?:t|en)|geht|gehen|lädt|öffnet|startet|klappt) {_GAP}(?:nicht|nichts)"
        ),
        "öffnen hochladen herunterladen runterladen abgeben einreichen zugreifen einloggen anmelden abspielen"
        " laden rein": (
            r"nicht (?:\w+ ){0,4}(?:öffnen|hochladen|herunterladen|runterladen|abgeben|einreichen|zugreifen"
            "|einloggen|anmelden"
            "|abspielen|laden|rein)"
        ),
        "fehlermeldung fehlerseite abgestürzt absturz kaputt gesperrt ausgesperrt abgemeldet eingefroren hängt"
        " fehler": (
            "fehler(?:meldung|seite)|abgestürzt|absturz|kaputt|gesperrt|ausgesperrt|abgemeldet|eingefroren"
            "|(?:seite|video|quiz|system) hängt|(?:zeigt|kommt|gibt) (?:nur |immer |mir ){0,2}(?:einen?|ein) fehler"
        ),
        "zugriff zugang weg link links": (
            r"kein(?:en)? (?:zugriff|zugang)|(?:abgabe|datei|antworten) (?:ist|sind) weg"
            r"|(?:toter?|falscher?) links?|links? (?:ist|sind) (?:\w+ )?(?:tot|falsch)"
        ),
    }),
    Cue("urgency:content_error", 0.4, {
        "mistake mistakes typo typos error errors erroneous": (
            r"typos?|(?:is|are|there's|found|be|an?|some|possible|think|the|with) (?:\w+ )?mistakes?"
            r"|errors? (?:\w+ )?in|erroneous"
        ),
        "wrong incorrect incorrectly": (
            "(?:answers?|solution|formula|slide|video|question|explanation|grader|option|it|this|that|as|is|are"
            "|seems?)"
            r" (?:\w+ ){0,3}(?:wrong|incorrect(?:ly)?)|(?:marked|graded) (?:\w+ ){0,3}(?:wrong|incorrect)"
        ),
        "correct answer answers option options choice choices": (
            r"none of the (?:\w+ )?(?:answers|options|choices)|no (?:correct|right) (?:answer|option)"
            r"|should (?:be|have been) (?:\w+ )?correct|not (?:\w+ ){0,2}(?:match"
            r"|one of) (?:\w+ ){0,2}(?:answers?|options?|choices?)"
        ),
        "tippfehler druckfehler rechenfehler schreibfehler": "(?:tipp|druck|rechen|schreib)fehler",
        "fehler fehlerhaft falsch": (
            r"fehler (?:in|im|auf|bei)|(?:ein|einen) fehler|fehlerhaft"
            r"|(?:als|antwort|lösung|formel|folie|aufgabe|ist|sind|wird|wurde) (?:\w+ ){0,3}falsch"
        ),
        "antwort antworten": r"keine der (?:\w+ )?antworten|keine (?:richtige|passende) antwort",
    }),
    Cue("urgency:no_answer", 0.4, {
        "waiting": "(?:still|been|am|are|i'm) waiting",
        "reply replied response answer answers answered respond responded": (
            r"no (?:reply|response|answer)|(?:nobody|no one|noone)(?: has| have)? (?:\w+ )?(?:replie[sd]"
            "|answer(?:ed|s)?"
            rf"|respond(?:ed|s)?)|{_NOT} (?:\w+ ){{0,3}}(?:repl(?:y|ied)|answered|respond(?:ed)?|response)"
        ),
        "fixed resolved yet": (
            rf"{_NOT} (?:\w+ ){{0,3}}(?:fixed|resolved)|(?:any|is there an?) (?:\w+ )?(?:news|answer) yet"
        ),
        "antwort rückmeldung antwortet geantwortet reagiert meldet warte behoben": (
            r"keine (?:antwort|rückmeldung)|(?:niemand|keiner) (?:\w+ ){0,2}(?:antwortet|geantwortet|reagiert|meldet)"
            rf"|warte {_GAP}(?:noch|seit|immer)|nicht (?:\w+ )?(?:geantwortet|behoben)"
        ),
    }),
    Cue("urgency:help_request", 0.4, {
        "help": (
            r"(?:please|pls|plz|need|want|any|some|for|can you|could you|someone|somebody|anyone|anybody) (?:\w+ )?help"
            "|help (?:me|us|please|needed)|help ?!"
        ),
        "you u someone somebody anyone anybody staff": (
            "(?:can|could|would|will) (?:you|u|someone|somebody|anyone|anybody|any one|the staff)"
        ),
        "please kindly": (
            r"(?:please|kindly) (?:\w+ )?(?:explain|clarify|advise|tell|let|check|confirm|verify|look|fix|correct"
            "|provide|share"
            "|give|direct|point|respond|reply|answer|upload|send|post)"
        ),
        "possible grateful appreciate appreciated": (
            r"(?:would|is|will) it (?:be )?possible|(?:would|will) be (?:\w+ ){0,2}(?:appreciated|grateful)"
            r"|(?:would|i'd) (?:\w+ ){0,2}appreciate"
        ),
        "hilfe helfen weiterhelfen helft hilf": (
            r"(?:brauche?|benötige|bitte|bitte um|dringend) (?:\w+ ){0,2}hilfe|hilfe ?!|(?:helft|hilf) (?:mir|uns"
            "|bitte)"
            r"|(?:kann|könnte|könnt|können|könnten|kannst) (?:\w+ ){0,4}(?:weiter)?helfen"
        ),
        "jemand wer ihr sie du": (
            "(?:kann|könnte|weiß|weiss|könnt|könnten|könntest|kannst) (?:mir |uns |das |es |bitte |hier "
            "|vielleicht ){0,3}"
            "(?:jemand|wer|ihr|sie|du)"
        ),
        "bitte möglich dankbar": (
            r"bitte (?:\w+ ){0,4}(?:erklären|prüfen|korrigieren|nachsehen|hochladen|bestätigen|antworten|antwortet)"
            r"|(?:wäre|ist) es (?:\w+ )?möglich|wäre (?:\w+ ){0,3}dankbar"
        ),
    }),
    Cue("urgency:deadline", 0.3, {
        "deadline deadlines due overdue extension late expired expires": (
            "deadlines?|due (?:date|on|at|in|by|today|tomorrow|tonight|this|next)|(?:is|was|are) due|overdue|extension"
            r"|(?:too|be|was|am|submitting|submitted) late|late (?:submission|days?|penalty)|expire[sd]"
        ),
        "time hours midnight": (
            r"(?:on|in|enough|out of) time to|(?:\d+|few) hours (?:left|to go|remaining)|before midnight"
        ),
        "frist abgabefrist abgabetermin fristverlängerung verlängerung einsendeschluss stichtag": (
            "(?:abgabe)?frist|abgabetermin|(?:frist)?verlängerung|einsendeschluss|stichtag"
        ),
        "abgabe fällig spät mitternacht": (
            r"abgabe (?:\w+ ){0,4}(?:heute|morgen|bis)|fällig|zu spät|(?:vor|um|bis) mitternacht"
        ),
    }),
    Cue("urgency:grading", 0.3, {
        "score scores grade grades graded grader regrade points credit marked penalty penalized attempt attempts": (
            r"(?:my|our|effective|no) (?:\w+ )?(?:scores?|grades?|points|credit)|(?:re)?graded?|grader|penal(?:ty|ized)"
            "|marked (?:me|it|as|my|wrong|incorrect|this)|(?:my|first|second|last|another|more) attempts?"
        ),
        "certificate certificates": "certificates?",
        "bewertung bewertet benotet gewertet punkte note noten punktabzug zertifikat versuch versuche durchgefallen"
        " durchfallen": (
            r"bewert(?:ung|et)|benotet|gewertet|(?:meine|keine|null|0|volle|weniger) (?:\w+ )?(?:punkte|noten?)"
            "|punktabzug"
            "|zertifikat|(?:mein|letzte[rn]?|zweite[rn]?|weitere[rn]?|kein(?:en)?) versuche?|durchgefallen|durchfallen"
        ),
    }),
    Cue("urgency:staff", 0.2, {
        "professor prof dr staff instructor instructors ta tas sir teacher tutor": (
            r"(?:dear|hello|hi|hey|good \w+),? (?:professor|prof|dr|sir|instructors?|staff|tas?|teacher|tutor)"
            "|(?:course|teaching|support|the|any) (?:staff|instructors?|tas?)|^prof(?:essor)?"
        ),
        "support admin admins moderator moderators": (
            "(?:tech|technical|customer|contact|contacted|the|dem|der|vom) support|admins?|moderators?"
        ),
        "herr frau dozent dozentin tutor tutorin professor professorin kursleitung betreuer betreuerin": (
            r"(?:liebe[rs]?|sehr geehrte[rs]?|hallo|guten \w+),? (?:herr|frau|dozent(?:in)?|tutor(?:in)?"
            "|professor(?:in)?"
            "|betreuer(?:in)?)|kursleitung"
        ),
    }),
    Cue("urgency:course_matter", 0.2, {
        "homework homeworks hw quiz quizzes exam exams assignment assignments test submission submitted syllabus slide"
        " slides lecture lectures video videos subtitles pdf pdfs textbook material materials question": (
            "homeworks?|hw|quiz(?:zes)?|exams?|assignments?|test|submission|submitted|syllabus|slides?|lectures?"
            "|videos?"
            r"|subtitles|pdfs?|textbook|materials?|question \d+"
        ),
        "hausaufgabe hausaufgaben klausur prüfung abgabe aufgabe aufgaben folie folien vorlesung vorlesungen skript"
        " untertitel übung übungsblatt": (
            "hausaufgaben?|klausur|prüfung|abgabe|aufgaben?|folien?|vorlesung(?:en)?|skript|untertitel|übung(?:sblatt)?"
        ),
    }),
)  # fmt: skip

_AGAINST = (
    Cue("urgency:introduction", 0.6, {
        "name from live": r"my name(?: is|'s)|(?:i am|i'm|im|we are|hello|hi) (?:\w+ )?from|i live in",
        "meet see here welcome forward excited": (
            "(?:nice|good|glad|great|pleased|happy) to (?:meet|be here|see)|welcome|looking forward"
            "|excited (?:to|about)"
        ),
        "background student engineer teacher nurse retired": (
            r"my background|(?:i am|i'm) an? (?:\w+ ){0,2}(?:student|engineer|teacher|nurse)|i am retired"
        ),
        "heiße heisse name komme wohne": (
            r"ich (?:heiße|heisse)|mein name|(?:komme ich|ich komme) aus|(?:ich wohne|wohne ich|wohne) (?:\w+ )?in"
        ),
        "kennenzulernen freue willkommen vorstellen gespannt": (
            r"kennenzulernen|freue? mich (?:auf|hier)|willkommen|(?:mich|uns) (?:\w+ )?vorstellen|gespannt"
        ),
    }),
    Cue("urgency:answer", 0.5, {
        "helps help": "hope (?:that|this|it) helps|(?:may|might|should) help you",
        "you": (
            "you (?:should|need to|have to|must|might want|may want|could try|will need|will find"
            "|can (?:find|use|see|also|get|try|download|do|check|always))|if you (?:look|go|click|use|take|want"
            "|are|have)"
        ),
        "your": "your (?:answer|question|solution|idea)",
        "try look check read remember note consider see": (
            "^(?:(?:please|just|maybe),? )?(?:try|check|read|remember|note|consider|see|look) (?:the|this|that"
            "|to|at|about|here"
            "|if|again|out)|(?:take|have) a look"
        ),
        "know answer welcome": "as far as i know|to answer your|the answer (?:to|is)|you(?:'re| are) welcome",
        "hilft musst solltest schau probier versuch": (
            "hoffe,? (?:das|es) hilft|du (?:musst|solltest)|schau (?:mal|dir|doch|noch|in)|(?:probiere?"
            "|versuche?) (?:es|mal|doch)"
        ),
        "soweit meines": "soweit ich weiß|meines wissens",
    }),
    Cue("urgency:opinion", 0.3, {
        "opinion agree disagree interesting": r"in my (?:\w+ )?opinion|i (?:\w+ )?(?:dis)?agree|interesting",
        "believe love loved enjoyed enjoy enjoying": (
            r"i (?:\w+ )?(?:believe|loved?|enjoy(?:ed)?)|(?:am|i'm) (?:\w+ )?enjoying"
        ),
        "meinung finde interessant zu": (
            r"meiner meinung|ich finde|(?:sehr|wirklich) interessant|stimme (?:\w+ ){0,2}zu"
        ),
    }),
)  # fmt: skip

_ESSAY = "urgency:essay"
_ESSAY_WEIGHT = 0.5
# Words up to which a post is no essay, and from which on it is one.
_SHORT, _LONG = 100, 250

CUE_WEIGHTS = weights(_FOR, _AGAINST) | {_ESSAY: -_ESSAY_WEIGHT}


def urgency(post: Post, word_count: int, *, question: float, confusion: float, gratitude: float) -> Score:
    """0 (can wait) to 1 (a teacher should look now), by the rule above, from the words and the other scores."""
    present, opposed = found(_FOR, post), found(_AGAINST, post)
    essay = _ESSAY_WEIGHT * min(max((word_count - _SHORT) / (_LONG - _SHORT), 0.0), 1.0)
    value = combine(
        [*(cue.weight for cue in present), 0.4 * question, 0.5 * confusion],
        [*(cue.weight for cue in opposed), 0.5 * gratitude, essay],
    )
    return Score(value, [cue.name for cue in present + opposed] + [_ESSAY] * (essay > 0))
