"""What the sample campus teaches: programmes, courses and, per course, the topics its forum talks about."""

from __future__ import annotations

from typing import Literal, NamedTuple

Language = Literal["en", "de"]


class Topic(NamedTuple):
    """A topic of a course: its name and true sentences about it, in the language of the course."""

    name: str
    facts: tuple[str, ...]


class Subject(NamedTuple):
    """A course of the catalogue with its topics and the code or formulas people quote."""

    code: str
    title: str
    language: Language
    topics: tuple[Topic, ...]
    snippets: tuple[str, ...]
    snippet_kind: Literal["code", "formula"]


class Programme(NamedTuple):
    """A programme of study; learners of a programme mostly take its own courses."""

    code: str
    title: str
    department: str
    subjects: tuple[Subject, ...]


_PROGRAMMING = Subject(
    "DS101",
    "Introduction to Programming",
    "en",
    (
        Topic(
            "loops",
            (
                "A for loop walks over the items of a sequence, while a while loop runs until its condition is false.",
                "If you change a list while looping over it you skip elements, so loop over a copy instead.",
            ),
        ),
        Topic(
            "functions",
            (
                "A function without a return statement gives back None, which is why your print shows None.",
                "Variables assigned inside a function are local and vanish when the call ends.",
            ),
        ),
        Topic(
            "dictionaries",
            (
                "A dictionary finds a value by its key in constant time, however many entries it holds.",
                "Only immutable objects such as strings, numbers and tuples can be keys of a dictionary.",
            ),
        ),
        Topic(
            "recursion",
            (
                "Every recursive function needs a base case, otherwise it calls itself until the stack overflows.",
                "The call stack remembers where each call has to continue, so the results come back in reverse order.",
            ),
        ),
        Topic(
            "exceptions",
            (
                "Catch only the exception you expect, because a bare except hides typos and real bugs.",
                "The finally block runs whether or not an error was raised, so it is the place to close files.",
            ),
        ),
        Topic(
            "unit tests",
            (
                "A good test names one behaviour and fails for exactly one reason.",
                "Write the failing test first, then the code, then clean up while the test stays green.",
            ),
        ),
    ),
    (
        "for i in range(10):\n    print(i * i)",
        "def mean(values):\n    return sum(values) / len(values)",
        "counts = {}\nfor word in text.split():\n    counts[word] = counts.get(word, 0) + 1",
        'TypeError: can only concatenate str (not "int") to str',
        "while n > 0:\n    n = n // 2\n    steps += 1",
    ),
    "code",
)

_STATISTICS = Subject(
    "DS102",
    "Statistics for Data Science",
    "en",
    (
        Topic(
            "confidence intervals",
            (
                "A 95% confidence interval covers the true mean in 95 of 100 repeated samples, it is not a"
                " probability"
                " for this one interval.",
                "The interval gets narrower with the square root of the sample size, so four times the data halves it.",
            ),
        ),
        Topic(
            "hypothesis tests",
            (
                "The p-value is the chance of data at least this extreme if the null hypothesis were true.",
                "Not rejecting the null hypothesis does not prove it, the sample may just be too small.",
            ),
        ),
        Topic(
            "linear regression",
            (
                "Least squares picks the line with the smallest sum of squared residuals.",
                "A residual plot with a curve tells you that the straight line misses something.",
            ),
        ),
        Topic(
            "variance",
            (
                "The sample variance divides by n minus one because the mean was estimated from the same data.",
                "The variance of a sum is the sum of the variances only if the variables are uncorrelated.",
            ),
        ),
        Topic(
            "Bayes' theorem",
            (
                "With a rare disease most positive tests are false alarms, because the prior probability is so small.",
                "The posterior is proportional to the prior times the likelihood.",
            ),
        ),
        Topic(
            "sampling",
            (
                "A convenience sample can be huge and still biased, size does not repair selection.",
                "Stratified sampling draws from each group separately and lowers the variance of the estimate.",
            ),
        ),
    ),
    (
        "s^2 = sum((x_i - m)^2) / (n - 1)",
        "z = (x - mu) / (sigma / sqrt(n))",
        "P(A|B) = P(B|A) * P(A) / P(B)",
        "y = 3.2 + 0.8 * x, R^2 = 0.64",
    ),
    "formula",
)

