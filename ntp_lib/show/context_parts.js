// What the widgets of contexts share: names, numbers, choices. See linear.js for how the files are
// put together; the classes are those of learning_context.css.

const SUBSCRIPT = "₀₁₂₃₄₅₆₇₈₉";

const plural = (k, noun) => `${k} ${noun}${k === 1 ? "" : "s"}`;
const nats = (value) => (Math.abs(value) < 0.005 ? "0.00" : value.toFixed(2).replace("-", "−"));
const functionName = (i) => `f${SUBSCRIPT[i + 1]}`;

/** A probability in percent; only what is certain reads 0% or 100%. */
function percentText(p) {
  if (p > 0.999 && p < 1) return "over 99.9%";
  if (p < 0.001 && p > 0) return "under 0.1%";
  return `${Number((100 * p).toPrecision(3))}%`;
}

function ruleName({ kind, parts, name }) {
  if (kind === "proposition") return name;
  const names = parts.map(functionName);
  return kind === "printed" ? names.join(" → ") : names.reverse().join("∘");
}

function tokenName(world, token) {
  return token < world.objects ? `${token}` : [";", "T", "F"][token - world.objects];
}

/** A group of radio buttons from [value, label, title]: its node, and a function that sets it. */
function radios(name, legend, choices, react) {
  const group = `ntp-ctx-${name}-${Math.random().toString(36).slice(2)}`;
  const labels = choices.map(([value, label, title]) => html("label", { title: title ?? null },
    html("input", { type: "radio", name: group, value, onchange: () => react(value) }), html("span", { text: label })));
  const node = html("fieldset", { class: "ntp-ctx-choices" }, html("legend", { text: legend }), ...labels);
  return { node, set: (value) => labels.forEach((label) => { label.firstChild.checked = label.firstChild.value === `${value}`; }) };
}

/** A number with its name and a note, for a dl. */
function fact(label, value, note, kind) {
  return html("div", {}, html("dt", { text: label }),
    html("dd", {}, html("strong", { class: kind, text: value }), html("span", { text: note })));
}

/** The buttons that lengthen and shorten a context: [draw one, draw five, take back, start again]. */
function exampleButtons(objects, inputs, keep) {
  const draw = (count) => keep([...inputs(), ...Array.from({ length: count }, () => Math.floor(Math.random() * objects()))]);
  return [["Draw one", () => draw(1)], ["Draw five", () => draw(5)],
    ["Take one back", () => keep(inputs().slice(0, -1))], ["Start again", () => keep([])]]
    .map(([text, onclick]) => html("button", { type: "button", text, onclick }));
}
