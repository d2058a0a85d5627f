"""A score learned from labels that people gave to posts: how urgent, or how confused.

The mean of two regressions on the labels (1 to 7): a ridge regression on n-grams (words 1-2, characters 3-4 within
words; TF-IDF, weighed by log-count ratios) and simple numbers of the text, the rule scores and cues among them
(`text_shape`), each also cut at the quantiles of the training posts; and boosted trees on the numbers and the 50 main
directions of the n-grams. The predicted label becomes a score in [0, 1] by logistic regression: the probability that
raters give more than `HIGH_ABOVE`. As others have done for this task: Švábenský, V., Baker, R. S., Zambrano, A., Zou,
Y., Slater, S. (2023). Towards generalizable detection of urgency of discussion forum posts. EDM 2023.

Everything is deterministic: the same labels give the same model whatever their order, so that a model need not be
kept, it is fitted again.
"""

import hashlib
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.decomposition import TruncatedSVD
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_limits

from lernhaus.nlp import clean, tokens
from lernhaus.nlp.text_shape import text_shapes

Floats = NDArray[np.float64]
Keys = NDArray[np.int64]

LABEL_MODEL_VERSION = "1.0"
LOWEST, HIGHEST, HIGH_ABOVE = 1.0, 7.0, 4.0

# What a model needs at least to be trained.
MINIMUM_LABELS, MINIMUM_PER_CLASS, MINIMUM_LEARNERS = 300, 30, 50
FOLDS = 10
TEXT_WEIGHTS = (0.5, 1.0)
PENALTIES = (1.0, 2.0, 4.0)

# Of the prose; a question that a teacher should answer is told by then.
READ_CHARACTERS = 1_500
_WORDS = {"ngram_range": (1, 2), "token_pattern": r"(?u)[\w']+|[?!]"}
_CHARACTERS = {"analyzer": "char_wb", "ngram_range": (3, 4)}
# Posts of the training set that an n-gram has to be in.
_LEAST_POSTS = (2, 3)
_CUTS = (0.2, 0.4, 0.6, 0.8, 0.95)
_RATIO_POWER = 0.75
# What a label above `HIGH_ABOVE` counts for more in the ridge regression: it is these that matter.
_HIGH_BONUS = 0.4
_DIMENSIONS = 50
_TREES = {
    "max_iter": 150,
    "learning_rate": 0.05,
    "max_leaf_nodes": 8,
    "min_samples_leaf": 20,
    "l2_regularization": 5.0,
    "max_features": 0.3,
    "early_stopping": False,
}
_SEED = 0
_DECIMALS = 4


@dataclass(frozen=True)
class Examples:
    """Labelled posts, a row each, in the order of their keys.

    `labels` from 1 to 7; `rules` the rule score that the model is to replace; `prose` and `shapes` what it sees.
    """

    learners: Keys
    courses: Keys
    labels: Floats
    rules: Floats
    prose: list[str]
    shapes: Floats


@dataclass(frozen=True)
class Parameters:
    """What a model is fitted with: weight of the n-grams, penalty, and the logistic curve from label to score."""

    text_weight: float
    penalty: float
    slope: float = 1.0
    intercept: float = 0.0


@dataclass(frozen=True)
class Figures:
    """How well predictions agree with labels; `auc` is of labels above `HIGH_ABOVE`, `rmse` on the labels' scale."""

    auc: float
    spearman: float
    rmse: float | None = None


@dataclass(frozen=True)
class Evaluation:
    """Figures of the model on posts of learners, and of courses, that it has not learned from; and of the rules.

    `model_by_course` is None where there is one course.
    """

    model_by_learner: Figures
    model_by_course: Figures | None
    rules: Figures

    @property
    def beats_the_rules(self) -> bool:
        """Whether the model ranks posts of new learners better than the rules do, urgent ones and all."""
        model, rules = self.model_by_learner, self.rules
        return model.auc > rules.auc and model.spearman > rules.spearman


def lacking(labels: Sequence[float] | Floats, learners: Iterable[int]) -> str | None:
    """What a training set lacks of the least that a model needs, in words; None where it lacks nothing."""
    high = sum(label > HIGH_ABOVE for label in labels)
    for count, least, of_what in (
        (len(labels), MINIMUM_LABELS, "labelled posts with words"),
        (high, MINIMUM_PER_CLASS, f"labels above {HIGH_ABOVE:g}"),
        (len(labels) - high, MINIMUM_PER_CLASS, f"labels up to {HIGH_ABOVE:g}"),
        (len(set(learners)), MINIMUM_LEARNERS, "learners"),
    ):
        if count < least:
            return f"{count} {of_what}, {least} are needed"
    return None


