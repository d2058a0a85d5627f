"""Forum text in English and German, composed from a small grammar.

A template may hold alternatives, ``[one|two|three]`` (nesting allowed), and slots, ``{topic}``.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

import numpy as np

from lernhaus.sample.campus import Person, Run, pick
from lernhaus.sample.subjects import Language

Kind = Literal[
    "introduction",
    "question",
    "confusion",
    "urgent",
    "snippet",
    "discussion",
    "study_group",
    "answer",
    "agreement",
    "thanks",
]

_ALTERNATIVES = re.compile(r"\[([^\[\]]*\|[^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")
_FOREIGN_SHARE = 0.07
_NUMBERS = tuple(str(n) for n in range(2, 25))
_HOURS = tuple(str(n) for n in range(16, 22))

_EN: dict[str, tuple[str, ...]] = {
    "greeting": (
        "Hi [all|everyone|folks|there]!",
        "Hello [everybody|again|all]!",
        "Hey!",
        "Good [morning|evening]!",
    ),
    "context": (
        "I am [working on|revising|going through] {topic} [right now|this week|for {work}] and"
        " [something|one thing]"
        " [bothers me|does not add up|puzzles me].",
        "{Where} the [teacher|lecturer|author] says something about {topic} that I [had never heard"
        " before|want to"
        " check|would like to discuss].",
        "I have [watched the recording twice|read the chapter again|done all the exercises] on {topic} [by"
        " now|since"
        " {day}].",
        "My [study partner|colleague|flatmate] and I [disagree|have been arguing] about {topic} [since"
        " {day}|all"
        " afternoon].",
        "For {work} we need {topic}, as far as I [understand|can see|read the task].",
    ),
    "question": (
        "[Can|Could] [someone|anybody|one of you] [explain|tell me] how {topic} and {topic2} [fit"
        " together|are related|"
        "differ]?",
        "Does [anyone|somebody] know [why|in which cases] we [need|should use|are shown] {topic} {where}?",
        "What is the [main idea|point|difference] [behind|of] {topic} [compared with|as opposed to] {topic2}?",
        "Is it [enough|allowed|correct] to use {topic} in {work}, or do we [also need|have to include] {topic2}?",
        "Where [can I find|is] [a good example|the solution|more material] for {topic}, [maybe|preferably]"
        " with"
        " {number} [steps|cases|questions]?",
        "How [exactly|on earth] did you get [from step {number} to the result|{number} as the answer] {where}?",
    ),
    "tried": (
        "I already [tried|checked] the [slides|reader|recording] but [found nothing|the example there is different].",
        "My own [answer|attempt] so far [is {number} pages long|gives {number}], which [cannot be right|looks wrong].",
        "I [searched|looked] [the forum|through the older threads] first and did not see it [asked|answered] before.",
    ),
    "closing": (
        "[Thanks in advance|Thank you|Any hint helps]!",
        "[Best|Cheers], {name}",
        "Have a nice [{day}|week]!",
    ),
    "confusion": (
        "I am [totally|completely|quite|a bit] [lost|confused] {where}.",
        "I [really|just|honestly] [don't get|do not understand|can't follow] {topic}, [no matter how often"
        " I read"
        " it|it makes no sense to me].",
        "[First|At the beginning] it says one thing about {topic} and {where} [exactly the opposite|something else].",
        "[Somehow|Every time] I [mix up|confuse] {topic} [and|with] {topic2}, and [now I understand"
        " nothing|my notes"
        " are a mess].",
        "I [thought|was sure] I had [understood|got] {topic}, but {work} [proved me wrong|showed me that I have not].",
    ),
    "urgent": (
        "[URGENT|Please help|HELP]: {work} is due [tonight|tomorrow|in {number} hours] and [I cannot upload"
        " my file|the"
        " upload page shows an error|the link is dead]!",
        "I need help [as soon as possible|asap|before midnight], [the system logged me out|my submission is"
        " gone|the"
        " quiz froze] [while I was working on|in the middle of] {work}!",
        "Is [anyone|somebody] else [locked out of|unable to open] {work}? The deadline is [today|tomorrow"
        " morning] and"
        " I am [panicking|getting desperate].",
    ),
    "plea": (
        "[Please|Can someone please] answer [quickly|today|right away], I [do not want to|must not] fail"
        " because of"
        " this.",
        "I have [written to|called] the support {number} times and [got no reply|nobody answers].",
        "What [should|can] I do [now|if the deadline passes]?",
    ),
    "thanks": (
        "[Thanks a lot|Thank you so much|Many thanks|Wow, thanks], [that was exactly what I needed|now it"
        " is clear|that"
        " helped me a lot with {topic}]!",
        "[Great|Brilliant|Perfect] [explanation|answer], [I finally understand {topic}|now {topic} and"
        " {topic2} make sense"
        " to me].",
        "[Thanks|Thank you], your [example|hint] about {topic} [saved my evening|solved it|was really helpful].",
    ),
    "answer_open": (
        "[As far as I know|I think|If I remember correctly|From what I understood {where}], it is like this:",
        "[Good question|I had the same problem|That took me a while too], but the key to {topic} is this:",
        "[Look|Have a look] at the [slides|recording] of week {week}, [it is explained there|the example helps].",
        "No, [not quite|I don't think so], at least not for {topic}.",
    ),
    "answer_close": (
        "[Hope that helps|Does that make sense|I hope I got that right]!",
        "[Try|Check] it with [the numbers of|an example from] exercise {number} and you will see.",
        "[Someone correct me|Please tell me] if I [am wrong|missed something].",
    ),
    "example": (
        "For instance, with {number} [apples|people|values|cases] instead of {number} the"
        " [picture|answer|whole thing]"
        " [changes completely|stays the same|becomes much clearer].",
        "I [made|drew|wrote] a [small table|sketch|list of {number} cases] [last {day}|on {day}|during the"
        " break] and"
        " [then it clicked|that helped me to see it|suddenly it was obvious].",
        "[Compare|Hold] it [with|against] {topic2} [for a moment|once]: [there|in that case] you [would"
        " start|start]"
        " [from the other end|with step {number}], [and that is the catch|which is the whole difference].",
        "The [lecturer|tutor|reader] [also|even] [mentions|stresses] this {where}, [but only briefly|with a"
        " nice"
        " picture|though rather late].",
        "[At work|In my old school|In a project last year] we got this wrong [twice|{number} times]"
        " [before|until]"
        " [someone explained it with {topic2}|we noticed|our boss asked].",
        "[My trick|What helps me]: [say it in your own words|cover the solution|start with the smallest"
        " case] and"
        " [only then|afterwards] [look at {topic2}|do exercise {number}|go on to slide {number}].",
    ),
    "opinion": (
        "I [find|think] the part about {topic} [really interesting|a bit overrated|the best of the course so far].",
        "In my [job|internship|own school] we [use|meet] {topic} [all the time|nearly every week], and it"
        " [is never as"
        " clean as {where}|works surprisingly well].",
        "[Reading|Thinking] about {topic} I [wondered|noticed] how much it [depends on|has to do with] {topic2}.",
        "I [agree|disagree] with what is said {where}, because the matter of {topic} [is more complicated"
        " than that|"
        "deserves more attention].",
    ),
    "aside": (
        "[On {day}|Last {day}|Yesterday] I [spent|lost|needed] {number} minutes on [slide {number}|page"
        " {number}|exercise"
        " {number}], [on the train|before dinner|with my notes|without a break], and [I am not done yet|this is"
        " how far I"
        " got|it was worth it].",
        "[By the way|For the record|Small note]: [page|section|slide] {number} of [the printed|the online|my old]"
        " version is"
        " where [I stopped|this starts|I am now].",
        "[Two|Three|Some] of us [talked|argued|joked] about it [after class|in the library|on the bus|over lunch]"
        " on {day},"
        " for [{number} minutes|half the break|longer than planned].",
        "I am writing this [on the train|between two shifts|on my phone|at {hour} o'clock], so [excuse the"
        " typos|sorry if"
        " it is short|ask again if slide {number} is not what you meant].",
    ),
    "trouble": (
        "It is {hour} o'clock now and [I have tried {number} times|two browsers did the same|nothing has changed since"
        " {day}], the message says [error {number}|only {number} and a red cross|nothing at all].",
        "[My file has|The file has|There are] {number} pages, [saved as a PDF|zipped|exported twice], and [at"
        " {number} per"
        " cent|after {number} seconds|on the last click] [it stops|the page goes white|I am logged out].",
        "[A friend|My study partner|Somebody in the chat] had the same [on {day}|with exercise {number}|{number}"
        " days ago]"
        " and [got in later|had to wait|changed the browser].",
    ),
    "invite": (
        "[Is anybody up for|Who wants to join] a study group for {work}, [{day} evening|on {day} at {hour} o'clock]?",
        "We are {number} people [meeting|learning together] [every {day}|online on {day}] to go through"
        " {topic}, and"
        " [there is room for more|you are welcome].",
    ),
    "contact_email": ("[Write to me at|Just mail|You can reach me at] {email}.",),
    "contact_phone": ("[Text me|Call me|Send a message] on {phone} [if you like|after {hour}]!",),
    "contact_handle": ("[Message|Find] me as @{handle} [in the chat|on the campus messenger].",),
    "intro": (
        "I am {name}, I live in {region} and [work part time|have two children|just finished school|came"
        " back to"
        " studying after {number} years].",
        "I [chose|took] this course [because of|mainly for] {topic} and I [look forward to|am curious about] {topic2}.",
        "[Nice to meet you all|Happy to be here|Looking forward to learning with you]!",
        "My [previous|first] contact with {topic} was [long ago|at work|in another course], so [be patient"
        " with me|I"
        " hope I can keep up].",
    ),
    "agreement": (
        "[Same here|Same problem|Me too], I [also wonder about|am stuck with] {topic} {where}.",
        "[I agree|Exactly|+1], the part on {topic} was [much clearer|harder] [last week|{where}] for me as well.",
        "[That is|This was] my [question|trouble] as well, [I gave up|I stopped] {where} [after {number}"
        " minutes|on"
        " {day}|and went for a walk].",
        "Following this, [I had the same question about|I would like to know more on] {topic} too.",
    ),
    "snippet": ("This is what I [have|wrote|get] [so far|{where}]:", "My [version|attempt] for {work}:"),
}

_DE: dict[str, tuple[str, ...]] = {
    "greeting": (
        "Hallo [zusammen|ihr Lieben|in die Runde]!",
        "Hi [alle|Leute]!",
        "Guten [Morgen|Abend]!",
        "Moin!",
    ),
    "context": (
        "Ich [wiederhole|lerne|bearbeite] [gerade|diese Woche] das Thema {topic} und [eine Sache|ein Punkt]"
        " [lässt mir"
        " keine Ruhe|passt für mich nicht].",
        "{Where} steht etwas zum Thema {topic}, das ich [so noch nie gehört habe|gern besprechen"
        " würde|nicht glauben"
        " kann].",
        "Ich habe [das Video zweimal gesehen|das Kapitel noch einmal gelesen|alle Übungen gemacht], [vor"
        " allem|auch]"
        " die zum Thema {topic}.",
        "[Meine Lerngruppe|Mein Mitbewohner|Eine Kollegin] und ich [diskutieren|streiten] [seit {day}|den"
        " ganzen"
        " Nachmittag] über das Thema {topic}.",
        "Für {work} brauchen wir {topic}, [wenn ich das richtig sehe|so verstehe ich jedenfalls die Aufgabe].",
    ),
    "question": (
        "[Kann|Könnte] [jemand|einer von euch] [erklären|sagen], wie {topic} und {topic2}"
        " [zusammenhängen|zusammen"
        "passen]?",
        "Weiß [jemand|hier einer], [warum|wann] man das Thema {topic} {where} [so behandelt|anders erklärt]?",
        "Was ist [eigentlich|denn] der [Unterschied|Zusammenhang] zwischen {topic} und {topic2}?",
        "[Reicht es|Ist es erlaubt], wenn ich in {work} nur {topic} [benutze|erwähne], oder brauche ich"
        " [auch|noch]"
        " {topic2}?",
        "Wo finde ich [ein gutes Beispiel|die Lösung|mehr Material] zum Thema {topic}, am besten mit {number}"
        " [Schritten|Aufgaben]?",
        "Wie [genau|um Himmels willen] kommt ihr {where} auf [{number}|das Ergebnis in Schritt {number}]?",
    ),
    "tried": (
        "Ich habe schon [in den Folien|im Skript|in der Aufzeichnung] [gesucht|nachgesehen], aber [nichts"
        " gefunden|das"
        " Beispiel dort ist anders].",
        "Mein [Ergebnis|Versuch] [ist bisher|ergibt] {number}, das [kann nicht stimmen|sieht falsch aus].",
        "Im Forum habe ich [vorher gesucht|schon geschaut], die Frage [gab es wohl noch nicht|kam noch nicht vor].",
    ),
    "closing": (
        "[Danke schon mal|Vielen Dank im Voraus|Über jeden Tipp freue ich mich]!",
        "[Viele|Liebe] Grüße, {name}",
        "Schönen [{day}|Abend] euch noch!",
    ),
    "confusion": (
        "Ich bin {where} [völlig|total|ein bisschen] [verwirrt|raus|durcheinander].",
        "Ich [verstehe|kapiere] das Thema {topic} [einfach|wirklich|immer noch] nicht, [egal wie oft ich es"
        " lese|es"
        " ergibt für mich keinen Sinn].",
        "[Erst|Am Anfang] heißt es zum Thema {topic} so, und {where} dann [genau das Gegenteil|wieder ganz anders].",
        "[Irgendwie|Jedes Mal] verwechsle ich {topic} [und|mit] {topic2}, [jetzt blicke ich gar nicht mehr"
        " durch|meine"
        " Notizen sind ein Chaos].",
        "Ich [dachte|war sicher], ich hätte {topic} verstanden, aber {work} [hat mir das Gegenteil"
        " gezeigt|sieht ganz"
        " anders aus].",
    ),
    "urgent": (
        "[DRINGEND|Hilfe|Bitte helft mir]: Abgabe von {work} ist [heute Nacht|morgen|in {number} Stunden]"
        " und [ich kann"
        " die Datei nicht hochladen|die Seite zeigt nur einen Fehler|der Link geht nicht]!",
        "Ich brauche [sofort|ganz schnell|noch vor Mitternacht] Hilfe, [das System hat mich"
        " abgemeldet|meine Abgabe ist"
        " weg|das Quiz ist abgestürzt], mitten in {work}!",
        "Kommt [sonst noch jemand|irgendwer] nicht in {work} rein? Die Frist endet [heute|morgen früh] und"
        " ich [werde"
        " langsam panisch|bin verzweifelt].",
    ),
    "plea": (
        "Bitte antwortet [schnell|heute noch|sofort], ich [will|darf] deswegen nicht durchfallen.",
        "Ich habe dem Support schon {number} Mal geschrieben und [keine Antwort bekommen|niemand meldet sich].",
        "Was [soll|kann] ich [jetzt|nach Ablauf der Frist] machen?",
    ),
    "thanks": (
        "[Vielen Dank|Tausend Dank|Danke dir|Super, danke], [genau das habe ich gesucht|jetzt ist es"
        " klar|das hat mir"
        " beim Thema {topic} sehr geholfen]!",
        "[Tolle|Klasse|Perfekte] [Erklärung|Antwort], [endlich verstehe ich {topic}|jetzt sehe ich, was mit"
        " {topic} gemeint"
        " ist].",
        "[Danke|Besten Dank], dein [Beispiel|Hinweis] zum Thema {topic} hat [mir den Abend gerettet|das"
        " Problem gelöst].",
    ),
    "answer_open": (
        "[Soweit ich weiß|Wenn ich mich richtig erinnere|So wie ich es {where} verstanden habe], ist es so:",
        "[Gute Frage|Das Problem hatte ich auch|Daran saß ich auch lange], aber beim Thema {topic} gilt:",
        "Schau [mal|noch einmal] in die [Folien|Aufzeichnung] von Woche {week}, [da wird es erklärt|das"
        " Beispiel hilft].",
        "Nein, [nicht ganz|das glaube ich nicht], jedenfalls nicht beim Thema {topic}.",
    ),
    "answer_close": (
        "[Ich hoffe, das hilft|Hilft dir das|Ich hoffe, das stimmt so]!",
        "[Probier|Rechne] es [einmal|mal] mit [den Zahlen|dem Beispiel] aus Aufgabe {number}, dann siehst du es.",
        "[Korrigiert mich|Sagt bitte Bescheid], falls ich [falsch liege|etwas übersehen habe].",
    ),
    "example": (
        "Zum Beispiel mit {number} [Personen|Werten|Fällen] statt {number}: da [ändert sich alles|bleibt es"
        " gleich|wird"
        " es viel klarer].",
        "Ich habe mir [am {day}|letzten {day}|in der Pause] [eine kleine Tabelle|eine Skizze|eine Liste mit"
        " {number}"
        " Fällen] gemacht und [dann hat es klick gemacht|das hat mir geholfen|plötzlich war es klar].",
        "Vergleich es [einmal|kurz] mit {topic2}: da fängt man [am anderen Ende|mit Schritt {number}] an,"
        " [das ist der"
        " Haken|genau das ist der Unterschied].",
        "[Die Dozentin|Der Tutor|Das Skript] [erwähnt|betont] das auch {where}, [aber nur kurz|mit einem"
        " schönen"
        " Bild|allerdings recht spät].",
        "[Auf der Arbeit|In meiner alten Schule|In einem Projekt] haben wir das [zweimal|{number} Mal]"
        " falsch gemacht,"
        " bis [es jemand mit {topic2} erklärt hat|es uns auffiel|der Chef nachfragte].",
        "[Mein Trick|Was mir hilft]: [in eigenen Worten sagen|die Lösung abdecken|mit dem kleinsten Fall"
        " anfangen] und"
        " [erst dann|danach] [an {topic2} denken|Aufgabe {number} rechnen|zu Folie {number} gehen].",
    ),
    "opinion": (
        "Ich finde den Teil zum Thema {topic} [richtig spannend|etwas überbewertet|bisher am besten].",
        "In [meiner Arbeit|meinem Praktikum|unserer Firma] stoße ich [ständig|fast jede Woche] auf {topic},"
        " und [so"
        " sauber wie {where} ist es nie|es klappt erstaunlich gut].",
        "Beim Lesen über {topic} [habe ich mich gefragt|ist mir aufgefallen], wie viel das mit {topic2} zu tun hat.",
        "Ich bin {where} [anderer Meinung|derselben Meinung], denn das Thema {topic} [ist"
        " komplizierter|verdient mehr"
        " Aufmerksamkeit].",
    ),
    "aside": (
        "[Am {day}|Letzten {day}|Gestern] habe ich {number} Minuten [an Folie {number}|an Seite {number}|mit Aufgabe"
        " {number}] verbracht, [im Zug|vor dem Essen|nur mit meinen Notizen|ohne Pause], und [fertig bin ich"
        " nicht|weiter kam"
        " ich nicht|es hat sich gelohnt].",
        "[Nebenbei|Der Vollständigkeit halber|Kleiner Hinweis]: [Seite|Abschnitt|Folie] {number} [der gedruckten|der"
        " digitalen|meiner alten] Fassung ist die Stelle, an der [ich gerade bin|das anfängt|ich stehen geblieben"
        " bin].",
        "[Zu zweit|Zu dritt|Mit ein paar Leuten] haben wir [nach der Stunde|in der Bibliothek|im Bus|beim"
        " Mittagessen] am"
        " {day} [{number} Minuten|die halbe Pause|länger als geplant] darüber [geredet|gestritten|gelacht].",
        "Ich schreibe das [im Zug|zwischen zwei Schichten|am Handy|um {hour} Uhr], also [verzeiht die"
        " Tippfehler|wundert euch"
        " nicht, dass es kurz ist|fragt nach, falls Folie {number} nicht gemeint war].",
    ),
    "trouble": (
        "Es ist jetzt {hour} Uhr und [ich habe es {number} Mal probiert|zwei Browser tun dasselbe|seit {day} hat"
        " sich nichts"
        " geändert], die Meldung ist [Fehler {number}|nur {number} und ein rotes Kreuz|leer].",
        "[Meine Datei hat|Die Datei hat|Es sind] {number} Seiten, [als PDF gespeichert|gezippt|zweimal exportiert], und"
        " [bei {number} Prozent|nach {number} Sekunden|beim letzten Klick] [bricht es ab|wird die Seite"
        " weiß|fliege ich raus].",
        "[Ein Freund|Meine Lernpartnerin|Jemand im Chat] hatte das [am {day}|bei Aufgabe {number}|vor {number}"
        " Tagen] auch und"
        " [kam später rein|musste warten|hat den Browser gewechselt].",
    ),
    "invite": (
        "[Hat jemand Lust auf|Wer kommt mit in] eine Lerngruppe für {work}, [am {day} abends|{day} um {hour} Uhr]?",
        "Wir sind {number} Leute und [treffen uns|lernen] [jeden {day}|{day} online] zum Thema {topic}, [es"
        " ist noch"
        " Platz|ihr seid willkommen].",
    ),
    "contact_email": ("[Schreibt mir an|Mailt einfach an|Ihr erreicht mich unter] {email}.",),
    "contact_phone": ("[Schreibt|Ruft] mich [gern|einfach] unter {phone} an, [am besten nach {hour} Uhr|jederzeit]!",),
    "contact_handle": ("Ihr findet mich als @{handle} [im Chat|im Campus-Messenger].",),
    "intro": (
        "Ich bin {name}, wohne in {region} und [arbeite halbtags|habe zwei Kinder|komme frisch von der"
        " Schule|studiere"
        " nach {number} Jahren Pause wieder].",
        "Den Kurs habe ich [vor allem|auch] wegen {topic} gewählt, [gespannt bin ich|neugierig bin ich"
        " auch] auf"
        " {topic2}.",
        "[Schön, hier zu sein|Freut mich, euch kennenzulernen|Ich freue mich auf die Zeit mit euch]!",
        "Mit dem Thema {topic} hatte ich [zuletzt vor Jahren|nur auf der Arbeit|noch nie] zu tun, [habt"
        " also Geduld mit"
        " mir|ich hoffe, ich komme mit].",
    ),
    "agreement": (
        "[Geht mir auch so|Gleiches Problem hier|Ich auch], ich hänge {where} ebenfalls am Thema {topic}.",
        "[Sehe ich genauso|Genau|+1], der Teil zum Thema {topic} war [letzte Woche|{where}] auch für mich"
        " [viel klarer|schwerer].",
        "[Das war|Das ist] auch [meine Frage|mein Problem], ich habe {where} [nach {number} Minuten|am {day}]"
        " [aufgegeben|aufgehört].",
        "Ich lese hier mit, [die gleiche Frage hatte ich zum Thema|mich interessiert auch] {topic}.",
    ),
    "snippet": ("Das [habe|schreibe|bekomme] ich [bisher|{where}]:", "Mein [Versuch|Ansatz] für {work}:"),
}

_GRAMMAR: dict[Language, dict[str, tuple[str, ...]]] = {"en": _EN, "de": _DE}
_WHERE: dict[Language, tuple[str, ...]] = {
    "en": (
        "in the week {week} video",
        "on slide {number}",
        "on page {number} of the reader",
        "in exercise {number}b",
        "in the second half of the recording",
        "in the last live session",
    ),
    "de": (
        "im Video von Woche {week}",
        "auf Folie {number}",
        "im Skript auf Seite {number}",
        "in Übung {number}b",
        "in der zweiten Hälfte der Aufzeichnung",
        "in der letzten Sprechstunde",
    ),
}
# what stands in a copied post in the place of another word, and before a post that is quoted
_FILLERS: dict[Language, tuple[str, ...]] = {
    "en": ("really", "maybe", "this", "also", "still", "again", "perhaps"),
    "de": ("wirklich", "vielleicht", "dieses", "auch", "noch", "wieder", "eben"),
}
_NUDGES: dict[Language, tuple[str, ...]] = {
    "en": ("Nobody?", "Once more:", "Same here:"),
    "de": ("Niemand?", "Noch einmal:", "Geht mir auch so:"),
}
_DAYS: dict[Language, tuple[str, ...]] = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
}

# per kind: the parts in order, each with the chance that it is used; "fact" and "code" are not in the grammar
_RECIPES: dict[Kind, tuple[tuple[str, float], ...]] = {
    "introduction": (("greeting", 0.9), ("intro", 1), ("intro", 0.8), ("intro", 0.4)),
    "question": (("greeting", 0.4), ("context", 0.75), ("question", 1), ("tried", 0.45), ("closing", 0.4)),
    "confusion": (
        ("greeting", 0.2),
        ("confusion", 1),
        ("confusion", 0.6),
        ("question", 0.5),
        ("closing", 0.2),
    ),
    "urgent": (("urgent", 1), ("trouble", 0.9), ("plea", 0.8), ("plea", 0.3)),
    "snippet": (
        ("greeting", 0.3),
        ("context", 0.5),
        ("snippet", 1),
        ("code", 1),
        ("question", 0.9),
        ("closing", 0.3),
    ),
    "discussion": (("opinion", 1), ("fact", 0.7), ("aside", 0.9), ("opinion", 0.4), ("question", 0.35)),
    "study_group": (("greeting", 0.5), ("invite", 1), ("contact", 1), ("closing", 0.3)),
    "answer": (
        ("answer_open", 1),
        ("fact", 1),
        ("example", 1),
        ("example", 0.4),
        ("aside", 0.5),
        ("answer_close", 0.3),
    ),
    "agreement": (("agreement", 1), ("question", 0.2)),
    "thanks": (("thanks", 1), ("answer_close", 0.1), ("closing", 0.2)),
}
_CONTACTS = ("contact_email", "contact_phone", "contact_handle")


class Draft(NamedTuple):
    """A composed post; ``contact`` says whether it holds an e-mail address, phone number or handle."""

    text: str
    kind: Kind
    language: Language
    contact: bool


def compose(
    rng: np.random.Generator,
    kind: Kind,
    author: Person,
    run: Run,
    week: int,
    topic: str,
    answering: str | None = None,
) -> Draft:
    """A post of 5 to 120 words about ``topic`` in the language of the course, now and then in the other one.

    ``week`` is the course week, ``answering`` the username of the person addressed with an @handle, if any.
    """
    subject = run.course.subject
    language = subject.language
    if rng.random() < _FOREIGN_SHARE:
        language = "de" if language == "en" else "en"
    facts = next(t.facts for t in subject.topics if t.name == topic) if language == subject.language else ()
    grammar = _GRAMMAR[language]
    slots = _slots(rng, language, author, run, week, topic)
    contact = answering is not None
    parts = [] if answering is None else [f"@{answering}"]
    used: set[str] = set()
    for part, chance in _RECIPES[kind]:
        if rng.random() >= chance:
            continue
        if part == "fact":
            fresh = [fact for fact in facts if fact not in used]
            sentence = pick(rng, fresh) if fresh else expand(rng, pick(rng, grammar["opinion"]), slots)
        elif part == "code":
            snippet = pick(rng, subject.snippets)
            sentence = f"\n```\n{snippet}\n```\n" if subject.snippet_kind == "code" else f"$ {snippet} $"
        else:
            name = pick(rng, _CONTACTS) if part == "contact" else part
            contact = contact or name in _CONTACTS
            template = pick(rng, [t for t in grammar[name] if t not in used] or grammar[name])
            used.add(template)
            sentence = expand(rng, template, slots)
        used.add(sentence)
        parts.append(sentence)
    if kind != "study_group" and rng.random() < 0.02:
        contact = True
        parts.append(expand(rng, pick(rng, grammar[pick(rng, _CONTACTS)]), slots))
    text = " ".join(parts).replace(" \n```", "\n```").replace("```\n ", "```\n").strip()
    return Draft(_style(rng, text) if "```" not in text else text, kind, language, contact)


def expand(rng: np.random.Generator, template: str, slots: dict[str, tuple[str, ...]]) -> str:
    """Resolve the alternatives of a template, innermost first, then fill its slots."""
    while _ALTERNATIVES.search(template):
        template = _ALTERNATIVES.sub(lambda match: pick(rng, match[1].split("|")), template)

    def fill(match: re.Match[str]) -> str:
        name = match[1]
        value = _SLOT.sub(fill, pick(rng, slots[name.lower()]))
        return value[0].upper() + value[1:] if name[0].isupper() else value

    return _SLOT.sub(fill, template)


def near_duplicate(rng: np.random.Generator, text: str, language: Language) -> str:
    """The same post again, as people do who post twice or pass on what somebody has written.

    About one word in twenty is changed: left out, misspelt, or another one put in its place. Then the whole may lose
    its capitals or its marks, or stand as a quotation, with or without a word before it.
    """
    words = text.split(" ")
    for _ in range(1 + int(rng.random() * len(words) / 12)):
        position = int(rng.random() * len(words))
        word, chance = words[position], rng.random()
        if chance < 0.35:
            del words[position]
        elif chance < 0.7 and len(word) > 4 and word.isalpha():
            words[position] = word[:2] + word[3] + word[2] + word[4:]
        else:
            words[position] = pick(rng, _FILLERS[language])
    text, manner = " ".join(words), rng.random()
    if manner < 0.15:
        return text.lower()
    if manner < 0.35:
        return re.sub(r"[,.!?:;]+(?=\s|$)", "", text)
    if manner < 0.55:
        quoted = "> " + text.replace("\n", "\n> ")
        return quoted if rng.random() < 0.5 else f"{pick(rng, _NUDGES[language])}\n{quoted}"
    if manner < 0.75:
        return text.rstrip(".!") + pick(rng, (" :)", " ???", "...", " 🙏"))
    return text


def _slots(
    rng: np.random.Generator, language: Language, author: Person, run: Run, week: int, topic: str
) -> dict[str, tuple[str, ...]]:
    others = tuple(t.name for t in run.course.subject.topics if t.name != topic)
    week_number = min(max(week, 0) + 1, len(run.weekly_activities))
    return {
        "topic": (topic,),
        "topic2": (pick(rng, others),),
        "where": _WHERE[language],
        "work": (pick(rng, [a.title for a in run.assessments if a.category != "exam"]),),
        "week": (str(week_number), str(max(1, week_number - 1))),
        "number": _NUMBERS,
        "hour": _HOURS,
        "day": _DAYS[language],
        "name": (author.given_name,),
        "region": (author.region if author.region not in ("", "Abroad") else "Wien",),
        "email": (author.email, f"{author.username.replace('.', '_')}@mail.example"),
        # the ranges that the German regulator keeps free for works of fiction
        "phone": (
            f"030 23125 {int(rng.random() * 900) + 100}",
            f"+49 171 39200 {int(rng.random() * 90) + 10}",
        ),
        "handle": (author.username,),
    }


def _style(rng: np.random.Generator, text: str) -> str:
    """The little sloppinesses of forum writing."""
    manner = rng.random()
    if manner < 0.10:
        return text.lower()
    if manner < 0.16:
        return text.replace("?", pick(rng, ("??", "???"))).replace("!", "!!")
    if manner < 0.22:
        return text.rstrip(".!") + pick(rng, (" :)", " ;-)", " 🙂", " 😅", " 🙏"))
    if manner < 0.30:  # two letters swapped
        position = 1 + int(rng.random() * (len(text) - 2))
        if text[position - 1 : position + 2].isalpha():
            return text[:position] + text[position + 1] + text[position] + text[position + 2 :]
    return text
