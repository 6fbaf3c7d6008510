// Trained transformers in the browser: ntp_lib.theory.TransformerPredictor once more, one token at
// a time. Only functions are declared here; see linear.js for how the files are put together.
// Tokens are ids.

/** The numbers of a matrix { scales, codes }: `rows` rows of `columns` numbers, row by row. */
function decodeRows({ scales, codes }, name, rows, columns) {
  const bytes = Int8Array.from(atob(codes), (c) => c.charCodeAt(0));
  if (scales.length !== rows || bytes.length !== rows * columns) {
    throw new RangeError(`${name} has ${scales.length} scales and ${bytes.length} codes; ` +
      `it needs ${rows} and ${rows * columns}`);
  }
  return Float64Array.from(bytes, (code, i) => code * scales[Math.floor(i / columns)]);
}

/** A model from what ntp_lib.neural.export_transformer returns. */
function transformerModel(weights) {
  const { kind, vocabulary, width: d, heads } = weights;
  if (kind !== "transformer") throw new RangeError(`${kind} is no transformer`);
  const last = weights.position.scales.length;
  const shapes = { attend: [3 * d, d], join: [d, d], widen: [4 * d, d], narrow: [d, 4 * d] };
  return {
    vocabulary, width: d, heads, last,
    embedding: decodeRows(weights.embedding, "embedding", vocabulary.length, d),
    position: decodeRows(weights.position, "position", last, d),
    output: decodeRows(weights.output, "output", vocabulary.length, d),
    blocks: weights.blocks.map((block, k) => Object.fromEntries(Object.entries(shapes).map(
      ([name, shape]) => [name, decodeRows(block[name], `${name} of block ${k}`, ...shape)]))),
  };
}

/** y ← M·x for a matrix of rows as long as x. */
function rowsTimes(matrix, x) {
  const y = new Float64Array(matrix.length / x.length);
  for (let i = 0, at = 0; i < y.length; i++) {
    let sum = 0;
    for (let k = 0; k < x.length; k++, at++) sum += matrix[at] * x[k];
    y[i] = sum;
  }
  return y;
}

/** Layer norm without weights. */
function layerNorm(x) {
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
  const scale = 1 / Math.sqrt(variance + 1e-5);
  return x.map((value) => (value - mean) * scale);
}

/** x·Φ(x), with erf to 1.5e-7: Abramowitz and Stegun 7.1.26, as in transformer_predictor.py. */
function gelu(x) {
  const z = Math.abs(x) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * z);
  const series = 1.421413741 + t * (-1.453152027 + t * 1.061405429);
  const tail = t * (0.254829592 + t * (-0.284496736 + t * series)) * Math.exp(-z * z);
  return x * (x < 0 ? tail / 2 : 1 - tail / 2);
}

/** What the last query makes of all values: softmax(q·k/√size) over the past, for each head. */
function attend(query, keys, values, heads) {
  const found = new Float64Array(query.length);
  const size = query.length / heads;
  for (let from = 0; from < query.length; from += size) {
    const scores = keys.map((key) => {
      let sum = 0;
      for (let k = from; k < from + size; k++) sum += query[k] * key[k];
      return sum / Math.sqrt(size);
    });
    const most = scores.reduce((a, b) => Math.max(a, b), -Infinity);
    const weights = scores.map((score) => Math.exp(score - most));
    const total = weights.reduce((a, b) => a + b, 0);
    values.forEach((value, j) => {
      for (let k = from; k < from + size; k++) found[k] += weights[j] / total * value[k];
    });
  }
  return found;
}

/**
 * Read one more token after a `reading` (null at the start): { scores, reading }. A reading keeps
 * every position's keys and values, and is not changed, so that many tokens may be tried after it.
 */
function readToken(model, reading, token) {
  const { width: d, heads } = model;
  const past = reading ?? model.blocks.map(() => ({ keys: [], values: [] }));
  const at = past.length ? past[0].keys.length : 0;
  if (at >= model.last) {
    throw new RangeError(`this model continues at most ${model.last} tokens`);
  }
  let x = Float64Array.from({ length: d }, (_, k) => model.embedding[token * d + k] + model.position[at * d + k]);
  const add = (y) => { x = x.map((value, k) => value + y[k]); };
  const next = model.blocks.map((block, b) => {
    const qkv = rowsTimes(block.attend, layerNorm(x));
    const keys = [...past[b].keys, qkv.subarray(d, 2 * d)];
    const values = [...past[b].values, qkv.subarray(2 * d)];
    add(rowsTimes(block.join, attend(qkv.subarray(0, d), keys, values, heads)));
    add(rowsTimes(block.narrow, rowsTimes(block.widen, layerNorm(x)).map(gelu)));
    return { keys, values };
  });
  return { scores: rowsTimes(model.output, layerNorm(x)), reading: next };
}

/** ln of the probabilities that scores stand for. */
function logSoftmax(scores) {
  const most = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  const total = most + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - most), 0));
  return scores.map((score) => score - total);
}