def seen(text: str) -> str:
    """What a model sees of a text: the beginning of its prose."""
    return clean.prose(text[: 20 * READ_CHARACTERS])[:READ_CHARACTERS]


def has_words(text: str) -> bool:
    """Whether a model sees a word in a text, so that there is something to learn from."""
    return bool(tokens.words(seen(text)))


def examples(
    posts: Iterable[tuple[int, int, int, float, str]], features: Sequence[Mapping[str, Any]], rules: str
) -> Examples:
    """From (post, learner, course, label, text) of each post, and its features as `describe` gives them.

    `rules` names the feature that the model is to replace.
    """
    ordered = sorted(zip(posts, features, strict=True), key=lambda pair: pair[0][0])
    prose = [seen(post[4]) for post, _ in ordered]
    described = [features for _, features in ordered]
    return Examples(
        learners=np.array([post[1] for post, _ in ordered], dtype=np.int64),
        courses=np.array([post[2] for post, _ in ordered], dtype=np.int64),
        labels=np.array([post[3] for post, _ in ordered], dtype=np.float64),
        rules=np.array([features[rules] for features in described], dtype=np.float64),
        prose=prose,
        shapes=text_shapes(prose, described),
    )


def fingerprint(posts: Iterable[tuple[int, int, int, float, str]]) -> str:
    """A hash, 16 hex digits, of (post, learner, course, label, text) of all posts, whatever their order."""
    digest = hashlib.sha256()
    for post in sorted(posts):
        digest.update(repr(post).encode("utf-8", "replace"))
    return digest.hexdigest()[:16]


# --- the regression --------------------------------------------------------------------------------------


class _Cuts:
    """The numbers of texts on one scale, and for each whether it exceeds some quantiles of the training set."""

    def __init__(self, shapes: Floats) -> None:
        self._mean = shapes.mean(axis=0)
        spread = shapes.std(axis=0)
        self._spread = np.where(spread > 0, spread, 1.0)
        self._cuts = np.quantile(shapes, _CUTS, axis=0)

    def transform(self, shapes: Floats) -> sparse.csr_array:
        scaled = np.clip((shapes - self._mean) / self._spread, -4, 4)
        above = [shapes > cuts for cuts in self._cuts]
        return sparse.csr_array(np.hstack([scaled, *above]) / np.sqrt(shapes.shape[1]))


def _log_count_ratios(texts: Any, is_high: NDArray[np.bool_]) -> Floats:
    """How differently posts with high and with low labels use each n-gram, damped; texts keep their length on average.

    Wang, S., Manning, C. (2012). Baselines and bigrams: simple, good sentiment and topic classification. ACL.
    """
    high, low = 1 + texts[is_high].sum(axis=0), 1 + texts[~is_high].sum(axis=0)
    ratios: Floats = np.abs(np.log((high / high.sum()) / (low / low.sum()))) ** _RATIO_POWER
    squares = texts.multiply(texts).mean(axis=0)
    length = np.sqrt((squares * ratios**2).sum() / squares.sum())
    return ratios / length if length else np.ones_like(ratios)


class _Inputs:
    """What the regressions see of posts: weighted n-grams, and the numbers of texts, scaled by the training set."""

    def __init__(self, counts: Sequence[sparse.csr_array], shapes: Floats, labels: Floats) -> None:
        self._weights = [TfidfTransformer(sublinear_tf=True).fit(count) for count in counts]
        self._cuts = _Cuts(shapes)
        parts = self._parts(counts)
        self._ratios = np.concatenate([_log_count_ratios(part, labels >= HIGH_ABOVE) for part in parts])
        texts = sparse.hstack(parts, format="csr")
        self._space = TruncatedSVD(min(_DIMENSIONS, *(size - 1 for size in texts.shape)), random_state=_SEED).fit(texts)

    def _parts(self, counts: Sequence[sparse.csr_array]) -> list[sparse.csr_array]:
        return [
            sparse.csr_array(weights.transform(count)) for weights, count in zip(self._weights, counts, strict=True)
        ]

    def _texts(self, counts: Sequence[sparse.csr_array]) -> sparse.csr_array:
        return sparse.hstack(self._parts(counts), format="csr")

    def wide(self, counts: Sequence[sparse.csr_array], shapes: Floats, text_weight: float) -> sparse.csr_array:
        """All n-grams, by how they tell high labels from low ones, and the cut numbers, for the ridge regression."""
        texts = self._texts(counts) @ sparse.diags_array(text_weight * self._ratios)
        return sparse.hstack([texts, self._cuts.transform(shapes)], format="csr")

    def dense(self, counts: Sequence[sparse.csr_array], shapes: Floats) -> Floats:
        """The numbers and the main directions of the n-grams, for the trees."""
        return np.hstack([shapes, self._space.transform(self._texts(counts))])


