// The dial of EmergenceDial: see emergence_dial.py. All curves are recorded measurements; the page
// finds which tasks have emerged, and draws.

const AT = 4; // the example that is drawn against the tokens
const TASKS = {
  dir1: "one function", dir2: "two hidden", cot2: "two printed", cot3: "three printed",
  prop: "predicate", "dir2 held out": "two hidden, held out", "cot2 held out": "two printed, held out",
};
const plural = (k, noun) => `${k} ${noun}${k === 1 ? "" : "s"}`;
const percent = (value) => `${Math.round(100 * value)}%`;

/** A count as a reader wants it: 3.8 million, 153 thousand. */
function large(count) {
  const [unit, name] = count >= 1e6 ? [1e6, " million"] : count >= 1e4 ? [1e3, " thousand"] : [1, ""];
  const value = count / unit;
  return `${unit === 1 ? count.toLocaleString("en") : number(Number(value.toPrecision(value < 100 ? 2 : 3)))}${name}`;
}

/** A small chart: `lines` are [points, class], the last one on top; x is linear in its own units. */
function chart({ lines, low, high, top, bottom, xTicks, yTicks, cursor, title, words }) {
  const x = (value) => 30 + (126 * (value - low)) / (high - low || 1);
  const y = (value) => 94 - (76 * (Math.min(top, Math.max(bottom, value)) - bottom)) / (top - bottom);
  const parts = yTicks.flatMap((value) => [
    svg("path", { d: `M28 ${y(value)}H160`, class: "ntp-emerge-grid" }),
    svg("text", { x: 24, y: y(value) + 3.5, class: "ntp-emerge-end", text: number(value) }),
  ]);
  for (const [value, text] of xTicks) parts.push(svg("text", { x: x(value), y: 108, text }));
  if (cursor !== undefined) parts.push(svg("path", { d: `M${x(cursor)} 18V94`, class: "ntp-emerge-cursor" }));
  for (const [points, name] of lines) {
    if (name === "ntp-emerge-dot") {
      for (const [at, value] of points) parts.push(svg("circle", { cx: x(at), cy: y(value), r: 2.6, class: name }));
    } else {
      const path = points.map(([at, value]) => `${x(at).toFixed(1)} ${y(value).toFixed(1)}`).join("L");
      parts.push(svg("path", { d: `M${path}`, class: name }));
    }
  }
  parts.push(svg("text", { x: 30, y: 11, class: "ntp-emerge-title", text: title }));
  return svg("svg", { viewBox: "0 0 168 112", role: "img", "aria-label": words }, ...parts);
}

