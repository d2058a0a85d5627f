"""Readability formulas over counts of sentences, words and syllables."""


def flesch_reading_ease(sentences: int, words: int, syllables: int) -> float:
    """206.835 - 1.015 ASL - 84.6 ASW, English; higher is easier, 0-100 in ordinary prose, unbounded.

    ASL: words per sentence, ASW: syllables per word.
    Flesch, R. (1948). A new readability yardstick. Journal of Applied Psychology 32(3), 221-233.
    """
    return 206.835 - 1.015 * words / sentences - 84.6 * syllables / words


def flesch_kincaid_grade(sentences: int, words: int, syllables: int) -> float:
    """0.39 ASL + 11.8 ASW - 15.59, English; a US school grade.

    Kincaid, J. P., Fishburne, R. P., Rogers, R. L., Chissom, B. S. (1975). Derivation of new readability
    formulas for Navy enlisted personnel. Research Branch Report 8-75, Naval Technical Training, Millington.
    """
    return 0.39 * words / sentences + 11.8 * syllables / words - 15.59


def amstad_reading_ease(sentences: int, words: int, syllables: int) -> float:
    """180 - ASL - 58.5 ASW: Flesch's scale fitted to German.

    Amstad, T. (1978). Wie verständlich sind unsere Zeitungen? Dissertation, Universität Zürich.
    """
    return 180 - words / sentences - 58.5 * syllables / words


def wiener_sachtextformel(sentences: int, words: int, long_words: int, polysyllables: int, monosyllables: int) -> float:
    """0.1935 MS + 0.1297 IW + 0.1672 SL - 0.0327 ES - 0.875, German: the first of the four Vienna formulas.

    MS, IW, ES: percentages of words of three or more syllables (`polysyllables`), of more than six letters
    (`long_words`), of one syllable (`monosyllables`); SL: words per sentence. An Austrian school grade, 4 (very easy)
    to 15 (very hard) in ordinary prose, unbounded.

    Bamberger, R., Vanecek, E. (1984). Lesen - Verstehen - Lernen - Schreiben. Wien: Jugend und Volk.
    """
    polysyllabic, long, monosyllabic = (100 * count / words for count in (polysyllables, long_words, monosyllables))
    return 0.1935 * polysyllabic + 0.1672 * words / sentences + 0.1297 * long - 0.0327 * monosyllabic - 0.875


def lix(sentences: int, words: int, long_words: int) -> float:
    """Words per sentence plus the percentage of words of more than six letters; any alphabetic language.

    Björnsson, C. H. (1968). Läsbarhet. Stockholm: Liber.
    """
    return words / sentences + 100 * long_words / words