class _Trees:
    """Boosted regression trees: what the ridge regression cannot see, that cues matter together."""

    def __init__(self, inputs: _Inputs, counts: Sequence[sparse.csr_array], shapes: Floats, labels: Floats) -> None:
        self._inputs = inputs
        self._trees = HistGradientBoostingRegressor(**_TREES, random_state=_SEED)
        self._trees.fit(inputs.dense(counts, shapes), labels)

    def predict(self, counts: Sequence[sparse.csr_array], shapes: Floats) -> Floats:
        labels: Floats = self._trees.predict(self._inputs.dense(counts, shapes))
        return labels


class _Ridge:
    """A ridge regression on n-grams and cut numbers."""

    def __init__(
        self,
        inputs: _Inputs,
        counts: Sequence[sparse.csr_array],
        shapes: Floats,
        labels: Floats,
        parameters: Parameters,
    ) -> None:
        self._inputs = inputs
        self._text_weight = parameters.text_weight
        target = labels + _HIGH_BONUS * (labels > HIGH_ABOVE)
        self._mean = target.mean()
        ridge = Ridge(alpha=parameters.penalty, solver="sparse_cg", fit_intercept=False, tol=1e-4)
        wide = inputs.wide(counts, shapes, parameters.text_weight)
        self._coefficients: Floats = ridge.fit(wide, target - self._mean).coef_

    def predict(self, counts: Sequence[sparse.csr_array], shapes: Floats) -> Floats:
        labels: Floats = self._mean + self._inputs.wide(counts, shapes, self._text_weight) @ self._coefficients
        return labels


def _together(ridge: Floats, trees: Floats) -> Floats:
    """The mean of both predictions, within the scale of the labels."""
    return np.clip((ridge + trees) / 2, LOWEST, HIGHEST)


def _frequent(counts: sparse.csr_array, least: int) -> NDArray[np.bool_]:
    """Which n-grams are in at least so many posts; all of them where none is."""
    enough: NDArray[np.bool_] = np.bincount(counts.indices, minlength=counts.shape[1]) >= least
    return enough if enough.any() else ~enough


def _count_all(prose: Sequence[str]) -> list[tuple[CountVectorizer, sparse.csr_array]]:
    vectorizers = [CountVectorizer(**_WORDS), CountVectorizer(**_CHARACTERS)]
    return [(vectorizer, sparse.csr_array(vectorizer.fit_transform(prose))) for vectorizer in vectorizers]


class LabelModel:
    """A fitted model: gives scores in [0, 1] to texts."""

    def __init__(self, data: Examples, parameters: Parameters) -> None:
        self._parameters = parameters
        self._vectorizers, counts = [], []
        with threadpool_limits(1):
            for (vectorizer, count), settings, least in zip(
                _count_all(data.prose), (_WORDS, _CHARACTERS), _LEAST_POSTS, strict=True
            ):
                kept = _frequent(count, least)
                vocabulary = vectorizer.get_feature_names_out()[kept].tolist()
                self._vectorizers.append(CountVectorizer(**settings, vocabulary=vocabulary))
                counts.append(count[:, np.flatnonzero(kept)])
            inputs = _Inputs(counts, data.shapes, data.labels)
            self._ridge = _Ridge(inputs, counts, data.shapes, data.labels, parameters)
            self._trees = _Trees(inputs, counts, data.shapes, data.labels)

    def scores(self, texts: Sequence[str], features: Sequence[Mapping[str, Any]]) -> list[float]:
        """A score for each text, from the text and its features as `describe` gives them; 0 where it has no words."""
        prose = [seen(text) for text in texts]
        counts = [sparse.csr_array(vectorizer.transform(prose)) for vectorizer in self._vectorizers]
        shapes = text_shapes(prose, features)
        with threadpool_limits(1):
            labels = _together(self._ridge.predict(counts, shapes), self._trees.predict(counts, shapes))
        scores = _logistic(self._parameters, labels)
        return [
            round(score, _DECIMALS) if tokens.words(text) else 0.0
            for score, text in zip(scores.tolist(), prose, strict=True)
        ]


