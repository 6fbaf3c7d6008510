// The context of LearningContext: see learning_context.py for what its traits mean. The posterior,
// every prediction, loss and error are computed here from the functions' tables; all in nats.

const MOST_EXAMPLES = 40;
const MOST_STEPS = 4;
const SHOWN_RULES = 5;
const PRIORS = [
  ["zipf", "1/j²", "How many examples a document shows: j with probability proportional to 1/j². Lists of facts have the same law."],
  ["flat", "1/(j ln² j)", "A much heavier tail: proportional to 1/((j+1) ln²(j+1)). Lists of facts have the same law."],
  ["geometric", "geometric", "After each example the document goes on with probability ρ. Lists of facts do the same."],
  ["hazard", "short examples, long lists", "Examples go on with probability ρ; lists of facts, 1 document in 1000, go on with 0.9."],
];

/** A chart over the number of examples: what is proved in blue, what is measured in orange. */
function contextChart({ bound, net, measured, most, title, words }) {
  const count = measured.length - 1;
  const high = Math.max(...bound, measured[count], 1) * 1.05;
  const x = (n) => 40 + (284 * n) / most;
  const y = (value) => 148 - (116 * value) / high;
  const step = [0.5, 1, 2, 5, 10, 20, 50, 100, 200].find((size) => high / size <= 4.5) ?? 500;
  const parts = [];
  for (let value = 0; value <= high; value += step) {
    parts.push(
      svg("path", { d: `M38 ${y(value)}H328`, class: "ntp-ctx-line" }),
      svg("text", { x: 34, y: y(value) + 4, class: "ntp-ctx-end", text: number(value) }));
  }
  const line = (values, first) => `M${values.slice(first).map((value, n) => `${x(first + n)} ${y(value)}`).join("L")}`;
  if (net !== null) parts.push(svg("path", { d: `M${x(0)} ${y(net)}H${x(most)}`, class: "ntp-ctx-net" }));
  parts.push(
    svg("path", { d: line(bound, 1), class: "ntp-ctx-bound" }),
    svg("path", { d: line(measured, 0), class: "ntp-ctx-curve" }),
    svg("circle", { cx: x(count), cy: y(measured[count]), r: 4, class: "ntp-ctx-point" }),
    svg("text", { x: 4, y: 13, class: "ntp-ctx-title", text: title }),
    svg("text", { x: 182, y: 178, class: "ntp-ctx-tick", text: "examples" }));
  for (const n of [0, most / 2, most]) {
    parts.push(svg("text", { x: x(n), y: 164, class: "ntp-ctx-tick", text: `${n}` }));
  }
  return svg("svg", { viewBox: "0 0 340 184", role: "img", "aria-label": words }, ...parts);
}

