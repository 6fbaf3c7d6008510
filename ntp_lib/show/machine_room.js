// The machine room: see machine_room.py for what its traits mean. The description is read, compiled
// and run here; every token is the candidate with the greatest score.

const MOST_STEPS = 2000;
const MOST_TOKENS = 60000;
const ROWS_SHOWN = 6;

/** A machine on its input in a row of its own: prompt, true tokens, and the tokens written so far. */
function makeRoom(text, input, widthGiven, leftGiven) {
  const machine = parseMachine(text);
  const unknown = unknownSymbol(machine, input);
  if (unknown) throw new MachineTextError("input", unknown);
  const run = runMachine(machine, input, MOST_STEPS);
  const left = leftGiven < 0 ? run.left : leftGiven;
  const width = widthGiven < 2 ? Math.max(left - run.left + run.width, 2) : widthGiven;
  const problem = rowProblem(run, width, left);
  if (left + Math.max([...input].length, 1) > width) throw new MachineTextError("input", problem);
  const compiled = compileMachine(machine, width);
  const rows = Math.min(run.steps, Math.floor(MOST_TOKENS / width));
  const tokens = promptOf(compiled, machine, input, width, left);
  return {
    machine, input, run, left, width, compiled, rows, tokens,
    total: rows * width,
    truth: trueTokens(run, compiled, width, left, rows + 1),
    problem,
  };
}

/** The scores of the candidates for position p, which reads at most width + 1 tokens before it. */
function scoresAt(room, p) {
  return scores(room.compiled.step, room.tokens.slice(p - room.width - 1, p));
}

/** Write tokens until `count` are there. */
function writeUntil(room, count) {
  while (room.tokens.length < room.width + 1 + count) {
    room.tokens.push(greedy(scoresAt(room, room.tokens.length)));
  }
}

