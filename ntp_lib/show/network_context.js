// The context of NetworkContext: see network_context.py for what its traits mean. The network's and
// the exact predictor's laws, losses and errors are computed here; all in nats.

const TASKS = [
  ["dir1", "hidden", 1, "one function", "x f(x) ; for one of the functions"],
  ["dir2", "hidden", 2, "two, direct", "x g(f(x)) ; with nothing printed between"],
  ["cot2", "printed", 2, "two, as a chain", "x f(x) g(f(x)) ;"],
  ["cot3", "printed", 3, "three, as a chain", "x and the three values on the way ;"],
  ["prop", "proposition", 0, "a proposition", "x T ; or x F ;"],
];
const TEXTS = [
  ["training", "training", "Documents without the pairs of functions that are held out."],
  ["full", "all pairs", "The same world with nothing held out."],
];

const sum = (values) => values.reduce((total, value) => total + value, 0);
const finite = (value) => (Number.isFinite(value) ? nats(value) : "∞");

/** Losses over examples: the network's in orange, the exact predictor's in ink, a bound in blue. */
function lossChart({ network, exact, bound, first, most, title, words }) {
  const shown = [...network, ...exact, bound ?? 0].filter(Number.isFinite);
  const high = Math.max(...shown, 1) * 1.08;
  const x = (n) => 40 + (284 * n) / most;
  const y = (value) => 148 - (116 * value) / high;
  const step = [0.5, 1, 2, 5, 10, 20, 50, 100].find((size) => high / size <= 4.5) ?? 200;
  const parts = [];
  for (let value = 0; value <= high; value += step) {
    parts.push(
      svg("path", { d: `M38 ${y(value)}H328`, class: "ntp-ctx-line" }),
      svg("text", { x: 34, y: y(value) + 4, class: "ntp-ctx-end", text: number(value) }));
  }
  if (bound !== null) parts.push(svg("path", { d: `M${x(0)} ${y(bound)}H${x(most)}`, class: "ntp-ctx-bound" }));
  for (const [values, kind] of [[exact, "ntp-net-exact"], [network, "ntp-net-own"]]) {
    const end = values.findIndex((value) => !Number.isFinite(value));
    const known = end < 0 ? values : values.slice(0, end);
    if (known.length > 1) {
      parts.push(svg("path", { d: `M${known.map((value, n) => `${x(first + n)} ${y(value)}`).join("L")}`, class: kind }));
    }
    known.forEach((value, n) => parts.push(
      svg("circle", { cx: x(first + n), cy: y(value), r: kind === "ntp-net-own" ? 3.2 : 2.2, class: `${kind} ntp-net-dot` })));
    if (end >= 0) parts.push(svg("text", { x: x(first + end), y: 28, class: "ntp-ctx-tick", text: "∞" }));
  }
  parts.push(
    svg("text", { x: 4, y: 13, class: "ntp-ctx-title", text: title }),
    svg("text", { x: 182, y: 178, class: "ntp-ctx-tick", text: "examples" }));
  for (const n of [0, Math.ceil(most / 2), most]) {
    parts.push(svg("text", { x: x(n), y: 164, class: "ntp-ctx-tick", text: `${n}` }));
  }
  return svg("svg", { viewBox: "0 0 340 184", role: "img", "aria-label": words }, ...parts);
}

