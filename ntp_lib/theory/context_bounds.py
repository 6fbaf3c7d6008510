"""The in-context bound: the master identity (★) term by term, and Theorems A and B as functions.

For a hypothesis h = (loop, τ) and a prompt of n of its items, the chain rule gives exactly

    (★)  Σ label losses = D[τ] + ln 1/π + sharing + structure + inputs + ln post(h | prompt),

where *structure* sums ln(p/q_h) over the constants and the decisions to go on (q_h is what h itself
gives them), *inputs* sums ln(p(x)/ν(x)) over the inputs, and *sharing* is (n − 1) ln 1/((1 − η) +
η p(τ)): what a loop that redraws its body pays for n equal ones, 0 where one body is shared.

The skeleton of both theorems is Hahn and Goyal's (arXiv:2303.07971); these exact statements and
constants are ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf, log, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ntp_lib.core import Tokens, as_tokens
from ntp_lib.theory.bayes import BayesPredictor
from ntp_lib.theory.derivation import Nats
from ntp_lib.theory.hypotheses import INPUT, LABEL, Hypotheses

Floats = NDArray[np.float64]

TIE = 1e-9  # a label whose log-probability leads by no more than this is not the unique best


@dataclass(frozen=True)
class BoundTerms:
    """Every term of (★), in nats, for a batch of prompts of one hypothesis.

    Attributes
    ----------
    losses : float array, shape (prompts, n, labels)
        −ln p of each label token: a value that the item computes.
    errors : bool array, shape (prompts, n, labels)
        Where the label is not the unique most probable token, its prefix being the true one.
    description_length : Nats
        D[τ].
    rarity : Nats
        ln 1/π, the cost of the loop.
    sharing : float
        What equal bodies cost in a loop that redraws; 0 where one body is shared.
    structure : float array, shape (prompts, n)
        ln(p/q_h) of each item's constants and of the decision to begin it.
    inputs : float array, shape (prompts, n)
        ln(p(x)/ν(x)) of each item's inputs.
    log_posterior : float array, shape (prompts,)
        ln post(h | prompt): never positive. Its negative is the slack of the bound.
    """

    losses: Floats
    errors: NDArray[np.bool_]
    description_length: Nats
    rarity: Nats
    sharing: float
    structure: Floats
    inputs: Floats
    log_posterior: Floats

    @property
    def total_loss(self) -> Floats:
        """Σ label losses of each prompt, shape (prompts,)."""
        return np.asarray(self.losses.sum(axis=(1, 2)))

    @property
    def bound(self) -> Floats:
        """The right side without the posterior: what Σ label losses cannot exceed."""
        fixed = self.description_length + self.rarity + self.sharing
        return np.asarray(fixed + self.structure.sum(axis=1) + self.inputs.sum(axis=1))

    @property
    def residual(self) -> Floats:
        """Left side of (★) minus right side: rounding."""
        return self.total_loss - (self.bound + self.log_posterior)

    @property
    def answer_errors(self) -> NDArray[np.int64]:
        """How many of each prompt's final answers are errors, shape (prompts,)."""
        return np.asarray(self.errors[:, :, -1].sum(axis=1))


