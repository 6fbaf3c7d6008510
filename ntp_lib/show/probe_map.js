// The map of ProbeMap: see probe_map.py for what its traits mean.

const PROBE_NETWORKS = [["trained", "trained"], ["random", "random weights"]];
const PROBE_MEASURES = [
  ["probe", "probe", "Share of right labels on new prompts of the derivations that the probe was trained on."],
  ["token control", "control: token", "The same probe, trained on a random label for each token. It reads the token, so it tells nothing here."],
  ["control", "control: derivation", "The same probe, trained on a random label for each derivation: the mean of ten labellings."],
  ["selectivity", "selectivity", "Probe less control of derivations. Near 0: the probe may read which derivation this is, and no more."],
  ["new to the probe", "new to the probe", "Tested on derivations that the network knows and the probe was not trained on."],
  ["new to the network", "new to the network", "Tested on derivations that were held out when the network was trained."],
];
// name of the question: heading, the group it stands in, in words
const PROBE_QUESTIONS = {
  "single": ["f", "single", "a single hidden function, read at the input: which function"],
  "chain first": ["1st", "printed chain", "a printed chain of two, read at the input: its first function"],
  "chain second": ["2nd", "printed chain", "a printed chain of two, read at the first step: its second function"],
  "hidden first": ["1st", "hidden pair", "a hidden composition of two, read at the input: its first function"],
  "hidden second": ["2nd", "hidden pair", "a hidden composition of two, read at the input: its second function"],
  "depth": ["1 or 2", "depth", "hidden functions, read at the input: one or two of them"],
};

const layerName = (layer) => (layer ? `layer ${layer}` : "embedding");

/** A share with two decimals and no leading zero; a dash where there is none. */
function shareText(value) {
  if (value === null) return "–";
  const text = Math.abs(value).toFixed(2).replace(/^0/, "");
  return value < -0.005 ? `−${text}` : text;
}

