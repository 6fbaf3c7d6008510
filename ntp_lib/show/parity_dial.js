// The dial of ParityDial: see parity_dial.py for what its traits mean. Nothing is looked up here:
// every token, score and count is computed from the exported weights.

const DIGITS = "₀₁₂₃₄₅₆₇₈₉";
const bitName = (i) => "x" + String(i + 1).replace(/\d/g, (d) => DIGITS[d]);
const plural = (k, noun) => `${k} ${noun}${k === 1 ? "" : "s"}`;
const signed = (value) => (value > 0 ? "+" : "") + number(value);

/** A proved number: the fraction, and its decimals where it is not whole. */
function decimal({ fraction, value }) {
  const digits = number(value);
  if (Number.isInteger(value)) return fraction;
  return `${fraction} ${Number(digits) === value ? "=" : "≈"} ${digits}`;
}

/** The members of A among n bits; all of them if A was all of `before`; never none. */
function fitSubset(subset, n, before) {
  const all = subset.length === before;
  const kept = Array.from({ length: n }, (_, i) => i).filter((i) => all || subset.includes(i));
  return kept.length ? kept : [0];
}

/** The length nearest to `tokens` that the chains for A have; the shorter of two. */
function fitTokens(chains, size, tokens) {
  const lengths = chains[size - 1].map((chain) => chain.tokens);
  return lengths.reduce((best, length) =>
    (Math.abs(length - tokens) < Math.abs(best - tokens) ? length : best));
}

/** Try all 2ⁿ inputs: how many there are of each count of ones in A, and how many come out right. */
function tally(predictor, subset, tokens) {
  const n = predictor.prompt_length;
  const inputs = new Array(subset.length + 1).fill(0);
  const right = inputs.slice();
  for (let code = 0; code < 2 ** n; code++) {
    const bits = Array.from({ length: n }, (_, i) => (code >> i) & 1);
    const count = subset.reduce((sum, i) => sum + bits[i], 0);
    inputs[count] += 1;
    if (rollout(predictor, bits, tokens).at(-1).token === count % 2) right[count] += 1;
  }
  const correct = right.reduce((sum, k) => sum + k, 0);
  return { inputs, right, correct, total: 2 ** n };
}

/** What each written token is, in words. */
function tokenNames(chain, subset) {
  return Array.from({ length: chain.tokens }, (_, t) => {
    const last = t === chain.tokens - 1;
    if (chain.kind === "running") {
      return last ? "the answer" : `parity so far · ${bitName(subset[t + 1])}`;
    }
    const low = chain.window[0];
    return last ? "the answer" : `${2 ** (chain.tokens - 1 - t)}s digit${low ? ` of s\u00a0−\u00a0${low}` : ""}`;
  });
}

function chainName(chain, size) {
  if (chain.kind === "running") return "running parity";
  if (chain.tokens === 1) return "no thinking";
  return chain.window[0] === 0 && chain.window[1] === size
    ? "binary digits of the count"
    : "leading digits of the count, within a window";
}

function chainText(chain) {
  const thoughts = chain.tokens - 1;
  return thoughts ? `${plural(thoughts, "thinking token")}, then the answer` : "the answer at once";
}

/** What one written token reads, and what each thing read adds to every candidate's score. */
function contributions(step, prefix, n, subset, names, vocabulary) {
  const prompt = [];
  const thoughts = [];
  step.look_backs.forEach((b, j) => {
    const position = prefix.length - b;
    const token = prefix[position];
    const added = step.weights[j][token];
    if (position < n) prompt.push({ position, token, added, what: `${bitName(position)} is ${token}` });
    else {
      const what = `${names[position - n]}: ${vocabulary[token]}`;
      thoughts.push({ position, token, added, what });
    }
  });
  const rows = prompt.length <= 2 ? [...prompt] : [{
    what: `${plural(prompt.filter((read) => read.token === 1).length, "one")} among ` +
      `the ${subset.length} bits of A`,
    added: step.bias.map((_, d) => prompt.reduce((sum, read) => sum + read.added[d], 0)),
  }];
  rows.push(...thoughts);
  if (step.bias.some((value) => value !== 0)) rows.push({ what: "always", added: step.bias });
  return { rows, positions: [...prompt, ...thoughts].map((read) => read.position) };
}