def bound_terms(predictor: BayesPredictor, hypothesis: int, prompts: ArrayLike) -> BoundTerms:
    """Return every term of (★) for prompts of a hypothesis.

    Parameters
    ----------
    predictor : BayesPredictor
    hypothesis : int
        Its labels must be computed: each value certain, given the item so far.
    prompts : array_like of int, shape (prompts, n · length)
        n whole items of the hypothesis, n at least 1.

    Raises
    ------
    ValueError
        If the prompts are no whole number of items, or are not ones that the hypothesis writes:
        its posterior is 0 then, and (★) is −∞ on both sides. `token_losses` reads any sequence.

    Examples
    --------
    >>> from ntp_lib.theory.minicag import direct, minicag
    >>> predictor = BayesPredictor(minicag())
    >>> h = predictor.hypotheses.find(*direct(1, 2))
    >>> found = bound_terms(predictor, h, predictor.prompts(h, 20, 5))
    >>> bool((abs(found.residual) < 1e-9).all() and (found.total_loss <= found.bound + 1e-9).all())
    True
    >>> found.description_length, found.rarity
    (5.704 nats (8.229 bits), 0.2231 nats (0.3219 bits))
    """
    prompts = as_tokens(prompts, predictor.vocabulary, "prompts")
    hypotheses = predictor.hypotheses
    family, place = hypotheses.family_of(hypothesis)
    n, rest = divmod(prompts.shape[1], family.length)
    if rest or not n:
        raise ValueError(
            f"the prompts have {prompts.shape[1]} tokens; this hypothesis writes items of "
            f"{family.length}: give a positive multiple"
        )
    kind = family.cells[0, :-1, place]
    _check_written(predictor, hypothesis, kind, prompts)
    is_input = kind <= INPUT
    is_label = ~is_input & (family.roles[:, place] == LABEL)

    logs = predictor.log_probabilities(prompts)
    shape = (len(prompts), n, family.length)
    true = np.take_along_axis(logs, prompts[..., None], axis=-1)[..., 0].reshape(shape)
    others = logs.copy()
    np.put_along_axis(others, prompts[..., None], -np.inf, axis=-1)
    # the token after a whole item says two things: the document goes on, and how
    first = others.reshape(*shape, -1)[:, :, 0].copy()
    first[..., predictor.end] = -np.inf
    go_on = np.logaddexp(np.logaddexp.reduce(first, axis=-1), true[:, :, 0])
    true[:, :, 0] -= go_on
    loop = hypotheses.loops[family.loop]
    own = np.append(0.0, loop.prior.log_continue(np.arange(1, n))) if n > 1 else np.zeros(1)

    log_nu = np.where(
        predictor.object_of >= 0, predictor.log_nu[predictor.object_of], 0.0
    )[prompts].reshape(shape)  # fmt: skip
    length = hypotheses.description_length(hypothesis)
    kept = -np.logaddexp(_log(1 - loop.redraw), _log(loop.redraw) - length)
    sharing = float((n - 1) * kept) if loop.redraw else 0.0
    fixed = ~is_input & ~is_label
    if loop.redraw:
        joint = hypotheses.log_prior[hypothesis] - sharing + own.sum()
        joint = joint + log_nu[..., is_input].sum(axis=(1, 2))
        log_posterior = joint - predictor.log_evidence(prompts)
    else:
        log_posterior = predictor.log_posterior(prompts)[:, hypothesis]
    return BoundTerms(
        losses=-true[..., is_label],
        errors=(true - others.max(axis=-1).reshape(shape) <= TIE)[..., is_label],
        description_length=length,
        rarity=Nats(-hypotheses.log_pi[family.loop]),
        sharing=sharing,
        structure=true[..., fixed].sum(axis=2) + go_on - own,
        inputs=(true - log_nu)[..., is_input].sum(axis=2),
        log_posterior=log_posterior,
    )


def _log(x: float) -> float:
    return log(x) if x > 0 else -inf


def _check_written(
    predictor: BayesPredictor, hypothesis: int, kind: NDArray[np.integer], prompts: Tokens
) -> None:
    """Raise a ValueError if a prompt is not items of this hypothesis."""
    items = prompts.reshape(len(prompts), -1, len(kind))
    family, _ = predictor.hypotheses.family_of(hypothesis)
    inputs = np.full((*items.shape[:2], family.inputs), predictor.objects[0])
    for m in np.flatnonzero(kind <= INPUT):
        inputs[..., INPUT - kind[m]] = items[..., m]
    fits = np.isin(inputs, predictor.objects).all(axis=(1, 2))
    if fits.all():
        fits = (predictor.write(hypothesis, inputs) == prompts).all(axis=1)
    if not fits.all():
        wrong = int(np.flatnonzero(~fits)[0])
        raise ValueError(
            f"prompt {wrong} is not written by this hypothesis:\n"
            f"{' '.join(predictor.vocabulary.decode(prompts[wrong]))}\n"
            f"{predictor.hypotheses.derivation(hypothesis)}"
        )


