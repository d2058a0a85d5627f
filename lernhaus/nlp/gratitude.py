"""How much a post thanks somebody.

Cues that speak for it; the weights are judgement, not fitted:

- thanks 0.7: "thanks", "thank you", "danke", "vielen Dank", "ich bedanke mich";
- appreciation 0.5: "I appreciate", "grateful", "dankbar", "zu schätzen";
- helped 0.5: "that helped", "very helpful", "hat mir geholfen", "sehr hilfreich";
- praise 0.4: "great explanation", "well explained", "tolle Erklärung", "super erklärt".

Against it:

- in_advance 0.6: thanks for what is still to come, "thanks in advance", "would be appreciated", "danke im Voraus".
"""

from lernhaus.nlp.cues import Cue, Post, Score, score, weights

_GOOD = "(?:great|good|excellent|wonderful|awesome|fantastic|amazing|nice|brilliant|perfect|superb|helpful|clear)"
_GUT = "(?:toll|super|klasse|gut|prima|perfekt|hervorragend|schön|genial|stark|hilfreich)(?:e[rsnm]?)?"

_FOR = (
    Cue("gratitude:thanks", 0.7, {
        "thanks thx tks thankyou": (
            r"(?<!no )(?:thanks|thx|tks|thankyou)(?! to (?:the|a|an|his|her|its|their|this|that)\b)"
        ),
        "thank thanking thankful": "thank(?:ing)? (?:you|u|everyone|everybody|all|the|prof(?:essor)?|dr)|thankful",
        "danke dankeschön dank bedanke bedanken merci": (
            "(?:danke|dankeschön|merci)|(?:vielen|besten|herzlichen|lieben|tausend|schönen|großen) dank"
            r"|dank (?:dir|euch|ihnen|an)|(?:bedanke|bedanken) (?:ich )?(?:mich|uns)|(?:mich|uns) (?:\w+ )?bedanken"
        ),
    }),
    Cue("gratitude:appreciation", 0.5, {
        "appreciate appreciated appreciative grateful gratitude": (
            "(?<!would )(?<!be )(?<!'d )(?:appreciat(?:ed?|ive)|grateful|gratitude)"
        ),
        "dankbar schätzen verbunden": r"(?:bin|sind) (?:\w+ ){0,3}dankbar|zu schätzen|sehr verbunden",
    }),
    Cue("gratitude:helped", 0.5, {
        "helped helpful useful saved": (
            r"(?:that|it|this|which|you|has|have|really|also|answer|explanation|example) (?:\w+ )?helped"
            "|(?:very|really|so|extremely|super|quite) (?:helpful|useful)|saved (?:me|my|us)"
        ),
        "geholfen hilft weitergeholfen hilfreich gerettet": (
            r"(?:mir|uns|sehr|viel) (?:\w+ ){0,4}(?:weiter)?geholfen|hilft mir (?:sehr|weiter|viel)"
            r"|(?:sehr|echt|wirklich|super|total) hilfreich|(?:mir|mich|uns) (?:\w+ ){0,2}gerettet"
        ),
    }),
    Cue("gratitude:praise", 0.4, {
        "explanation explanations answer example course class lecture lectures job work video videos professor"
        " teacher": (
            rf"{_GOOD} (?:and \w+ |\w+ )?(?:explanations?|answer|example|course|class|lectures?|job|work|videos?"
            "|professor"
            "|teacher)"
        ),
        "explained done": "(?:well|nicely|clearly|beautifully) (?:explained|done)",
        "erklärung erklärungen antwort kurs vorlesung arbeit video beispiel dozent dozentin": (
            rf"{_GUT} (?:\w+ )?(?:erklärung(?:en)?|antwort|kurs|vorlesung|arbeit|video|beispiel|dozent(?:in)?)"
        ),
        "erklärt gemacht": "(?:gut|super|toll|schön|klasse|prima|verständlich) (?:erklärt|gemacht)",
    }),
)  # fmt: skip

_AGAINST = (
    Cue("gratitude:in_advance", 0.6, {
        "advance appreciated appreciate grateful": (
            r"in advance|(?:would|will) be (?:\w+ )?(?:appreciated|grateful)|(?:would|i'd) (?:\w+ ){0,2}appreciate"
            r"|(?:is|are) (?:\w+ )?appreciated"
        ),
        "voraus vorab mal schonmal dankbar": (
            r"im voraus|(?:danke?|dank) (?:schon ?mal|vorab)|schon ?mal danke?|wäre (?:\w+ ){0,3}dankbar"
        ),
    }),
)  # fmt: skip

CUE_WEIGHTS = weights(_FOR, _AGAINST)


def gratitude(post: Post) -> Score:
    """0 (thanks nobody) to 1, by the rule above."""
    return score(_FOR, _AGAINST, post)