function render({ model, el }) {
  let drawn = false;
  let asked = null; // the example whose predictions are shown; null for the latest
  const network = transformerModel(model.get("weights"));
  const worlds = model.get("worlds");
  const { objects, functions, propositions } = worlds.full;
  const rules = Object.fromEntries(Object.entries(worlds).map(([name, world]) => [name, allRules(world)]));
  const names = [...Array.from({ length: objects }, (_, x) => `o${x}`), ";", "T", "F"];
  const ids = names.map((name) => network.vocabulary.indexOf(name)); // of the world's tokens
  const row = network.last + 1; // tokens

  const state = () => Object.fromEntries(
    ["task", "rule", "proposition", "text", "inputs"].map((name) => [name, model.get(name)]));
  const taskOf = (name) => TASKS.find(([task]) => task === name);
  const mostOf = (task) => {
    const [, kind, steps] = taskOf(task);
    return Math.floor(row / (2 + (kind === "printed" ? steps : 1))); // an input, labels, a separator
  };
  const heldOut = (parts) => parts.some((j, at) => at && !worlds.training.follow[parts[at - 1]][j]);

  /** Set some traits; the rest follows as in Python. */
  function write(change) {
    const next = { ...state(), ...change };
    const wanted = taskOf(next.task)[2];
    if (wanted) next.rule = Array.from({ length: wanted }, (_, j) => next.rule[j] ?? next.rule[next.rule.length - 1]);
    next.inputs = next.inputs.slice(0, mostOf(next.task));
    asked = null;
    for (const [name, value] of Object.entries(next)) model.set(name, value);
    model.save_changes();
  }
  const add = (...inputs) => write({ inputs: [...state().inputs, ...inputs] });

  // The parts that stay.
  const name = html("strong");
  const tasks = radios("task", "What each example shows", TASKS.map(([task, , , label, title]) => [task, label, title]),
    (task) => write({ task }));
  const pickers = html("div", { class: "ntp-ctx-pickers" });
  const claim = html("select", {
    "aria-label": "Proposition",
    onchange: () => write({ proposition: claim.value }),
  }, ...propositions.map((one) => html("option", { value: one.name, text: one.name })));
  const claimLine = html("p", { class: "ntp-net-claim" }, claim);
  const price = html("p", { class: "ntp-ctx-words" });
  const texts = radios("text", "The exact predictor knows the text of", TEXTS, (text) => write({ text }));
  const [drawOne, drawFive, undo, clear] = exampleButtons(
    () => objects, () => state().inputs, (inputs) => write({ inputs }));
  const none = html("p", { class: "ntp-ctx-words", text: "No example yet: choose an input below, or draw some." });
  const prompt = html("div", { class: "ntp-ctx-prompt ntp-net-prompt" });
  const askWords = html("p", { class: "ntp-ctx-words" });
  const ask = html("div", { class: "ntp-ctx-ask" });
  const lawHead = html("p", { class: "ntp-ctx-head" });
  const lawWords = html("p", { class: "ntp-ctx-words" });
  const laws = html("div", { class: "ntp-net-laws" });
  const facts = html("dl", { class: "ntp-ctx-facts" });
  const charts = html("div", { class: "ntp-ctx-charts" });
  const verdict = html("p", { class: "ntp-ctx-verdict" });
  const spoken = html("p", { class: "ntp-ctx-spoken", role: "status" });
  const [announce, hush] = announcer(spoken);

  const root = html("div", { class: "ntp-ctx ntp-net" },
    html("div", {},
      html("p", { class: "ntp-ctx-head ntp-ctx-rule" }, html("span", { text: "The rule φ" }), name),
      tasks.node, pickers, claimLine, price, texts.node),
    html("div", {},
      html("p", { class: "ntp-ctx-head", text: "The context" }), none, prompt,
      html("div", { class: "ntp-ctx-buttons" }, drawOne, drawFive, undo, clear),
      askWords, ask),
    html("div", {}, lawHead, lawWords, laws),
    html("div", {}, facts, charts, verdict),
    spoken);

  function makePicker(j) {
    const select = html("select", {
      "aria-label": `Function ${j + 1}`,
      onchange: () => {
        const rule = [...state().rule];
        rule[j] = Number(select.value);
        write({ rule });
      },
    }, ...functions.map((_, i) => html("option", { value: i + 1 })));
    return html("span", {}, html("span", { "aria-hidden": "true", text: j ? "then" : "first" }), select);
  }

  function makeAsk(x) {
    return html("button", { type: "button", onclick: () => add(x) },
      html("b", { text: `${x}` }), html("span", { class: "ntp-net-says" }), html("i", { class: "ntp-net-own" }),
      html("span", { class: "ntp-net-exact" }), html("i", { class: "ntp-net-exact" }));
  }

  function makeItem(i) {
    return html("button", { type: "button", onclick: () => { asked = i; draw(); } });
  }

  function makeLaw() {
    return html("div", {}, html("p"), html("ol"));
  }

  function makeRow() {
    return html("li", {}, html("span"), html("span", { class: "ntp-net-pair" },
      html("i", { class: "ntp-net-own" }), html("i", { class: "ntp-net-exact" })), html("span", { class: "ntp-net-two" }));
  }

  /** Let the network read tokens of the world after a reading; the scores are those at the end. */
  function readAll(reading, tokens) {
    let read = { reading, scores: null };
    for (const token of tokens) read = readToken(network, read.reading, ids[token]);
    return read;
  }
  const lawOf = (scores) => logSoftmax(scores).map(Math.exp);
  const most = (law) => law.reduce((best, p, token) => (p > law[best] ? token : best), 0);
  const token = (id) => (names[id] === undefined ? "end" : tokenName(worlds.full, id));

  /** Each label's law by the network, read after true tokens; and the reading after the item. */
  function networkItem(reading, x, labels) {
    const found = { laws: [], losses: [], errors: [] };
    let read = readAll(reading, [x]);
    labels.forEach((label, t) => {
      const law = lawOf(read.scores);
      found.laws.push(ids.map((id) => law[id]));
      found.losses.push(-Math.log(law[ids[label]]));
      found.errors.push(most(law) !== ids[label]);
      if (t + 1 < labels.length) read = readAll(read.reading, [label]);
    });
    return { ...found, last: read.reading };
  }

  /** What the network writes after x by itself, most probable token first: as many as labels. */
  function written(reading, x, count) {
    const found = [];
    let read = readAll(reading, [x]);
    for (let t = 0; t < count; t++) {
      const best = most(read.scores);
      found.push(ids.indexOf(best));
      if (t + 1 < count) read = readToken(network, read.reading, best);
    }
    return found;
  }

  /** What the exact predictor writes after x by itself; null where two are equally probable. */
  function exactlyWritten(world, known, logs, x, count) {
    const found = [];
    let now = logs;
    for (let t = 0; t < count; t++) {
      const law = nextLaw(world, known, now, x, t);
      const best = most(law);
      if (law.some((p, other) => other !== best && Math.log(law[best]) - Math.log(p) <= TIE)) return null;
      found.push(best);
      now = weightsAfter(world, known, now, x, t, best);
    }
    return found;
  }

  function draw() {
    const now = state();
    const [, kind, steps] = taskOf(now.task);
    const parts = kind === "proposition" ? [] : now.rule.slice(0, steps).map((i) => i - 1);
    const isRule = (rule) => rule.kind === kind && rule.parts.join() === parts.join() &&
      (kind !== "proposition" || rule.name === now.proposition);
    const rule = rules.full.find(isRule);
    const held = heldOut(parts);
    const world = worlds[now.text];
    const known = rules[now.text];
    const own = known.find(isRule);
    const n = now.inputs.length;
    const room = mostOf(now.task);
    const count = rule.labels[0].length;

    // read the context with both
    let logs = priorWeights(world, known);
    let reading = null;
    const items = now.inputs.map((x, i) => {
      const labels = rule.labels[x];
      const net = networkItem(reading, x, labels);
      const exact = readItem(world, known, logs, x, labels, [0, 0]);
      logs = exact.logs;
      if (i + 1 < room) reading = readAll(net.last, [labels[labels.length - 1], separatorOf(world)]).reading;
      return { x, labels, net, exact };
    });
    const dead = logSum(logs) === -Infinity;

    // the rule
    name.textContent = ruleName(rule) + (held ? " (held out)" : "");
    tasks.set(now.task);
    pickers.hidden = kind === "proposition";
    claimLine.hidden = kind !== "proposition";
    claim.value = now.proposition;
    keep(pickers, parts.length, makePicker).forEach((picker, j) => {
      [...picker.lastChild.options].forEach((option, i) => {
        const apart = j > 0 && !worlds.training.follow[parts[j - 1]][i];
        option.textContent = functionName(i) + (apart ? " (held out)" : "");
      });
      picker.lastChild.value = parts[j] + 1;
    });
    texts.set(now.text);
    const loopCost = -Math.log(1 - world.facts);
    const D = own ? -own.logP : Infinity;
    const bound = own ? D + loopCost : null;
    price.textContent = (held ? "Training never showed this pair, neither direct nor in a chain. " : "") +
      (own ? `Description length D = ${nats(D)} nats, and ${nats(loopCost)} for the loop: the bound is ${nats(bound)}.`
        : "In the grammar of training no derivation writes it: D = ∞, and there is no bound.");

    // the context
    none.hidden = n > 0;
    keep(prompt, n, makeItem).forEach((item, i) => {
      const { x, labels, net } = items[i];
      assign(item, {
        "aria-pressed": i === (asked ?? n - 1),
        "aria-label": `Example ${i + 1}: ${[x, ...labels.map((label) => tokenName(world, label))].join(" ")}; ` +
          `the network's loss ${nats(sum(net.losses))} nats. Show its predictions`,
      });
      item.replaceChildren(`${x} `, ...labels.flatMap((label, t) => [html("b", {
        text: tokenName(world, label), "data-wrong": net.errors[t],
        style: `--loss: ${Math.round(100 * Math.min(1, net.losses[t] / 4))}%`,
      }), " "]), ";");
    });
    const full = n >= room;
    for (const [control, off] of [[drawOne, full], [drawFive, full], [undo, !n], [clear, !n]]) {
      assign(control, { "aria-disabled": off ? "true" : null });
    }
    ask.hidden = full;
    let right = "";
    if (full) {
      askWords.textContent = `The context is full: training's rows have ${row} tokens.`;
    } else {
      const answers = Array.from({ length: objects }, (_, x) => {
        const labels = rule.labels[x];
        const exact = readItem(world, known, logs, x, labels, [0, 0]);
        const mine = written(reading, x, count);
        return {
          mine, wrong: mine.join() !== labels.join(),
          theirs: dead ? null : exactlyWritten(world, known, logs, x, count),
          p: Math.exp(-sum(networkItem(reading, x, labels).losses)), q: Math.exp(-sum(exact.losses)),
        };
      });
      right = answers.filter((answer) => !answer.wrong).length;
      askWords.textContent = `If input x comes next, the network writes what stands after “→” ${count > 1 ? "by itself, " : ""}and the ` +
        `exact predictor what stands below it. Bars: the probability of the right label${count > 1 ? "s" : ""}. ` +
        `The network would be right on ${right} of ${objects}. Choose an input to add its example.`;
      const said = (tokens) => (tokens ? tokens.map(token).join(" ") : dead ? "no law" : "tie");
      keep(ask, objects, makeAsk).forEach((cell, x) => {
        const { mine, theirs, p, q, wrong } = answers[x];
        assign(cell, {
          "data-wrong": wrong,
          "aria-label": `Add input ${x}; the network writes ${said(mine)}, ${wrong ? "not right" : "right"}, probability ` +
            `${percentText(p)}; exact: ${said(theirs)}, ${percentText(q)}`,
        });
        cell.children[1].textContent = `→ ${said(mine)}`;
        cell.children[2].style.setProperty("--p", `${100 * p}%`);
        cell.children[3].textContent = said(theirs);
        cell.children[4].style.setProperty("--p", `${100 * q}%`);
      });
    }

    // one example's predictions
    const look = n ? items[asked ?? n - 1] : null;
    lawHead.textContent = n ? `What both expected at example ${(asked ?? n - 1) + 1}: ${look.x} …` : "What both expect";
    lawWords.textContent = n
      ? `Network (orange) and exact predictor of ${now.text === "training" ? "the training text" : "all pairs"} (grey), before each label. ` +
        "The right answer is marked. Choose another example in the context to see its predictions."
      : "Add an example, and see what both expected of it.";
    keep(laws, n ? count : 0, makeLaw).forEach((panel, t) => {
      const before = look.labels.slice(0, t).map((label) => tokenName(world, label));
      panel.firstChild.textContent = ["after", look.x, ...before].join(" ");
      const tokens = kind === "proposition" ? [objects + 1, objects + 2] : Array.from({ length: objects }, (_, y) => y);
      const { net, exact } = look;
      const rest = (law) => 1 - sum(tokens.map((y) => law[y]));
      const bars = [...tokens.map((y) => [tokenName(world, y), net.laws[t][y], exact.laws[t][y], y === look.labels[t]]),
        ["else", Math.max(0, rest(net.laws[t])), Math.max(0, rest(exact.laws[t])), false]];
      keep(panel.lastChild, bars.length, makeRow).forEach((line, b) => {
        const [label, p, q, correct] = bars[b];
        assign(line, { "data-own": correct });
        line.children[0].textContent = label + (correct ? " ✓" : "");
        line.children[1].children[0].style.setProperty("--p", `${100 * p}%`);
        line.children[1].children[1].style.setProperty("--p", `${100 * q}%`);
        line.children[2].textContent = `${percentText(p)}, ${percentText(q)}`;
      });
    });

    // losses
    const each = (of) => items.map((item) => sum(item[of].losses));
    const cumulative = (values) => values.reduce((all, value) => [...all, all[all.length - 1] + value], [0]);
    const [net, exact] = [each("net"), each("exact")];
    const [netAll, exactAll] = [cumulative(net), cumulative(exact)];
    const errors = (of) => items.filter((item) => item[of].errors.some(Boolean)).length;
    facts.replaceChildren(
      fact("the network's loss", `${nats(netAll[n])} nats`, `${errors("net")} of ${n} with an error`, "ntp-ctx-measured"),
      fact("the exact predictor's", `${finite(exactAll[n])} nats`, `${errors("exact")} of ${n} with an error or tie`, "ntp-net-plain"),
      fact("proved for it: at most", bound === null ? "∞" : `${nats(bound)} nats`, "D + ln 1/π", "ntp-ctx-proved"));
    const told = `The network's ${nats(netAll[n])} nats, the exact predictor's ${finite(exactAll[n])}`;
    charts.replaceChildren(
      lossChart({
        network: net, exact, bound: null, first: 1, most: room, title: "loss of each example, nats (dashed: exact)",
        words: `Loss of each of ${plural(n, "example")}: the network ${net.map(nats).join(", ") || "none"}; exact ${exact.map(finite).join(", ") || "none"}.`,
      }),
      lossChart({
        network: netAll, exact: exactAll, bound, first: 0, most: room, title: "cumulative, and the bound (blue)",
        words: `Cumulative loss. ${told}${bound === null ? ", no bound" : `, bound ${nats(bound)}`}.`,
      }));
    verdict.textContent = dead || !Number.isFinite(exactAll[n])
      ? "The exact predictor of the training text has met a text that its grammar cannot write. It has no law from there on."
      : bound === null ? "The exact predictor can read this only as loose facts: it never expects the rule."
        : netAll[n] > bound ? "The network has paid more than the bound: the theorem is about the exact predictor, not about it."
          : `The network has paid ${nats(Math.abs(netAll[n] - exactAll[n]))} nats ${netAll[n] < exactAll[n] ? "less" : "more"} than the exact predictor, and stays within its bound.`;

    Object.assign(root.dataset, {
      task: now.task, rule: now.rule.join(","), proposition: now.proposition, text: now.text, inputs: now.inputs.join(","),
      loss: netAll[n], exact: exactAll[n], errors: errors("net"), bound: bound ?? "", held, right, full,
    });
    if (drawn) {
      announce(`${ruleName(rule)}${held ? ", held out" : ""}. ${plural(n, "example")}. ${told}; bound ${bound === null ? "none" : nats(bound)}.` +
        (full ? " The context is full." : ` The network would be right on ${right} of ${objects}.`));
    }
    drawn = true;
  }

  const ignoreChanges = onChanges(model, ["task", "rule", "proposition", "text", "inputs"], () => { asked = null; draw(); });
  draw();
  el.append(root);
  return () => {
    hush();
    ignoreChanges();
  };
}

export default { render };