function render({ model: traits, el }) {
  const networks = traits.get("networks");
  const exact = traits.get("exact");
  const tasks = traits.get("tasks");
  const group = `ntp-emerge-${Math.random().toString(36).slice(2)}`;
  const everything = networks.flatMap((network) => network.tokens);
  const [first, last] = [Math.min(...everything), Math.max(...everything)];
  let drawn = false;

  const read = () => ({
    size: traits.get("size"), tokens: traits.get("tokens"),
    measure: traits.get("measure"), shown: traits.get("shown"),
  });

  function write(change) {
    for (const [name, value] of Object.entries(change)) traits.set(name, value);
    traits.save_changes();
  }

  /** The checkpoint of a network that is nearest in the logarithm. */
  const nearest = (network, tokens) => network.tokens.reduce((best, t) =>
    (Math.abs(Math.log(t / tokens)) < Math.abs(Math.log(best / tokens)) ? t : best));

  function slider(name, label, most, change) {
    const value = html("strong");
    const input = html("input", {
      type: "range", min: 0, max: most, step: 1, class: `ntp-emerge-${name}`,
      oninput: () => write(change(input.valueAsNumber)),
    });
    return { input, value, node: html("label", {},
      html("span", { class: "ntp-emerge-head" }, html("span", { text: label }), value), input) };
  }

  const training = slider("tokens", "Tokens of training", 1, (k) =>
    ({ tokens: networks[traits.get("size")].tokens[k] }));
  const size = slider("size", "Size of the network", networks.length - 1, (k) =>
    ({ size: k, tokens: nearest(networks[k], traits.get("tokens")) }));
  const measures = [["accuracy", "accuracy"], ["loss", "log-loss"]].map(([value, text]) => {
    const input = html("input", { type: "radio", name: group, value, onchange: () => write({ measure: value }) });
    return { value, input, node: html("label", {}, input, html("span", { text })) };
  });
  const boxes = tasks.map((task) => {
    const input = html("input", { type: "checkbox", value: task, onchange: choose });
    return { task, input, node: html("label", {}, input, html("span", { text: task })) };
  });
  const told = html("p", { class: "ntp-emerge-told" });
  const cards = html("div", { class: "ntp-emerge-cards" });
  const spoken = html("p", { class: "ntp-emerge-spoken", role: "status" });
  const [announce, hush] = announcer(spoken);
  const key = (name, text) => html("span", { class: `ntp-emerge-key ntp-emerge-key-${name}`, text });

  const root = html("div", { class: "ntp-emerge" },
    training.node,
    html("div", { class: "ntp-emerge-knobs" }, size.node,
      html("fieldset", {}, html("legend", { text: "Measure" }), ...measures.map((one) => one.node))),
    html("fieldset", { class: "ntp-emerge-tasks" }, html("legend", { text: "Tasks" }), ...boxes.map((one) => one.node)),
    told, cards,
    html("p", { class: "ntp-emerge-words" },
      key("network", "network, recorded: the mean over its seeds"), key("seed", "one seed"),
      key("exact", "exact predictor"), key("half", "emerged")),
    spoken);

  function choose() {
    const shown = boxes.filter((one) => one.input.checked).map((one) => one.task);
    if (shown.length) write({ shown });
    else draw(); // the last one stays
  }

  function drawCard(task, network, k, measure) {
    const values = network.mean[task][measure];
    const own = values[k];
    const best = exact[task][measure];
    const loss = measure === "loss";
    const top = loss ? Math.ceil(Math.max(...values.flat(), ...best)) : 1;
    const yTicks = loss ? [0, top / 2, top] : [0, 0.5, 1];
    const logs = network.tokens.map(Math.log10);
    const shown = (value) => (loss ? `${value.toFixed(2)} nats` : percent(value));
    const points = (list) => list.map((value, i) => [i + 1, value]);
    const along = (list) => list.map((value, i) => [logs[i], value]);
    const most = own.length;
    const emerged = network.mean[task].accuracy[k][AT - 1] >= exact[task].half;
    const node = html("section", {
      "data-task": task, "data-emerged": emerged, "data-network": own[AT - 1], "data-exact": best[AT - 1],
      "aria-label": `${task}: ${TASKS[task] ?? task}`,
    },
    html("p", { class: "ntp-emerge-name" }, html("b", { text: task }), html("span", { text: TASKS[task] ?? "" }),
      html("em", { text: emerged ? "emerged" : "not yet", "data-emerged": emerged })));
    const [low, high] = [Math.log10(first), Math.log10(last)];
    const xTicks = [];
    for (let power = Math.ceil(low); power <= high; power++) {
      xTicks.push([power, power < 6 ? `${10 ** (power - 3)}k` : `${10 ** (power - 6)}M`]);
    }
    if (!xTicks.length) xTicks.push([low, large(first)], [high, large(last)]);
    const half = loss ? [] : [[[[low, exact[task].half], [high, exact[task].half]], "ntp-emerge-half"]];
    node.append(html("div", {},
      chart({
        lines: [[points(best), "ntp-emerge-exact"], [points(own), "ntp-emerge-network"], [points(own), "ntp-emerge-dot"]],
        low: 1, high: most, top, bottom: 0, yTicks, title: "by example",
        xTicks: own.map((_, i) => [i + 1, `${i + 1}`]).filter((_, i) => i % 2 === 0 || most < 6),
        words: `${task}, ${measure} at examples 1 to ${most}: network ${own.map(shown).join(", ")}; exact ${best.map(shown).join(", ")}.`,
      }),
      chart({
        lines: [[[[low, best[AT - 1]], [high, best[AT - 1]]], "ntp-emerge-exact"], ...half,
          ...network.seeds[task][measure].map((seed) => [along(seed), "ntp-emerge-seed"]),
          [along(values.map((row) => row[AT - 1])), "ntp-emerge-network"],
          [[[logs[k], own[AT - 1]]], "ntp-emerge-dot"]],
        low, high, top, bottom: 0, yTicks, xTicks, cursor: logs[k], title: `example ${AT}, by tokens`,
        words: `${task}, ${measure} at example ${AT} along training: ${shown(values[0][AT - 1])} after ` +
          `${large(network.tokens[0])} tokens, ${shown(own[AT - 1])} here, ${shown(values.at(-1)[AT - 1])} at the end; ` +
          `exact ${shown(best[AT - 1])}.`,
      })));
    return node;
  }

  function draw() {
    const { size: s, tokens, measure, shown } = read();
    const network = networks[s];
    const k = Math.max(0, network.tokens.indexOf(tokens));
    const name = `${plural(network.layers, "layer")} of width ${network.width}`;
    training.input.max = network.tokens.length - 1;
    training.input.value = k;
    assign(training.input, { "aria-valuetext": `${large(tokens)} tokens` });
    training.value.textContent = large(tokens);
    size.input.value = s;
    assign(size.input, { "aria-valuetext": `${name}, ${large(network.parameters)} parameters` });
    size.value.textContent = `${name}, ${large(network.parameters)} parameters`;
    for (const { value, input } of measures) input.checked = value === measure;
    for (const { task, input } of boxes) input.checked = shown.includes(task);

    const emerged = tasks.filter((task) => network.mean[task].accuracy[k][AT - 1] >= exact[task].half);
    const seeds = network.seeds[tasks[0]].accuracy.length;
    told.replaceChildren(html("b", { text: `After ${large(tokens)} tokens: ` }),
      emerged.length ? `${emerged.join(", ")} emerged.` : "nothing has emerged.",
      html("span", { text: ` ${plural(seeds, "seed")}; at the end of training ε = ${number(Number(network.epsilon.toPrecision(2)))} nats a document.` }));
    cards.replaceChildren(...shown.map((task) => drawCard(task, network, k, measure)));
    Object.assign(root.dataset, { size: s, tokens, measure, shown: shown.join(","), emerged: emerged.join(",") });
    if (drawn) announce(`${name}, ${large(tokens)} tokens: ${emerged.length ? emerged.join(", ") : "nothing"} emerged.`);
    drawn = true;
  }

  const ignoreChanges = onChanges(traits, ["size", "tokens", "measure", "shown"], draw);
  draw();
  el.append(root);
  return () => {
    hush();
    ignoreChanges();
  };
}

export default { render };