_DATABASES = Subject(
    "DS201",
    "Databases",
    "en",
    (
        Topic(
            "joins",
            (
                "A left join keeps every row of the left table and fills the missing side with nulls.",
                "If a join gives more rows than you expect, the key is not unique on one of the sides.",
            ),
        ),
        Topic(
            "normal forms",
            (
                "In third normal form every column depends on the key, the whole key and nothing but the key.",
                "Splitting the address into its own table removes the update anomaly.",
            ),
        ),
        Topic(
            "indexes",
            (
                "An index makes reads faster but every insert has to maintain it.",
                "A function around the column in the where clause stops the optimizer from using the plain index.",
            ),
        ),
        Topic(
            "transactions",
            (
                "Either all statements of a transaction become visible or none of them does.",
                "Two transactions that wait for each other's lock are a deadlock, and the database aborts one of them.",
            ),
        ),
        Topic(
            "null values",
            (
                "A comparison with null is neither true nor false but unknown, so use is null instead of equals.",
                "Count of a column ignores nulls while count of star counts every row.",
            ),
        ),
        Topic(
            "window functions",
            (
                "A window function keeps all rows and adds a value computed over the partition.",
                "Row number with an order by inside the window is the usual way to keep the latest row per customer.",
            ),
        ),
    ),
    (
        "select c.name, count(*) from customers c left join orders o on o.customer_id = c.id group by c.name",
        "create index idx_orders_date on orders (order_date);",
        "select * from orders where discount = null",
        "row_number() over (partition by customer_id order by order_date desc)",
    ),
    "code",
)

_MACHINE_LEARNING = Subject(
    "DS202",
    "Machine Learning",
    "en",
    (
        Topic(
            "overfitting",
            (
                "If the training error falls while the validation error rises, the model is learning the noise.",
                "More data, fewer features or stronger regularization all help against it.",
            ),
        ),
        Topic(
            "cross-validation",
            (
                "Each fold is the test set once and the scores are averaged over the folds.",
                "Scaling has to be fitted inside each fold, otherwise the test data leaks into training.",
            ),
        ),
        Topic(
            "decision trees",
            (
                "A tree splits where the impurity of the two children drops the most.",
                "A random forest averages many deep trees grown on bootstrap samples.",
            ),
        ),
        Topic(
            "gradient descent",
            (
                "With a learning rate that is too large the loss jumps around or explodes.",
                "Stochastic gradient descent uses a small batch per step, so its path is noisy but cheap.",
            ),
        ),
        Topic(
            "logistic regression",
            (
                "The coefficients are changes of the log odds, so take the exponential to read them as odds ratios.",
                "The decision boundary is linear although the predicted probability is an s-shaped curve.",
            ),
        ),
        Topic(
            "ROC curves",
            (
                "The area under the curve is the chance that a random positive gets a higher score than a"
                " random"
                " negative.",
                "With very few positives a precision recall curve tells you more.",
            ),
        ),
    ),
    (
        "model.fit(X_train, y_train)\nprint(model.score(X_test, y_test))",
        "w = w - learning_rate * gradient",
        "ValueError: Input X contains NaN.",
        "scores = cross_val_score(pipeline, X, y, cv=5)",
    ),
    "code",
)

_ACCOUNTING = Subject(
    "BW101",
    "Grundlagen des Rechnungswesens",
    "de",
    (
        Topic(
            "doppelte Buchführung",
            (
                "Jeder Geschäftsfall berührt mindestens zwei Konten, einmal im Soll und einmal im Haben.",
                "Aktivkonten nehmen im Soll zu, Passivkonten nehmen im Haben zu.",
            ),
        ),
        Topic(
            "Abschreibungen",
            (
                "Bei der linearen Methode verteilt man die Anschaffungskosten gleichmäßig auf die Nutzungsdauer.",
                "Grundstücke werden nicht planmäßig abgeschrieben, weil sie sich nicht abnutzen.",
            ),
        ),
        Topic(
            "Rückstellungen",
            (
                "Rückstellungen bildet man für Verpflichtungen, deren Höhe oder Zeitpunkt noch ungewiss ist.",
                "Rücklagen gehören zum Eigenkapital, Rückstellungen dagegen zum Fremdkapital.",
            ),
        ),
        Topic(
            "Umsatzsteuer",
            (
                "Die Vorsteuer ist eine Forderung gegenüber dem Finanzamt und wird mit der Umsatzsteuer verrechnet.",
                "Für das Unternehmen ist die Umsatzsteuer nur ein durchlaufender Posten.",
            ),
        ),
        Topic(
            "Bilanz",
            (
                "Die Aktivseite zeigt die Mittelverwendung, die Passivseite die Mittelherkunft.",
                "Ein Aktivtausch verändert die Bilanzsumme nicht.",
            ),
        ),
        Topic(
            "Kostenrechnung",
            (
                "Der Deckungsbeitrag ist der Erlös minus die variablen Kosten.",
                "Fixkosten fallen auch dann an, wenn gar nichts produziert wird.",
            ),
        ),
    ),
    (
        "Maschinen 10.000 Euro und Vorsteuer 1.900 Euro an Bank 11.900 Euro",
        "Deckungsbeitrag = Erlös - variable Kosten = 45 - 28 = 17",
        "Abschreibung pro Jahr = 24.000 / 8 = 3.000",
    ),
    "code",
)

