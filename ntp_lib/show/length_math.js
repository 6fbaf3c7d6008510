// The numbers and the predictors of LengthDial: ntp_lib.theory's length.py, digits.py, parity.py
// and sparse_parity.py once more. Counts are BigInts, so they are exact. See linear.js for how the
// files are put together.

/** C(m, 0), …, C(m, most). */
function binomials(m, most) {
  const row = [1n];
  for (let i = 1; i <= most; i++) row.push((row[i - 1] * BigInt(m - i + 1)) / BigInt(i));
  return row;
}

const sum = (values) => values.reduce((total, value) => total + value, 0n);
const largest = (values, count) =>
  sum([...values].sort((a, b) => (a > b ? -1 : a < b ? 1 : 0)).slice(0, count));

const sparseLength = (n, k) => Math.ceil((n - 1) / (k - 1));
const leastSparsity = (n, tokens) => Math.max(2, 1 + Math.ceil((n - 1) / tokens));

/** The least T with 2 · q^(T−1) ≥ n + 1. */
function digitLength(n, q) {
  let tokens = 1;
  for (let reach = 2; reach < n + 1; reach *= q) tokens += 1;
  return tokens;
}

function leastBase(n, tokens) {
  let q = 2;
  while (2 * q ** (tokens - 1) < n + 1) q += 1;
  return q;
}

/** The lengths that the dial offers: dial_lengths of length_dial.py. */
function dialLengths(n, steps) {
  const from = (lowest, length) => Array.from({ length }, (_, i) => lowest + i);
  const lengths = steps === "xor" ? from(2, n - 1).map((k) => sparseLength(n, k))
    : steps === "digits" ? from(2, n - 1).map((q) => digitLength(n, q))
      : from(1, digitLength(n, 2));
  return [...new Set(lengths)].sort((a, b) => a - b);
}

/** |H_{k,t}|: how many XORs there are of at most k of n + t − 1 tokens. */
const sparseCandidates = (n, k, t) => sum(binomials(n + t - 1, k));

function chainCandidates(n, k, tokens) {
  return sum(Array.from({ length: tokens }, (_, t) => sparseCandidates(n, k, t + 1)));
}

/** The least m with 2^m ≥ candidates / δ, where 1/δ is a whole number. */
const samplesFor = (candidates, oneInDelta) =>
  (candidates * oneInDelta - 1n).toString(2).length;

/** What a chain of T bits can reach on parity: exact numerators over 2^n. */
function bitAccuracy(n, tokens) {
  const row = binomials(n - 1, n - 1);
  const all = 1n << BigInt(n);
  const attained = all / 2n + largest(row, 2 ** tokens - 1);
  let bound = all / 2n;
  for (let t = 0; t < tokens; t++) bound += largest(row, 2 ** t);
  if (bound > all) bound = all;
  if (n >= 2 ** tokens) {
    const nearly = all - (all >> BigInt(2 ** tokens));
    if (bound > nearly) bound = nearly;
  }
  return { attained, bound, all };
}

/** SparseParity's chain: the look-backs that each step reads. */
function xorChain(n, k) {
  return Array.from({ length: sparseLength(n, k) }, (_, t) => {
    const start = t ? 1 + t * (k - 1) : 0;
    const end = Math.min(n, 1 + (t + 1) * (k - 1));
    const added = Array.from({ length: end - start }, (_, i) => n + t - start - i);
    return t ? [1, ...added] : added;
  });
}

/** Run such a chain; the scores are 1 for the XOR and 0 for its complement. */
function runXors(chain, bits) {
  const sequence = bits.slice();
  return chain.map((lookBacks) => {
    const length = sequence.length;
    const token = lookBacks.reduce((xor, b) => xor ^ sequence[length - b], 0);
    sequence.push(token);
    return { token, scores: token ? [0, 1] : [1, 0], margin: 1 };
  });
}

/** digit_token: the linear step that writes ⌊u / value⌋ with u = Σ weight · token read. */
function digitStep(q, reads, value) {
  const blocks = new Map(); // one block for each weight: they are many, and large
  for (const [, weight] of reads) {
    if (!blocks.has(weight)) {
      blocks.set(weight, Array.from({ length: q }, (_, u) =>
        Array.from({ length: q }, (_, d) => weight * u * d)));
    }
  }
  return {
    look_backs: reads.map(([b]) => b),
    weights: reads.map(([, weight]) => blocks.get(weight)),
    bias: Array.from({ length: q }, (_, d) => d / 2 - (value * d * (d + 1)) / 2),
  };
}

/** CountModulo's predictor for p = 2, and what a 1 in each place is worth. */
function digitChain(n, q) {
  const tokens = digitLength(n, q);
  const values = Array.from({ length: tokens }, (_, t) =>
    (t < tokens - 1 ? 2 * q ** (tokens - 2 - t) : 1));
  const steps = values.map((value, t) => digitStep(q, [
    ...Array.from({ length: n }, (_, i) => [n + t - i, 1]),
    ...Array.from({ length: t }, (_, j) => [t - j, -values[j]]),
  ], value));
  const vocabulary = Array.from({ length: q }, (_, d) => String(d));
  return { vocabulary, prompt_length: n, steps, values, low: 0 };
}

/** CountParity's predictor of any length: the digits of s − low, within a central window. */
function bitChain(n, tokens) {
  const low = Math.max(0, Math.floor((n + 1 - 2 ** tokens) / 2));
  const values = Array.from({ length: tokens }, (_, t) => 2 ** (tokens - 1 - t));
  const steps = values.map((value, t) => {
    const flip = t === tokens - 1 && low % 2 === 1;
    const sign = flip ? -1 : 1;
    const threshold = flip ? 1 - low - value : low + value;
    const block = (weight) => [[0, 0], [-weight / 2, weight / 2]];
    const ones = block(sign);
    return {
      look_backs: [...Array.from({ length: n }, (_, i) => n + t - i), ...values.slice(0, t).map((_, j) => t - j)],
      weights: [...Array.from({ length: n }, () => ones), ...values.slice(0, t).map((v) => block(-sign * v))],
      bias: [-(0.5 - threshold) / 2, (0.5 - threshold) / 2],
    };
  });
  return { vocabulary: ["0", "1"], prompt_length: n, steps, values, low };
}
