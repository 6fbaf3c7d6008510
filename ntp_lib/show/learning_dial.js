// The dial of LearningDial: see learning_dial.py for what its traits mean. Everything that is
// measured is computed here, by the algorithms of ntp_lib.theory.learning and learning_tasks.

const percent = (value) => `${number(Number((100 * value).toPrecision(value < 0.1 ? 2 : 3)))}%`;
const thousands = (value) => value.toLocaleString("en-US");
const plural = (k, noun) => `${thousands(k)} ${noun}${k === 1 ? "" : "s"}`;

/** Pseudo-random 32-bit numbers, the same as ntp_lib.theory.mulberry32. */
function mulberry32(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

/** A StreamTask: its gate, the length of a prompt, and the places that each token reads. */
function streamTask({ window: width, own }, tokens, seed) {
  const draw = mulberry32(seed);
  const gate = Array.from({ length: width + own }, () => 2 * (draw() % 12) - 11);
  const promptLength = width + own + tokens - 1;
  const reads = Array.from({ length: tokens }, (_, t) => [
    ...Array.from({ length: width }, (_, j) => t + j),
    ...Array.from({ length: own }, (_, i) => promptLength + t - own + i),
  ]);
  return { gate, promptLength, reads, tokens };
}

/** Random prompts, each followed by the chain that the gate writes. */
function trueSequences({ gate, promptLength, reads, tokens }, count, seed) {
  const draw = mulberry32(seed);
  return Array.from({ length: count }, () => {
    const sequence = new Uint8Array(promptLength + tokens);
    for (let i = 0; i < promptLength; i++) sequence[i] = draw() >>> 31;
    for (let t = 0; t < tokens; t++) {
      let lead = 1;
      for (let j = 0; j < gate.length; j++) lead += gate[j] * (2 * sequence[reads[t][j]] - 1);
      sequence[promptLength + t] = lead > 0 ? 1 : 0;
    }
    return sequence;
  });
}

/**
 * The score of token 1: a weight for each token read, and a bias. The score of token 0 is its
 * negative, so 1 is predicted where it is positive; at 0 the first token, 0, wins the tie.
 */
function score(weights, sequence, places) {
  let sum = weights[2 * places.length];
  for (let j = 0; j < places.length; j++) sum += weights[2 * j + sequence[places[j]]];
  return sum;
}

/** The perceptron on the examples of the steps named, sequence by sequence and step by step. */
function perceptron(task, sequences, steps, epochs) {
  const weights = new Int32Array(2 * task.gate.length + 1);
  let updates = 0;
  for (let epoch = 1; epoch <= epochs; epoch++) {
    let mistakes = 0;
    for (const sequence of sequences) {
      for (const t of steps) {
        const places = task.reads[t];
        const target = sequence[task.promptLength + t];
        if ((score(weights, sequence, places) > 0 ? 1 : 0) === target) continue;
        const by = target ? 1 : -1;
        for (let j = 0; j < places.length; j++) weights[2 * j + sequence[places[j]]] += by;
        weights[2 * places.length] += by;
        mistakes += 1;
      }
    }
    updates += mistakes;
    if (mistakes === 0) return { weights, updates, epochs: epoch, consistent: true };
  }
  return { weights, updates, epochs, consistent: false };
}

/** Weights for every step: the same ones, or learned from that step's examples alone. */
function learn(task, sequences, shared, epochs) {
  const all = Array.from({ length: task.tokens }, (_, t) => t);
  const learned = shared
    ? [perceptron(task, sequences, all, epochs)]
    : all.map((t) => perceptron(task, sequences, [t], epochs));
  return {
    weights: all.map((t) => learned[shared ? 0 : t].weights),
    updates: learned.reduce((sum, one) => sum + one.updates, 0),
    epochs: Math.max(...learned.map((one) => one.epochs)),
    consistent: learned.every((one) => one.consistent),
  };
}

/** One sequence both ways: the tokens predicted after the true prefix, and those written freely. */
function bothWays(task, weights, sequence) {
  const { promptLength, reads, tokens } = task;
  const free = sequence.slice();
  const forced = new Uint8Array(tokens);
  for (let t = 0; t < tokens; t++) {
    forced[t] = score(weights[t], sequence, reads[t]) > 0 ? 1 : 0;
    free[promptLength + t] = score(weights[t], free, reads[t]) > 0 ? 1 : 0;
  }
  return { truth: sequence.slice(promptLength), forced, free: free.slice(promptLength) };
}

/** The first place where two rows differ, or their length. */
function firstDifference(one, other) {
  const place = one.findIndex((token, t) => token !== other[t]);
  return place < 0 ? one.length : place;
}

/** Draw the task, learn it, and measure on fresh prompts. */
function experiment(setting, { samples, tokens, shared, seed }) {
  const task = streamTask(setting, tokens, seed);
  const training = trueSequences(task, samples, seed + setting.training_seed);
  const learned = learn(task, training, shared, setting.epochs);
  const runs = trueSequences(task, setting.fresh, seed + setting.fresh_seed)
    .map((sequence) => bothWays(task, learned.weights, sequence));
  const forced = new Array(tokens).fill(0);
  const free = new Array(tokens).fill(0);
  let agree = 0;
  const wrong = [];
  runs.forEach((run, i) => {
    for (let t = 0; t < tokens; t++) {
      forced[t] += run.forced[t] !== run.truth[t];
      free[t] += run.free[t] !== run.truth[t];
    }
    const first = firstDifference(run.truth, run.free);
    agree += first === firstDifference(run.truth, run.forced);
    if (first < tokens) wrong.push(i);
  });
  // first those whose two rows go furthest apart
  const apart = runs.map((run) => run.free.reduce((sum, token, t) => sum + (token !== run.forced[t]), 0));
  wrong.sort((i, j) => apart[j] - apart[i] || i - j);
  const share = (count) => count / runs.length;
  return {
    learned, runs, wrong, agree, forced: forced.map(share), free: free.map(share),
    error: share(wrong.length), answer: share(free.at(-1)),
  };
}

/** The lemma on a line from 0 to 1: the band it allows, the measured error, the theorem's bound. */
function errorLine({ forced, error }, bound) {
  const x = (value) => 12 + 316 * Math.min(1, value);
  const low = Math.max(...forced);
  const high = Math.min(1, forced.reduce((sum, value) => sum + value, 0));
  const parts = [0, 0.25, 0.5, 0.75, 1].flatMap((value) => [
    svg("path", { d: `M${x(value)} 36V41`, class: "ntp-learn-line" }),
    svg("text", { x: x(value), y: 55, class: "ntp-learn-tick", text: `${100 * value}%` }),
  ]);
  return svg("svg", {
    viewBox: "0 0 340 60", role: "img",
    "aria-label": `Chains wrong: measured ${percent(error)}, between ${percent(low)}, the worst ` +
      `token, and ${percent(high)}, the sum over tokens. The theorem's bound is ${percent(bound)}.`,
  },
  svg("path", { d: "M12 36H328", class: "ntp-learn-line" }), ...parts,
  svg("rect", {
    x: x(low) - 1, width: Math.max(x(high) - x(low), 0) + 2, y: 15, height: 12,
    class: "ntp-learn-band",
  }),
  svg("path", { d: `M${x(bound)} 6V36`, class: "ntp-learn-bound" }),
  svg("circle", { cx: x(error), cy: 21, r: 6, class: "ntp-learn-measured-mark" }));
}

/** Wrong tokens by step: bars after the true prefix, a line where it runs freely. */
function stepChart({ forced, free }) {
  const count = forced.length;
  const most = Math.max(...forced, ...free, 0.01);
  const top = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1].find((level) => level >= most);
  const band = 288 / count;
  const y = (value) => 118 - 100 * (value / top);
  const parts = [0, top / 2, top].flatMap((level) => [
    svg("path", { d: `M40 ${y(level)}H332`, class: "ntp-learn-line" }),
    svg("text", { x: 34, y: y(level) + 4, class: "ntp-learn-end", text: percent(level) }),
  ]);
  forced.forEach((value, t) => parts.push(svg("rect", {
    x: 42 + band * (t + 0.15), width: band * 0.7, y: y(value), height: 118 - y(value),
    class: "ntp-learn-bar",
  })));
  const line = free.map((value, t) =>
    `${t ? "L" : "M"}${(42 + band * (t + 0.15)).toFixed(1)} ${y(value).toFixed(1)}h${(band * 0.7).toFixed(1)}`);
  parts.push(svg("path", { d: line.join(""), class: "ntp-learn-free" }));
  for (let t = 1; t <= count; t *= 2) {
    if (t < count && band * t < 14) continue;
    parts.push(svg("text", { x: 42 + band * (t - 0.5), y: 134, class: "ntp-learn-tick", text: `${t}` }));
  }
  parts.push(svg("text", { x: 186, y: 152, class: "ntp-learn-tick", text: "token" }));
  const mean = (values) => percent(values.reduce((sum, value) => sum + value, 0) / count);
  return svg("svg", {
    viewBox: "0 0 340 156", role: "img",
    "aria-label": `Wrong tokens by step. After the true prefix ${percent(forced[0])} at the first, ` +
      `${percent(forced.at(-1))} at the last token, ${mean(forced)} on average; written freely ` +
      `${percent(free[0])}, ${percent(free.at(-1))} and ${mean(free)}.`,
  }, ...parts);
}

