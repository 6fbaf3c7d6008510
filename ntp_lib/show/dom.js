// Elements of a widget, made and kept in place. See linear.js for how the files are put together.

/** Set what is given: `text`, `onclick` and the like as properties, all else as attributes. */
function assign(node, given) {
  for (const [name, value] of Object.entries(given)) {
    if (name === "text") {
      if (node.textContent !== value) node.textContent = value;
    } else if (name.startsWith("on")) node[name] = value;
    else if (value === null) node.removeAttribute(name);
    else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
  }
  return node;
}

/** An HTML element with its attributes and children. */
function html(tag, given = {}, ...children) {
  const node = assign(document.createElement(tag), given);
  node.append(...children);
  return node;
}

/** The same for SVG. */
function svg(tag, given = {}, ...children) {
  const node = assign(document.createElementNS("http://www.w3.org/2000/svg", tag), given);
  node.append(...children);
  return node;
}

/** Give a parent exactly `count` children; those that stay keep the keyboard's focus. */
function keep(parent, count, make) {
  while (parent.children.length > count) parent.lastElementChild.remove();
  while (parent.children.length < count) parent.append(make(parent.children.length));
  return [...parent.children];
}

/** A number as a reader wants it: a true minus sign, and no more digits than it needs. */
function number(value) {
  return String(Number(value.toFixed(4))).replace("-", "−");
}

/** Call `react` once after a change that may touch several of these traits; returns the undoing. */
function onChanges(model, traits, react) {
  let waiting = false;
  function later() {
    if (waiting) return;
    waiting = true;
    queueMicrotask(() => { waiting = false; react(); });
  }
  for (const name of traits) model.on(`change:${name}`, later);
  return () => { for (const name of traits) model.off(`change:${name}`, later); };
}

/** A function that speaks a text in a live region once the reader pauses, and one that stops it. */
function announcer(region) {
  let timer = 0;
  const announce = (text) => {
    clearTimeout(timer);
    timer = setTimeout(() => { region.textContent = text; }, 500);
  };
  return [announce, () => clearTimeout(timer)];
}