_MATHEMATICS = Subject(
    "BW102",
    "Wirtschaftsmathematik",
    "de",
    (
        Topic(
            "Ableitungen",
            (
                "Bei der Kettenregel leitet man erst außen und dann innen ab und multipliziert beides.",
                "An einem Extremum ist die erste Ableitung null, das allein reicht aber noch nicht.",
            ),
        ),
        Topic(
            "Matrizen",
            (
                "Man darf zwei Matrizen nur multiplizieren, wenn die Spaltenzahl der ersten zur Zeilenzahl"
                " der zweiten"
                " passt.",
                "Eine quadratische Matrix ist genau dann invertierbar, wenn ihre Determinante nicht null ist.",
            ),
        ),
        Topic(
            "Zinsrechnung",
            (
                "Beim Zinseszins werden die Zinsen mitverzinst, deshalb wächst das Kapital exponentiell.",
                "Der Barwert ist der heutige Wert einer Zahlung, also abgezinst mit dem Kalkulationszins.",
            ),
        ),
        Topic(
            "lineare Optimierung",
            (
                "Die optimale Lösung liegt immer in einer Ecke des zulässigen Bereichs, wenn es überhaupt eine gibt.",
                "Beim Simplexverfahren wandert man von Ecke zu Ecke, solange der Zielwert besser wird.",
            ),
        ),
        Topic(
            "Folgen und Reihen",
            (
                "Die geometrische Reihe konvergiert nur, wenn der Betrag des Quotienten kleiner als eins ist.",
                "Eine Rente ist nichts anderes als eine endliche geometrische Reihe.",
            ),
        ),
        Topic(
            "Lagrange-Multiplikatoren",
            (
                "Der Multiplikator sagt, wie stark das Optimum wächst, wenn man die Nebenbedingung etwas lockert.",
                "Man leitet die Lagrange-Funktion nach allen Variablen ab und setzt alles gleich null.",
            ),
        ),
    ),
    (
        "K_n = K_0 * (1 + i)^n",
        "f'(x) = 2x * exp(x^2)",
        "L(x, y, k) = x*y - k*(2x + y - 100)",
        "det(A) = 3*4 - 2*5 = 2",
    ),
    "formula",
)

_MARKETING = Subject(
    "BW201",
    "Marketing",
    "de",
    (
        Topic(
            "Zielgruppen",
            (
                "Eine gute Zielgruppe ist messbar, erreichbar und groß genug, damit sich der Aufwand lohnt.",
                "Demografische Merkmale allein erklären das Kaufverhalten nur schlecht.",
            ),
        ),
        Topic(
            "Preispolitik",
            (
                "Bei einer Abschöpfungsstrategie startet man mit einem hohen Preis und senkt ihn später.",
                "Die Preiselastizität sagt, um wie viel Prozent die Menge sinkt, wenn der Preis um ein Prozent steigt.",
            ),
        ),
        Topic(
            "Markenführung",
            (
                "Eine starke Marke verkürzt die Entscheidung, weil man ihr vertraut.",
                "Eine Dachmarke überträgt ihr Image auf alle Produkte, im Guten wie im Schlechten.",
            ),
        ),
        Topic(
            "Marktforschung",
            (
                "Eine Sekundäranalyse nutzt vorhandene Daten und ist deshalb schneller und billiger.",
                "Suggestivfragen verzerren das Ergebnis einer Umfrage.",
            ),
        ),
        Topic(
            "Produktlebenszyklus",
            (
                "In der Reifephase ist der Umsatz am höchsten, aber der Wettbewerb drückt die Marge.",
                "Nicht jedes Produkt durchläuft alle Phasen, manche verschwinden gleich nach der Einführung.",
            ),
        ),
        Topic(
            "Vertriebswege",
            (
                "Beim direkten Vertrieb behält der Hersteller den Kontakt zum Kunden.",
                "Ein Großhändler verringert die Zahl der Kontakte zwischen Herstellern und Läden.",
            ),
        ),
    ),
    (
        "Elastizität = (-6 % Menge) / (+4 % Preis) = -1,5",
        "Marktanteil = 120.000 / 800.000 = 15 %",
    ),
    "formula",
)