def _logistic(parameters: Parameters, labels: Floats) -> Floats:
    score: Floats = 1 / (1 + np.exp(-(parameters.slope * labels + parameters.intercept)))
    return score


# --- choice and evaluation -------------------------------------------------------------------------------


def _folds(groups: Keys) -> NDArray[np.int64]:
    """The number of the fold of each row; rows of a group are in one fold, groups are dealt out in their order."""
    _, group = np.unique(groups, return_inverse=True)
    return group % FOLDS


def _cross_validated(data: Examples, folds: NDArray[np.int64], choices: Sequence[Parameters]) -> NDArray[np.float64]:
    """The labels predicted for each row by models of the other folds: shape (choices, rows)."""
    counts = [count for _, count in _count_all(data.prose)]
    predicted = np.empty((len(choices), len(data.labels)))
    for fold in np.unique(folds):
        others, rows = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        kept = [
            np.flatnonzero(_frequent(count[others], least)) for count, least in zip(counts, _LEAST_POSTS, strict=True)
        ]
        known = [count[others][:, columns] for count, columns in zip(counts, kept, strict=True)]
        unknown = [count[rows][:, columns] for count, columns in zip(counts, kept, strict=True)]
        inputs = _Inputs(known, data.shapes[others], data.labels[others])
        trees = _Trees(inputs, known, data.shapes[others], data.labels[others]).predict(unknown, data.shapes[rows])
        for number, parameters in enumerate(choices):
            ridge = _Ridge(inputs, known, data.shapes[others], data.labels[others], parameters)
            predicted[number, rows] = _together(ridge.predict(unknown, data.shapes[rows]), trees)
    return predicted


def _ranks(values: Floats) -> Floats:
    """Ranks from 0 on; equal values share the mean of their ranks."""
    _, group, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: Floats = (np.cumsum(counts) - (counts + 1) / 2)[group]
    return ranks


def agreement(scores: Floats, labels: Floats, *, on_scale: bool) -> Figures:
    """How well scores agree with labels; with an rmse where they are `on_scale`, predicted labels themselves."""
    rho = np.corrcoef(_ranks(scores), _ranks(labels))[0, 1] if np.ptp(scores) else 0.0
    rmse = float(np.sqrt(np.mean((scores - labels) ** 2))) if on_scale else None
    return Figures(
        auc=round(float(roc_auc_score(labels > HIGH_ABOVE, scores)), _DECIMALS),
        spearman=round(float(rho), _DECIMALS),
        rmse=None if rmse is None else round(rmse, _DECIMALS),
    )


def choose(data: Examples) -> tuple[Parameters, Evaluation]:
    """The best parameters in learner-grouped ten-fold cross-validation, and how well they do.

    For the figures each fold is predicted with the parameters that are best on the other nine, so that the choice
    does not flatter them. `data` has to have what `lacking` asks for.
    """
    choices = [Parameters(weight, penalty) for weight, penalty in itertools.product(TEXT_WEIGHTS, PENALTIES)]
    with threadpool_limits(1):
        folds = _folds(data.learners)
        predicted = _cross_validated(data, folds, choices)
        errors = (predicted - data.labels) ** 2
        honest = np.empty(len(data.labels))
        for fold in np.unique(folds):
            best = errors[:, folds != fold].mean(axis=1).argmin()
            honest[folds == fold] = predicted[best, folds == fold]
        best = errors.mean(axis=1).argmin()
        curve = LogisticRegression(C=np.inf).fit(predicted[best][:, None], data.labels > HIGH_ABOVE)
        chosen = choices[best]
        by_course = None
        if len(np.unique(data.courses)) > 1:
            by_course = _cross_validated(data, _folds(data.courses), [chosen])[0]
    parameters = Parameters(
        chosen.text_weight,
        chosen.penalty,
        slope=round(float(curve.coef_[0, 0]), _DECIMALS),
        intercept=round(float(curve.intercept_[0]), _DECIMALS),
    )
    evaluation = Evaluation(
        model_by_learner=agreement(honest, data.labels, on_scale=True),
        model_by_course=None if by_course is None else agreement(by_course, data.labels, on_scale=True),
        rules=agreement(data.rules, data.labels, on_scale=False),
    )
    return parameters, evaluation


def as_dict(what: Parameters | Evaluation) -> dict[str, Any]:
    """Parameters or an evaluation as plain values, without those that are None."""

    def filled(values: dict[str, Any]) -> dict[str, Any]:
        return {
            name: filled(value) if isinstance(value, dict) else value
            for name, value in values.items()
            if value is not None
        }

    return filled(asdict(what))
