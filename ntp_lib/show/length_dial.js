// The dial of LengthDial: see length_dial.py for what its traits mean. Every token is written by
// the predictor that length_math.js builds; every count is exact until it is rounded for reading.

const PER_SECOND = 1_000_000_000; // candidates that brute force tries: what the chapter measures
const ONE_IN_DELTA = 100n; // samples for a failure in one case out of 100
const SUPER = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const CHOICES = [
  ["xor", "XOR of k tokens", "A step is the XOR of at most k tokens before it."],
  ["digits", "linear, q digits", "A step is linear and writes one of q digits."],
  ["bits", "linear, bits only", "A step is linear and writes a bit."],
];

const plural = (k, noun) => `${k} ${noun}${k === 1 ? "" : "s"}`;
const raised = (k) => `10${String(k).replace(/\d/g, (d) => SUPER[d])}`;

/** A BigInt to read: in full up to six digits, else two digits and a power of ten. */
function big(value) {
  const digits = String(value);
  if (digits.length <= 6) return digits.replace(/\B(?=(\d{3})+$)/g, ",");
  let lead = Math.round(Number(digits.slice(0, 3)) / 10) / 10;
  let power = digits.length - 1;
  if (lead >= 10) { lead = 1; power += 1; }
  return `${lead}\u00a0·\u00a0${raised(power)}`;
}

function duration(seconds) {
  const units = [["years", 31_557_600], ["days", 86_400], ["hours", 3_600], ["minutes", 60], ["s", 1], ["ms", 1e-3], ["µs", 1e-6]];
  const [name, size] = units.find(([, unit]) => seconds >= unit) ?? units.at(-1);
  const count = seconds / size;
  if (count >= 1e6) return `${raised(Math.round(Math.log10(count)))} ${name}`;
  return `${count >= 100 ? Math.round(count).toLocaleString("en") : Number(count.toPrecision(2))} ${name}`;
}

/** A share of 2^n in percent, rounded down so that only what is exact reads 100%. */
function percent(part, all) {
  const places = Number((part * 1_000_000n) / all) / 10_000;
  return part === all ? "100%" : `${places}%`;
}

/** What one length costs by XOR steps. */
function xorCost(n, tokens) {
  const k = leastSparsity(n, tokens);
  const candidates = chainCandidates(n, k, tokens);
  return {
    tokens, k, candidates,
    last: sparseCandidates(n, k, tokens),
    samples: samplesFor(candidates, ONE_IN_DELTA),
    seconds: Number(candidates) / PER_SECOND,
  };
}

/** A curve over the chain's length, both axes as wanted; the dial's place is lit. */
function chart({ points, tokens, y, marks, title, words, band }) {
  const [first, last] = [points[0].tokens, points.at(-1).tokens];
  const x = (t) => (first === last ? 190 : 58 + (264 * Math.log(t / first)) / Math.log(last / first));
  const parts = marks.flatMap(([value, text]) => [
    svg("path", { d: `M52 ${y(value)}H330`, class: "ntp-len-line" }),
    svg("text", { x: 47, y: y(value) + 4, class: "ntp-len-end", text }),
  ]);
  parts.push(svg("path", { d: `M${x(tokens)} 26V150`, class: "ntp-len-now" }));
  if (band) {
    const edge = points.map((p) => `${x(p.tokens)} ${y(p.value)}`);
    parts.push(svg("path", { d: `M${x(first)} 150L${edge.join("L")}L${x(last)} 150Z`, class: "ntp-len-band" }));
  }
  parts.push(svg("path", {
    d: `M${points.map((p) => `${x(p.tokens)} ${y(p.value)}`).join("L")}`, class: "ntp-len-curve",
  }));
  for (const p of points) {
    if (p.upper !== undefined) {
      parts.push(svg("path", { d: `M${x(p.tokens) - 7} ${y(p.upper)}h14`, class: "ntp-len-upper" }));
    }
    const here = p.tokens === tokens;
    parts.push(svg("circle", {
      cx: x(p.tokens), cy: y(p.value), r: here ? 6 : 3, class: here ? "ntp-len-here" : "ntp-len-point",
    }));
  }
  const ends = first === last ? [first] : [first, last];
  for (const t of new Set([...ends, tokens])) {
    const crowded = t !== tokens && Math.abs(x(t) - x(tokens)) < 18;
    if (!crowded) {
      parts.push(svg("text", { x: x(t), y: 166, class: t === tokens ? "ntp-len-bold" : "ntp-len-tick", text: `${t}` }));
    }
  }
  parts.push(
    svg("text", { x: 4, y: 13, class: "ntp-len-title", text: title }),
    svg("text", { x: 190, y: 183, class: "ntp-len-tick", text: "tokens in the chain" }),
  );
  return svg("svg", { viewBox: "0 0 340 188", role: "img", "aria-label": words }, ...parts);
}