function render({ model, el }) {
  const { questions, chances, layers, seeds, source, cells } = model.get("map");
  const state = () => ({ network: model.get("network"), measure: model.get("measure") });
  let chosen = { layer: layers - 1, question: Math.max(0, questions.indexOf("hidden second")) };
  let drawn = false;

  function write(change) {
    for (const [name, value] of Object.entries(change)) model.set(name, value);
    model.save_changes();
  }

  function radios(name, legend, choices) {
    const group = `ntp-probe-${name}-${Math.random().toString(36).slice(2)}`;
    const labels = choices.map(([value, label]) => html("label", {},
      html("input", { type: "radio", name: group, value, onchange: () => write({ [name]: value }) }),
      html("span", { text: label })));
    const node = html("fieldset", {}, html("legend", { text: legend }), ...labels);
    return { node, set: (value) => labels.forEach((label) => { label.firstChild.checked = label.firstChild.value === value; }) };
  }

  const network = radios("network", "Network", PROBE_NETWORKS);
  const measure = radios("measure", "Each cell shows", PROBE_MEASURES);
  const words = html("p", { class: "ntp-probe-words" });
  const spoken = html("p", { class: "ntp-probe-spoken", role: "status" });
  const [announce, hush] = announcer(spoken);

  // The headings: questions with the same group stand under one.
  const groups = [];
  for (const name of questions) {
    const group = PROBE_QUESTIONS[name][1];
    if (groups.at(-1)?.group === group) groups.at(-1).span += 1;
    else groups.push({ group, span: 1 });
  }
  const head = html("thead", {},
    html("tr", {}, html("td"),
      ...groups.map(({ group, span }) => html("th", { scope: "colgroup", colspan: span, text: group }))),
    html("tr", {}, html("td"),
      ...questions.map((name) => html("th", { scope: "col", text: PROBE_QUESTIONS[name][0] }))));

  function makeCell(layer, question) {
    const choose = () => { chosen = { layer, question }; draw(); };
    return html("td", {}, html("button", { type: "button", onclick: choose, onfocus: choose, onmouseenter: choose }));
  }
  const rows = Array.from({ length: layers }, (_, k) => k).reverse();
  const buttons = new Map(); // "layer question" → its button
  const body = html("tbody", {}, ...rows.map((layer) => {
    const row = questions.map((_, question) => makeCell(layer, question));
    row.forEach((cell, question) => buttons.set(`${layer} ${question}`, cell.firstChild));
    return html("tr", {}, html("th", { scope: "row", text: layerName(layer) }), ...row);
  }));
  const chanceRow = questions.map(() => html("td"));
  const foot = html("tfoot", {}, html("tr", {}, html("th", { scope: "row", text: "chance" }), ...chanceRow));
  const table = html("table", { onkeydown: move }, html("caption", { class: "ntp-probe-spoken", text: "Share of right labels for each layer and question" }), head, body, foot);
  const place = html("p", { class: "ntp-probe-place" });
  const list = html("dl", { class: "ntp-probe-list" });
  const root = html("div", { class: "ntp-probe" },
    html("div", { class: "ntp-probe-knobs" }, network.node, measure.node), words, table,
    html("div", { class: "ntp-probe-detail" }, place, list),
    html("p", { class: "ntp-probe-source", text: source }), spoken);

  function move(event) {
    const step = { ArrowUp: [1, 0], ArrowDown: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    const layer = Math.min(layers - 1, Math.max(0, chosen.layer + step[0]));
    const question = Math.min(questions.length - 1, Math.max(0, chosen.question + step[1]));
    buttons.get(`${layer} ${question}`).focus();
  }

  function draw() {
    const now = state();
    network.set(now.network);
    measure.set(now.measure);
    words.textContent = PROBE_MEASURES.find(([value]) => value === now.measure)[2];
    const selectivity = now.measure === "selectivity";
    for (const [key, button] of buttons) {
      const [layer, question] = key.split(" ").map(Number);
      const cell = cells[now.network][now.measure][layer][question];
      const base = selectivity ? 0 : chances[question];
      const here = layer === chosen.layer && question === chosen.question;
      assign(button, {
        text: shareText(cell && cell.mean),
        tabindex: here ? 0 : -1,
        "data-here": here,
        "aria-label": `${layerName(layer)}, ${PROBE_QUESTIONS[questions[question]][2]}: ${cell ? shareText(cell.mean) : "no such measure"}`,
        style: `--p: ${cell ? Math.round(100 * Math.min(1, Math.max(0, (cell.mean - base) / (1 - base)))) : 0}%`,
      });
    }
    chanceRow.forEach((cell, question) => { cell.textContent = shareText(selectivity ? 0 : chances[question]); });
    const { layer, question } = chosen;
    const name = PROBE_QUESTIONS[questions[question]][2];
    place.textContent = `${now.network === "trained" ? "Trained network" : "Random weights"}, ${layer ? "after layer " + layer : "embedding"}. ${name[0].toUpperCase()}${name.slice(1)}?`;
    keep(list, PROBE_MEASURES.length, () => html("div", {}, html("dt"), html("dd"))).forEach((row, k) => {
      const [value, label] = PROBE_MEASURES[k];
      const cell = cells[now.network][value][layer][question];
      assign(row, { "data-here": value === now.measure });
      row.children[0].textContent = label;
      row.children[1].replaceChildren(html("strong", { text: shareText(cell && cell.mean) }),
        cell && seeds > 1 ? ` ${shareText(cell.low)} to ${shareText(cell.high)}` : "");
    });
    const cell = cells[now.network][now.measure][layer][question];
    Object.assign(root.dataset, { ...now, layer, question: questions[question], value: cell ? cell.mean : "" });
    if (drawn) announce(`${now.measure}: ${words.textContent}`);
    drawn = true;
  }

  const ignoreChanges = onChanges(model, ["network", "measure"], draw);
  draw();
  el.append(root);
  return () => {
    hush();
    ignoreChanges();
  };
}

export default { render };