_ECONOMICS = Subject(
    "BW202",
    "Volkswirtschaftslehre",
    "de",
    (
        Topic(
            "Angebot und Nachfrage",
            (
                "Steigt der Preis eines Ersatzgutes, verschiebt sich die Nachfragekurve nach rechts.",
                "Eine Bewegung auf der Kurve ist etwas anderes als eine Verschiebung der Kurve.",
            ),
        ),
        Topic(
            "Inflation",
            (
                "Die Realzinsen sind ungefähr die Nominalzinsen minus die Inflationsrate.",
                "Der Verbraucherpreisindex misst den Preis eines festen Warenkorbs.",
            ),
        ),
        Topic(
            "externe Effekte",
            (
                "Bei negativen externen Effekten wird mehr produziert, als für die Gesellschaft gut wäre.",
                "Eine Steuer in Höhe des Grenzschadens bringt den Markt zurück ins Optimum.",
            ),
        ),
        Topic(
            "Geldpolitik",
            (
                "Erhöht die Zentralbank den Leitzins, werden Kredite teurer und die Nachfrage sinkt.",
                "Die Geldpolitik wirkt erst mit einer Verzögerung von mehreren Quartalen.",
            ),
        ),
        Topic(
            "Spieltheorie",
            (
                "Im Gefangenendilemma ist Gestehen die dominante Strategie, obwohl Schweigen für beide besser wäre.",
                "In einem Nash-Gleichgewicht kann sich niemand allein verbessern.",
            ),
        ),
        Topic(
            "Bruttoinlandsprodukt",
            (
                "Das Bruttoinlandsprodukt zählt nur Endprodukte, damit Vorleistungen nicht doppelt vorkommen.",
                "Hausarbeit und Ehrenamt tauchen in der Statistik nicht auf.",
            ),
        ),
    ),
    (
        "Y = C + I + G + (X - M)",
        "Realzins = 3,5 % - 2,1 % = 1,4 %",
    ),
    "formula",
)

_PSYCHOLOGY = Subject(
    "LP101",
    "Introduction to Psychology",
    "en",
    (
        Topic(
            "classical conditioning",
            (
                "The bell becomes a conditioned stimulus because it was paired with food many times.",
                "Extinction does not erase the response, which is why it can recover spontaneously after a break.",
            ),
        ),
        Topic(
            "attachment theory",
            (
                "In the strange situation a securely attached child is upset but calms down when the parent returns.",
                "Early attachment predicts later relationships, although the effect is modest.",
            ),
        ),
        Topic(
            "perception",
            (
                "We see depth partly because the two eyes deliver slightly different pictures.",
                "The Gestalt laws describe how we group elements by closeness and similarity.",
            ),
        ),
        Topic(
            "research ethics",
            (
                "Informed consent means that participants know what happens and may leave at any time.",
                "After a study with deception there has to be a debriefing.",
            ),
        ),
        Topic(
            "personality traits",
            (
                "The five factor model describes people by openness, conscientiousness, extraversion,"
                " agreeableness"
                " and neuroticism.",
                "Traits are fairly stable in adulthood, but behaviour still depends a lot on the situation.",
            ),
        ),
        Topic(
            "conformity",
            (
                "In Asch's line experiment a single ally was enough to reduce conformity sharply.",
                "People conform more when the task is hard, because they use the others as information.",
            ),
        ),
    ),
    ("d = (M1 - M2) / SD", "r = .30, p = .02, N = 64"),
    "formula",
)

_MEMORY = Subject(
    "LP102",
    "Learning and Memory",
    "en",
    (
        Topic(
            "working memory",
            (
                "Working memory holds only about four chunks, so too many new terms on one slide overload it.",
                "Saying digits aloud while reading blocks the phonological loop.",
            ),
        ),
        Topic(
            "spaced practice",
            (
                "Four short sessions spread over two weeks beat one long evening, at least for the test a month later.",
                "The best gap between repetitions grows with the time until the exam.",
            ),
        ),
        Topic(
            "retrieval practice",
            (
                "Trying to recall a text from memory helps more than reading it a second time.",
                "Even a failed attempt helps if you see the right answer soon afterwards.",
            ),
        ),
        Topic(
            "cognitive load",
            (
                "Worked examples reduce load for beginners but slow experts down.",
                "Splitting a picture and its explanation forces learners to search and costs attention.",
            ),
        ),
        Topic(
            "forgetting curve",
            (
                "Ebbinghaus found that most of the loss happens within the first day.",
                "Interference from similar material explains more forgetting than the mere passage of time.",
            ),
        ),
        Topic(
            "motivation",
            (
                "Rewards for something people already enjoy can weaken their intrinsic motivation.",
                "Autonomy, competence and relatedness are the three basic needs of self-determination theory.",
            ),
        ),
    ),
    ("retention = exp(-t / s)", "gain = (post - pre) / (max - pre)"),
    "formula",
)

