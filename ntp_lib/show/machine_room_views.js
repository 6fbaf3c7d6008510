// What the machine room draws of a room, which machine_room.js makes: the states, the weights, the
// scores. See linear.js for how the files are put together.

const NEIGHBOURS = ["left neighbour", "the cell itself", "right neighbour"];

const visible = (symbol) => symbol.replace(" ", "␣");
const grouped = (count) => String(count).replace(/\B(?=(\d{3})+$)/g, "\u202f");

/** Where the head of a token goes: { state, symbol, rule } or null if it carries none. */
function headOf(room, token) {
  const { stride, symbols, states } = room.compiled;
  if (token % stride === 0) return null;
  const state = states[token % stride - 1];
  const symbol = symbols[Math.floor(token / stride)];
  return { state, symbol, rule: room.machine.rules.get(state).get(symbol) ?? null };
}

function ruleText({ state, symbol, rule }) {
  if (!rule) return `${state} has no rule for ${visible(symbol)}: the row repeats`;
  const move = ["move left", "stay", "move right"][rule.move + 1];
  return `in ${state}, reading ${visible(symbol)}: write ${visible(rule.write)}, ${move}, ` +
    (rule.state === state ? "keep the state" : `enter ${rule.state}`);
}

/** States on a circle, an arrow for each pair of states between which a rule leads. */
function stateDiagram(room, current, active) {
  const { states } = room.compiled;
  const n = states.length;
  const big = n <= 8;
  const r = big ? 17 : Math.max(5, 60 / n);
  const at = (i) => {
    const angle = (2 * Math.PI * i) / n - Math.PI / 2;
    return [170 + 96 * Math.cos(angle), 150 + 96 * Math.sin(angle), angle];
  };
  const links = new Map();
  for (const [from, row] of room.machine.rules) {
    for (const [symbol, rule] of row) {
      const key = `${states.indexOf(from)}-${states.indexOf(rule.state)}`;
      const word = `${visible(symbol)}→${visible(rule.write)}${"←·→"[rule.move + 1]}`;
      links.set(key, [...(links.get(key) ?? []), word]);
    }
  }
  const now = active?.rule
    ? `${states.indexOf(active.state)}-${states.indexOf(active.rule.state)}` : "";
  const arrows = [];
  const labels = [];
  for (const [key, words] of links) {
    const [a, b] = key.split("-").map(Number);
    const [x, y, angle] = at(a);
    const [u, v] = at(b);
    const kind = key === now ? "ntp-room-link ntp-room-active" : "ntp-room-link";
    let middle;
    if (a === b) {
      // outside the circle of states, or inside where the names need the room
      const way = big ? angle : angle + Math.PI;
      const far = big ? r + 26 : 3.5 * r;
      const point = (turn, d) => `${x + d * Math.cos(way + turn)} ${y + d * Math.sin(way + turn)}`;
      arrows.push(svg("path", {
        class: kind,
        d: `M${point(-0.5, r)}C${point(-0.6, far)} ${point(0.6, far)} ${point(0.5, r + 3)}`,
      }));
      middle = [x + (r + 31) * Math.cos(angle), y + (r + 25) * Math.sin(angle)];
    } else {
      const length = Math.hypot(u - x, v - y) || 1;
      const [dx, dy] = [(u - x) / length, (v - y) / length];
      const bend = links.has(`${b}-${a}`) ? 36 : 0;
      const [cx, cy] = [(x + u) / 2 - dy * bend, (y + v) / 2 + dx * bend];
      const [ex, ey] = [u - cx, v - cy];
      const end = Math.hypot(ex, ey);
      arrows.push(svg("path", {
        class: kind,
        d: `M${x} ${y}Q${cx} ${cy} ${u - (ex / end) * (r + 4)} ${v - (ey / end) * (r + 4)}`,
      }));
      const off = bend ? bend + 10 : 9 * words.length;
      middle = [(x + u) / 2 - dy * off, (y + v) / 2 + dx * off - 7 * (words.length - 1)];
    }
    if (n <= 4) {
      labels.push(svg("text", {
        class: `ntp-room-tick${key === now ? " ntp-room-here" : ""}`,
      }, ...words.map((word, k) => svg("tspan", { x: middle[0], y: middle[1] + 4 + 14 * k, text: word }))));
    }
  }
  const nodes = states.flatMap((state, i) => {
    const [x, y, angle] = at(i);
    const short = big && state.length <= 3;
    const side = Math.cos(angle);
    const far = n <= 4 && !short ? 0 : r + 6;
    const halting = room.machine.rules.get(state).size === 0;
    const circle = svg("circle", {
      cx: x, cy: y, r, class: state === current ? "ntp-room-node ntp-room-current" : "ntp-room-node",
    });
    const ring = halting ? [svg("circle", { cx: x, cy: y, r: r - 3, class: "ntp-room-ring" })] : [];
    const label = svg("text", {
      x: short ? x : x + far * side, y: (short ? y : y + far * Math.sin(angle)) + 4,
      "text-anchor": short || Math.abs(side) < 0.2 || far === 0 ? "middle" : side > 0 ? "start" : "end",
      class: state === current ? "ntp-room-here" : "ntp-room-name", text: state,
    });
    return [circle, ...ring, label];
  });
  return svg("svg", {
    viewBox: "0 14 340 272", role: "img",
    "aria-label": `State diagram: ${states.join(", ")}. The machine is in state ${current}.`,
  },
  svg("defs", {}, svg("marker", {
    id: "ntp-room-arrow", viewBox: "0 0 8 8", refX: 6, refY: 4, markerWidth: 7, markerHeight: 7,
    orient: "auto-start-reverse",
  }, svg("path", { d: "M0 0L8 4L0 8z", class: "ntp-room-tip" }))), ...arrows, ...labels, ...nodes);
}

