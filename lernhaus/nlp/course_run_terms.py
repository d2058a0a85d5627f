"""What is talked about in a course run, and what in it rather than in the others.

How distinctive a term is for a run is the log-odds ratio of its use in the run to its use in all other runs, with an
informative Dirichlet prior (Monroe, Colaresi & Quinn 2008, "Fightin' words: lexical feature selection and evaluation
for identifying the content of political conflict"): a term starts from its share of all uses in the language, as if
each side had used ``PRIOR_USES`` terms like that, so that rare terms are not distinctive by chance. Divided by its
standard error it is comparable between terms; beyond 1.96 either way, chance alone seldom is.
"""

import datetime
import itertools
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from lernhaus.nlp import corpus
from lernhaus.nlp.batches import as_input
from lernhaus.nlp.corpus import Corpus, Ints
from lernhaus.nlp.post_text import TEXT_VERSION
from lernhaus.nlp.vocabulary import Floats

FEATURE_VERSION = f"1.0 text-{TEXT_VERSION}"

PRIOR_USES = 500
# Of a run's terms in a language, so many of the most used, and so many of the most distinctive.
MOST_TERMS = 30

INPUT_SCHEMA = pa.schema(
    [
        ("course_run_key", pa.int64()),
        ("learner_key", pa.int64()),
        ("language", pa.string()),
        ("content_words", pa.list_(pa.string())),
    ]
)
SCHEMA = pa.schema(
    [
        ("course_run_key", pa.int64()),
        ("language", pa.string()),
        ("term_stem", pa.string()),
        ("term", pa.string()),
        ("use_count", pa.int32()),
        ("post_count", pa.int32()),
        ("learner_count", pa.int32()),
        ("frequency_rank", pa.int32()),
        ("log_odds_ratio", pa.float64()),
        ("distinctiveness", pa.float64()),
        ("distinctiveness_rank", pa.int32()),
        ("as_of", pa.date32()),
        ("feature_version", pa.string()),
    ]
)


def find(posts: Iterable[pa.RecordBatch], *, least_learners: int, as_of: datetime.date) -> pa.Table:
    """The terms (``SCHEMA``) of the course runs, by language, run and frequency.

    ``posts`` (``INPUT_SCHEMA``, other columns are ignored) are all posts up to ``as_of``, in the order of
    ``course_run_key``. A term is told of a run only if at least ``least_learners`` learners use it there: less would
    tell of persons. Where no other run has posts in the language, nothing is distinctive and those columns are null.
    Raises ValueError and pyarrow.ArrowInvalid as `lernhaus.nlp.batches.as_input` does.
    """
    facts: list[Ints] = [np.empty((2, 0), np.int64)]

    def noted() -> Iterator[pa.RecordBatch]:
        for batch in posts:
            rows = as_input(batch, INPUT_SCHEMA)
            facts.append(np.stack([rows[name].to_numpy() for name in ("course_run_key", "learner_key")]))
            yield rows

    texts = corpus.read(noted())
    runs, learners = np.concatenate(facts, axis=1)
    found = [SCHEMA.empty_table()]
    for text in texts.values():
        rows = _of_language(text, runs[text.posts], learners[text.posts], least_learners)
        found.append(pa.Table.from_pylist([row | {"as_of": as_of} for row in rows], SCHEMA))
    return pa.concat_tables(found)


class _RunTerms(NamedTuple):
    """The terms of a run that enough learners use; parallel."""

    codes: Ints
    uses: Ints
    posts: Ints
    learners: Ints


def _of_language(texts: Corpus, runs: Ints, learners: Ints, least_learners: int) -> Iterator[dict[str, Any]]:
    bounds = [0, *(np.flatnonzero(np.diff(runs)) + 1).tolist(), len(runs)]
    forms, form_uses = _all_uses(texts, bounds)
    codes, code = np.unique(texts.codes(forms), return_inverse=True)
    uses = np.bincount(code, form_uses).astype(np.int64)
    of_runs = [_run_terms(texts, learners, start, stop, least_learners) for start, stop in itertools.pairwise(bounds)]
    told = np.unique(np.concatenate([terms.codes for terms, _ in of_runs]))
    names = dict(zip(told.tolist(), texts.names(told, forms, form_uses), strict=True))
    for run, (terms, run_uses) in zip(runs[bounds[:-1]].tolist(), of_runs, strict=True):
        stems = [texts.stem_of(term) for term in terms.codes.tolist()]
        others = uses[np.searchsorted(codes, terms.codes)] - terms.uses
        odds, distinctiveness = _log_odds(terms.uses, run_uses, others, uses.sum() - run_uses)
        by_use = sorted(range(len(stems)), key=lambda i: (-terms.posts[i], -terms.uses[i], stems[i]))
        by_odds = sorted(range(len(stems)), key=lambda i: (-distinctiveness[i], stems[i]))
        odds_rank = {term: rank for rank, term in enumerate(by_odds, start=1)}
        for rank, term in enumerate(by_use, start=1):
            if rank > MOST_TERMS and (odds_rank[term] > MOST_TERMS or distinctiveness[term] <= 0):
                continue
            row = {
                "course_run_key": run,
                "language": texts.language,
                "term_stem": stems[term],
                "term": names[terms.codes[term]],
                "use_count": terms.uses[term],
                "post_count": terms.posts[term],
                "learner_count": terms.learners[term],
                "frequency_rank": rank,
                "feature_version": FEATURE_VERSION,
            }
            if len(of_runs) > 1:
                row |= {
                    "log_odds_ratio": odds[term],
                    "distinctiveness": distinctiveness[term],
                    "distinctiveness_rank": odds_rank[term],
                }
            yield row


def _all_uses(texts: Corpus, bounds: list[int]) -> tuple[Ints, Ints]:
    """All forms of terms, sorted, and how often each is used; counted run by run to need little memory."""
    counted = [np.unique(texts.forms(start, stop)[1], return_counts=True) for start, stop in itertools.pairwise(bounds)]
    forms, form = np.unique(np.concatenate([forms for forms, _ in counted]), return_inverse=True)
    return forms, np.bincount(form, np.concatenate([uses for _, uses in counted])).astype(np.int64)


def _run_terms(texts: Corpus, learners: Ints, start: int, stop: int, least_learners: int) -> tuple[_RunTerms, int]:
    """The terms of the posts ``start`` to before ``stop``, and how many uses of terms there are in all."""
    post, forms = texts.forms(start, stop)
    codes, term, uses = np.unique(texts.codes(forms), return_inverse=True, return_counts=True)
    people, learner = np.unique(learners[start:stop], return_inverse=True)

    def different(which: Ints, count: int) -> Ints:
        """For each term, in how many of so many different things it is used."""
        return np.bincount(np.unique(term * count + which) // count, minlength=len(codes))

    by_learners = different(learner[post - start], len(people))
    told = by_learners >= least_learners
    in_posts = different(post - start, stop - start)
    return _RunTerms(codes[told], uses[told], in_posts[told], by_learners[told]), len(forms)


def _log_odds(uses: Ints, all_uses: int, others: Ints, all_others: int) -> tuple[Floats, Floats]:
    """The log-odds ratio of each term here to elsewhere, and the same divided by its standard error."""
    prior = PRIOR_USES * (uses + others) / (all_uses + all_others)
    here, there = uses + prior, others + prior
    # at least one use of another term, though there may be none
    not_here, not_there = (all_uses + PRIOR_USES - here).clip(1), (all_others + PRIOR_USES - there).clip(1)
    odds = np.log(here / not_here) - np.log(there / not_there)
    return odds.round(4), (odds / np.sqrt(1 / here + 1 / there)).round(4)
