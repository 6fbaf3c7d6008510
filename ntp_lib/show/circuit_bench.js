// The bench of CircuitBench: see circuit_bench.py for what its traits mean. The page holds the
// definitions of the circuits; every token, score and margin is computed from them, by circuit.js.

const OWN = "your own";
const signed = (value) => (value > 0 ? "+" : "") + number(value);

/** What is wrong with a gate that the reader wants to add; null if nothing. */
function refusal(circuit, weights, threshold, limits) {
  if (circuit.gates.length >= limits.gates) {
    return `This bench holds ${limits.gates} gates. Remove one first.`;
  }
  for (const [wire, text] of [...weights, ["the threshold", threshold]]) {
    const what = wire === "the threshold" ? "The threshold" : `The weight of ${wire}`;
    if (wire === "the threshold" && text.trim() === "") return "Give a threshold: a whole number.";
    if (!/^\s*[-−+]?\d*\s*$/.test(text)) {
      return `${what} is “${text.trim()}”. It must be a whole number: multiply everything until it is.`;
    }
    if (Math.abs(whole(text)) > 99) return `${what} is ${text.trim()}. Give −99 to 99.`;
  }
  return null;
}
const whole = (text) => Number(text.trim().replace("−", "-"));

function render({ model, el }) {
  const catalogue = model.get("catalogue");
  const limits = model.get("limits");
  const tries = new Map();
  let selected = null; // the wire whose sum is shown; null for the last gate
  let drawn = false;

  function read() {
    const kind = model.get("circuit");
    const { sizes, circuits } = catalogue[kind];
    const index = Math.max(0, sizes.indexOf(model.get("size")));
    const rule = model.get("rule");
    const circuit = kind === OWN ? model.get("own")
      : kind === RULE ? cellular(model.get("rules")[rule], limits.width, sizes[index])
        : circuits[index];
    const bits = model.get("bits");
    return { kind, sizes, index, size: sizes[index], rule, circuit,
      bits: bits.length === circuit.inputs.length ? bits : startBits(kind, circuit) };
  }

  function startBits(kind, circuit) {
    const n = circuit.inputs.length;
    return circuit.inputs.map((_, i) => Number(kind === RULE ? i === Math.floor(n / 2) : i % 3 < 2));
  }

  function write(change) {
    for (const [name, given] of Object.entries(change)) model.set(name, given);
    if (change.circuit) {
      const { sizes } = catalogue[change.circuit];
      model.set("size", sizes[Math.min(1, sizes.length - 1)]);
    }
    model.set("bits", read().bits);
    model.save_changes();
  }

  // The parts that stay.
  const pick = html("select", { "aria-label": "Circuit", onchange: () => {
    selected = null; write({ circuit: pick.value });
  } }, ...Object.keys(catalogue).map((name) => html("option", { value: name, text: name })));
  const sizeName = html("span");
  const sizeValue = html("strong");
  const sizeInput = html("input", { type: "range", min: 0, step: 1, oninput: () => {
    selected = null; write({ size: read().sizes[sizeInput.valueAsNumber] });
  } });
  const sizeLabel = html("label", {}, html("span", {}, sizeName, sizeValue), sizeInput);
  const ruleInput = html("input", {
    type: "number", min: 0, max: 255, step: 1, class: "ntp-bench-number", onchange: () => {
      const rule = Number(ruleInput.value);
      if (ruleInput.value === "" || !Number.isInteger(rule) || rule < 0 || rule > 255) {
        note.textContent = `There is no rule ${ruleInput.value || "without a number"}. ` +
          "Give a whole number from 0 to 255.";
        ruleInput.value = model.get("rule");
      } else { selected = null; write({ rule }); }
    },
  });
  const ruleLabel = html("label", {}, html("span", { text: "Rule " }), ruleInput);
  const random = html("button", { type: "button", class: "ntp-bench-plain", text: "Random inputs",
    onclick: () => write({ bits: read().bits.map(() => Math.floor(2 * Math.random())) }) });
  const note = html("p", { class: "ntp-bench-note", role: "status" });
  const spoken = html("p", { class: "ntp-bench-spoken", role: "status" });
  const [announce, hush] = announcer(spoken);
  const drawing = html("div", { class: "ntp-bench-drawing" });
  const prompt = html("div", { class: "ntp-bench-row", role: "group", "aria-label": "The prompt" });
  const chain = html("div", { class: "ntp-bench-row", role: "group", "aria-label": "The chain" });
  const verdict = html("p", { class: "ntp-bench-verdict" });
  const sum = html("div", { class: "ntp-bench-sum" });
  const counted = html("p", { class: "ntp-bench-counted" });
  const fields = html("div", { class: "ntp-bench-fields" });
  const threshold = html("input", { type: "text", inputmode: "numeric", class: "ntp-bench-number", value: "1" });
  const less = html("button", { type: "button", class: "ntp-bench-plain", text: "− input", onclick: () => resize(-1) });
  const more = html("button", { type: "button", class: "ntp-bench-plain", text: "+ input", onclick: () => resize(1) });
  const add = html("button", { type: "button", class: "ntp-bench-main", text: "Add the gate", onclick: addGate });
  const remove = html("button", { type: "button", class: "ntp-bench-plain", onclick: removeGate });
  const form = html("div", { class: "ntp-bench-form" },
    html("div", { class: "ntp-bench-head" }, html("span", { text: "Add a gate" }),
      html("span", { class: "ntp-bench-words", text: "the weight of each wire it reads; empty for not at all" })),
    fields,
    html("div", { class: "ntp-bench-buttons" },
      html("label", {}, html("span", { text: "is at least " }), threshold), add),
    html("div", { class: "ntp-bench-buttons" }, remove, less, more));
  const copy = html("button", { type: "button", class: "ntp-bench-plain", text: "Change a copy of it", onclick: copyIt });

  const root = html("div", { class: "ntp-bench" },
    html("div", { class: "ntp-bench-controls" },
      html("label", {}, html("span", { text: "Circuit " }), pick), sizeLabel, ruleLabel, random, copy),
    note,
    html("div", { class: "ntp-bench-views" },
      html("div", {}, html("div", { class: "ntp-bench-head" }, html("span", { text: "As a circuit" }),
        html("span", { class: "ntp-bench-words", text: "filled: 1; ringed: the answer" })), drawing),
      html("div", { class: "ntp-bench-tokens" },
        html("div", { class: "ntp-bench-head" }, html("span", { text: "As tokens: the prompt" }),
          html("span", { class: "ntp-bench-words", text: "press a bit to flip it" })), prompt,
        html("div", { class: "ntp-bench-head" }, html("span", { text: "The chain" }),
          html("span", { class: "ntp-bench-words", text: "select a token" })), chain,
        verdict, sum)),
    counted, form, spoken);

  function ownChange(circuit) {
    const gates = circuit.gates;
    write({ own: { ...circuit, outputs: Math.min(1, gates.length) } });
  }

  function addGate() {
    const { circuit } = read();
    const given = [...fields.querySelectorAll("input")].map((input) => [input.dataset.wire, input.value]);
    note.textContent = refusal(circuit, given, threshold.value, limits) ?? "";
    if (note.textContent) return;
    let k = 1;
    while (circuit.gates.some((gate) => gate.name === `z${k}`)) k += 1;
    const weights = Object.fromEntries(given.map(([wire, text]) => [wire, whole(text)]).filter(([, w]) => w));
    for (const input of fields.querySelectorAll("input")) input.value = "";
    selected = null;
    ownChange({ ...circuit, gates: [...circuit.gates, { name: `z${k}`, weights, threshold: whole(threshold.value) }] });
  }

  function removeGate() {
    const { circuit } = read();
    const name = shownGate(circuit);
    const reader = circuit.gates.find((gate) => name in gate.weights);
    if (reader) {
      note.textContent = `${reader.name} reads ${name}. Remove ${reader.name} first.`;
      return;
    }
    selected = null;
    ownChange({ ...circuit, gates: circuit.gates.filter((gate) => gate.name !== name) });
  }

  function resize(step) {
    const { circuit } = read();
    const { inputs } = circuit;
    if (step > 0) {
      if (inputs.length >= limits.inputs) {
        note.textContent = `This bench holds ${limits.inputs} inputs.`;
        return;
      }
      const name = [..."abcdefgh"].find((letter) => !inputs.includes(letter));
      ownChange({ ...circuit, inputs: [...inputs, name] });
      return;
    }
    const last = inputs.at(-1);
    const reader = circuit.gates.find((gate) => last in gate.weights);
    if (reader || inputs.length === 1) {
      note.textContent = reader ? `${reader.name} reads ${last}. Remove ${reader.name} first.`
        : "A prompt needs at least one bit.";
      return;
    }
    ownChange({ ...circuit, inputs: inputs.slice(0, -1) });
  }

  function copyIt() {
    const { circuit, bits } = read();
    if (circuit.gates.length > limits.gates || circuit.inputs.length > limits.inputs) {
      note.textContent = `It has ${plural(circuit.inputs.length, "input")} and ` +
        `${plural(circuit.gates.length, "gate")}; a circuit of your own has at most ${limits.inputs} ` +
        `and ${limits.gates}. Choose a smaller size.`;
      return;
    }
    write({ own: { ...circuit, outputs: 1 }, circuit: OWN, bits });
  }

  const shownGate = (circuit) =>
    (circuit.gates.find((gate) => gate.name === selected) ?? circuit.gates.at(-1))?.name;

  function drawCircuit(circuit, values, shown, truth) {
    const across = 360;
    const { layers, at, crowded } = layout(circuit, across);
    const lit = circuit.gates.find((gate) => gate.name === shown);
    const outputs = new Set(circuit.gates.slice(-circuit.outputs || Infinity).map((gate) => gate.name));
    const plain = [];
    const marked = [];
    for (const { name, weights } of circuit.gates) {
      for (const [wire, weight] of Object.entries(weights)) {
        const [[x, y], [u, v]] = [at(wire), at(name)];
        const chosen = name === shown;
        (chosen ? marked : plain).push(svg("path", {
          d: `M${x} ${y}L${u} ${v}`,
          class: `ntp-bench-wire${chosen ? " ntp-bench-lit" : ""}${weight < 0 ? " ntp-bench-minus" : ""}`,
        }));
        if (chosen) {
          marked.push(svg("text", { x: x + (u - x) * 0.3, y: y + (v - y) * 0.3 + 8,
            class: "ntp-bench-weight", text: signed(weight) }));
        }
      }
    }
    const nodes = [...values].map(([wire, bit]) => {
      const [x, y] = at(wire);
      const gate = !circuit.inputs.includes(wire);
      const shape = gate ? svg("circle", { cx: x, cy: y, r: 14 })
        : svg("rect", { x: x - 13, y: y - 13, width: 26, height: 26, rx: 3 });
      const node = svg("g", {
        class: "ntp-bench-node", "data-wire": wire, "data-bit": bit, "data-shown": wire === shown,
        "data-lit": Boolean(lit && wire in lit.weights), "data-output": outputs.has(wire),
        onclick: () => (gate ? choose(wire) : flip(circuit.inputs.indexOf(wire))),
      }, shape, svg("text", { x, y: y + 4.5, class: "ntp-bench-value", text: `${bit}` }),
      svg("text", {
        ...(crowded(wire) ? { x, y: y - 18, "text-anchor": "middle" } : { x: x + 15, y: y - 12 }),
        class: "ntp-bench-label", text: wire,
      }));
      return node;
    });
    const words = circuit.gates.map((gate) => `${gate.name} is ${formula(gate)}`).join("; ");
    drawing.replaceChildren(svg("svg", {
      viewBox: `0 0 ${across} ${62 * layers}`, role: "img",
      "aria-label": `The circuit, inputs above. ${words || "No gate yet."} ${truth ? truth.says : ""}`,
    }, ...plain, ...marked, ...nodes));
  }

  function drawSum(circuit, values, written, shown) {
    const t = circuit.gates.findIndex((gate) => gate.name === shown);
    if (t < 0) {
      sum.replaceChildren(html("p", { class: "ntp-bench-words", text: "No gate yet: add one below." }));
      return;
    }
    const gate = circuit.gates[t];
    const step = predictorOf(circuit).steps[t];
    const names = Object.keys(gate.weights);
    const rows = names.map((wire, j) => [`${wire} is ${values.get(wire)}`, step.weights[j][values.get(wire)]]);
    const chosen = (d) => (d === written[t].token ? { class: "ntp-bench-chosen" } : {});
    const line = ([what, added], style = {}) => html("tr", style, html("th", { scope: "row", text: what }),
      ...added.map((k, d) => html("td", { ...chosen(d), text: style.class ? number(k) : signed(k) })));
    sum.replaceChildren(html("table", {},
      html("caption", {}, html("strong", { text: shown }), ` = ${formula(gate)}`),
      html("thead", {}, html("tr", {}, html("th", { scope: "col", text: "adds to the score of" }),
        html("th", { scope: "col", ...chosen(0), text: "0" }), html("th", { scope: "col", ...chosen(1), text: "1" }))),
      html("tbody", {}, ...rows.map((row) => line(row)), line(["always", step.bias]),
        line(["score", written[t].scores], { class: "ntp-bench-total" }))),
    html("p", { class: "ntp-bench-words", text: `Token ${written[t].token} is ahead by ${number(written[t].margin)}.` }));
  }

  function choose(wire) { selected = wire; draw(); }
  function flip(i) { write({ bits: read().bits.map((bit, j) => (i === j ? 1 - bit : bit)) }); }

  function draw() {
    const { kind, sizes, index, size, rule, circuit, bits } = read();
    const predictor = predictorOf(circuit);
    const written = rollout(predictor, bits, circuit.gates.length);
    const values = new Map([...circuit.inputs.map((wire, i) => [wire, bits[i]]),
      ...circuit.gates.map((gate, t) => [gate.name, written[t].token])]);
    const shown = shownGate(circuit);
    const lit = circuit.gates.find((gate) => gate.name === shown)?.weights ?? {};
    const truth = direct(kind, bits, rule, size);
    const answer = written.slice(-circuit.outputs || Infinity).map((step) => step.token);
    const right = truth ? truth.bits.join("") === answer.join("") : null;

    pick.value = kind;
    sizeLabel.hidden = sizes.length < 2;
    ruleLabel.hidden = kind !== RULE;
    form.hidden = kind !== OWN;
    copy.hidden = kind === OWN;
    sizeName.textContent = kind === RULE ? "Rows " : kind === "majority" ? "Inputs " : "Bits ";
    sizeValue.textContent = `${size}`;
    assign(sizeInput, { max: sizes.length - 1, "aria-valuetext": `${size}` });
    sizeInput.value = index;
    if (document.activeElement !== ruleInput) ruleInput.value = rule;

    keep(prompt, bits.length, (i) => html("button", {
      type: "button", class: "ntp-bench-bit", onclick: () => flip(i),
    }, html("span", { class: "ntp-bench-name" }), html("span", { class: "ntp-bench-token" })))
      .forEach((button, i) => {
        const wire = circuit.inputs[i];
        assign(button, { "aria-pressed": bits[i] === 1, "aria-label": `${wire} = ${bits[i]}`, "data-lit": wire in lit });
        assign(button.children[0], { text: wire });
        assign(button.children[1], { text: `${bits[i]}` });
      });
    keep(chain, written.length, (t) => html("button", { type: "button", class: "ntp-bench-card",
      onclick: () => choose(read().circuit.gates[t].name) }, html("span", { class: "ntp-bench-name" }),
    html("span", { class: "ntp-bench-token" }), html("span", { class: "ntp-bench-margin" })))
      .forEach((card, t) => {
        const { name } = circuit.gates[t];
        const last = t >= written.length - circuit.outputs;
        assign(card, {
          "aria-pressed": name === shown, "data-lit": name in lit, "data-output": last,
          "data-token": written[t].token, "data-margin": written[t].margin,
          "data-scores": JSON.stringify(written[t].scores),
          "aria-label": `Token ${t + 1}, ${name}: ${written[t].token}${last ? ", of the answer" : ""}. ` +
            `Ahead by ${number(written[t].margin)}.`,
        });
        assign(card.children[0], { text: name });
        assign(card.children[1], { text: `${written[t].token}` });
        assign(card.children[2], { text: `+${number(written[t].margin)}` });
      });
    verdict.textContent = truth
      ? `The answer ${answer.join("")} is ${right ? "right ✓" : "wrong ✗"}: ${truth.says}.`
      : circuit.gates.length ? `The answer, ${shownName(circuit)}, is ${answer.join("")}.` : "";
    assign(verdict, { "data-right": right });
    drawCircuit(circuit, values, shown, truth);
    drawSum(circuit, values, written, shown);
    drawCount(kind, circuit, rule, size);
    if (kind === OWN) drawForm(circuit);

    Object.assign(root.dataset, {
      circuit: kind, size, rule, bits: bits.join(""), answer: answer.join(""), right: `${right}`,
      chain: written.map((step) => step.token).join(""), shown: shown ?? "",
    });
    if (drawn) announce(verdict.textContent);
    drawn = true;
  }

  const shownName = (circuit) => circuit.gates.at(-1).name;

  function drawCount(kind, circuit, rule, size) {
    if (!circuit.gates.length) { counted.replaceChildren(); return; }
    const key = JSON.stringify([kind, circuit, rule, size]);
    if (!tries.has(key)) tries.set(key, tryAll(kind, circuit, rule, size));
    const { right, total, margin: least, answers } = tries.get(key);
    const about = kind === OWN
      ? `On the ${total} inputs in counting order the answers are ${answers.join(total > 16 ? "" : " ")}. `
      : `${right} of ${total} inputs right. `;
    counted.replaceChildren(html("em", { text: "counted here" }),
      ` ${about}${plural(circuit.gates.length, "token")}, least margin ${number(least)}.`);
    Object.assign(root.dataset, { correct: right, total, margin: least, answers: answers.join(" ") });
  }

  function drawForm(circuit) {
    const wires = [...circuit.inputs, ...circuit.gates.map((gate) => gate.name)];
    keep(fields, wires.length, () => html("label", {}, html("span"),
      html("input", { type: "text", inputmode: "numeric", class: "ntp-bench-number" })))
      .forEach((label, i) => {
        assign(label.children[0], { text: `${wires[i]} × ` });
        assign(label.children[1], { "data-wire": wires[i], "aria-label": `weight of ${wires[i]}` });
      });
    const name = shownGate(circuit);
    remove.hidden = !name;
    remove.textContent = `Remove ${name}`;
  }

  const ignoreChanges = onChanges(model, ["circuit", "size", "rule", "bits", "own"], () => { note.textContent = ""; draw(); });
  draw();
  el.append(root);
  return () => {
    hush();
    ignoreChanges();
  };
}

export default { render };
