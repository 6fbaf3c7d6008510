// Machines from text: ntp_lib.theory.machine_text once more. The YAML here is the part of the
// language that descriptions of machines use: block and flow mappings, flow lists, quotes, comments.
// See linear.js for how the files are put together.

/** A description that is no machine; `kind` says in a word what is wrong, as in Python. */
class MachineTextError extends Error {
  constructor(kind, message) { super(message); this.kind = kind; }
}

const MOVES = { L: -1, N: 0, R: 1 };
const KEYS = ["blank", "start state", "table", "input", "synonyms"];

/** Read a machine: { blank, start, input, rules: Map(state → Map(symbol → {write, move, state})) }. */
function parseMachine(text) {
  const words = text.split(/\r?\n/).map((line) => line.split("#")[0].trim()).filter((line) => line);
  return words.length === 1 && /^[\p{L}\p{N}_-]+$/u.test(words[0])
    ? fromLine(words[0]) : fromYaml(text);
}

function fromLine(line) {
  const bad = (what) => new MachineTextError("line", `in the busy-beaver line ${line}: ${what}`);
  const groups = line.split("_");
  const states = [..."ABCDEFGIJKLMNOPQRSTUVWXY"].slice(0, groups.length);
  const size = groups[0].length;
  if (groups.length > states.length) {
    throw bad(`there are ${groups.length} groups; at most 24 states have names`);
  }
  if (size % 3 || size < 3 || size > 30) {
    throw bad(`'${groups[0]}' has ${size} characters; give 3 for each symbol, 10 at most`);
  }
  const symbols = [..."0123456789"].slice(0, size / 3);
  const rules = new Map(states.map((state) => [state, new Map()]));
  groups.forEach((group, s) => {
    if (group.length !== size) {
      throw bad(`'${group}' has ${group.length} characters; the first group has ${size}`);
    }
    symbols.forEach((symbol, i) => {
      const rule = group.slice(3 * i, 3 * i + 3);
      if (rule === "---") return;
      const [write, direction, into] = rule;
      if (!symbols.includes(write)) {
        throw bad(`'${rule}' writes '${write}'; the symbols are ${symbols.join(", ")}`);
      }
      if (direction !== "L" && direction !== "R") {
        throw bad(`'${rule}' moves '${direction}'; the directions are L and R`);
      }
      if (![...states, "Z", "H"].includes(into)) {
        throw bad(`'${rule}' enters '${into}'; the states are ${states.join(", ")}, Z, H`);
      }
      if (!rules.has(into)) rules.set(into, new Map());
      rules.get(states[s]).set(symbol, { write, move: MOVES[direction], state: into });
    });
  });
  return { blank: "0", start: "A", input: "", rules };
}

// YAML: text → null, a string, a list (an Array) or a mapping ({ pairs: [[key, value], …] }).

function syntaxError(line, problem) {
  return new MachineTextError("syntax", `this is not YAML in line ${line + 1}: ${problem}`);
}

/** Call `visit` on every character outside quotes, until it says false. A quote begins a word. */
function outsideQuotes(text, visit) {
  let quote = "";
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quote) { if (c === quote) quote = ""; }
    else if ((c === "'" || c === '"') && /(^|[,[{:])$/.test(text.slice(0, i).trimEnd())) quote = c;
    else if (visit(c, i) === false) return;
  }
}

function uncommented(line) {
  let end = line.length;
  outsideQuotes(line, (c, i) => {
    if (c !== "#" || (i > 0 && !/\s/.test(line[i - 1]))) return true;
    end = i;
    return false;
  });
  return line.slice(0, end).trimEnd();
}

/** Whether a bracket is still open at the end of a text. */
function isOpen(text) {
  let depth = 0;
  outsideQuotes(text, (c) => { depth += "[{".includes(c) ? 1 : "]}".includes(c) ? -1 : 0; });
  return depth > 0;
}

/** Reads words, lists and mappings in braces from one text, which starts in line `line`. */
class Flow {
  constructor(text, line) { this.text = text; this.at = 0; this.line = line; }

  error(problem) { return syntaxError(this.line, problem); }
  skip() { while (/\s/.test(this.text[this.at] ?? "")) this.at += 1; }
  done() { this.skip(); return this.at >= this.text.length; }

