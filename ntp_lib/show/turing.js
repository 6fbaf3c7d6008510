// Turing machines in the browser: ntp_lib.theory.turing and machine_predictor once more.
// See linear.js for how the files are put together.

/** The symbols: the blank, then all that a rule reads or writes, in that order. */
function symbolsOf(machine) {
  const found = new Set([machine.blank]);
  for (const row of machine.rules.values()) {
    for (const [symbol, rule] of row) { found.add(symbol); found.add(rule.write); }
  }
  return [...found];
}

/** What is wrong with an input, or null. */
function unknownSymbol(machine, input) {
  const symbols = symbolsOf(machine);
  const unknown = [...input].find((symbol) => !symbols.includes(symbol));
  return unknown === undefined ? null : `the input holds '${unknown}'; this machine's symbols are ` +
    symbols.map((symbol) => `'${symbol}'`).join(", ");
}

/**
 * Step a machine until it halts, is stuck, or `limit` steps are done: states, heads and tapes' cells
 * as in ntp_lib.theory.Run. `stuck` says which rule is missing, or is null.
 */
function runMachine(machine, input, limit) {
  const tape = new Map([...input].map((symbol, cell) => [cell, symbol]));
  const states = [machine.start];
  const heads = [0];
  const written = [];
  let [state, head, stuck, beyond] = [machine.start, 0, null, 0];
  for (;;) {
    const symbol = tape.get(head) ?? machine.blank;
    const rule = machine.rules.get(state).get(symbol);
    beyond = head + (rule ? rule.move : 0);
    if (written.length === limit || machine.rules.get(state).size === 0) break;
    if (!rule) {
      stuck = `step ${written.length + 1} finds no rule for symbol '${symbol}' in state '${state}'; ` +
        "add one, or let that symbol lead to a halting state";
      break;
    }
    tape.set(head, rule.write);
    state = rule.state;
    head = beyond;
    states.push(state);
    heads.push(head);
    written.push(rule.write);
  }
  const all = heads.concat(0, beyond);
  const first = all.reduce((a, b) => Math.min(a, b));
  const last = all.concat(first + 1, [...input].length - 1).reduce((a, b) => Math.max(a, b));
  return {
    machine, input, states, heads, written, stuck, steps: written.length,
    halted: machine.rules.get(state).size === 0, left: -first, width: last - first + 1,
  };
}

/** What is wrong with a row of `width` cells, `left` of them before the input; null if it fits. */
function rowProblem(run, width, left) {
  if (left < run.left) {
    return `left is ${left} and the head goes to ${run.left} cells before the input: it would ` +
      `leave the row on the left; give left at least ${run.left}`;
  }
  const enough = left - run.left + run.width;
  return width >= enough ? null : `width is ${width}; a row of this run needs ${enough} cells, ` +
    `${left} of them before the input's first`;
}

/** Compile: the tokens, and the one step of a predictor for linear.js. Look-backs suit `width`. */
function compileMachine(machine, width) {
  const symbols = symbolsOf(machine);
  const states = [...machine.rules.keys()];
  const stride = states.length + 1;
  const q = symbols.length * stride;
  const vocabulary = symbols.flatMap((symbol) => ["", ...states.map((s) => `·${s}`)].map((h) => symbol + h));
  const weights = [0, 1, 2].map(() => Array.from({ length: q }, () => new Array(q).fill(0)));
  symbols.forEach((symbol, a) => {
    for (let h = 0; h < stride; h++) {
      const read = stride * a + h;
      let after = a;
      if (h > 0) {
        const rule = machine.rules.get(states[h - 1]).get(symbol)
          ?? { write: symbol, move: 0, state: states[h - 1] };
        after = symbols.indexOf(rule.write);
        const into = 1 + states.indexOf(rule.state);
        // a head that moves right is seen by the cell on its right, as that one's left
        symbols.forEach((_, b) => { weights[1 - rule.move][read][stride * b + into] = 2; });
      }
      for (let p = 0; p < stride; p++) weights[1][read][stride * after + p] += p === 0 ? 2 : 1;
    }
  });
  const step = { look_backs: [width + 1, width, width - 1], weights, bias: new Array(q).fill(0) };
  return { vocabulary, symbols, states, stride, step };
}

/** The prompt: one blank cell and row 0. */
function promptOf(compiled, machine, input, width, left) {
  const row = new Array(width).fill(0);
  [...input].forEach((symbol, i) => { row[left + i] = compiled.stride * compiled.symbols.indexOf(symbol); });
  row[left] += 1 + compiled.states.indexOf(machine.start);
  return [0, ...row];
}

/** The true token of cell `cell` at each time: the tableau that direct simulation gives. */
function trueTokens(run, compiled, width, left, rows) {
  const tokens = promptOf(compiled, run.machine, run.input, width, left);
  const row = tokens.slice(1).map((token) => Math.floor(token / compiled.stride));
  for (let t = 1; t < rows; t++) {
    if (t <= run.steps) row[run.heads[t - 1] + left] = compiled.symbols.indexOf(run.written[t - 1]);
    const now = Math.min(t, run.steps);
    const head = run.heads[now] + left;
    const state = 1 + compiled.states.indexOf(run.states[now]);
    row.forEach((symbol, cell) => tokens.push(compiled.stride * symbol + (cell === head ? state : 0)));
  }
  return tokens;
}
