// Shows the notebook's widgets on a page that has no kernel.
//
// The page carries the state of its widgets, in the format of Jupyter, and a marker where each of
// them stands. An anywidget brings its own JavaScript module: it is run here as Jupyter would run
// it, so that it works in full. Any other widget would need the kernel: what it showed when the
// notebook ran is shown as it was.
(() => {
  "use strict";
  const STATE = 'script[type="application/vnd.jupyter.widget-state+json"]';
  const VIEW = 'script[type="application/vnd.jupyter.widget-view+json"]';

  // What an anywidget module may ask of its model, without a kernel behind it.
  class Model {
    #state;
    #changed = {};
    #listeners = new Map();

    constructor(state) {
      this.#state = { ...state };
    }
    get(name) {
      return this.#state[name];
    }
    set(name, value) {
      if (Object.is(this.#state[name], value)) return;
      this.#state[name] = value;
      this.#changed[name] = value;
      this.#emit(`change:${name}`, value);
    }
    save_changes() {
      const changed = this.#changed;
      this.#changed = {};
      if (Object.keys(changed).length) this.#emit("change", changed);
    }
    on(names, callback) {
      for (const name of names.split(/\s+/)) {
        if (!this.#listeners.has(name)) this.#listeners.set(name, new Set());
        this.#listeners.get(name).add(callback);
      }
    }
    off(names, callback) {
      if (names == null) this.#listeners.clear();
      else for (const name of names.split(/\s+/)) {
        if (callback == null) this.#listeners.delete(name);
        else this.#listeners.get(name)?.delete(callback);
      }
    }
    send() {} // a message to the kernel has no receiver here
    #emit(name, value) {
      for (const callback of [...(this.#listeners.get(name) ?? [])]) callback(this, value);
    }
  }

  // Several widgets of one kind share one module and one style sheet.
  const modules = new Map();
  function load(source) {
    if (!modules.has(source)) {
      const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
      const loading = import(url).then(async ({ default: widget }) =>
        typeof widget === "function" ? widget() : widget);
      modules.set(source, loading.finally(() => URL.revokeObjectURL(url)));
    }
    return modules.get(source);
  }

  const styles = new Set();
  function addStyle(css) {
    if (!css || styles.has(css)) return;
    styles.add(css);
    const style = document.createElement("style");
    style.textContent = css;
    document.head.append(style);
  }

  // A model may stand in several places of the page; its views then move together.
  const live = new Map();
  function liveModel(id, state) {
    if (!live.has(id)) {
      const model = new Model(state);
      const context = {
        model,
        signal: new AbortController().signal, // the views live as long as the page
        experimental: { invoke: () => Promise.reject(new Error("There is no kernel here.")) },
      };
      const ready = load(state._esm).then(async (widget) => {
        await widget.initialize?.(context);
        return widget;
      });
      live.set(id, { context, ready });
    }
    return live.get(id);
  }

  async function showLive(id, state, place) {
    const el = document.createElement("div");
    el.className = "ntp-widget";
    place.replaceWith(el);
    try {
      addStyle(state._css);
      const { context, ready } = liveModel(id, state);
      const widget = await ready;
      await widget.render?.({ ...context, el });
    } catch (error) {
      el.textContent = `This interactive figure could not start: ${error.message}`;
      el.setAttribute("role", "alert");
      console.error(error);
    }
    el.dataset.ready = "";
  }

  // The outputs that were captured inside a widget, in the order in which it shows them.
  function capturedOutputs(id, states, seen = new Set()) {
    if (seen.has(id) || !states[id]) return [];
    seen.add(id);
    const { model_name, state } = states[id];
    if (model_name === "OutputModel") return state.outputs ?? [];
    return (state.children ?? []).flatMap((child) =>
      capturedOutputs(child.replace(/^IPY_MODEL_/, ""), states, seen));
  }

  const joined = (text) => (Array.isArray(text) ? text.join("") : text);

  function outputElement(output) {
    const data = output.data ?? { "text/plain": output.text };
    const el = document.createElement("div");
    for (const type of ["text/html", "image/svg+xml"]) {
      if (data[type]) {
        el.innerHTML = joined(data[type]); // from the book's own notebook, as its other outputs
        return el;
      }
    }
    if (data["image/png"]) {
      const image = document.createElement("img");
      image.src = `data:image/png;base64,${joined(data["image/png"]).trim()}`;
      image.alt = joined(data["text/plain"] ?? "");
      return image;
    }
    const text = document.createElement("pre");
    text.textContent = joined(data["text/plain"] ?? "");
    return text;
  }

  function showStatic(id, states, place) {
    const figure = document.createElement("figure");
    figure.className = "ntp-static";
    figure.append(...capturedOutputs(id, states).map(outputElement));
    const note = document.createElement("figcaption");
    note.textContent = "Live in Jupyter or Colab; this is its starting state.";
    figure.append(note);
    place.replaceWith(figure);
  }

  function showAll() {
    const carrier = document.querySelector(STATE);
    if (!carrier) return;
    const states = JSON.parse(carrier.textContent).state;
    for (const place of document.querySelectorAll(VIEW)) {
      const id = JSON.parse(place.textContent).model_id;
      if (states[id]?.model_module === "anywidget") showLive(id, states[id].state, place);
      else showStatic(id, states, place);
    }
  }

  if (document.readyState === "loading") addEventListener("DOMContentLoaded", showAll);
  else showAll();
})();