function render({ model, el }) {
  const examples = model.get("examples");
  let room = null;
  let position = 0;
  let drawn = null;
  let playing = 0;
  let building = 0;

  function write(traits) {
    for (const [name, value] of Object.entries(traits)) model.set(name, value);
    model.save_changes();
  }

  const labelled = (text, control) => html("label", {}, html("span", { text }), control);
  const select = html("select", {
    onchange: () => {
      const example = examples[select.selectedIndex];
      if (!example) return;
      write({ text: example.text, input: parseMachine(example.text).input, width: 0, left: -1 });
    },
  }, ...examples.map(({ name }) => html("option", { text: name })), html("option", { text: "your own" }));
  const later = () => { clearTimeout(building); building = setTimeout(take, 350); };
  const area = html("textarea", { rows: 9, spellcheck: "false", autocapitalize: "off", oninput: later });
  const tape = html("input", { type: "text", spellcheck: "false", autocapitalize: "off", oninput: later });
  const numbers = ["left", "width"].map(() => html("input", {
    type: "number", min: 0, max: 400, placeholder: "as needed", oninput: later,
  }));
  const problem = html("p", { class: "ntp-room-problem", role: "status" });
  const facts = html("p", { class: "ntp-room-words" });
  const machineTape = html("div", { class: "ntp-room-tape", tabindex: 0, role: "group" });
  const grid = html("div", { class: "ntp-room-rows", tabindex: 0, role: "group", "aria-label": "The rows of tokens" });
  const diagram = html("div", { class: "ntp-room-diagram" });
  const canvas = html("canvas", { role: "img" });
  const heads = html("div", { class: "ntp-room-blocks", "aria-hidden": "true" },
    ...NEIGHBOURS.map((name) => html("span", { text: name })));
  const votes = html("div", { class: "ntp-room-votes" });
  const bars = html("div", { class: "ntp-room-bars" });
  const rule = html("p", { class: "ntp-room-words" });
  const scrub = html("input", {
    type: "range", min: 0, step: 1, class: "ntp-room-scrub",
    oninput: () => { pause(); move(scrub.valueAsNumber); },
  });
  const where = html("strong");
  const speed = html("input", { type: "range", min: 0, max: 9, step: 1, value: 2, oninput: () => sayStep() });
  const speedWords = html("span", { class: "ntp-room-words" });
  const button = (text, label, onclick) =>
    html("button", { type: "button", "aria-label": label, title: label, text, onclick });
  const play = button("▶ Play", "Play", () => (playing ? pause() : start()));
  const spoken = html("p", { class: "ntp-room-spoken", role: "status" });

  const root = html("div", { class: "ntp-room" },
    html("div", { class: "ntp-room-choose" },
      labelled("Machine", select),
      labelled("Input", tape)),
    html("details", {},
      html("summary", { text: "Read, change or paste a description" }),
      labelled("Description: YAML as at turingmachine.io, or a busy-beaver line", area),
      html("div", { class: "ntp-room-choose" },
        labelled("Cells before the input", numbers[0]), labelled("Cells in a row, S", numbers[1]))),
    problem, facts,
    html("div", { class: "ntp-room-controls" },
      button("Start", "Back to the prompt", () => { pause(); move(0); }),
      button("−row", "Back one row", () => { pause(); move((Math.ceil(position / room.width) - 1) * room.width); }),
      button("−1", "Back one token", () => { pause(); move(position - 1); }),
      play,
      button("+1", "Write one token", () => { pause(); move(position + 1); }),
      button("+row", "Write one row", () => { pause(); move((Math.floor(position / room.width) + 1) * room.width); }),
      labelled("Speed", speed), speedWords),
    html("label", {}, html("span", { class: "ntp-room-head" }, html("span", { text: "Tokens written" }), where), scrub),
    html("div", {}, html("p", { class: "ntp-room-title", text: "The tape" }), machineTape),
    html("div", {}, html("p", { class: "ntp-room-title", text: "The tokens, row by row" }), grid, rule),
    html("div", { class: "ntp-room-two" },
      html("div", {}, html("p", { class: "ntp-room-title", text: "The vote" }), votes, bars),
      html("div", {}, html("p", { class: "ntp-room-title", text: "The states" }), diagram)),
    html("div", {}, html("p", { class: "ntp-room-title", text: "All the weights: token read ↓, candidate →" }),
      heads, canvas),
    spoken);

  const rate = () => Math.round(2 ** speed.valueAsNumber);
  function sayStep() { speedWords.textContent = `${rate()} a second`; assign(speed, { "aria-valuetext": `${rate()} tokens a second` }); }

  function pause() {
    cancelAnimationFrame(playing);
    playing = 0;
    assign(play, { text: "▶ Play", "aria-label": "Play", title: "Play" });
  }

  function start() {
    if (!room || !root.isConnected) return;
    if (position >= room.total) position = 0;
    assign(play, { text: "❚❚ Pause", "aria-label": "Pause", title: "Pause" });
    let last = performance.now();
    const tick = (time) => {
      const due = Math.floor(((time - last) / 1000) * rate());
      if (due > 0) { last = time; move(position + due); }
      if (position >= room.total) { pause(); announce(); } else playing = requestAnimationFrame(tick);
    };
    playing = requestAnimationFrame(tick);
  }

  function announce() {
    spoken.textContent = room && position
      ? `Token ${position} of ${room.total}: ${room.compiled.vocabulary[room.tokens[room.width + position]]}.` : "";
  }

  function move(to) {
    if (!room) return;
    position = Math.max(0, Math.min(room.total, to));
    writeUntil(room, position);
    draw();
    if (!playing) announce();
  }

  /** Take what the fields hold, and leave it to the traits to build it. */
  function take() {
    const [left, width] = numbers.map((field) => (field.value === "" ? NaN : field.valueAsNumber));
    const before = model.get("text");
    let input = tape.value;
    if (area.value !== before) {
      try { input = parseMachine(area.value).input || input; } catch { /* the message follows */ }
    }
    write({
      text: area.value, input,
      width: Number.isNaN(width) ? 0 : width, left: Number.isNaN(left) ? -1 : left,
    });
  }

  function build() {
    const [text, input, width, left] = ["text", "input", "width", "left"].map((name) => model.get(name));
    const chosen = examples.findIndex((example) => example.text === text);
    select.selectedIndex = chosen < 0 ? examples.length : chosen;
    if (area.value !== text) area.value = text;
    if (tape.value !== input) tape.value = input;
    [left, width].forEach((value, i) => {
      const shown = value > 0 || (i === 0 && value === 0) ? String(value) : "";
      if (numbers[i].value !== shown) numbers[i].value = shown;
    });
    pause();
    let made = null;
    try { made = makeRoom(text, input, width, left); } catch (error) {
      if (!(error instanceof MachineTextError)) throw error;
      problem.textContent = `${error.message[0].toUpperCase()}${error.message.slice(1)}.` +
        (room ? " Below is the last machine that could be built." : "");
      root.dataset.error = error.kind;
      return;
    }
    delete root.dataset.error;
    room = made;
    const { run, compiled } = room;
    problem.textContent = [run.stuck, room.problem].filter((what) => what)
      .map((what) => `${what[0].toUpperCase()}${what.slice(1)}.`).join(" ");
    const q = compiled.vocabulary.length;
    const entries = compiled.step.weights.flat(2);
    const used = entries.filter((weight) => weight !== 0).length;
    const norm = entries.reduce((sum, weight) => sum + weight * weight, 0);
    facts.textContent = `${q} tokens in the dictionary; ${grouped(used)} of ${grouped(3 * q * q)} ` +
      `weights are not 0, ‖W‖² = ${grouped(norm)}. ` + (run.halted
      ? `It halts after τ = ${grouped(run.steps)} steps: a row of S = ${room.width} cells, Sτ = ` +
        `${grouped(run.steps * room.width)} tokens.` +
        (room.rows < run.steps ? ` The first ${grouped(room.rows)} rows are shown.` : "")
      : run.stuck ? "" : `It has not halted after ${grouped(run.steps)} steps; ` +
        `the first ${grouped(room.rows)} rows of S = ${room.width} cells can be seen.`);
    Object.assign(root.dataset, { dictionary: q, used, norm, total: room.total, width: room.width });
    assign(scrub, { max: room.total });
    drawn = null;
    position = Math.min(room.total, room.width); // one row, so that there is a vote to look at
    writeUntil(room, position);
    draw();
  }

  function cellParts(token) {
    const { stride, symbols, states } = room.compiled;
    return [visible(symbols[Math.floor(token / stride)]), token % stride ? states[token % stride - 1] : ""];
  }

  /** Keep the middle of a scrolling box at a cell, without moving the page. */
  function follow(box, cell) {
    if (cell) box.scrollLeft = cell.offsetLeft - box.clientWidth / 2 + cell.clientWidth / 2;
  }

  function drawRows() {
    const { width, tokens, truth } = room;
    const p = width + position; // the token written last
    const row = position ? Math.floor((position - 1) / width) + 1 : 0;
    const first = Math.max(0, row - ROWS_SHOWN + 1);
    grid.style.setProperty("--ntp-room-s", width);
    const reads = position ? [p - width - 1, p - width, p - width + 1] : [];
    const count = Math.min(ROWS_SHOWN, row + 1);
    const lines = keep(grid, count, () => html("div", { class: "ntp-room-row" }, html("span", { class: "ntp-room-time" })));
    let here = null;
    lines.forEach((line, k) => {
      const t = first + k;
      const cells = keep(line, width + 1, () => html("span", { class: "ntp-room-cell" }, html("b"), html("small")));
      assign(cells[0], { text: `${t}` });
      for (let c = 0; c < width; c++) {
        const at = 1 + t * width + c;
        const there = at <= p;
        const [symbol, state] = there ? cellParts(tokens[at]) : ["", ""];
        const cell = cells[c + 1];
        assign(cell, {
          "data-head": there && state !== "", "data-read": reads.includes(at),
          "data-new": position > 0 && at === p, "data-wrong": there && tokens[at] !== truth[at],
          title: there ? room.compiled.vocabulary[tokens[at]] : null,
        });
        assign(cell.children[0], { text: symbol });
        assign(cell.children[1], { text: state });
        if (at === p) here = cell;
      }
    });
    follow(grid, here);
  }

  function drawTape() {
    const { width, tokens } = room;
    const row = Math.floor(position / width);
    const cells = keep(machineTape, width, () => html("span", {}, html("small"), html("b")));
    let state = "";
    cells.forEach((cell, c) => {
      const [symbol, head] = cellParts(tokens[1 + row * width + c]);
      assign(cell, { "data-head": head !== "" });
      assign(cell.children[0], { text: head ? `${head} ▾` : "" });
      assign(cell.children[1], { text: symbol });
      if (head) { state = head; follow(machineTape, cell); }
    });
    assign(machineTape, {
      "aria-label": `The tape at time ${row}: ${cells.map((cell) => cell.lastChild.textContent).join(" ")}` +
        (state ? `; the head is in state ${state}` : ""),
    });
    return state;
  }

  function drawVote() {
    if (!position) {
      votes.replaceChildren(html("p", { class: "ntp-room-words", text: "Write a token, and see who votes for it." }));
      bars.replaceChildren();
      rule.textContent = "";
      lightWeights(canvas, drawn, [], 0, [], drawn.colours);
      assign(canvas, { "aria-label": "The three blocks of weights." });
      return null;
    }
    const { width, tokens, compiled } = room;
    const p = width + position;
    const values = scoresAt(room, p);
    const token = tokens[p];
    const other = values.reduce((best, value, d) => (d !== token && (best < 0 || value > values[best]) ? d : best), -1);
    const read = compiled.step.look_backs.map((b) => tokens[p - b]);
    const added = compiled.step.weights.map((block, j) => [block[read[j]][token], block[read[j]][other]]);
    const name = (id) => {
      const [symbol, ...head] = compiled.vocabulary[id];
      return visible(symbol) + head.join("");
    };
    const head = read.map((u) => headOf(room, u)).find((found, j) => found && (added[j][0] >= 2 || j === 1)) ?? null;
    votes.replaceChildren(html("table", {},
      html("thead", {}, html("tr", {}, ...["what is read", "token", `for ${name(token)}`, `for ${name(other)}`].map((text, k) =>
        html("th", { scope: "col", class: k === 2 ? "ntp-room-chosen" : null, text })))),
      html("tbody", {}, ...read.map((u, j) => html("tr", { "data-votes": added[j][0] > 0 },
        html("th", { scope: "row", text: `${NEIGHBOURS[j]}, ${compiled.step.look_backs[j]} back` }),
        html("td", { text: name(u) }),
        ...added[j].map((value, k) => html("td", { class: k ? null : "ntp-room-chosen", text: `+${value}` })))),
      html("tr", { class: "ntp-room-total" }, html("th", { scope: "row", text: "score" }), html("td"),
        html("td", { class: "ntp-room-chosen", text: number(values[token]) }), html("td", { text: number(values[other]) })))),
    html("p", {}, "Written: ", html("strong", { text: name(token) }),
      `, ahead of all others by ${number(margin(values, token))}.`));
    bars.replaceChildren(scoreChart(values, token));
    rule.textContent = head ? `The head ${ruleText(head)}.`.replace("The head in", "In") : "No head moves into this cell: its symbol stays.";
    lightWeights(canvas, drawn, read, token, added.map(([value]) => value), drawn.colours);
    assign(canvas, {
      "aria-label": `The three blocks of weights. The entries for ${name(token)} in the rows of ` +
        `${read.map(name).join(", ")} are lit: ${added.map(([value]) => value).join(" + ")}.`,
    });
    Object.assign(root.dataset, { token: compiled.vocabulary[token], score: values[token], margin: margin(values, token) });
    return head;
  }

  function draw() {
    if (!drawn) {
      const style = getComputedStyle(root);
      const colours = { ink: style.color, blue: style.getPropertyValue("--room-blue"), orange: style.getPropertyValue("--room-orange") };
      drawn = { ...drawWeights(canvas, room, colours.ink), colours };
    }
    drawRows();
    const state = drawTape();
    const head = drawVote();
    diagram.replaceChildren(stateDiagram(room, state, head));
    scrub.value = position;
    assign(scrub, { "aria-valuetext": `${position} of ${room.total} tokens` });
    where.textContent = `${grouped(position)} of ${grouped(room.total)}`;
    Object.assign(root.dataset, {
      position, wrong: room.tokens.slice(0, room.width + 1 + position).filter((token, i) => token !== room.truth[i]).length,
    });
  }

  // The weights are painted in the page's colours: paint them again when its theme changes.
  const themed = new MutationObserver(() => { drawn = null; if (room) draw(); });
  themed.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  const ignoreChanges = onChanges(model, ["text", "input", "width", "left"], build);
  el.append(root);
  sayStep();
  build();
  return () => {
    pause();
    clearTimeout(building);
    themed.disconnect();
    ignoreChanges();
  };
}

export default { render };
