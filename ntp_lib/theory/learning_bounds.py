"""Bounds on learning from chains: numbers, with their hypotheses."""

from collections.abc import Callable, Sequence
from math import ceil, exp, lgamma, log


def union_bounds(step_errors: Sequence[float]) -> tuple[float, float]:
    """Return what the T teacher-forced errors say of the free-running sequence error.

    max ε_t ≤ Pr[chain wrong anywhere] ≤ min(1, Σ ε_t): nested mistakes attain the left end,
    disjoint ones the right. No hypothesis. Source: ours, from the union bound.

    Parameters
    ----------
    step_errors : sequence of float, length T
        ε_t, the probability of a mistake at step t after the true prefix.

    Raises
    ------
    ValueError
        If there is no error, or one is not a probability.

    Examples
    --------
    >>> union_bounds([0.125, 0.25])
    (0.25, 0.375)
    """
    if not len(step_errors):
        raise ValueError("step_errors is empty; give one error for each token")
    for error in step_errors:
        _probability("a step error", error)
    return max(step_errors), min(1.0, sum(step_errors))


def wrong_tokens_bound(error: float, tokens: int) -> float:
    """Return a bound on the expected wrong tokens of a free-running chain: min(T, εT(T+1)/2).

    Hypothesis: every teacher-forced error is at most ε. Attained when the mistakes are
    disjoint and each spoils all that follows, if εT ≤ 1. Source: ours.

    Raises
    ------
    ValueError
        If `error` is not a probability or `tokens` is below 1.

    Examples
    --------
    >>> wrong_tokens_bound(0.125, 3)
    0.75
    """
    _probability("error", error)
    _tokens(tokens)
    return min(float(tokens), error * tokens * (tokens + 1) / 2)


def log_loss_bound(log_loss: float) -> float:
    """Return the most that the greedy sequence error can be: min(1, E[−ln p(z|x)] / ln 2).

    `log_loss` is the expected loss of a whole chain in nats. Source: ours, by Markov's inequality.

    Raises
    ------
    ValueError
        If `log_loss` is negative or not a number.

    Examples
    --------
    >>> log_loss_bound(0.25 * log(2))
    0.25
    """
    if not log_loss >= 0:
        raise ValueError(f"log_loss is {log_loss}; a mean of −ln p is at least 0")
    return min(1.0, log_loss / log(2))


def finite_class_samples(size: float, error: float, delta: float) -> int:
    """Return ⌈(ln |H| + ln 1/δ) / ε⌉: samples after which any consistent hypothesis is ε-right.

    Hypothesis: a finite class of `size` functions that holds the target. Source: classical.

    Raises
    ------
    ValueError
        If `size` is below 1, or `error` or `delta` is not in (0, 1).

    Examples
    --------
    >>> finite_class_samples(1000, error=0.1, delta=0.05)
    100
    """
    if not size >= 1:
        raise ValueError(f"size is {size}; the class holds at least its target")
    _open_interval("error", error)
    _open_interval("delta", delta)
    return ceil((log(size) - log(delta)) / error)


def chain_samples(
    one_step: Callable[[float, float], int], tokens: int, error: float, delta: float
) -> int:
    """Return m(ε/T, δ/T): samples that learn a chain whose T steps each need m(ε, δ).

    Parameters
    ----------
    one_step : callable
        m(ε, δ), the samples with which one step's class is PAC-learned.
    tokens : int
        The chain's length T.
    error, delta : float
        Bounds on the sequence error, and on the probability of failing to reach it.

    Source: Malach 2023, theorem 3.3.

    Raises
    ------
    ValueError
        If `tokens` is below 1, or `error` or `delta` is not in (0, 1).

    Examples
    --------
    >>> one_step = lambda error, delta: finite_class_samples(1000, error, delta)
    >>> one_step(0.1, 0.05), chain_samples(one_step, tokens=10, error=0.1, delta=0.05)
    (100, 1221)
    """
    _tokens(tokens)
    _open_interval("error", error)
    _open_interval("delta", delta)
    return one_step(error / tokens, delta / tokens)


def perceptron_bound(radius_squared: float, norm_squared: float, margin: float) -> float:
    """Return 2R²‖W*‖²/γ², the most updates that the multiclass perceptron makes.

    Hypothesis: ‖ψ‖² ≤ R², and W* gives the true token a lead of at least γ over every other on
    every example (`separation` measures all three). It holds for any number and order of examples.
    Source: classical.

    Raises
    ------
    ValueError
        If a number is negative or not a number, or the margin is not positive.

    Examples
    --------
    >>> perceptron_bound(radius_squared=2, norm_squared=2, margin=1)
    8.0
    """
    for name, value in (("radius_squared", radius_squared), ("norm_squared", norm_squared)):
        if not value >= 0:
            raise ValueError(f"{name} is {value}; a square is at least 0")
    if not margin > 0:
        raise ValueError(f"margin is {margin}; the bound needs weights that separate the examples")
    return 2.0 * radius_squared * norm_squared / margin**2