const scale = (low, high) => (value) => 148 - (116 * (value - low)) / (high - low);

function timeChart(costs, tokens) {
  const points = costs.map((c) => ({ tokens: c.tokens, value: Math.log10(c.seconds) }));
  const high = Math.max(...points.map((p) => p.value), 1);
  const y = scale(Math.min(...points.map((p) => p.value)), high);
  const marks = [[-3, "1 ms"], [0, "1 s"], [Math.log10(86_400), "1 day"], [Math.log10(31_557_600 * 100), "100 y"],
    [Math.log10(31_557_600) + 10, `${raised(10)} y`], [Math.log10(31_557_600) + 20, `${raised(20)} y`]];
  const here = costs.find((c) => c.tokens === tokens);
  return chart({
    points, tokens, y, title: "brute force, log scale",
    marks: marks.filter(([value]) => value <= high && value >= points.at(-1).value),
    words: `Time of brute force against the length of the chain, from ${duration(costs[0].seconds)} ` +
      `with ${plural(costs[0].tokens, "token")} to ${duration(costs.at(-1).seconds)} with ${costs.at(-1).tokens}. ` +
      `At the dial, ${plural(tokens, "token")}: ${duration(here.seconds)}.`,
  });
}

function samplesChart(costs, tokens) {
  const points = costs.map((c) => ({ tokens: c.tokens, value: c.samples }));
  const high = Math.max(...points.map((p) => p.value));
  const here = costs.find((c) => c.tokens === tokens);
  return chart({
    points, tokens, y: scale(0, high), title: "samples that suffice",
    marks: [0, 1, 2].map((i) => Math.round((high * i) / 2)).map((value) => [value, `${value}`]),
    words: `Samples that suffice against the length of the chain, from ${costs[0].samples} with ` +
      `${plural(costs[0].tokens, "token")} to ${costs.at(-1).samples} with ${costs.at(-1).tokens}. ` +
      `At the dial: ${here.samples}.`,
  });
}

function baseChart(n, lengths, tokens) {
  const points = lengths.map((t) => ({ tokens: t, value: Math.log2(leastBase(n, t)) }));
  const high = Math.max(...points.map((p) => p.value), 2);
  const marks = [];
  for (let power = 1; power <= high; power++) marks.push([power, `${2 ** power}`]);
  return chart({
    points, tokens, y: scale(0, high), band: true, title: "least q, log scale", marks,
    words: `The least number q of thinking tokens against the length of the chain: ${lengths
      .map((t) => `${leastBase(n, t)} with ${plural(t, "token")}`).join(", ")}.`,
  });
}

function accuracyChart(n, lengths, tokens) {
  const share = (part, all) => Number((part * 1_000_000n) / all) / 1_000_000;
  const points = lengths.map((t) => {
    const { attained, bound, all } = bitAccuracy(n, t);
    return { tokens: t, value: share(attained, all), upper: share(bound, all) };
  });
  return chart({
    points, tokens, y: scale(0.5, 1), title: "accuracy (dots), at most (bars)",
    marks: [[0.5, "50%"], [0.75, "75%"], [1, "100%"]],
    words: `Accuracy against the length of the chain: ${points.map((p) =>
      `${number(100 * p.value)}% with ${plural(p.tokens, "token")}, at most ${number(100 * p.upper)}%`).join("; ")}.`,
  });
}