/** Bars of one token's scores, up from zero or down; the chosen candidate's is filled. */
function scoreBars(written) {
  const q = written.scores.length;
  const most = Math.max(...written.scores.map(Math.abs), 1e-9);
  const bars = written.scores.map((score, d) => {
    const height = Math.max((Math.abs(score) / most) * 12, 0.75);
    return svg("rect", {
      x: 4 + (56 / q) * d + 1.5, width: 56 / q - 3, y: score < 0 ? 13 : 13 - height, height,
      class: d === written.token ? "ntp-dial-chosen" : "ntp-dial-other",
    });
  });
  return svg("svg", { viewBox: "0 0 64 26", "aria-hidden": "true" },
    svg("path", { d: "M2 13H62", class: "ntp-dial-line" }), ...bars);
}

/** Accuracy against the length of the chain: what is counted, under what is proved. */
function lengthChart(points, tokens) {
  const last = points.at(-1).tokens;
  const x = (t) => (last === 1 ? 185 : 52 + (266 * (t - 1)) / (last - 1));
  const y = (accuracy) => 138 - 236 * (accuracy - 0.5);
  const parts = [0.5, 0.75, 1].flatMap((level) => [
    svg("path", { d: `M38 ${y(level)}H332`, class: "ntp-dial-line" }),
    svg("text", { x: 32, y: y(level) + 4, class: "ntp-dial-end", text: `${100 * level}%` }),
  ]);
  const now = points.find((point) => point.tokens === tokens);
  parts.push(svg("path", { d: `M${x(tokens)} 16V138`, class: "ntp-dial-now" }));
  for (const { tokens: t, bound, counted } of points) {
    parts.push(
      svg("path", { d: `M${x(t)} ${y(bound)}V${y(counted)}`, class: "ntp-dial-gap" }),
      svg("path", { d: `M${x(t) - 10} ${y(bound)}H${x(t) + 10}`, class: "ntp-dial-bound" }),
      svg("circle", { cx: x(t), cy: y(counted), r: t === tokens ? 6 : 4, class: "ntp-dial-counted" }),
      svg("text", { x: x(t), y: 156, class: t === tokens ? "ntp-dial-here" : "ntp-dial-tick", text: `${t}` }),
    );
  }
  parts.push(svg("text", { x: 185, y: 174, class: "ntp-dial-tick", text: "tokens in the chain" }));
  const words = points.map(({ tokens: t, bound, counted }) => `${plural(t, "token")}: counted ` +
    `${number(100 * counted)}%, at most ${number(100 * bound)}%`).join("; ");
  return svg("svg", {
    viewBox: "0 0 340 178", role: "img",
    "aria-label": `Accuracy against the length of the chain. ${words}. ` +
      `The dial stands at ${plural(now.tokens, "token")}.`,
  }, ...parts);
}

/** The counts of ones in A: how many inputs have each, which the chain tells apart, which fail. */
function countChart({ inputs, right }, [low, high], count) {
  const size = inputs.length - 1;
  const band = 316 / (size + 1);
  const most = Math.max(...inputs);
  const left = (s) => 12 + band * s;
  const parts = [svg("rect", {
    x: left(low) + 1, y: 14, width: band * (high - low + 1) - 2, height: 124, rx: 4,
    class: "ntp-dial-window",
  })];
  inputs.forEach((many, s) => {
    const height = Math.max((100 * many) / most, 1.5);
    const middle = left(s) + band / 2;
    const fails = right[s] < many;
    parts.push(svg("rect", {
      x: middle - band * 0.32, width: band * 0.64, y: 138 - height, height,
      class: fails ? "ntp-dial-fails" : "ntp-dial-right", "data-count": s,
    }));
    if (fails) parts.push(svg("text", { x: middle, y: 134 - height, class: "ntp-dial-cross", text: "✗" }));
    parts.push(svg("text", {
      x: middle, y: 155, class: s === count ? "ntp-dial-here" : "ntp-dial-tick", text: `${s}`,
    }));
    if (s === count) parts.push(svg("path", { d: `M${middle - 9} 160.5H${middle + 9}`, class: "ntp-dial-mark" }));
  });
  parts.push(
    svg("path", { d: "M12 138H328", class: "ntp-dial-line" }),
    svg("text", { x: 170, y: 174, class: "ntp-dial-tick", text: "s, the number of ones in A" }),
  );
  const wrong = inputs.map((many, s) => (right[s] < many ? s : null)).filter((s) => s !== null);
  return svg("svg", {
    viewBox: "0 0 340 178", role: "img",
    "aria-label": `How many inputs have each count of ones in A: ${inputs.join(", ")} for 0 to ` +
      `${size} ones. The chain tells the counts ${low} to ${high} apart. ` +
      `Wrong counts: ${wrong.join(", ") || "none"}. The count now is ${count}.`,
  }, ...parts);
}