def least_description(predictor: BayesPredictor, prompts: ArrayLike) -> Floats:
    """Return the least D[τ] of a shared body that writes each prompt; ∞ for a foreign format.

    Bodies that are drawn anew for every item (redraw 1) describe no function and do not count.

    Examples
    --------
    >>> from ntp_lib.theory.minicag import minicag
    >>> predictor = BayesPredictor(minicag())
    >>> least_description(predictor, [predictor.vocabulary.encode([";", "o1", "o2"])])
    array([inf])
    """
    hypotheses = predictor.hypotheses
    lengths = np.concatenate(
        [
            hypotheses.log_pi[f.loop] - hypotheses.log_prior[f.first : f.first + f.trees]
            if hypotheses.loops[f.loop].redraw < 1
            else np.full(f.trees, np.inf)
            for f in hypotheses.families
        ]
    )
    alive = predictor.log_posterior(prompts) > -np.inf
    return np.asarray(np.where(alive, lengths, np.inf).min(axis=1))


def iteration_complexity(hypotheses: Hypotheses, n: ArrayLike, loop: int = 0) -> Floats:
    """Bound R_n: ln 1/π + ln 1/Pr(J ≥ n) + (n − 1) max_τ ln 1/((1 − η) + η p(τ)).

    Parameters
    ----------
    hypotheses : Hypotheses
    n : array_like of int
        Numbers of examples, at least 1.
    loop : int
        Which of the grammar's loops.

    Examples
    --------
    >>> from ntp_lib.theory.minicag import minicag
    >>> iteration_complexity(Hypotheses(minicag()), [1, 20]).round(2)
    array([0.22, 3.69])
    """
    if not 0 <= loop < len(hypotheses.loops):
        raise ValueError(f"loop {loop} is not from 0 to {len(hypotheses.loops) - 1}")
    n = np.asarray(n)
    eta = hypotheses.loops[loop].redraw
    longest = max(
        float(hypotheses.log_pi[loop] - hypotheses.log_prior[f.first : f.first + f.trees].min())
        for f in hypotheses.families
        if f.loop == loop
    )
    kept = -np.logaddexp(_log(1 - eta), _log(eta) - longest) if eta else 0.0
    survival = hypotheses.loops[loop].prior.log_survival(n)
    return np.asarray(-hypotheses.log_pi[loop] - survival + (n - 1) * kept)


def theorem_a(hypotheses: Hypotheses, hypothesis: int, n: ArrayLike, excess: float = 0.0) -> Floats:
    """Theorem A's right side, D + R_n + excess, in nats; divide by ln 2 for zero-one errors.

    The excess says which part: Σκ_i for every prompt (inputs regular to e^κ), KL(μ‖νⁿ) in
    expectation over inputs from μ, ln 1/δ for all n at once with probability 1 − δ.

    Raises
    ------
    ValueError
        If the excess is negative.

    Examples
    --------
    >>> from ntp_lib.theory.minicag import direct, minicag
    >>> hypotheses = Hypotheses(minicag())
    >>> theorem_a(hypotheses, hypotheses.find(*direct(1)), 20).round(2)
    np.float64(6.69)
    """
    if not excess >= 0:
        raise ValueError(f"excess is {excess}; Σκ, a divergence and ln 1/δ are never negative")
    family, _ = hypotheses.family_of(hypothesis)
    length = float(hypotheses.description_length(hypothesis))
    return length + iteration_complexity(hypotheses, n, family.loop) + excess


def approximate_bound(bound: float, epsilon: float, weight: float | None = None) -> float:
    """B + (ε + √(ε/2)) / w: expected loss of a predictor M with KL(p‖M) ≤ ε a document.

    B = D + R_n; inputs are i.i.d. from ν. For one rule w = e^−B, as it is if no weight is given.
    For the mean over rules τ that a task draws with probability μ(τ), all with items of one
    length, B is the mean of theirs, and w the least π p(τ) Pr(J ≥ n) / μ(τ). Source: ours.

    Examples
    --------
    >>> round(approximate_bound(5.0, 1e-6), 3), round(approximate_bound(5.0, 1e-6, 0.2), 3)
    (5.105, 5.004)
    """
    if not (bound >= 0 and epsilon >= 0):
        raise ValueError(f"bound is {bound}, epsilon {epsilon}; both are at least 0")
    weight = exp(-bound) if weight is None else weight
    if not 0 < weight <= 1:
        raise ValueError(f"weight is {weight}; a task's probability is in (0, 1]")
    return bound + (epsilon + sqrt(epsilon / 2)) / weight