/** What the looked-at token reads and why it is what it is, in words. */
function explain(state, chain, written, t) {
  const { n, bits, steps, tokens } = state;
  const name = t === tokens - 1 ? `Token ${t + 1}, the answer,` : `Token ${t + 1}`;
  const { token, margin: ahead } = written[t];
  if (steps === "xor") {
    const fromPrompt = chain[t].filter((b) => b > t).map((b) => bits[n + t - b]);
    const ones = fromPrompt.reduce((total, bit) => total + bit, 0);
    const told = t ? `the token before it, ${written[t - 1].token}, and of ` : "";
    return `${name} is the XOR of ${told}${plural(fromPrompt.length, "bit")} of the prompt, ` +
      `${ones} of them ${ones === 1 ? "one" : "ones"}: ${token}.`;
  }
  const ones = bits.reduce((total, bit) => total + bit, 0);
  const told = written.slice(0, t).reduce((total, w, j) => total + chain.values[j] * w.token, 0);
  const shift = chain.low ? ` of the count less ${chain.low}` : "";
  if (chain.low && t === tokens - 1) {
    return `${name} is what the digits leave over, turned into a parity: ${token}. Ahead by ${number(ahead)}.`;
  }
  const rest = ones - chain.low - told;
  return `${name} is the digit worth ${chain.values[t]}${shift}: ${ones} ones` +
    `${chain.low ? ` − ${chain.low}` : ""}${told ? ` − ${told} written` : ""} leaves ${number(rest)}, ` +
    `which holds ${token} times ${chain.values[t]}` +
    `${rest < 0 || rest >= chain.values[t] * chain.vocabulary.length ? " as nearly as a digit can say" : ""}. ` +
    `Ahead by ${number(ahead)}.`;
}