function proofText(chain, size) {
  if (chain.kind === "running") return "Right on every input. Its thinking tokens are pairs, not bits.";
  if (chain.accuracy.value === 1) {
    return size === 1 ? "One bit is its own parity."
      : "Right on every input, and no shorter chain of bits is.";
  }
  const what = chain.tokens === 1 ? "one token" : `a chain of ${chain.tokens} bits`;
  return chain.bound.fraction === chain.accuracy.fraction
    ? `The best that a linear predictor can do with ${what}.`
    : `No linear predictor exceeds ${decimal(chain.bound)} with ` +
      `${what}; the best lies between.`;
}

function countText(chain, size) {
  const [low, high] = chain.window;
  if (chain.kind === "running") return "This chain never counts: it carries the parity, bit by bit.";
  if (high - low === size) return "This chain tells all counts apart (shaded).";
  return `This chain tells the counts ${low} to ${high} apart (shaded). Outside, it answers as at ` +
    "the nearest of them: wrong at every other count (✗), right by luck at the rest.";
}

function render({ model, el }) {
  const chains = model.get("chains");
  const tallies = new Map();
  let selected = null; // the card whose sum is shown; null for the answer's
  let drawn = false;

  // The state that the traits give; while several are on their way, made to fit together.
  function read() {
    const n = model.get("n");
    const subset = fitSubset(model.get("subset"), n, NaN);
    const bits = Array.from({ length: n }, (_, i) => model.get("bits")[i] ?? 0);
    return { n, subset, bits, tokens: fitTokens(chains, subset.length, model.get("tokens")) };
  }

  function write(change) {
    const before = read();
    const { n, subset, bits, tokens } = { ...before, ...change };
    const members = fitSubset(subset, n, n === before.n ? NaN : before.n);
    model.set("n", n);
    model.set("subset", members);
    model.set("bits", Array.from({ length: n }, (_, i) => bits[i] ?? 0));
    model.set("tokens", fitTokens(chains, members.length, tokens));
    model.save_changes();
  }

  function tallyOf(chain, { n, subset }) {
    const key = `${n}:${subset}:${chain.tokens}`;
    if (!tallies.has(key)) {
      tallies.set(key, tally(readAt(chain.predictor, subset, n), subset, chain.tokens));
    }
    return tallies.get(key);
  }

  // The parts that stay.
  const note = html("p", { class: "ntp-dial-note", role: "status" });
  const spoken = html("p", { class: "ntp-dial-spoken", role: "status" });
  const [announce, hush] = announcer(spoken);
  const lengthValue = html("strong");
  const lengthInput = html("input", {
    type: "range", min: 0, step: 1, class: "ntp-dial-length",
    oninput: () => {
      selected = null;
      write({ tokens: chains[read().subset.length - 1][lengthInput.valueAsNumber].tokens });
    },
  });
  const ticks = html("div", { class: "ntp-dial-ticks", "aria-hidden": "true" });
  const lengthWords = html("p", { class: "ntp-dial-words" });
  const bitsValue = html("strong");
  const bitsInput = html("input", {
    type: "range", min: 2, max: model.get("max_n"), step: 1, class: "ntp-dial-n",
    oninput: () => { selected = null; write({ n: bitsInput.valueAsNumber }); },
  });
  const random = html("button", {
    type: "button", class: "ntp-dial-random", text: "Random input",
    onclick: () => write({ bits: read().bits.map(() => Math.floor(2 * Math.random())) }),
  });
  const columns = html("div", { class: "ntp-dial-bits", role: "group", "aria-label": "The prompt" });
  const cards = html("div", { class: "ntp-dial-cards", role: "group", "aria-label": "The chain" });
  const verdict = html("p", { class: "ntp-dial-verdict" });
  const sum = html("div", { class: "ntp-dial-sum" });
  const counted = html("strong");
  const countedWords = html("span");
  const proved = html("span");
  const agrees = html("span");
  const proof = html("p", { class: "ntp-dial-proof" });
  const lengths = html("div");
  const counts = html("div");
  const countWords = html("p", { class: "ntp-dial-words" });

  const root = html("div", { class: "ntp-dial" },
    html("div", { class: "ntp-dial-knob" },
      html("label", {},
        html("span", { class: "ntp-dial-head" },
          html("span", { text: "Length of the chain of thought" }), lengthValue),
        lengthInput),
      ticks, lengthWords),
    html("div", { class: "ntp-dial-prompt" },
      html("div", { class: "ntp-dial-head" },
        html("label", {}, html("span", {}, "Prompt, ", bitsValue), bitsInput), random),
      columns,
      html("p", { class: "ntp-dial-words",
        text: "Press a bit to flip it; take it in or out of A, the bits whose parity is asked." }),
      note),
    html("div", { class: "ntp-dial-chain" },
      html("div", { class: "ntp-dial-head" }, html("span", { text: "What the predictor writes" }),
        html("span", { class: "ntp-dial-words", text: "select a token to see its sum" })),
      html("div", { class: "ntp-dial-written" }, html("div", {}, cards, verdict), sum)),
    html("div", { class: "ntp-dial-accuracy" },
      html("div", { class: "ntp-dial-head" }, html("span", { text: "On all inputs" })),
      html("div", { class: "ntp-dial-facts" },
        html("p", {}, counted, countedWords, html("em", { class: "ntp-dial-measured", text: "counted here" })),
        html("p", {}, proved, html("em", { class: "ntp-dial-proved", text: "proved" }), agrees),
        proof),
      html("div", { class: "ntp-dial-charts" },
        html("div", {}, lengths, html("p", { class: "ntp-dial-words" },
          html("span", { class: "ntp-dial-key-counted" }, "counted here"), " ",
          html("span", { class: "ntp-dial-key-bound" }, "proved limit for chains of bits"))),
        html("div", {}, counts, countWords))),
    spoken);

  function toggleMember(i) {
    const { subset } = read();
    const without = subset.filter((j) => j !== i);
    if (without.length === 0) {
      note.textContent = "A keeps at least one bit: put another one in first.";
      return;
    }
    selected = null;
    write({ subset: without.length < subset.length ? without : [...subset, i].sort((a, b) => a - b) });
  }

  function makeColumn(i) {
    return html("div", {},
      html("span", { class: "ntp-dial-name", "aria-hidden": "true", text: bitName(i) }),
      html("button", {
        type: "button", class: "ntp-dial-bit",
        onclick: () => write({ bits: read().bits.map((bit, j) => (j === i ? 1 - bit : bit)) }),
      }),
      html("button", { type: "button", class: "ntp-dial-member", onclick: () => toggleMember(i) }));
  }

  function makeCard(t) {
    return html("button", {
      type: "button", class: "ntp-dial-card", onclick: () => { selected = t; draw(); },
    },
    html("span", { class: "ntp-dial-name" }), html("span", { class: "ntp-dial-token" }),
    html("span"), html("span", { class: "ntp-dial-margin" }));
  }

  function drawSum(written, rows, name, vocabulary) {
    const chosen = (d) => (d === written.token ? { class: "ntp-dial-chosen" } : {});
    const heads = vocabulary.map((token, d) => html("th", { scope: "col", ...chosen(d), text: token }));
    const body = rows.map(({ what, added }) => html("tr", {},
      html("th", { scope: "row", text: what }),
      ...added.map((value, d) => html("td", { ...chosen(d), text: signed(value) }))));
    const total = html("tr", { class: "ntp-dial-total" }, html("th", { scope: "row", text: "score" }),
      ...written.scores.map((value, d) => html("td", { ...chosen(d), text: number(value) })));
    sum.replaceChildren(html("table", {},
      html("caption", { text: `How ${name} gets its scores` }),
      html("thead", {}, html("tr", {}, html("th", { scope: "col", text: "it reads" }), ...heads)),
      html("tbody", {}, ...body, total)));
  }

  function draw() {
    const state = read();
    const { n, subset, bits, tokens } = state;
    const size = subset.length;
    const choices = chains[size - 1];
    const stop = choices.findIndex((choice) => choice.tokens === tokens);
    const chain = choices[stop];
    const predictor = readAt(chain.predictor, subset, n);
    const { vocabulary } = predictor;
    const written = rollout(predictor, bits, tokens);
    const names = tokenNames(chain, subset);
    const ones = subset.reduce((total, i) => total + bits[i], 0);
    const parity = ones % 2;
    const answer = written.at(-1).token;
    const shown = Math.min(selected ?? tokens - 1, tokens - 1);
    const prefix = [...bits, ...written.slice(0, shown).map((step) => step.token)];
    const { rows, positions } = contributions(
      predictor.steps[shown], prefix, n, subset, names, vocabulary);
    const result = tallyOf(chain, state);

    assign(lengthInput, {
      max: choices.length - 1,
      "aria-valuetext": `${plural(tokens, "token")}: ${chainText(chain)}; ${chainName(chain, size)}`,
    });
    lengthInput.value = stop;
    lengthValue.textContent = plural(tokens, "token");
    lengthWords.textContent = `${chainText(chain)} · ${chainName(chain, size)}`;
    keep(ticks, choices.length, () => html("span")).forEach((tick, k) => assign(tick, {
      text: `${choices[k].tokens}`, class: k === stop ? "ntp-dial-here" : "ntp-dial-tick",
    }));

    bitsInput.value = n;
    assign(bitsInput, { "aria-valuetext": `${n} bits` });
    bitsValue.textContent = `${n} bits`;
    columns.style.setProperty("--ntp-dial-n", n);
    keep(columns, n, makeColumn).forEach((column, i) => {
      const member = subset.includes(i);
      const [, bit, belongs] = column.children;
      assign(column, {
        "data-member": member, "data-lit": positions.includes(i),
      });
      assign(bit, { text: `${bits[i]}`, "aria-pressed": bits[i] === 1, "aria-label": `x${i + 1} = ${bits[i]}` });
      assign(belongs, { text: member ? "in A" : "out", "aria-pressed": member, "aria-label": `x${i + 1} in A` });
    });

    cards.dataset.kind = chain.kind;
    keep(cards, tokens, makeCard).forEach((card, t) => {
      const { token, scores: values, margin: ahead } = written[t];
      const last = t === tokens - 1;
      const right = token === parity;
      const mark = right ? " ✓" : " ✗";
      const [name, chosen, bars, lead] = card.children;
      assign(card, {
        "aria-pressed": t === shown,
        "aria-label": `Token ${t + 1}, ${names[t]}: ${vocabulary[token]}` +
          `${last ? (right ? ", right" : ", wrong") : ""}. Ahead by ${number(ahead)}.`,
        "data-token": vocabulary[token], "data-margin": ahead, "data-scores": JSON.stringify(values),
        "data-kind": last ? "answer" : "thinking", "data-lit": positions.includes(n + t),
        "data-right": last ? right : null,
      });
      assign(name, { text: names[t] });
      assign(chosen, { text: vocabulary[token] + (last ? mark : "") });
      bars.replaceChildren(scoreBars(written[t]));
      assign(lead, { text: `ahead by ${number(ahead)}` });
    });
    verdict.textContent = `The answer ${answer} is ${answer === parity ? "right" : "wrong"}: ` +
      `A holds ${plural(ones, "one")}, so its parity is ${parity}.`;
    verdict.dataset.right = answer === parity;
    drawSum(written[shown], rows, `token ${shown + 1}${shown === tokens - 1 ? ", the answer," : ""}`, vocabulary);

    counted.textContent = `${result.correct} of ${result.total}`;
    countedWords.textContent = " inputs right";
    proved.textContent = `accuracy ${decimal(chain.accuracy)}`;
    agrees.textContent = result.correct / result.total === chain.accuracy.value
      ? "and the count agrees exactly" : "but the count differs";
    proof.textContent = proofText(chain, size);
    lengths.replaceChildren(lengthChart(choices.map((choice) => {
      const { correct, total } = tallyOf(choice, state);
      return { tokens: choice.tokens, bound: (choice.bound ?? choice.accuracy).value, counted: correct / total };
    }), tokens));
    counts.replaceChildren(countChart(result, chain.window, ones));
    countWords.textContent = countText(chain, size);

    Object.assign(root.dataset, {
      n, subset: subset.join(","), bits: bits.join(""), tokens, answer, parity,
      chain: written.map((step) => vocabulary[step.token]).join(" "),
      correct: result.correct, total: result.total,
    });
    if (drawn) announce(`Answer ${answer}, ${answer === parity ? "right" : "wrong"}. ` +
      `${result.correct} of ${result.total} inputs right with ${plural(tokens, "token")}.`);
    drawn = true;
  }

  const ignoreChanges = onChanges(model, ["n", "subset", "bits", "tokens"], () => { note.textContent = ""; draw(); });
  draw();
  el.append(root);
  return () => {
    hush();
    ignoreChanges();
  };
}

export default { render };
