"""Words that say nothing of what a text is about: function words, and the small talk of forums.

Published lists also hold nouns that matter in a course ("problem", "number", "system", "order"); these hold closed
word classes, light verbs and adverbs, courtesies, and the names of days and numbers. Lower case, apostrophes as '.
"""

_ENGLISH = """
a an the this that these those such same other another each every either neither both all any some no none much many
more most few fewer fewest less least little lot lots several enough plenty own half whole
i me my mine myself you your yours yourself yourselves u ur he him his himself she her hers herself it its itself we
us our ours ourselves they them their theirs themselves one ones oneself who whom whose which what whatever
whichever whoever somebody someone something anybody anyone anything everybody everyone everything nobody nothing
somewhere anywhere everywhere nowhere
about above across after against along alongside amid among amongst around as at before behind below beneath beside
besides between beyond by despite down during except for from in inside into like near of off on onto opposite out
outside over past per since than through throughout till to toward towards under underneath unlike until up upon
versus via vs with within without
and but or nor so yet if unless because although though while whereas whether when whenever where wherever why how
however therefore thus hence moreover furthermore nevertheless nonetheless otherwise instead rather else
be am is are was were been being do does did done doing have has had having can could may might must shall should
will would ought need needs needed used
ain't aren't can't couldn't didn't doesn't don't hadn't hasn't haven't isn't mightn't mustn't needn't shan't
shouldn't wasn't weren't won't wouldn't cannot i'm i'd i'll i've you're you'd you'll you've he's he'd he'll she's
she'd she'll it's it'd it'll we're we'd we'll we've they're they'd they'll they've that's there's here's what's
who's where's when's why's how's let's who've that'd that'll there'd
dont cant wont didnt doesnt isnt im ive youre thats lets
go goes going gone went get gets getting got gotten make makes making made take takes taking taken took come comes
coming came put puts give gives given gave giving keep keeps kept let say says said saying tell tells told see sees
seen saw seeing look looks looked looking know knows knew known knowing think thinks thought thinking want wants
wanted try tries tried trying seem seems seemed find finds found finding feel feels felt means meant believe guess
suppose hope hopes hoping wish like likes liked love use uses using happen happens happened become becomes became
start started starts begin began
not never ever always often sometimes usually already again still just only also too very really quite pretty rather
almost nearly even well maybe perhaps probably possibly actually basically especially exactly simply clearly
certainly definitely obviously generally mostly totally completely somehow somewhat anyway anymore yes no yeah yep
nope ok okay oh ah hmm wow lol etc eg ie now then here there today tomorrow yesterday tonight soon later ago once
twice yet away back together apart alone further far first second third last next finally
good better best bad worse worst great nice new old big small long short able sure different same right wrong
thing things stuff way ways kind kinds bit day days week weeks month months year years time times hour hours minute
minutes moment people person guy guys folks everyone
monday tuesday wednesday thursday friday saturday sunday
one two three four five six seven eight nine ten hundred thousand
hi hello hey dear greetings welcome thanks thank thx please pls sorry cheers regards sincerely bye goodbye help
helps helped helpful appreciate appreciated advance best wishes morning evening afternoon anybody
"""