function render({ model, el }) {
  let look = null; // the token whose reads are lit; null for the answer
  let drawn = false;

  function fit(n, steps, tokens, bits) {
    const lengths = dialLengths(n, steps);
    return {
      n, steps, lengths,
      tokens: lengths.reduce((best, length) =>
        (Math.abs(length - tokens) < Math.abs(best - tokens) ? length : best)),
      bits: Array.from({ length: n }, (_, i) => bits[i] ?? 0),
    };
  }
  const read = () => fit(model.get("n"), model.get("steps"), model.get("tokens"), model.get("bits"));

  function write(change) {
    const { n, steps, tokens, bits } = { ...read(), ...change };
    const state = fit(n, steps, tokens, bits);
    for (const name of ["n", "steps", "tokens", "bits"]) model.set(name, state[name]);
    model.save_changes();
  }

  // The parts that stay.
  const group = `ntp-len-${Math.random().toString(36).slice(2)}`;
  const value = html("strong");
  const dial = html("input", {
    type: "range", min: 0, step: 1, class: "ntp-len-dial",
    oninput: () => { look = null; write({ tokens: read().lengths[dial.valueAsNumber] }); },
  });
  const [shortest, longest] = [html("span"), html("span")];
  const words = html("p", { class: "ntp-len-words" });
  const radios = CHOICES.map(([steps, label, title]) => html("label", { title },
    html("input", {
      type: "radio", name: group, value: steps,
      onchange: () => { look = null; write({ steps, tokens: dialLengths(read().n, steps).at(-1) }); },
    }), html("span", { text: label })));
  const sizeValue = html("strong");
  const size = html("input", {
    type: "range", min: 2, max: 128, step: 1, class: "ntp-len-n",
    oninput: () => {
      const { steps, lengths, tokens } = read();
      const n = size.valueAsNumber;
      look = null;
      // the longest chain stays the longest
      write({ n, tokens: tokens === lengths.at(-1) ? dialLengths(n, steps).at(-1) : tokens });
    },
  });
  const random = html("button", {
    type: "button", class: "ntp-len-random", text: "Random input",
    onclick: () => write({ bits: read().bits.map(() => Math.floor(2 * Math.random())) }),
  });
  const prompt = html("div", { class: "ntp-len-cells", role: "img" });
  const chainCells = html("div", { class: "ntp-len-cells ntp-len-chain", role: "img" });
  const lookValue = html("strong");
  const lookInput = html("input", {
    type: "range", min: 1, step: 1, class: "ntp-len-look",
    oninput: () => { look = lookInput.valueAsNumber - 1; draw(); },
  });
  const explanation = html("p", { class: "ntp-len-explanation" });
  const facts = html("dl", { class: "ntp-len-facts" });
  const charts = html("div", { class: "ntp-len-charts" });
  const caveat = html("p", { class: "ntp-len-caveat" });
  const spoken = html("p", { class: "ntp-len-spoken", role: "status" });
  const [announce, hush] = announcer(spoken);

  const root = html("div", { class: "ntp-len" },
    html("div", {},
      html("label", { class: "ntp-len-knob" },
        html("span", { class: "ntp-len-head" }, html("span", { text: "Length of the chain of thought" }), value),
        dial),
      html("div", { class: "ntp-len-ends", "aria-hidden": "true" }, shortest, longest),
      words,
      html("fieldset", { class: "ntp-len-choices" }, html("legend", { text: "A step is" }), ...radios)),
    html("div", {},
      html("div", { class: "ntp-len-head" },
        html("label", {}, html("span", {}, "Prompt, ", sizeValue), size), random),
      prompt,
      html("p", { class: "ntp-len-words", text: "The chain that the predictor writes; the last token is the answer." }),
      chainCells,
      html("label", { class: "ntp-len-looker" }, html("span", {}, "Look at token ", lookValue), lookInput),
      explanation),
    html("div", {}, facts, charts, caveat),
    spoken);

  chainCells.onclick = (event) => {
    const at = [...chainCells.children].indexOf(event.target);
    if (at >= 0) { look = at; draw(); }
  };

  function fact(name, number, note) {
    return html("div", {}, html("dt", { text: name }),
      html("dd", {}, html("strong", { text: number }), html("span", { text: note })));
  }

  function draw() {
    const state = read();
    const { n, steps, tokens, bits, lengths } = state;
    const xor = steps === "xor";
    const k = leastSparsity(n, tokens);
    const q = steps === "digits" ? leastBase(n, tokens) : 2;
    const chain = xor ? xorChain(n, k) : steps === "digits" ? digitChain(n, q) : bitChain(n, tokens);
    const written = xor ? runXors(chain, bits) : rollout(chain, bits, tokens);
    const shown = Math.min(look ?? tokens - 1, tokens - 1);
    const lit = new Set((xor ? chain[shown] : chain.steps[shown].look_backs).map((b) => n + shown - b));
    const parity = bits.reduce((total, bit) => total ^ bit, 0);
    const answer = written.at(-1).token;

    assign(dial, { max: lengths.length - 1, "aria-valuetext": plural(tokens, "token") });
    dial.value = lengths.indexOf(tokens);
    value.textContent = plural(tokens, "token");
    shortest.textContent = `${lengths[0]}`;
    longest.textContent = `${lengths.at(-1)}`;
    words.textContent = xor ? `k = ${k}: a step reads at most ${k} tokens, the least that so short a chain allows.`
      : steps === "digits" ? `q = ${q}: a thinking token is one of ${q} digits, the fewest that so short a chain allows.`
        : `q = 2: ${lengths.at(-1)} tokens make the chain exact; a shorter one reads the count through a window.`;
    radios.forEach((label, i) => { label.firstChild.checked = CHOICES[i][0] === steps; });
    size.value = n;
    assign(size, { "aria-valuetext": `${n} bits` });
    sizeValue.textContent = `${n} bits`;

    const tell = (cells) => cells.join("");
    assign(prompt, { "aria-label": `The prompt: ${tell(bits)}` });
    keep(prompt, n, () => html("span")).forEach((cell, i) =>
      assign(cell, { text: `${bits[i]}`, "data-lit": lit.has(i), "data-one": bits[i] === 1 }));
    assign(chainCells, { "aria-label": `The chain: ${written.map((w) => w.token).join(" ")}` });
    keep(chainCells, tokens, () => html("span")).forEach((cell, t) => assign(cell, {
      text: `${written[t].token}`, "data-lit": lit.has(n + t), "data-looked": t === shown,
      "data-last": t === tokens - 1, "data-wrong": t === tokens - 1 && answer !== parity,
    }));
    assign(lookInput, { max: tokens, disabled: tokens === 1 ? "" : null, "aria-valuetext": `token ${shown + 1} of ${tokens}` });
    lookInput.value = shown + 1;
    lookValue.textContent = `${shown + 1}`;
    explanation.textContent = `${explain(state, chain, written, shown)} The parity is ${parity}: the answer is ` +
      `${answer === parity ? "right" : "wrong"}.`;

    let costs = null;
    if (xor) {
      costs = lengths.map((t) => xorCost(n, t));
      const cost = costs.find((c) => c.tokens === tokens);
      facts.replaceChildren(
        fact("XORs to choose from", big(cost.last), `at step ${tokens}, of ${n + tokens - 1} tokens; ${big(cost.candidates)} at all steps`),
        fact("samples", `${cost.samples}`, "suffice for sequence error 0, in 99 cases of 100"),
        fact("brute force", duration(cost.seconds), `at ${raised(9)} candidates a second`),
        fact("accuracy", "100%", tokens > 1 || n > 2 ? `of all inputs; 50% if k were ${k - 1}` : "of all inputs"));
      charts.replaceChildren(timeChart(costs, tokens), samplesChart(costs, tokens));
      caveat.textContent = "Not every learner pays this price. Gaussian elimination learns the XOR of all bits with no chain " +
        `at all from ${n + 7} noiseless samples, in about ${duration(((n + 7) * n * n) / PER_SECOND)} at ` +
        `${raised(9)} bit operations a second. The time above is brute force's; learners that see only averages fare no better.`;
    } else {
      const { attained, bound, all } = bitAccuracy(n, tokens);
      const possible = 2n * BigInt(q) ** BigInt(tokens - 1);
      const free = chain.steps.reduce((total, _, t) => total + (q - 1) * (1 + n + (q - 1) * t), 0);
      const exact = steps === "digits" || attained === all;
      facts.replaceChildren(
        fact("different chains", big(possible), `can be written; an exact one needs ${n + 1}`),
        fact("free weights", big(BigInt(free)), "at all steps, found by a perceptron without search"),
        fact("margin", number(Math.min(...written.map((w) => w.margin))), "the least on this input"),
        exact ? fact("accuracy", "100%", "of all inputs")
          : fact("accuracy", percent(attained, all), attained === bound ? "of all inputs; no chain of bits does better"
            : `of all inputs; at most ${percent(bound, all)} for any chain of bits`));
      charts.replaceChildren(steps === "digits" ? baseChart(n, lengths, tokens) : accuracyChart(n, lengths, tokens));
      caveat.textContent = steps === "digits"
        ? "Below the curve no linear chain is exact: it could not write n + 1 different chains."
        : "Dots: what this chain attains, exactly. Bars: no chain of bits reaches higher. What lies between is open.";
    }

    const cost = costs?.find((c) => c.tokens === tokens);
    Object.assign(root.dataset, {
      n, steps, tokens, bits: bits.join(""), chain: written.map((w) => w.token).join(" "),
      parity, answer, k: xor ? k : "", q: xor ? "" : q,
      candidates: cost ? String(cost.candidates) : "", last: cost ? String(cost.last) : "",
      samples: cost ? cost.samples : "", lit: [...lit].sort((a, b) => a - b).join(","),
    });
    if (drawn) {
      announce(`${plural(tokens, "token")}. ${words.textContent}` +
        (cost ? ` ${cost.samples} samples, ${duration(cost.seconds)} of brute force.` : ""));
    }
    drawn = true;
  }

  const ignoreChanges = onChanges(model, ["n", "steps", "tokens", "bits"], draw);
  draw();
  el.append(root);
  return () => {
    hush();
    ignoreChanges();
  };
}

export default { render };