def noisy_error_bound(bound: float, best: float) -> float:
    """Expected errors of the most probable token, where labels are random: E* + 2S + 2√2·√(S E*).

    `bound` is S ≥ Σ E KL(q‖p), and `best` the errors E* of knowing q. Source: ours; Hutter's
    constant is better.

    Examples
    --------
    >>> noisy_error_bound(2.0, 0.0)
    4.0
    """
    if not (bound >= 0 and best >= 0):
        raise ValueError(f"bound is {bound}, best {best}; both are at least 0")
    return best + 2 * bound + 2 * sqrt(2) * sqrt(bound * best)


@dataclass(frozen=True)
class ChainBound:
    """Theorem B for a chain of printed steps, in nats.

    Attributes
    ----------
    total : float
        (a): ln 1/π_k + ln 1/Pr(J ≥ n) + Σ_j D_E[τ_j], for Σ over all examples and steps.
    steps : tuple of float
        (b): D_E[τ_j] for Σ_i ℓ_ij, the skeleton given: no R_n and no input term.
    wrong_answers : float
        (c): total / ln 2, for chains that the predictor writes itself, greedily.
    """

    total: float
    steps: tuple[float, ...]
    wrong_answers: float


def theorem_b(skeleton: float, steps: Sequence[float], log_survival: float = 0.0) -> ChainBound:
    """Theorem B (a) to (c) from the skeleton's and the steps' description lengths.

    Parameters
    ----------
    skeleton : float
        ln 1/π_k, nats: the cost of everything but the steps.
    steps : sequence of float
        D_E of each step, nats.
    log_survival : float
        ln Pr(J ≥ n); 0 where rivals share the loop's hazards.

    Examples
    --------
    >>> bound = theorem_b(log(1 / 0.24), [log(6), log(6)])
    >>> round(bound.total, 2), [round(step, 2) for step in bound.steps]
    (5.01, [1.79, 1.79])
    """
    if not (skeleton >= 0 and all(step >= 0 for step in steps) and log_survival <= 0):
        raise ValueError(
            f"skeleton is {skeleton}, steps {list(steps)}, log_survival {log_survival}: "
            "description lengths are at least 0, a log-probability at most 0"
        )
    total = skeleton - log_survival + sum(steps)
    return ChainBound(total, tuple(steps), total / log(2))


def identification_examples(entropy: float, objects: int) -> float:
    """H(φ)/ln N: no fewer examples can identify φ, each label telling at most ln N nats.

    Examples
    --------
    >>> round(identification_examples(3 * log(10), 30), 2)
    2.03
    """
    if not (entropy >= 0 and objects >= 2):
        raise ValueError(f"entropy is {entropy}, objects {objects}; give ≥ 0 nats, ≥ 2 objects")
    return entropy / log(objects)


def fano_error(information: float, functions: int) -> float:
    """Fano: the least error of naming φ, uniform over M functions, from I nats about it.

    The error e satisfies I ≥ ln M − h(e) − e ln(M − 1); the returned e is the least that does.
    Source: classical.

    Examples
    --------
    >>> round(fano_error(0.0, 2), 6)
    0.5
    """
    if not (information >= 0 and functions >= 2):
        raise ValueError(f"information is {information}, functions {functions}; give ≥ 0, ≥ 2")
    low, high = 0.0, 1 - 1 / functions
    for _ in range(60):
        e = (low + high) / 2
        entropy = -e * log(e) - (1 - e) * log(1 - e) if 0 < e < 1 else 0.0
        if log(functions) - entropy - e * log(functions - 1) > information:
            low = e
        else:
            high = e
    return high