_GERMAN = """
der die das den dem des ein eine einen einem einer eines kein keine keinen keinem keiner keines dieser diese dieses
diesen diesem dies jener jene jenes jenen jenem jeder jede jedes jeden jedem alle alles allen allem aller beide
beiden beides einige einigen einiges etliche manche mancher manches mehrere mehr meist meiste meisten viel viele
vielen vieles vielem vieler wenig wenige wenigen weniger wenigstens etwas nichts ganz ganze ganzen ganzes ganzer
halb selbe selben gleiche gleichen gleicher gleiches andere anderen anderer anderes anderem solche solchen solcher
solches derselbe dieselbe dasselbe denselben derjenige diejenige dasjenige
ich mich mir mein meine meinen meinem meiner meines du dich dir dein deine deinen deinem deiner deines er ihn ihm
sein seine seinen seinem seiner seines sie ihr ihre ihren ihrem ihrer ihres es wir uns unser unsere unseren unserem
unserer unseres euch euer eure euren eurem eurer eures ihnen sich man jemand jemanden jemandem niemand niemanden
niemandem einander wer wen wem wessen was welche welcher welches welchen welchem
ab am an ans auf aufs aus außer außerhalb bei beim bis durch entgegen entlang für fürs gegen gegenüber hinter im in
innerhalb ins mit mittels nach neben ohne pro seit statt trotz über um unter vom von vor während wegen wider zu zum
zur zwischen gemäß laut bezüglich
und oder aber sondern denn doch sowie sowohl als wie weil da dass daß ob wenn falls obwohl obgleich damit sodass
nachdem bevor ehe solange sobald sofern indem je desto umso weder noch entweder bzw beziehungsweise also daher darum
deshalb deswegen dennoch trotzdem jedoch dafür dagegen daran darauf daraus darin darüber davon davor dazu dabei
dadurch danach hierzu hierfür hier dort dorthin hin her hinein heraus herum wo woher wohin wofür womit worauf woran
worin worüber wovon wozu wobei wodurch warum weshalb wieso wann
bin bist ist sind seid war warst waren wart gewesen sei seien wäre wären habe hab hast hat haben habt hatte hatten
hattest gehabt hätte hätten werde wirst wird werden werdet wurde wurden worden geworden würde würden kann kannst
können könnt konnte konnten könnte könnten gekonnt muss muß musst müssen müsst musste mussten müsste müssten soll
sollst sollen sollt sollte sollten will willst wollen wollt wollte wollten möchte möchten möchtest mag mögen darf
darfst dürfen dürft durfte dürfte lasse lässt lassen ließ
gehe geht gehen ging gegangen komme kommt kommen kam gekommen mache macht machen machte gemacht gebe gibt geben gab
gegeben sage sagt sagen sagte gesagt sehe sieht sehen sah gesehen seht schau schaut schauen weiß wisst wissen wusste
gewusst denke denkt denken dachte gedacht glaube glaubt glauben finde findet finden fand gefunden nehme nimmt nehmen
nahm genommen tun tut tue tat getan bekomme bekommt bekommen bekam steht stehen stand stehe liegt liegen heißt
heißen heisst bleibt bleiben scheint meine meint meinen gemeint versuche versucht versuchen brauche braucht brauchen
klappt nutze nutzt nutzen benutze benutzt benutzen freue freut freuen hoffe hofft hoffen würd hätt wär gern gerne
nicht nie niemals nur auch schon noch immer wieder mal einmal sehr so zu recht ziemlich fast kaum etwa ungefähr eben
halt eigentlich einfach gerade grad jetzt nun dann dann damals bald bisher bereits erst zuerst zuletzt später früher
heute gestern morgen oft häufig manchmal meistens selten vielleicht wahrscheinlich wohl sicher sicherlich bestimmt
natürlich leider hoffentlich irgendwie irgendwo irgendwas irgendwann irgendwer irgendein irgendeine überhaupt vorher
nachher zusammen allein wirklich tatsächlich genau eher sonst sogar selbst besonders allerdings zwar mindestens
höchstens jedenfalls außerdem zumindest total voll echt richtig falsch ja nein doch ok okay ach oh na tja
gut gute guten guter gutes besser beste besten schlecht groß große großen kleine kleinen klein lang lange neu neue
neuen toll tolle super prima schön schöne schönen schönes klar gleich
thema themen ding dinge sache sachen art weise mal male tag tage tagen woche wochen monat monate jahr jahre jahren zeit
stunde stunden minute minuten moment leute person personen
montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag
eins zwei drei vier fünf sechs sieben acht neun zehn hundert tausend erste ersten erster erstes zweite zweiten
dritte dritten letzte letzten letzter letztes nächste nächsten nächster nächstes
hallo hi hey moin servus guten morgen abend tag liebe lieber lieben grüße gruß grüßen viele beste danke dank vielen
herzlichen bitte entschuldigung sorry tschüss lg vg mfg hilfe helfen hilft geholfen voraus willkommen
z.b zb usw etc bspw evtl ggf vgl d.h bzgl
"""

STOP_WORDS = {"en": frozenset(_ENGLISH.split()), "de": frozenset(_GERMAN.split())}
"""By ISO 639-1 code: the languages in which content words are known."""
