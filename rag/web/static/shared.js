// What several of our scripts need, under `window.onrecord`. Loaded before the others.
window.onrecord = (() => {
  "use strict";

  // The path that the archive's addresses begin with, "/" or "/archive/": this script lies in its "static/".
  const root = new URL("../", document.currentScript.src).pathname;

  // An element with a class and children; empty children are left out. Strings become text, never markup.
  const make = (tag, kind = "", ...children) => {
    const element = document.createElement(tag);
    if (kind) element.className = kind;
    element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return element;
  };

  const button = (kind, says, press) => {
    const element = make("button", kind, says);
    element.type = "button";
    element.addEventListener("click", press);
    return element;
  };

  // Our own words in the document's language, as the server wrote them into `data-words`; `{name}` becomes a value.
  let words = null;
  const ours = () => (words ??= JSON.parse(document.querySelector("[data-words]")?.dataset.words ?? "{}"));
  const say = (key, values = {}) =>
    String(ours()[key] ?? key).replace(/\{(\w+)\}/g, (slot, name) => values[name] ?? slot);

  // The message in the body of an error response; `otherwise` where the body is not ours, such as a proxy's page, and
  // where the document is not in English, as the server's messages are.
  const messageIn = (body, otherwise) => {
    if ((ours().lang ?? "en") !== "en") return otherwise;
    try {
      const { message } = JSON.parse(body).error;
      return typeof message === "string" && message ? message : otherwise;
    } catch {
      return otherwise;
    }
  };

  // Keys of a chat: "/" focuses the question box unless it can be typed where the focus is, Escape calls `escape`.
  const keys = (box, escape) => {
    document.addEventListener("keydown", (event) => {
      if (event.isComposing || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Escape") escape(event);
      else if (event.key === "/" && box() && !event.target.closest?.("input:not([type=checkbox]), textarea, select")) {
        event.preventDefault();
        box().focus();
      }
    });
  };

  return { root, say, make, button, messageIn, keys };
})();
