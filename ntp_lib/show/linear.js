// The linear next-token predictor in the browser: ntp_lib.theory.LinearPredictor once more.
//
// How these files make a widget: anywidget takes one string as a module and a static page cannot
// resolve imports, so a widget's module is the text of linear.js, dom.js and its own file, in this
// order. The first two only declare functions; the last one declares the default export.
//
// A predictor is what ntp_lib.show.predictor_json exports. A step is one linear predictor:
// { look_backs: [k], weights: [k][q][q], bias: [q] }. Tokens are ids.

/** The score of every candidate after a prefix: bias[d] + Σ_j weights[j][token read][d]. */
function scores(step, prefix) {
  const total = step.bias.slice();
  for (let j = 0; j < step.look_backs.length; j++) {
    const position = prefix.length - step.look_backs[j];
    if (position < 0) {
      throw new RangeError(
        `look-back ${step.look_backs[j]} reaches before the start of a prefix of ` +
        `${prefix.length} tokens; give a longer prompt`);
    }
    const added = step.weights[j][prefix[position]];
    for (let d = 0; d < total.length; d++) total[d] += added[d];
  }
  return total;
}

/** The candidate with the greatest score; the smallest id among equals. */
function greedy(candidates) {
  let best = 0;
  for (let d = 1; d < candidates.length; d++) if (candidates[d] > candidates[best]) best = d;
  return best;
}

/** A candidate's score less the best other score: negative where another one is preferred. */
function margin(candidates, token) {
  let other = -Infinity;
  candidates.forEach((score, d) => { if (d !== token && score > other) other = score; });
  return candidates[token] - other;
}

/** The step that continues a prefix of this length; prompt_length is null if all are one step. */
function stepFor(predictor, length) {
  const t = predictor.prompt_length === null ? 0 : length - predictor.prompt_length;
  if (!(t in predictor.steps)) {
    throw new RangeError(`a prefix of ${length} tokens belongs to no step of this predictor`);
  }
  return predictor.steps[t];
}

/** Append the greedy choice `count` times: the new tokens, each with its scores and margin. */
function rollout(predictor, prompt, count) {
  const sequence = prompt.slice();
  const written = [];
  for (let t = 0; t < count; t++) {
    const values = scores(stepFor(predictor, sequence.length), sequence);
    const token = greedy(values);
    written.push({ token, scores: values, margin: margin(values, token) });
    sequence.push(token);
  }
  return written;
}

/**
 * Let a predictor that reads all of m bits read the m positions `subset` of n bits instead.
 * Step t sees m + t tokens: a look-back beyond t reads the prompt and is moved to its new
 * place; one of at most t reads a thinking token, which stands as far back as before.
 */
function readAt(predictor, subset, n) {
  const m = predictor.prompt_length;
  if (subset.length !== m) {
    throw new RangeError(`this predictor reads ${m} bits; name as many positions`);
  }
  const steps = predictor.steps.map((step, t) => ({
    ...step,
    look_backs: step.look_backs.map((b) => (b > t ? n + t - subset[m + t - b] : b)),
  }));
  return { ...predictor, prompt_length: n, steps };
}