  /** Whether a colon that separates key and value comes next; it is taken if so. */
  colon(nested) {
    this.skip();
    const next = this.text[this.at + 1] ?? " ";
    const taken = this.text[this.at] === ":" && (/\s/.test(next) || (nested && /[,[\]{}'"]/.test(next)));
    if (taken) this.at += 1;
    return taken;
  }

  node(nested, key = false) {
    this.skip();
    const c = this.text[this.at];
    if (c === "[") return this.list();
    if (c === "{") return this.mapping();
    if (c === "'" || c === '"') return this.quoted(c);
    const word = this.plain(nested);
    return !key && ["", "~", "null", "Null", "NULL"].includes(word) ? null : word;
  }

  quoted(quote) {
    let out = "";
    for (this.at += 1; this.at < this.text.length; this.at++) {
      const c = this.text[this.at];
      if (c === quote && quote === "'" && this.text[this.at + 1] === "'") { out += c; this.at += 1; }
      else if (c === quote) { this.at += 1; return out; }
      else if (c === "\\" && quote === '"') { this.at += 1; out += this.text[this.at] ?? ""; }
      else out += c;
    }
    throw this.error(`a ${quote} is not closed`);
  }

  plain(nested) {
    const start = this.at;
    if (/[&*!|>%@`]/.test(this.text[start] ?? "")) {
      throw this.error(`${this.text[start]} must stand in quotes, as '${this.text[start]}'`);
    }
    while (this.at < this.text.length) {
      const c = this.text[this.at];
      const next = this.text[this.at + 1] ?? " ";
      if (c === ":" && (/\s/.test(next) || (nested && /[,[\]{}]/.test(next)))) break;
      if (nested && /[,[\]{}]/.test(c)) break;
      this.at += 1;
    }
    return this.text.slice(start, this.at).trim();
  }

  list() {
    const items = [];
    this.at += 1;
    for (;;) {
      if (this.done()) throw this.error("a [ is not closed");
      if (this.text[this.at] === "]") { this.at += 1; return items; }
      items.push(this.node(true, true));
      this.separator("]");
    }
  }

  mapping() {
    const pairs = [];
    this.at += 1;
    for (;;) {
      if (this.done()) throw this.error("a { is not closed");
      if (this.text[this.at] === "}") { this.at += 1; return { pairs }; }
      const key = this.node(true, true);
      pairs.push([key, this.colon(true) ? this.node(true) : null]);
      this.separator("}");
    }
  }

  separator(close) {
    if (this.done()) throw this.error(`a ${close === "]" ? "[" : "{"} is not closed`);
    if (this.text[this.at] === ",") this.at += 1;
    else if (this.text[this.at] !== close) {
      throw this.error(`expected , or ${close}, but got ${this.text[this.at]}`);
    }
  }
}

function readYaml(text) {
  const lines = text.split(/\r?\n/).map((line, number) => ({ text: uncommented(line), number }))
    .filter((line) => line.text.trim() && line.text !== "---");
  for (const { text: line, number } of lines) {
    if (/^ *\t/.test(line)) throw syntaxError(number, "indent with spaces, not with tabs");
  }
  const indent = (i) => lines[i].text.match(/^ */)[0].length;
  let i = 0;

  function value(rest, number, above) {
    if (!rest) {
      return i < lines.length && indent(i) > above ? block(indent(i)) : null;
    }
    if (/^[[{]/.test(rest)) {
      while (isOpen(rest) && i < lines.length) rest += ` ${lines[i++].text.trim()}`;
    }
    const flow = new Flow(rest, number);
    const node = flow.node(false);
    if (!flow.done()) throw flow.error(`${flow.text.slice(flow.at)} is not expected here`);
    return node;
  }

  function block(depth) {
    const pairs = [];
    while (i < lines.length && indent(i) === depth) {
      const { text: line, number } = lines[i];
      const flow = new Flow(line.trim(), number);
      if (/^-(\s|$)/.test(flow.text)) throw flow.error("write a list in brackets, as [0, 1]");
      if (/^\{/.test(flow.text) && !pairs.length) { i += 1; return value(flow.text, number, depth); }
      const key = flow.node(false, true);
      if (!flow.colon(false)) throw flow.error("expected a key and a colon");
      i += 1;
      pairs.push([key, value(flow.text.slice(flow.at).trim(), number, depth)]);
    }
    if (i < lines.length && indent(i) > depth) {
      throw syntaxError(lines[i].number, "this line's indentation fits none above");
    }
    return { pairs };
  }

  if (!lines.length) return null;
  const root = block(indent(0));
  if (i < lines.length) throw syntaxError(lines[i].number, "this line's indentation fits none above");
  return root;
}

// The document → a machine.

function show(value) {
  if (value === null) return "nothing";
  return typeof value === "string" ? `'${value}'` : Array.isArray(value) ? "a list" : "a mapping";
}

function pairsOf(value, what, kind) {
  if (value === null || value === undefined) return [];
  if (!value.pairs) {
    throw new MachineTextError(kind, `${what} is ${show(value)}; it should be a mapping, as key: value`);
  }
  return value.pairs;
}

function mapOf(value, what, kind) {
  const found = new Map();
  for (const [key, entry] of pairsOf(value, what, kind)) {
    const name = wordOf(key, `a key of ${what}`);
    if (found.has(name)) {
      throw new MachineTextError("duplicate", `'${name}' occurs twice in ${what}; keep one`);
    }
    found.set(name, entry);
  }
  return found;
}

function wordOf(value, what) {
  if (value === null || value === undefined) return "";
  if (typeof value !== "string") throw new MachineTextError("syntax", `${what} should be a single word`);
  return value;
}

function symbolOf(text, where) {
  const size = [...text].length;
  if (size !== 1) {
    throw new MachineTextError(
      "symbol", `the symbol '${text}' (${where}) has ${size} characters; give it one`);
  }
  return text;
}

function ruleOf(value, synonyms, table, where) {
  if (typeof value === "string" && Object.hasOwn(MOVES, value)) {
    return { write: null, move: MOVES[value], state: null };
  }
  if (typeof value === "string" && synonyms.has(value)) return synonyms.get(value);
  if (!value?.pairs) {
    throw new MachineTextError(
      "rule", `${show(value)} ${where} is no rule: give L, R, N, a synonym or {write: …, L: …}`);
  }
  const parts = mapOf(value, `the rule ${where}`, "rule");
  for (const key of parts.keys()) {
    if (key !== "write" && !Object.hasOwn(MOVES, key)) {
      throw new MachineTextError(
        "move", `'${key}' ${where} is no direction; the directions are L, R and N (stay)`);
    }
  }
  const moves = [...parts.keys()].filter((key) => key !== "write");
  if (moves.length !== 1) {
    throw new MachineTextError(
      "move", `the rule ${where} has ${moves.length} directions; give exactly one`);
  }
  const state = parts.get(moves[0]);
  if (state !== null && !table.has(wordOf(state, `the next state ${where}`))) {
    throw new MachineTextError(
      "state", `unknown state '${state}' ${where}; the states are ${[...table.keys()].join(", ")}`);
  }
  const write = parts.has("write") ? symbolOf(wordOf(parts.get("write"), "write"), where) : null;
  return { write, move: MOVES[moves[0]], state };
}

function fromYaml(text) {
  const top = mapOf(readYaml(text), "the description", "syntax");
  for (const key of top.keys()) {
    if (!KEYS.includes(key)) {
      throw new MachineTextError("key", `unknown key '${key}'; the keys are ${KEYS.join(", ")}`);
    }
  }
  for (const [key, example] of [["blank", "'_'"], ["start state", "A"], ["table", "…"]]) {
    const given = top.get(key);
    if (!given || given.pairs?.length === 0 || given.length === 0) {
      throw new MachineTextError("missing", `there is no ${key}; give one, as ${key}: ${example}`);
    }
  }
  const [blank, start, input] = ["blank", "start state", "input"].map((key) => wordOf(top.get(key), key));
  symbolOf(blank, "the blank");
  const table = mapOf(top.get("table"), "the table", "syntax");
  const synonyms = new Map();
  for (const [name, action] of mapOf(top.get("synonyms"), "synonyms", "syntax")) {
    synonyms.set(name, ruleOf(action, new Map(), table, `in synonym '${name}'`));
  }
  const rules = new Map();
  for (const [state, entry] of table) {
    const row = new Map();
    rules.set(state, row);
    for (const [keys, value] of pairsOf(entry, `state '${state}'`, "rule")) {
      for (const item of Array.isArray(keys) ? keys : [keys]) {
        const name = symbolOf(wordOf(item, "a symbol"), `in state '${state}'`);
        if (row.has(name)) {
          throw new MachineTextError(
            "duplicate", `symbol '${name}' has two rules in state '${state}'; keep one`);
        }
        const rule = ruleOf(value, synonyms, table, `in state '${state}' on symbol '${name}'`);
        row.set(name, { write: rule.write ?? name, move: rule.move, state: rule.state ?? state });
      }
    }
  }
  if (!table.has(start)) {
    throw new MachineTextError(
      "state", `the start state '${start}' is not in the table; give it an entry there`);
  }
  const machine = { blank, start, input, rules };
  const wrong = unknownSymbol(machine, input);
  if (wrong) throw new MachineTextError("input", wrong);
  return machine;
}
