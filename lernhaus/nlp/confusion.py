"""How much a post shows that its author does not follow the content or the task.

Cues that speak for it; the weights are judgement, not fitted:

- not_understand 0.6: "I don't understand", "can't make sense of", "verstehe ich nicht", "keine Ahnung";
- confused 0.6: "confused", "I am lost", "stuck", "verwirrt", "komme nicht weiter";
- no_sense 0.5: "makes no sense", "contradicts", "ergibt keinen Sinn", "widerspricht";
- unclear 0.4: "it is not clear", "ambiguous", "unklar", "missverständlich";
- struggle 0.4: "struggling with", "hard to follow", "tue mich schwer", "Schwierigkeiten mit";
- own_doubt 0.4: "what am I missing", "am I wrong", "wo liegt mein Fehler", "übersehe ich etwas";
- why 0.2: a question with "why", "how come", "warum", "wieso".

Against it:

- resolved 0.7: "now I understand", "figured it out", "jetzt ist es klar", "hat sich erledigt".
"""

from lernhaus.nlp.cues import Cue, Post, Score, score, weights

_NOT = (
    "(?:(?:do|did|does|could|is|wo|was)n'?t|(?:do|did|does|could|is|am|was|i'm) not|can(?:'?t|not| not)|not|never"
    "|hardly)"
)
_NICHT = "(?:gar )?(?:nicht|nichts|nie|kaum|nix)"
_GAP = r"(?:[\w']+,? ){0,3}"

