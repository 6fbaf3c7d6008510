"""The exact Bayes predictor of a grammar: p(token | prefix) = p̄(prefix token) / p̄(prefix).

The predictor follows every hypothesis that the prefix leaves alive (see prefix_tree). Prefixes
that agree so far share the work, and a hypothesis that a prefix contradicts is dropped there.
"""

import numpy as np
from numpy.typing import ArrayLike

from ntp_lib.core import Scores, Tokens, Vocabulary, as_tokens
from ntp_lib.theory.grammar import Grammar
from ntp_lib.theory.hypotheses import Hypotheses
from ntp_lib.theory.prefix_tree import Floats, Ints, Level, Table, log_sum, log_sums, start


class BayesPredictor:
    """The exact next-token law of a grammar's documents: an ordinary Predictor.

    Its scores are log-probabilities in nats. After the end token only the end token follows.
    After a prefix that no document has, no conditional law exists: all tokens are equally likely
    by convention, and the token that left the grammar has log-probability −inf.

    Parameters
    ----------
    grammar : Grammar
        Documents are one loop with finitely many bodies (see Hypotheses).

    Raises
    ------
    ValueError
        If the hypotheses cannot be enumerated, or a loop that redraws its body has items that
        one cannot tell apart: they need one length, or one last token that is nowhere else.

    Examples
    --------
    >>> from ntp_lib.core import rollout
    >>> from ntp_lib.theory.minicag import direct, minicag
    >>> predictor = BayesPredictor(minicag())
    >>> prompt = predictor.prompts(predictor.hypotheses.find(*direct(1)), 4, 1)
    >>> query = prompt[:, :-2]   # without the last answer and its separator
    >>> bool((rollout(predictor, query, steps=2) == prompt).all())
    True
    """

    def __init__(self, grammar: Grammar) -> None:
        self.vocabulary: Vocabulary = grammar.vocabulary
        self.hypotheses = hypotheses = Hypotheses(grammar)
        self.table = table = Table(hypotheses)
        self.objects, self.object_of = table.objects, table.object_of
        self.log_nu, self.end = table.log_nu, table.end
        self._latest: tuple[Tokens, Level, Ints] | None = None

    def _read(self, prefixes: Tokens) -> tuple[Level, Ints]:
        """The level of prefixes of this length, and which of its states each one is.

        The last level read is kept: a predictor that is asked for one token after the other, as
        in a rollout, reads only the new one.
        """
        level, row, done = start(self.table), _first(len(prefixes)), 0
        if self._latest is not None:
            known, known_level, known_row = self._latest
            done_before = known.shape[1]
            if (
                len(known) == len(prefixes)
                and done_before <= prefixes.shape[1]
                and np.array_equal(known, prefixes[:, :done_before])
            ):
                level, row, done = known_level, known_row, done_before
        for t in range(done, prefixes.shape[1]):
            level, row = self._advance(level, row, prefixes[:, t])
        self._latest = (prefixes.copy(), level, row)
        return level, row

    def _advance(self, level: Level, row: Ints, tokens: Tokens) -> tuple[Level, Ints]:
        q = len(self.vocabulary)
        keys, row = np.unique(row * q + tokens, return_inverse=True)
        return level.after(*np.divmod(keys, q)), row

    def scores(self, prefixes: Tokens) -> Scores:
        """ln p(token | prefix) for every token: (sequences, positions) → (sequences, |Σ|).

        A prefix of no tokens is the start of the document.
        """
        level, row = self._read(as_tokens(prefixes, self.vocabulary, "prefixes"))
        return level.log_probability[row]

    def log_probabilities(self, sequences: ArrayLike) -> Floats:
        """ln p(token | the tokens before it) at every position of each sequence.

        Parameters
        ----------
        sequences : array_like of int, shape (sequences, T)

        Returns
        -------
        float array, shape (sequences, T, |Σ|)
        """
        sequences = as_tokens(sequences, self.vocabulary, "sequences")
        found = np.empty((*sequences.shape, len(self.vocabulary)))
        # neighbours in dictionary order share most work; fewer at a time need less memory
        order = np.lexsort(sequences.T[::-1]) if sequences.size else np.arange(len(sequences))
        parts = min(len(sequences), 1 + len(self.hypotheses) // _HYPOTHESES_AT_ONCE)
        for rows in np.array_split(order, parts):
            level, row = start(self.table), _first(len(rows))
            for t in range(sequences.shape[1]):
                found[rows, t] = level.log_probability[row]
                if t + 1 < sequences.shape[1]:
                    level, row = self._advance(level, row, sequences[rows, t])
        return found

    def log_evidence(self, prefixes: ArrayLike) -> Floats:
        """ln p̄(prefix), the log-probability that a document starts so; −inf if none does."""
        level, row = self._read(as_tokens(prefixes, self.vocabulary, "prefixes"))
        return np.asarray(log_sum(level.log_next)[row])

    def log_posterior(self, prefixes: ArrayLike) -> Floats:
        """ln post(h | prefix) over all hypotheses, shape (sequences, len(hypotheses)).

        In a loop that redraws, the hypothesis is the body in force. Each row's exponentials sum
        to one; after an impossible prefix, or a finished document, there is none and the row
        is −inf.
        """
        level, row = self._read(as_tokens(prefixes, self.vocabulary, "prefixes"))
        alive = level.alive
        total = log_sums(alive.state, alive.log_joint, level.count)
        found = np.full((level.count, len(self.hypotheses)), -np.inf)
        found[alive.state, alive.hypothesis] = alive.log_joint - total[alive.state]
        return found[row]

    def prompts(
        self, hypothesis: int, examples: int, count: int, rng: np.random.Generator | None = None
    ) -> Tokens:
        """Draw prompts of one hypothesis, inputs i.i.d. from ν: shape (count, examples · length).

        Parameters
        ----------
        hypothesis : int
        examples, count : int
            At least 1.
        rng : numpy Generator, optional
            Of seed 0 if not given.

        Raises
        ------
        ValueError
            If the hypothesis does not exist or a count is below 1.

        Examples
        --------
        >>> from ntp_lib.theory.minicag import direct, minicag
        >>> predictor = BayesPredictor(minicag())
        >>> predictor.prompts(predictor.hypotheses.find(*direct(1)), examples=4, count=2).shape
        (2, 12)
        """
        if examples < 1 or count < 1:
            raise ValueError(f"examples is {examples}, count {count}; both must be at least 1")
        rng = rng or np.random.default_rng(0)
        family, _ = self.hypotheses.family_of(hypothesis)
        shape = (count, examples, family.inputs)
        return self.write(hypothesis, rng.choice(self.objects, size=shape, p=np.exp(self.log_nu)))

    def write(self, hypothesis: int, inputs: ArrayLike) -> Tokens:
        """Return the items that a hypothesis writes for given inputs, one after the other.

        Parameters
        ----------
        hypothesis : int
        inputs : array_like of int, shape (count, n, inputs of an item)
            Ids of objects.

        Returns
        -------
        Tokens, shape (count, n · length)

        Raises
        ------
        ValueError
            If the hypothesis does not exist, or an input is missing or no object.

        Examples
        --------
        >>> from ntp_lib.theory.minicag import direct, minicag
        >>> predictor = BayesPredictor(minicag(objects=3))
        >>> tokens = predictor.write(predictor.hypotheses.find(*direct(1)), [[[0], [2]]])
        >>> " ".join(predictor.vocabulary.decode(tokens[0]))
        'o0 o2 ; o2 o1 ;'
        """
        family, place = self.hypotheses.family_of(hypothesis)
        inputs = np.asarray(inputs)
        if inputs.ndim != 3 or inputs.shape[2] != family.inputs:
            raise ValueError(
                f"inputs has shape {inputs.shape}; this hypothesis needs (count, n, "
                f"{family.inputs})"
            )
        if not np.isin(inputs, self.objects).all():
            raise ValueError(f"an input is no object; the objects' ids are {self.objects.tolist()}")
        items = family.write(place, self.object_of[inputs], self.objects)
        return items.reshape(len(inputs), -1)


def _first(count: int) -> Ints:
    """Every sequence in state 0."""
    return np.zeros(count, dtype=np.int64)


_HYPOTHESES_AT_ONCE = 100_000