/** The three blocks of weights, drawn once for a machine: an image of the canvas's size. */
function drawWeights(canvas, room, colour) {
  const q = room.compiled.vocabulary.length;
  const scale = Math.max(1, Math.min(14, Math.floor(1000 / (3 * q + 2))));
  const gap = Math.max(2, Math.round(q / 24));
  assign(canvas, { width: (3 * q + 2 * gap) * scale, height: q * scale });
  const image = assign(document.createElement("canvas"), { width: canvas.width, height: canvas.height });
  const pen = image.getContext("2d");
  pen.fillStyle = colour;
  for (let j = 0; j < 3; j++) {
    const x = j * (q + gap) * scale;
    pen.globalAlpha = 0.06;
    pen.fillRect(x, 0, q * scale, q * scale);
    room.compiled.step.weights[j].forEach((row, u) => row.forEach((weight, d) => {
      if (!weight) return;
      pen.globalAlpha = 0.2 + 0.2 * weight;
      pen.fillRect(x + d * scale, u * scale, scale, scale);
    }));
  }
  canvas.previousElementSibling.style.columnGap = `${(100 * gap) / (3 * q + 2 * gap)}%`;
  return { q, scale, gap, image };
}

/** The same with the rows that are read and the entries that vote for the chosen token lit. */
function lightWeights(canvas, drawn, read, chosen, votes, colours) {
  const pen = canvas.getContext("2d");
  const { q, scale, gap, image } = drawn;
  pen.globalAlpha = 1;
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(image, 0, 0);
  const unit = canvas.width / 640;
  read.forEach((token, j) => {
    const x = j * (q + gap) * scale;
    pen.globalAlpha = 0.25;
    pen.fillStyle = colours.blue;
    pen.fillRect(x, token * scale, q * scale, Math.max(scale, 1));
    pen.globalAlpha = 1;
    pen.strokeStyle = votes[j] ? colours.orange : colours.blue;
    pen.lineWidth = 2.5 * unit;
    const reach = Math.max(scale / 2, 4 * unit) + 1.5 * unit;
    pen.strokeRect(x + (chosen + 0.5) * scale - reach, (token + 0.5) * scale - reach, 2 * reach, 2 * reach);
  });
}

/** All candidates' scores as bars. */
function scoreChart(values, token) {
  const w = 640 / values.length;
  return svg("svg", { viewBox: "0 0 640 76", preserveAspectRatio: "none", "aria-hidden": "true" },
    ...values.map((value, d) => svg("rect", {
      x: d * w + w * 0.1, width: w * 0.8, y: 72 - 22 * value, height: Math.max(22 * value, 1),
      class: d === token ? "ntp-room-chosen" : "ntp-room-other",
    })));
}
