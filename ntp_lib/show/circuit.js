// Threshold circuits in the browser: ntp_lib.theory.Circuit once more, as the linear predictor that
// it is, and the functions that the book's circuits compute. See linear.js for how files are joined.
//
// A circuit is what circuit_bench.circuit_json exports: { inputs: [name], gates: [{ name,
// weights: { wire: integer }, threshold }], outputs: how many of the last gates are the answer }.

const RULE = "elementary rule";
const value = (bits) => bits.reduce((sum, bit) => 2 * sum + bit, 0);
const digits = (n, width) => Array.from({ length: width }, (_, i) => (n >> (width - 1 - i)) & 1);
const plural = (k, noun) => `${k} ${noun}${k === 1 ? "" : "s"}`;

/** The linear predictor that writes the gates' values: 1[Σ w·y ≥ θ] has score ±½(Σ w·y − θ + ½). */
function predictorOf(circuit) {
  const place = new Map([...circuit.inputs, ...circuit.gates.map((gate) => gate.name)]
    .map((wire, i) => [wire, i]));
  return {
    vocabulary: ["0", "1"],
    prompt_length: circuit.inputs.length,
    steps: circuit.gates.map(({ name, weights, threshold }) => ({
      look_backs: Object.keys(weights).map((wire) => place.get(name) - place.get(wire)),
      weights: Object.values(weights).map((weight) => [[0, 0], [-weight / 2, weight / 2]]),
      bias: [-(0.5 - threshold) / 2, (0.5 - threshold) / 2],
    })),
  };
}

/** The circuit of `rows` rows of an elementary rule on a ring of `width` cells. */
function cellular(cell, width, rows) {
  const gates = [];
  for (let t = 1; t <= rows; t++) {
    for (const { name, weights, threshold } of cell) {
      for (let i = 0; i < width; i++) {
        const wires = {
          l: `${t - 1}.${(i + width - 1) % width}`, s: `${t - 1}.${i}`,
          r: `${t - 1}.${(i + 1) % width}`, h: `${t}h.${i}`,
        };
        gates.push({
          name: `${t}${name === "h" ? "h" : ""}.${i}`, threshold,
          weights: Object.fromEntries(Object.entries(weights).map(([w, k]) => [wires[w], k])),
        });
      }
    }
  }
  return { inputs: Array.from({ length: width }, (_, i) => `0.${i}`), gates, outputs: width };
}

/** The right answer by direct arithmetic, as bits, with the sentence that says so. */
function direct(kind, bits, rule, rows) {
  const n = bits.length / 2;
  const [a, b] = [value(bits.slice(0, n)), value(bits.slice(n))];
  const ones = bits.reduce((sum, bit) => sum + bit, 0);
  switch (kind) {
    case "XOR": return { bits: [bits[0] ^ bits[1]], says: `${bits[0]} xor ${bits[1]} = ${ones % 2}` };
    case "majority": {
      const more = Number(2 * ones > bits.length);
      return { bits: [more], says: `${ones} of ${plural(bits.length, "bit")} are 1` };
    }
    case "full adder": return { bits: digits(ones, 2), says: `${bits.join(" + ")} = ${ones}` };
    case "ripple adder":
    case "weighted adder": return { bits: digits(a + b, n + 1), says: `${a} + ${b} = ${a + b}` };
    case "multiplier": return { bits: digits(a * b, 2 * n), says: `${a} × ${b} = ${a * b}` };
    case "comparator": return { bits: [Number(a >= b)], says: `${a} ${a >= b ? "≥" : "<"} ${b}` };
    case RULE: {
      let row = bits;
      for (let t = 0; t < rows; t++) {
        row = row.map((s, i) =>
          (rule >> (4 * row.at(i - 1) + 2 * s + row[(i + 1) % row.length])) & 1);
      }
      return { bits: row, says: `rule ${rule} makes ${bits.join("")} into ${row.join("")}` };
    }
    default: return null;
  }
}

/** Try every input: how many answers are right, the least margin, and the answers in order. */
function tryAll(kind, circuit, rule, rows) {
  const n = circuit.inputs.length;
  const predictor = predictorOf(circuit);
  const found = { right: 0, total: 2 ** n, margin: Infinity, answers: [] };
  for (let code = 0; code < found.total; code++) {
    const bits = digits(code, n);
    const written = rollout(predictor, bits, circuit.gates.length);
    const answer = written.slice(-circuit.outputs).map((step) => step.token).join("");
    const truth = direct(kind, bits, rule, rows);
    if (truth && truth.bits.join("") === answer) found.right += 1;
    for (const step of written) found.margin = Math.min(found.margin, step.margin);
    found.answers.push(answer);
  }
  return found;
}

/** A gate in words: 1[a + b − 2c ≥ 1]. */
function formula({ weights, threshold }) {
  const sum = Object.entries(weights).map(([wire, k], i) =>
    `${k < 0 ? (i ? " − " : "−") : i ? " + " : ""}${Math.abs(k) > 1 ? Math.abs(k) : ""}${wire}`);
  return `1[${sum.join("") || "0"} ≥ ${String(threshold).replace("-", "−")}]`;
}

/** Where every wire is drawn: gates below all that they read, near the middle of it. */
function layout(circuit, across) {
  const layer = new Map(circuit.inputs.map((wire) => [wire, 0]));
  for (const { name, weights } of circuit.gates) {
    layer.set(name, 1 + Math.max(0, ...Object.keys(weights).map((wire) => layer.get(wire))));
  }
  const x = new Map();
  const rows = [];
  for (const [wire, k] of layer) (rows[k] ??= []).push(wire);
  // two numbers are drawn column by column, a1 b1 a0 b0
  if (circuit.inputs.every((wire) => /^[ab]\d$/.test(wire))) {
    rows[0].sort((p, q) => q[1] - p[1] || (p < q ? -1 : 1));
  }
  const reads = new Map(circuit.gates.map((gate) => [gate.name, Object.keys(gate.weights)]));
  const ring = circuit.inputs[0].includes(".");
  for (const row of rows) {
    if (!ring && row !== rows[0]) {
      const middle = (wire) => {
        const from = reads.get(wire);
        return from.reduce((sum, w) => sum + x.get(w), 0) / (from.length || 1);
      };
      row.sort((p, q) => middle(p) - middle(q));
    }
    // off the straight line, so that no wire runs through a gate between its ends
    const k = rows.indexOf(row);
    const cell = (ring ? 0.93 * across : across) / row.length;
    const arc = Math.sin((Math.PI * k) / rows.length) - 0.45;
    const bulge = row.length > 4 ? 0 : across * arc * (row.length > 1 ? 0.2 : 0.4);
    row.forEach((wire, i) => {
      const even = (i + 0.5) * cell;
      if (ring) x.set(wire, even + (wire.includes("h") ? cell / 4 : 0));
      else x.set(wire, k && bulge ? across / 2 + 0.8 * (even - across / 2) + bulge : even);
    });
  }
  return {
    layers: rows.length,
    at: (wire) => [x.get(wire), 30 + 62 * layer.get(wire)],
    crowded: (wire) => rows[layer.get(wire)].length > 6,
  };
}