_WRITING = Subject(
    "LP201",
    "Academic Writing",
    "en",
    (
        Topic(
            "thesis statements",
            (
                "A thesis statement makes a claim that a reasonable reader could dispute.",
                "If you can put a because after it, the statement probably carries an argument.",
            ),
        ),
        Topic(
            "citations",
            (
                "A paraphrase needs a reference just like a quotation does.",
                "Give page numbers for quotations, and keep the same style through the whole paper.",
            ),
        ),
        Topic(
            "paragraph structure",
            (
                "The first sentence of a paragraph tells the reader what it is about.",
                "One paragraph should carry one idea, the next idea deserves a new one.",
            ),
        ),
        Topic(
            "literature reviews",
            (
                "A review groups sources by question or position instead of listing them one after the other.",
                "Write down the search terms and the databases, so that others can repeat your search.",
            ),
        ),
        Topic(
            "peer feedback",
            (
                "Useful feedback names a passage, says what happened to you as a reader and suggests a way on.",
                "Comment on the argument before you comment on the commas.",
            ),
        ),
        Topic(
            "academic style",
            (
                "Hedging words such as may and suggests show how certain you are, but too many make the text weak.",
                "Strong verbs are usually clearer than long chains of nouns.",
            ),
        ),
    ),
    ("(Meyer 2019, p. 44)", "Ibid., pp. 12-15"),
    "code",
)

_DIAGNOSTICS = Subject(
    "LP202",
    "Pädagogische Diagnostik",
    "de",
    (
        Topic(
            "Gütekriterien",
            (
                "Ein Test kann sehr zuverlässig sein und trotzdem das Falsche messen.",
                "Objektivität ist die Voraussetzung für Reliabilität, und Reliabilität die für Validität.",
            ),
        ),
        Topic(
            "Bezugsnormen",
            (
                "Bei der individuellen Bezugsnorm vergleicht man die Leistung mit der früheren Leistung"
                " derselben Person.",
                "Die soziale Bezugsnorm sagt wenig darüber, ob das Lernziel erreicht wurde.",
            ),
        ),
        Topic(
            "Beobachtungsfehler",
            (
                "Beim Halo-Effekt färbt ein auffälliges Merkmal auf die Beurteilung aller anderen ab.",
                "Eine Milde-Tendenz erkennt man daran, dass fast alle gute Noten bekommen.",
            ),
        ),
        Topic(
            "formatives Feedback",
            (
                "Formatives Feedback kommt während des Lernens und sagt, was der nächste Schritt ist.",
                "Eine Note ohne Kommentar verändert das Lernen kaum.",
            ),
        ),
        Topic(
            "Testkonstruktion",
            (
                "Ein Item, das alle lösen, trennt nicht zwischen starken und schwachen Lernenden.",
                "Gute Distraktoren greifen typische Fehler auf.",
            ),
        ),
        Topic(
            "Lernverlaufsdiagnostik",
            (
                "Kurze, parallele Tests im Wochenabstand zeigen, ob eine Förderung wirkt.",
                "Erst ab mehreren Messpunkten lässt sich ein Trend von einer Schwankung unterscheiden.",
            ),
        ),
    ),
    ("p = 18 / 24 = 0,75", "Standardmessfehler = s * sqrt(1 - rel)"),
    "formula",
)

PROGRAMMES: tuple[Programme, ...] = (
    Programme(
        "DS",
        "Data Science",
        "Department of Computing",
        (_PROGRAMMING, _STATISTICS, _DATABASES, _MACHINE_LEARNING),
    ),
    Programme(
        "BW",
        "Betriebswirtschaft",
        "Fachbereich Wirtschaft",
        (_ACCOUNTING, _MATHEMATICS, _MARKETING, _ECONOMICS),
    ),
    Programme(
        "LP",
        "Learning and Psychology",
        "Department of Education",
        (_PSYCHOLOGY, _MEMORY, _WRITING, _DIAGNOSTICS),
    ),
)