function render({ model, el }) {
  const setting = model.get("setting");
  const results = new Map();
  let shown = 0; // which of the wrong chains is shown
  let drawn = false;

  const read = () => ({
    samples: model.get("samples"), tokens: model.get("tokens"),
    shared: model.get("shared"), seed: model.get("seed"),
  });

  function write(change) {
    shown = 0;
    for (const [name, value] of Object.entries(change)) model.set(name, value);
    model.save_changes();
  }

  function resultOf(state) {
    const key = JSON.stringify(state);
    if (!results.has(key)) {
      if (results.size > 20) results.clear();
      results.set(key, experiment(setting, state));
    }
    return results.get(key);
  }

  function slider(name, label) {
    const value = html("strong");
    const stops = setting[name];
    const input = html("input", {
      type: "range", min: 0, max: stops.length - 1, step: 1, class: `ntp-learn-${name}`,
      oninput: () => write({ [name]: stops[input.valueAsNumber] }),
    });
    const node = html("label", {}, html("span", { class: "ntp-learn-head" },
      html("span", { text: label }), value), input);
    return { node, input, value, stops };
  }

  const samples = slider("samples", "Training chains m");
  const tokens = slider("tokens", "Tokens in a chain T");
  const group = `ntp-learn-${Math.random().toString(36).slice(2)}`;
  const choices = [[false, "their own at every step"], [true, "shared by all steps"]].map(
    ([value, text]) => {
      const input = html("input", {
        type: "radio", name: group, class: `ntp-learn-${value ? "shared" : "own"}`,
        onchange: () => write({ shared: value }),
      });
      return { value, input, node: html("label", {}, input, html("span", { text })) };
    });
  const again = html("button", {
    type: "button", class: "ntp-learn-again", text: "New gate, new samples",
    onclick: () => write({ seed: (model.get("seed") + 1) % 1000 }),
  });
  const trained = html("p", { class: "ntp-learn-words" });
  const measured = html("strong");
  const bounded = html("strong");
  const line = html("div", { class: "ntp-learn-errors" });
  const lineWords = html("p", { class: "ntp-learn-words" });
  const chart = html("div", { class: "ntp-learn-steps" });
  const exampleHead = html("span");
  const next = html("button", {
    type: "button", class: "ntp-learn-next", text: "Another one",
    onclick: () => { shown += 1; draw(); },
  });
  const columns = html("div", { class: "ntp-learn-columns", role: "img" });
  const verdict = html("p", { class: "ntp-learn-verdict" });
  const spoken = html("p", { class: "ntp-learn-spoken", role: "status" });
  const [announce, hush] = announcer(spoken);
  const key = (name) => html("span", { class: `ntp-learn-key ntp-learn-key-${name}`, "aria-hidden": "true" });

  const root = html("div", { class: "ntp-learn" },
    html("div", { class: "ntp-learn-knobs" },
      samples.node, tokens.node,
      html("fieldset", {}, html("legend", { text: "Weights" }), ...choices.map((one) => one.node)),
      again),
    html("div", {},
      html("div", { class: "ntp-learn-head" }, html("span", {
        text: `${thousands(setting.fresh)} fresh prompts, written freely` })),
      html("p", { class: "ntp-learn-fact" }, measured, " of the chains wrong anywhere ",
        html("em", { class: "ntp-learn-measured", text: "measured here" })),
      html("p", { class: "ntp-learn-fact" }, bounded, " at most, for the minimum-norm learner ",
        html("em", { class: "ntp-learn-proved", text: "proved, 95% sure" })),
      line,
      html("p", { class: "ntp-learn-words" }, key("dot"), "measured  ", key("band"),
        "from the worst token to the sum over tokens  ", key("bound"), "the theorem’s bound"),
      lineWords, trained),
    html("div", {},
      html("div", { class: "ntp-learn-head" }, html("span", { text: "Wrong tokens, step by step" })),
      chart,
      html("p", { class: "ntp-learn-words" }, key("bar"), "after the true prefix  ", key("free"),
        "written freely")),
    html("div", {},
      html("div", { class: "ntp-learn-head" }, exampleHead, next),
      columns, verdict,
      html("p", { class: "ntp-learn-words",
        text: "In each column, from above: the true token, the token predicted after the true " +
          "prefix, the token written freely. Wrong ones are orange and struck through." })),
    spoken);

  function setSlider({ input, value, stops }, now, unit) {
    input.value = stops.indexOf(now);
    assign(input, { "aria-valuetext": plural(now, unit) });
    value.textContent = thousands(now);
  }

  function makeColumn() {
    return html("div", {}, html("span", { class: "ntp-learn-place" }), html("b"), html("b"), html("b"));
  }

  function drawExample(result, count) {
    const which = result.wrong.length ? result.wrong[shown % result.wrong.length] : shown % result.runs.length;
    const { truth, forced, free } = result.runs[which];
    const first = firstDifference(truth, free);
    const late = firstDifference(truth, forced);
    exampleHead.textContent = result.wrong.length
      ? `A chain that came out wrong (${1 + (shown % result.wrong.length)} of ${result.wrong.length})`
      : "A chain: none of the fresh ones came out wrong";
    keep(columns, count, makeColumn).forEach((column, t) => {
      const [place, ...cells] = column.children;
      assign(column, { "data-first": t === first });
      assign(place, { text: `${t + 1}` });
      [truth, forced, free].forEach((row, i) => assign(cells[i], {
        text: `${row[t]}`, "data-wrong": row[t] !== truth[t],
      }));
    });
    const wrongAfter = free.filter((token, t) => token !== truth[t]).length;
    verdict.textContent = first === count
      ? "No mistake: both rows are the true chain."
      : `First mistake at token ${first + 1} in both rows. Written freely, ` +
        `${plural(wrongAfter, "token")} wrong; the answer, token ${count}, is ` +
        `${free[count - 1] === truth[count - 1] ? "right" : "wrong"}.`;
    columns.setAttribute("aria-label", `True chain ${truth.join("")}. After the true prefix ` +
      `${forced.join("")}. Written freely ${free.join("")}.`);
    Object.assign(root.dataset, {
      example: which, truth: truth.join(""), forced: forced.join(""), free: free.join(""),
      first, firstForced: late,
    });
  }

  function draw() {
    const state = read();
    const result = resultOf(state);
    const { learned, error, agree } = result;
    const at = setting.samples.indexOf(state.samples);
    const bound = state.shared ? setting.shared_bounds[at]
      : setting.per_step_bounds[at][setting.tokens.indexOf(state.tokens)];
    const total = result.forced.reduce((sum, value) => sum + value, 0);

    setSlider(samples, state.samples, "training chain");
    setSlider(tokens, state.tokens, "token");
    for (const { value, input } of choices) input.checked = value === state.shared;
    measured.textContent = percent(error);
    bounded.textContent = percent(bound);
    line.replaceChildren(errorLine(result, bound));
    lineWords.textContent = `The worst token is wrong with probability ` +
      `${percent(Math.max(...result.forced))}, the sum over tokens is ${percent(total)}; the chain ` +
      "lies between." + (bound > 0.9995 ? " A bound of 100% says nothing." : "");
    trained.textContent = `In training: ${plural(learned.updates, "mistake")} in ` +
      `${learned.epochs === 1 ? "1 pass" : `${learned.epochs} passes`}; ` +
      (learned.consistent ? "now every training chain is right."
        : "stopped before every training chain was right.");
    chart.replaceChildren(stepChart(result));
    drawExample(result, state.tokens);

    Object.assign(root.dataset, {
      ...state, error, answer: result.answer, agree, bound, updates: learned.updates,
      epochs: learned.epochs, consistent: learned.consistent,
      forcedErrors: JSON.stringify(result.forced), freeErrors: JSON.stringify(result.free),
    });
    if (drawn) announce(`${percent(error)} of the chains wrong.`);
    drawn = true;
  }

  const ignoreChanges = onChanges(model, ["samples", "tokens", "shared", "seed"], draw);
  draw();
  el.append(root);
  return () => {
    hush();
    ignoreChanges();
  };
}

export default { render };
