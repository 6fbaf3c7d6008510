// MiniCAG and its exact predictor in the page: ntp_lib.theory's minicag, BayesPredictor and
// bound_terms once more, for prompts of one rule. See linear.js for how the files are put together.
//
// A world is what ntp_lib.show.minicag_world exports: { objects, functions: [K][N], hidden, printed,
// follow: [K][K], propositions: [{ name, probability, labels: [N] }], facts }.
// Tokens are ids: 0 … N − 1 the objects, then the separator, T and F.

const TIE = 1e-9; // as in context_bounds.py: a smaller lead is no unique best
const separatorOf = (world) => world.objects;

/** What a rule writes after each input: labels[x] is its row of label tokens. */
function labelsOf(world, kind, parts) {
  return Array.from({ length: world.objects }, (_, x) => {
    const steps = [];
    let value = x;
    for (const i of parts) steps.push(value = world.functions[i][value]);
    return kind === "printed" ? steps : steps.slice(-1);
  });
}

/** Every rule of the loop: its kind, its parts, the log of its probability p(τ), its labels. */
function allRules(world) {
  const found = [];
  const count = world.functions.length;
  function compositions(kind, parts, probability, more) {
    if (!more) {
      found.push({ kind, parts, name: "", logP: Math.log(probability), labels: labelsOf(world, kind, parts) });
      return;
    }
    for (let i = 0; i < count; i++) {
      const next = parts.length ? world.follow[parts[parts.length - 1]][i] : 1 / count;
      if (next) compositions(kind, [...parts, i], probability * next, more - 1);
    }
  }
  world.hidden.forEach((probability, k) => compositions("hidden", [], probability, k + 1));
  world.printed.forEach((probability, k) => compositions("printed", [], probability, k + 2));
  for (const { name, probability, labels } of world.propositions) {
    found.push({
      kind: "proposition", parts: [], name, logP: Math.log(probability),
      labels: labels.map((truth) => [world.objects + (truth ? 1 : 2)]),
    });
  }
  return found;
}

/** q_F(y | x): the probability that a loose fact about x writes y. */
function factProbability(world, x, y) {
  const agree = world.functions.filter((table) => table[x] === y).length;
  return y < world.objects ? 0.5 * agree / world.functions.length + 0.5 / world.objects : 0;
}

/** ln Σ exp; −∞ for none. */
function logSum(logs) {
  const peak = logs.reduce((most, value) => Math.max(most, value), -Infinity);
  if (peak === -Infinity) return peak;
  return peak + Math.log(logs.reduce((sum, value) => sum + Math.exp(value - peak), 0));
}

/** ln of the prior weights: one for each rule, then that of the facts. */
function priorWeights(world, rules) {
  const loop = Math.log(1 - world.facts);
  return Float64Array.from([...rules.map((rule) => loop + rule.logP), Math.log(world.facts)]);
}

/**
 * The law of the next token of an item x labels[0] … labels[t − 1], from the log-weights. If none is
 * left, no document starts so: by convention all tokens, the end too, are equally probable.
 */
function nextLaw(world, rules, logs, x, t) {
  const peak = logs.reduce((most, value) => Math.max(most, value), -Infinity);
  const law = new Float64Array(world.objects + 3);
  if (peak === -Infinity) return law.fill(1 / (law.length + 1));
  let total = 0;
  rules.forEach((rule, h) => {
    const weight = Math.exp(logs[h] - peak);
    law[rule.labels[x][t] ?? separatorOf(world)] += weight;
    total += weight;
  });
  const facts = Math.exp(logs[rules.length] - peak);
  total += facts;
  if (t === 0) {
    for (let y = 0; y < world.objects; y++) law[y] += facts * factProbability(world, x, y);
  } else law[separatorOf(world)] += facts;
  return law.map((mass) => mass / total);
}

/** The log-weights after the token at place t of an item of x. */
function weightsAfter(world, rules, logs, x, t, token) {
  const after = Float64Array.from(logs);
  rules.forEach((rule, h) => {
    if ((rule.labels[x][t] ?? separatorOf(world)) !== token) after[h] = -Infinity;
  });
  const facts = t === 0 ? factProbability(world, x, token) : Number(token === separatorOf(world));
  after[rules.length] += Math.log(facts);
  return after;
}

/**
 * Read one item, x and its labels, then the separator. `goOn` holds ln of the chance that a loop,
 * and that a list of facts, goes on to it (0 for the first). Returns each label's loss, error and
 * law, the item's structure term of (★), and the log-weights after it. The inputs' term is 0.
 */
function readItem(world, rules, logs, x, labels, goOn) {
  let now = Float64Array.from(logs, (value, h) => value + goOn[h < rules.length ? 0 : 1]);
  let structure = logSum(now) - logSum(logs) - goOn[0];
  const [losses, errors, laws] = [[], [], []];
  labels.forEach((token, t) => {
    const law = nextLaw(world, rules, now, x, t);
    const rival = law.reduce((most, p, other) => (other === token ? most : Math.max(most, p)), 0);
    losses.push(-Math.log(law[token]));
    errors.push(Math.log(law[token]) - Math.log(rival) <= TIE);
    laws.push(law);
    now = weightsAfter(world, rules, now, x, t, token);
  });
  structure += Math.log(nextLaw(world, rules, now, x, labels.length)[separatorOf(world)]);
  now = weightsAfter(world, rules, now, x, labels.length, separatorOf(world));
  return { losses, errors, laws, structure, logs: now };
}

/** ln Pr(J ≥ n) of a loop prior: { table: [ln Pr(J ≥ 1), …] } or, geometric, { rho }. */
function logSurvival(prior, n) {
  return prior.table ? prior.table[n - 1] : (n - 1) * Math.log(prior.rho);
}

/**
 * Read a whole prompt of one rule: `inputs`, and its labels for them. Returns the items read, the
 * log-weights at the end, ln post of the rule's own hypothesis, and both log-chances to go on.
 */
function readPrompt(world, rules, rule, inputs, loopPrior, factsPrior) {
  let logs = priorWeights(world, rules);
  const chance = (n) => [loopPrior, factsPrior].map((prior) =>
    (n ? logSurvival(prior, n + 1) - logSurvival(prior, n) : 0));
  const items = inputs.map((x, n) => {
    const item = readItem(world, rules, logs, x, rules[rule].labels[x], chance(n));
    logs = item.logs;
    return item;
  });
  return { items, logs, logPosterior: logs[rule] - logSum(logs), goOn: chance(inputs.length) };
}
