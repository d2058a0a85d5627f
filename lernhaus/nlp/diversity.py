"""How varied the words of a text are.

All three take the words of one text in order and compare them as they are: fold their case before. Inflected forms are
different words.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

# Both measures that stand up to the length of a text need some: a window, or about one factor.
LEAST_WORDS = 50
WINDOW = 50
FACTOR_END = 0.72


def type_token_ratio(words: Sequence[str]) -> float | None:
    """Different words per word, in (0, 1]; falls with the length of the text. None without words."""
    return len(set(words)) / len(words) if words else None


def mattr(words: Sequence[str], window: int = WINDOW) -> float | None:
    """Moving-average type-token ratio: the mean over all stretches of `window` words, in (0, 1].

    None for fewer words than that.

    Covington, M. A., McFall, J. D. (2010). Cutting the Gordian knot: the moving-average type-token ratio (MATTR).
    Journal of Quantitative Linguistics 17(2), 94-100.
    """
    if len(words) < window:
        return None
    counts = Counter(words[:window])
    types = total = len(counts)
    for leaving, entering in zip(words, words[window:], strict=False):
        counts[entering] += 1
        types += counts[entering] == 1
        counts[leaving] -= 1
        types -= counts[leaving] == 0
        total += types
    return total / (window * (len(words) - window + 1))


def _factors(words: Iterable[str]) -> float:
    """How often the running type-token ratio falls to `FACTOR_END`, and how far it has gone towards the next time."""
    factors = 0.0
    seen: set[str] = set()
    length = 0
    for word in words:
        length += 1
        seen.add(word)
        if len(seen) / length <= FACTOR_END:
            factors += 1
            seen.clear()
            length = 0
    return factors + (1 - len(seen) / length) / (1 - FACTOR_END) if length else factors


def mtld(words: Sequence[str]) -> float | None:
    """Measure of textual lexical diversity: words per factor, the mean of reading forwards and backwards; at least 1.

    A factor is a stretch in which the running type-token ratio falls to .72; the rest of the text counts as the part
    of a factor that its ratio has gone from 1 to .72. None for fewer than `LEAST_WORDS` words, and where no word
    occurs twice.

    McCarthy, P. M., Jarvis, S. (2010). MTLD, vocd-D, and HD-D: a validation study of sophisticated approaches to
    lexical diversity assessment. Behavior Research Methods 42(2), 381-392.
    """
    if len(words) < LEAST_WORDS:
        return None
    forwards, backwards = _factors(words), _factors(reversed(words))
    if not forwards:
        return None
    return (len(words) / forwards + len(words) / backwards) / 2