function render({ model, el }) {
  let drawn = false;
  const rulesOf = new Map(); // the rules of each world, enumerated once

  const state = () => Object.fromEntries(
    ["objects", "steps", "rule", "prior", "rho", "inputs"].map((name) => [name, model.get(name)]));

  /** Set some traits; the rest follows as in Python, and a printed rule has two steps. */
  function write(change) {
    const next = { ...state(), ...change };
    if (next.steps === "printed" && next.rule.length < 2) next.rule = [...next.rule, next.rule[0]];
    next.inputs = next.inputs.filter((x) => x < next.objects).slice(0, MOST_EXAMPLES);
    for (const [name, value] of Object.entries(next)) model.set(name, value);
    model.save_changes();
  }
  const add = (...inputs) => write({ inputs: [...state().inputs, ...inputs] });

  // The parts that stay.
  const name = html("strong");
  const steps = radios("steps", "Its steps are", [["hidden", "hidden"], ["printed", "printed"]],
    (value) => write({ steps: value }));
  const depthValue = html("strong");
  const depth = html("input", {
    type: "range", step: 1, max: MOST_STEPS,
    oninput: () => {
      const { rule } = state();
      const wanted = depth.valueAsNumber;
      write({ rule: Array.from({ length: wanted }, (_, j) => rule[j] ?? ((rule[j - 1] ?? j) % 4) + 1) });
    },
  });
  const pickers = html("div", { class: "ntp-ctx-pickers" });
  const price = html("p", { class: "ntp-ctx-words" });
  const sizes = radios("size", "Objects", model.get("worlds").map((world) => [world.objects, `${world.objects}`]),
    (value) => write({ objects: Number(value) }));
  const priors = radios("prior", "How many examples documents show", PRIORS, (value) => write({
    prior: value, ...(value === "hazard" ? { rho: 0.02 } : value === "geometric" ? { rho: 0.5 } : {}),
  }));
  const rhoValue = html("strong");
  const rho = html("input", {
    type: "range", min: 1, max: 95, step: 1, oninput: () => write({ rho: rho.valueAsNumber / 100 }),
  });
  const rhoLabel = html("label", {},
    html("span", { class: "ntp-ctx-head" }, html("span", { text: "An example is followed by another with ρ" }), rhoValue), rho);
  const priorWords = html("p", { class: "ntp-ctx-words" });
  const [drawOne, drawFive, undo, clear] = exampleButtons(
    () => state().objects, () => state().inputs, (inputs) => write({ inputs }));
  const prompt = html("p", { class: "ntp-ctx-prompt" });
  const askWords = html("p", { class: "ntp-ctx-words" });
  const ask = html("div", { class: "ntp-ctx-ask" });
  const bars = html("ol", { class: "ntp-ctx-bars" });
  const facts = html("dl", { class: "ntp-ctx-facts" });
  const charts = html("div", { class: "ntp-ctx-charts" });
  const verdict = html("p", { class: "ntp-ctx-verdict" });
  const spoken = html("p", { class: "ntp-ctx-spoken", role: "status" });
  const [announce, hush] = announcer(spoken);

  const root = html("div", { class: "ntp-ctx" },
    html("div", {},
      html("p", { class: "ntp-ctx-head ntp-ctx-rule" }, html("span", { text: "The rule φ" }), name),
      html("div", { class: "ntp-ctx-knobs" },
        html("label", {},
          html("span", { class: "ntp-ctx-head" }, html("span", { text: "Steps" }), depthValue), depth),
        steps.node),
      pickers, price),
    html("div", {}, sizes.node, priors.node, rhoLabel, priorWords),
    html("div", {},
      html("p", { class: "ntp-ctx-head", text: "The context" }), prompt,
      html("div", { class: "ntp-ctx-buttons" }, drawOne, drawFive, undo, clear),
      askWords, ask),
    html("div", {}, html("p", { class: "ntp-ctx-head", text: "What the predictor believes" }), bars),
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
    }, ...[0, 1, 2, 3].map((i) => html("option", { value: i + 1, text: functionName(i) })));
    return html("span", {}, html("span", { "aria-hidden": "true", text: j ? "then" : "first" }), select);
  }

  function makeAsk(x) {
    return html("button", { type: "button", onclick: () => add(x) },
      html("b", { text: `${x}` }), html("span"), html("i"));
  }

  function makeBar() {
    return html("li", {}, html("span", { class: "ntp-ctx-name" }), html("span", { class: "ntp-ctx-track" }, html("i")),
      html("span", { class: "ntp-ctx-share" }));
  }

  function draw() {
    const now = state();
    const hazard = now.prior === "hazard";
    const known = model.get("worlds").find((one) => one.objects === now.objects);
    const world = hazard ? { ...known, facts: model.get("hazard").facts } : known;
    if (!rulesOf.has(now.objects)) rulesOf.set(now.objects, allRules(known));
    const rules = rulesOf.get(now.objects);
    const own = rules.findIndex((rule) => rule.kind === now.steps &&
      rule.parts.length === now.rule.length && rule.parts.every((i, j) => i === now.rule[j] - 1));
    const rule = rules[own];
    const table = model.get("survivals")[now.prior];
    const loopPrior = table ? { table } : { rho: now.rho };
    const factsPrior = hazard ? { rho: model.get("hazard").rho } : loopPrior;
    const { items, logs, logPosterior, goOn } = readPrompt(world, rules, own, now.inputs, loopPrior, factsPrior);
    const n = items.length;

    // the rule and the world
    name.textContent = ruleName(rule);
    steps.set(now.steps);
    assign(depth, { min: now.steps === "printed" ? 2 : 1, "aria-valuetext": plural(now.rule.length, "step") });
    depth.value = now.rule.length;
    depthValue.textContent = `${now.rule.length}`;
    keep(pickers, now.rule.length, makePicker).forEach((picker, j) => { picker.lastChild.value = now.rule[j]; });
    const D = -rule.logP;
    const loopCost = -Math.log(1 - world.facts);
    price.textContent = `Description length D = ${nats(D)} nats (${nats(D / Math.LN2)} bits), one of ` +
      `${rules.length} rules. The loop costs ${nats(loopCost)} more.`;
    sizes.set(now.objects);
    priors.set(now.prior);
    rhoLabel.hidden = Boolean(table);
    rho.value = Math.round(100 * now.rho);
    rhoValue.textContent = number(now.rho);
    let critical = null;
    if (hazard && now.steps === "hidden") {
      const cost = rule.labels.reduce((sum, [y], x) => sum - Math.log(factProbability(world, x, y)), 0) / world.objects;
      critical = factsPrior.rho * Math.exp(-cost);
    }
    priorWords.textContent = PRIORS.find(([value]) => value === now.prior)[2] + (critical !== null
      ? ` Critical for this rule: ρ* = ${number(critical)}. Below it more examples hurt.`
      : hazard ? " Facts print no steps, so a chain has no such rival." : "");

    // the context
    keep(prompt, Math.max(n, 1), () => html("span")).forEach((span, i) => {
      if (!n) { span.replaceChildren("No example yet: choose an input below, or draw some."); return; }
      const labels = rule.labels[now.inputs[i]].map((token, t) => html("b", {
        text: tokenName(world, token), "data-wrong": items[i].errors[t],
        style: `--loss: ${Math.round(100 * Math.min(1, items[i].losses[t] / 4))}%`,
        title: `loss ${nats(items[i].losses[t])} nats`,
      }));
      span.replaceChildren(`${now.inputs[i]} `, ...labels.flatMap((label) => [label, " "]), "; ");
    });
    const full = n >= MOST_EXAMPLES;
    for (const [control, off] of [[drawOne, full], [drawFive, full], [undo, !n], [clear, !n]]) {
      assign(control, { "aria-disabled": off ? "true" : null });
    }
    const answers = Array.from({ length: world.objects }, (_, x) => {
      const item = readItem(world, rules, logs, x, rule.labels[x], goOn);
      const p = Math.exp(-item.losses.reduce((sum, loss) => sum + loss, 0));
      const law = item.laws[0];
      const best = law.reduce((most, q, token) => (q > law[most] ? token : most), 0);
      const tied = law.some((q, token) => token !== best && Math.log(law[best]) - Math.log(q) <= TIE);
      return { p, best, tied, wrong: item.errors.some(Boolean) };
    });
    const right = answers.filter((answer) => !answer.wrong).length;
    askWords.textContent = `If input x comes next, it answers${now.steps === "printed" ? ", first," : ""} as below. The bar is the ` +
      `probability of the whole right label; ${right} of ${world.objects} would be right. Choose an input to add its example.`;
    keep(ask, world.objects, makeAsk).forEach((cell, x) => {
      const { p, best, tied, wrong } = answers[x];
      const shown = tied ? "tie" : tokenName(world, best);
      assign(cell, {
        "data-wrong": wrong, "aria-disabled": full ? "true" : null,
        "aria-label": `Add input ${x}; predicted ${shown}, ${wrong ? "not right" : "right"}, right label ${percentText(p)}`,
      });
      cell.children[1].textContent = `→ ${shown}`;
      cell.children[2].style.setProperty("--p", `${100 * p}%`);
    });

    // the posterior
    const all = logSum(logs);
    const shares = Array.from(logs, (value) => Math.exp(value - all));
    const order = rules.map((_, h) => h).filter((h) => shares[h] > 0).sort((a, b) => shares[b] - shares[a] || a - b);
    const top = order.slice(0, SHOWN_RULES);
    if (!top.includes(own)) top.splice(-1, 1, own);
    const rest = order.filter((h) => !top.includes(h));
    const restShare = rest.reduce((sum, h) => sum + shares[h], 0);
    const rows = [
      ...top.map((h) => ({ text: ruleName(rules[h]), share: shares[h], own: h === own })),
      ...(rest.length ? [{ text: plural(rest.length, "other rule"), share: restShare, own: false }] : []),
      { text: "loose facts", share: shares[rules.length], own: false },
    ];
    keep(bars, rows.length, makeBar).forEach((bar, i) => {
      assign(bar, { "data-own": rows[i].own });
      bar.children[0].textContent = rows[i].text + (rows[i].own ? " = φ" : "");
      bar.children[1].firstChild.style.setProperty("--p", `${100 * rows[i].share}%`);
      bar.children[2].textContent = percentText(rows[i].share);
    });

    // losses and errors under their bounds
    const losses = [0];
    const errors = [0];
    let structure = 0;
    items.forEach((item, i) => {
      losses.push(losses[i] + item.losses.reduce((sum, loss) => sum + loss, 0));
      errors.push(errors[i] + Number(item.errors.some(Boolean)));
      structure += item.structure;
    });
    const most = Math.max(10, 2 * Math.ceil(n / 2));
    const R = Array.from({ length: most + 1 }, (_, k) => loopCost - logSurvival(loopPrior, Math.max(k, 1)));
    const bound = R.map((r) => D + r);
    const net = hazard ? null : D + loopCost;
    facts.replaceChildren(
      fact("loss of all labels", `${nats(losses[n])} nats`, `${nats(losses[n] / Math.LN2)} bits`, "ntp-ctx-measured"),
      fact("proved: at most", `${nats(net ?? bound[Math.max(n, 1)])} nats`, net === null ? "D + Rₙ" : "D + ln 1/π, net", "ntp-ctx-proved"),
      fact("examples with an error", `${errors[n]}`, `of ${n}`, "ntp-ctx-measured"),
      fact("proved: at most", `${Math.floor((net ?? bound[Math.max(n, 1)]) / Math.LN2 + 1e-9)}`, "the same, over ln 2", "ntp-ctx-proved"));
    charts.replaceChildren(
      contextChart({
        bound, net, measured: losses, most, title: "loss of the labels, nats, and D + Rₙ",
        words: `Loss of the labels after ${plural(n, "example")}: ${nats(losses[n])} nats. D + R: ${nats(bound[Math.max(n, 1)])} nats` +
          `${net === null ? "" : `; net bound ${nats(net)}`}.`,
      }),
      contextChart({
        bound: bound.map((value) => value / Math.LN2), net: net === null ? null : net / Math.LN2, measured: errors, most,
        title: "errors, and (D + Rₙ) / ln 2",
        words: `Examples with an error: ${errors[n]} of ${n}; at most ${nats(bound[Math.max(n, 1)] / Math.LN2)}.`,
      }));
    verdict.textContent = `${nats(losses[n])} = D ${nats(D)} + loop ${nats(loopCost)} + structure ${nats(structure)} ` +
      `+ ln posterior ${nats(logPosterior)}. The slack is what is still undecided.`;

    Object.assign(root.dataset, {
      objects: now.objects, steps: now.steps, rule: now.rule.join(","), prior: now.prior, rho: now.rho,
      inputs: now.inputs.join(","), loss: losses[n], errors: errors[n], structure, posterior: logPosterior,
      length: D, bound: bound[Math.max(n, 1)], net: net ?? "", critical: critical ?? "", right,
    });
    if (drawn) {
      announce(`${plural(n, "example")}. Loss ${nats(losses[n])} of at most ${nats(net ?? bound[Math.max(n, 1)])} nats, ` +
        `${plural(errors[n], "error")}. φ has ${percentText(shares[own])}. ${right} of ${world.objects} answers would be right.`);
    }
    drawn = true;
  }

  const ignoreChanges = onChanges(model, ["objects", "steps", "rule", "prior", "rho", "inputs"], draw);
  draw();
  el.append(root);
  return () => {
    hush();
    ignoreChanges();
  };
}

export default { render };