def free_parameters(candidates: int, look_backs: int) -> int:
    """Return N = (q−1)(k(q−1)+1): the dimension that the margin constraints can span.

    Only differences of scores matter, and the q coordinates of one position sum to 1 as the bias
    does; so q candidates and k look-backs leave (q−1) times k(q−1)+1 dimensions. Source: ours.

    Raises
    ------
    ValueError
        If `candidates` is below 1 or `look_backs` below 0.

    Examples
    --------
    >>> free_parameters(candidates=2, look_backs=12)
    13
    """
    if candidates < 1:
        raise ValueError(f"candidates is {candidates}; a dictionary has at least 1 token")
    if look_backs < 0:
        raise ValueError(f"look_backs is {look_backs}; it must be at least 0")
    return (candidates - 1) * (look_backs * (candidates - 1) + 1)


def compression_bound(samples: int, size: int, delta: float) -> float:
    """Return 1 − (δ / C(m, N))^(1/(m−N)): the sequence error of a learner that N sequences fix.

    With probability at least 1 − δ the true sequence error is at most this number, and so at most
    (N ln(em/N) + ln(1/δ)) / (m − N). Hypothesis: m i.i.d. sequences, a learner that makes no
    mistake on them and whose result N of them determine. The minimum-norm predictor with the same
    weights at every step is one, with N = `free_parameters`: the chain's length does not occur.
    Source: ours for chains; sample compression is Littlestone and Warmuth 1986.

    Parameters
    ----------
    samples : int
        The number m of sequences.
    size : int
        The number N that determines the result, fixed before the sample is seen.
    delta : float
        The probability that the bound may fail.

    Returns
    -------
    float
        In (0, 1]; 1, which says nothing, if m ≤ N.

    Raises
    ------
    ValueError
        If `samples` or `size` is negative, or `delta` is not in (0, 1).

    Examples
    --------
    >>> round(compression_bound(samples=1000, size=13, delta=0.05), 3)
    0.069
    """
    if samples < 0 or size < 0:
        raise ValueError(f"samples is {samples} and size is {size}; neither can be negative")
    _open_interval("delta", delta)
    if samples <= size:
        return 1.0
    choices = lgamma(samples + 1) - lgamma(size + 1) - lgamma(samples - size + 1)
    return 1 - exp((log(delta) - choices) / (samples - size))


def per_step_bound(samples: int, size: int, tokens: int, delta: float) -> float:
    """Return min(1, T · `compression_bound`(m, N, δ/T)): weights of their own at every step.

    With probability at least 1 − δ the sequence error of T minimum-norm learners, one a step and
    each with N free parameters, is at most this. Source: theorem 3.3 of Malach 2023, filled in
    with the compression bound (ours).

    Raises
    ------
    ValueError
        As `compression_bound`, or if `tokens` is below 1.

    Examples
    --------
    >>> round(per_step_bound(samples=1000, size=13, tokens=4, delta=0.05), 3)
    0.28
    """
    _tokens(tokens)
    return min(1.0, tokens * compression_bound(samples, size, delta / tokens))


def table_error(entries: int, samples: int, share: float) -> float:
    """Return ½ · share · (1 − share/entries)^m: the least expected error on a random table.

    No learner, of whatever kind, has a smaller expected sequence error on `TableTask` with
    `entries` = n·T random labels after m samples; and guessing the unseen entries attains it.
    Source: ours.

    Raises
    ------
    ValueError
        If `entries` is below 1, `samples` negative, or `share` not a probability.

    Examples
    --------
    >>> table_error(entries=100, samples=0, share=1)
    0.5
    """
    if entries < 1:
        raise ValueError(f"entries is {entries}; the table holds at least 1")
    if samples < 0:
        raise ValueError(f"samples is {samples}; it must be at least 0")
    _probability("share", share)
    return float(0.5 * share * (1 - share / entries) ** samples)


def hardest_share(entries: int, samples: int) -> float:
    """Return the share of `TableTask` that makes `table_error` largest: min(1, entries/(m+1)).

    Raises
    ------
    ValueError
        If `entries` is below 1 or `samples` negative.

    Examples
    --------
    >>> hardest_share(entries=50, samples=199)
    0.25
    """
    table_error(entries, samples, 1.0)
    return min(1.0, entries / (samples + 1))


def _probability(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise ValueError(f"{name} is {value}; give a probability, 0 to 1")


def _open_interval(name: str, value: float) -> None:
    if not 0 < value < 1:
        raise ValueError(f"{name} is {value}; give a number between 0 and 1")


def _tokens(tokens: int) -> None:
    if tokens < 1:
        raise ValueError(f"tokens is {tokens}; a chain has at least 1")