_FOR = (
    Cue("confusion:not_understand", 0.6, {
        "understand understanding grasp comprehend get getting follow following see": (
            rf"(?:i|we|me|to|still|just|really) {_NOT} (?:\w+ ){{0,2}}(?:understand(?:ing)?|grasp|comprehend"
            r"|get(?:ting)? (?:it|this|that|the|why|how|what|where)|follow(?:ing)?|see (?:how|why|where|what))"
            r"|i'm not (?:\w+ )?(?:understanding|getting|following|seeing)"
            r"|lack of understanding|(?:trying|fail) (?:hard )?to (?:understand|see|grasp)"
        ),
        "sense head idea clue": (
            rf"{_NOT} make (?:any )?sense of|{_NOT} (?:\w+ )?get my head (?:a)?round"
            "|no (?:idea|clue) (?:how|what|why|where)"
        ),
        "verstehe verstehen verstanden versteh kapiere kapieren kapier begreife begreifen checke blicke raffe": (
            rf"(?:versteh(?:e|en)?|kapier(?:e|en)?|begreifen?|checke|blicke|raffe) {_GAP}{_NICHT}"
            rf"|{_NICHT} {_GAP}(?:verstehen?|verstanden|kapieren?|begreifen?)"
        ),
        "ahnung klar schlau folgen nachvollziehen": (
            rf"keine(?:n)? (?:ahnung|plan)|mir {_GAP}nicht klar|werde {_GAP}nicht schlau"
            rf"|{_NICHT} {_GAP}(?:folgen|nachvollziehen)"
        ),
    }),
    Cue("confusion:confused", 0.6, {
        "confused confusing confusion confuses confuse baffled puzzled puzzles puzzling bewildered perplexed": (
            "(?<!not )(?:confus(?:ed|ing|ion|es?)|baffled|puzzl(?:ed|es|ing)|bewildered|perplexed)"
        ),
        "lost stuck": (
            "(?:am|i'm|im|feel|feeling|got|get|getting|completely|totally|quite|so|bit|really|kind of) (?:lost|stuck)"
        ),
        "verwirrt verwirrend verwirrende verwirrung durcheinander irritiert ratlos aufgeschmissen": (
            "(?<!nicht )(?:verwirr(?:t|ende?|ung)|durcheinander|irritiert|ratlos|aufgeschmissen)"
        ),
        "weiter raus fest schlauch": (
            rf"kommen? {_GAP}nicht (?:mehr )?weiter|nicht (?:mehr )?weiter (?:komme|weiß)"
            rf"|(?:bin|völlig|total|komplett) raus|(?:hänge|stecke) {_GAP}fest|auf dem schlauch"
        ),
    }),
    Cue("confusion:no_sense", 0.5, {
        "sense": rf"mak(?:es?|ing) no sense|{_NOT} (?:\w+ )?mak(?:e|ing) (?:\w+ )?sense(?! of)",
        "contradict contradicts contradictory contradiction inconsistent illogical": (
            "contradict(?:s|ory|ion)?|inconsistent|illogical"
        ),
        "sinn": "(?:keinen|wenig|nicht viel) sinn",
        "widerspricht widersprüchlich widerspruch unlogisch": "widersp(?:richt|rüchlich|ruch)|unlogisch",
    }),
    Cue("confusion:unclear", 0.4, {
        "clear obvious intuitive": rf"{_NOT} (?:\w+ ){{0,2}}(?:clear|obvious|intuitive)",
        "unclear ambiguous vague misleading counterintuitive unsure": (
            "unclear|ambiguous|vague|misleading|counterintuitive|unsure"
        ),
        "sure": "not (?:quite |entirely |exactly |really |too |at all )?sure (?:what|how|why|where|if|whether)",
        "unklar missverständlich mehrdeutig unverständlich": "unklar|missverständlich|mehrdeutig|unverständlich",
        "klar ersichtlich eindeutig sicher": (
            "nicht (?:ganz |wirklich |so |recht )?(?:klar|ersichtlich|eindeutig|sicher,? (?:ob|wie|was|wo))"
        ),
    }),
    Cue("confusion:struggle", 0.4, {
        "struggling struggle struggled": "struggl(?:ing|ed?)",
        "trouble difficulty difficulties hard problem problems": (
            r"(?:having|have|had) (?:\w+ ){0,2}(?:trouble|difficult(?:y|ies)|hard time|problems? (?:with"
            "|understanding))"
        ),
        "follow understand grasp": "(?:hard|difficult|tough|impossible) (?:for me )?to (?:follow|understand|grasp)",
        "schwer schwierig": (
            rf"(?:tue|tu) {_GAP}schwer|fällt mir {_GAP}schwer|(?:schwer|schwierig) (?:zu verstehen|nachzuvollziehen)"
        ),
        "schwierigkeiten probleme mühe": (
            rf"(?:habe|hab|hatte|haben) {_GAP}(?:schwierigkeiten|mühe|probleme (?:mit|beim))"
        ),
    }),
    Cue("confusion:own_doubt", 0.4, {
        "missing misunderstanding misunderstood misinterpreting misreading overlooking": (
            "(?:am i|i am|i'm|i must be|i might be|i may be|did i|have i)(?: just)?"
            " (?:missing|misunderst(?:anding|ood)|misinterpreting|misreading|overlooking)"
        ),
        "wrong mistaken right correct": (
            "(?:am i|i am|i'm|where did i go|what did i do|what am i doing) (?:wrong|mistaken)|am i (?:right|correct)"
            r"|is (?:this|that|it|my \w+) (?:right|correct)"
        ),
        "fehler falsch übersehe denkfehler richtig": (
            rf"(?:wo|was) (?:ist|liegt|mache|mach|habe) {_GAP}(?:fehler|falsch)|(?:liege"
            rf"|mache) ich {_GAP}(?:falsch|richtig)"
            r"|übersehe ich|ich (?:et)?was übersehe|denkfehler|ist das (?:so )?richtig"
        ),
    }),
    Cue("confusion:why", 0.2, {
        "why": r"why(?: [^\s?]+){1,40} ?\?",
        "come": r"how come(?: [^\s?]+){1,40} ?\?",
        "warum wieso weshalb": r"(?:warum|wieso|weshalb)(?: [^\s?]+){1,40} ?\?",
    }),
)  # fmt: skip

_AGAINST = (
    Cue("confusion:resolved", 0.7, {
        "understand get see clear sense got": (
            r"(?:now|finally) i (?:\w+ )?(?:understand|get it|see)|i (?:finally |now )?(?:understand|get it"
            "|see) (?:it )?now"
            r"|i finally (?:understand|get|see)|(?:is|it's|everything) (?:\w+ )?clear(?:er)? now"
            r"|now (?:it is|it's|that is) (?:\w+ )?clear|makes? (?:\w+ )?sense now|now (?:\w+ ){1,4}makes? sense"
            "|got it now"
        ),
        "figured solved": (
            "(?:i|i've|have|we) (?:just |finally )?(?:figured (?:it|this|that) out|solved it)|problem solved"
        ),
        "verstehe verstanden klar klick sinn erledigt gelöst": (
            rf"(?:jetzt|endlich|nun) {_GAP}(?:verstehe|verstanden|klar|klick|sinn)|hat sich (?:\w+ )?erledigt"
            "|(?:problem|es) (?:ist )?gelöst"
        ),
    }),
)  # fmt: skip

CUE_WEIGHTS = weights(_FOR, _AGAINST)


def confusion(post: Post) -> Score:
    """0 (no sign of confusion) to 1, by the rule above."""
    return score(_FOR, _AGAINST, post)
