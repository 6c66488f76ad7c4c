// Puts a button on a page that opens an archive's chat in a frame. No cookies, no storage, no key, no dependency.
//   <script src="https://archive.example/widget.js" data-title="Ask our archive" defer></script>
// The panel with the frame is drawn by widget-panel.js, which is loaded when the panel is opened first.
(() => {
  "use strict";
  const script = document.currentScript;
  if (!script || !script.src) return;
  const archive = new URL("./", script.src);
  const once = Symbol.for(`onrecord ${archive.href}`);
  if (window[once]) return;

  // The title, and what is said where the chat cannot be opened.
  const WORDS = {
    en: ["Ask the archive", "The archive cannot be opened here."],
    de: ["Das Archiv fragen", "Das Archiv lässt sich hier nicht öffnen."],
    es: ["Preguntar al archivo", "El archivo no se puede abrir aquí."],
    fr: ["Interroger l’archive", "L’archive ne peut pas s’ouvrir ici."],
    pt: ["Perguntar ao arquivo", "O arquivo não pode ser aberto aqui."],
    it: ["Chiedi all’archivio", "L’archivio non si può aprire qui."],
  };
  const ICONS = {
    question: "M9 9a3 3 0 1 1 4.5 2.6q-1.5 1-1.5 2.4M12 17.2v.3M12 2.5a9.5 9.5 0 1 0 0 19 9.5 9.5 0 0 0 0-19",
    quote: "M10 7H4v6h6zv6q0 4-4 4M20 7h-6v6h6zv6q0 4-4 4",
    search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M15.3 15.3 21 21",
    speech: "M4 5h16v11h-9l-5 4v-4H4z",
  };
  const given = (name, most = 80) => (script.dataset[name] || "").trim().slice(0, most);
  const oneOf = (known, word) => (known.includes(word) ? word : known[0]);
  const colour = (name) => {
    const found = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(given(name));
    return found && `#${found[1].length === 3 ? found[1].replace(/./g, "$&$&") : found[1]}`;
  };
  const languages = [given("lang"), document.documentElement.lang].map((one) => one.slice(0, 2).toLowerCase());
  const lang = languages.find((one) => Object.hasOwn(WORDS, one)) || "en";
  const [asks, refused] = WORDS[lang];
  const title = given("title") || asks;
  const theme = oneOf(["auto", "light", "dark"], given("theme"));
  const kinds = `${theme} ${oneOf(["right", "left"], given("side"))} ${oneOf(["compact", "large"], given("size"))}`;
  const accent = colour("accent");
  const paper = colour("paper");

  // Black or white, whichever has more contrast on the colour (WCAG 2).
  const inkOn = (ground) => {
    const [r, g, b] = [1, 3, 5]
      .map((at) => parseInt(ground.slice(at, at + 2), 16) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b < 0.18 ? "#ffffff" : "#1c1b19";
  };

  const DARK = "--paper: #161719; --ink: #e9e6df; --rule: #3a3c40; --accent: #8fc4e6; --on-accent: #161719;";
  const STYLE = `
    :host { all: initial !important; }
    * { box-sizing: border-box; }
    .launcher, .panel {
      --paper: #fbfaf7; --ink: #1c1b19; --rule: #d8d4ca; --accent: #0f4f73; --on-accent: #ffffff;
      position: fixed; inset-block-end: 16px; border: 1px solid transparent; border-radius: 6px; overflow: hidden;
      font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
      color: var(--ink);
    }
    .dark { ${DARK} }
    @media (prefers-color-scheme: dark) { .auto { ${DARK} } }
    .launcher {
      inset-block-end: calc(16px + var(--up)); z-index: 2147483000;
      max-width: calc(100vw - 32px); min-height: 44px; padding: 9px 18px;
      background: var(--accent); color: var(--on-accent); cursor: pointer;
    }
    .launcher, .title { font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    .launcher:hover { text-decoration: underline; text-underline-offset: 3px; }
    .icon {
      width: 20px; height: 20px; margin-inline-end: 8px; vertical-align: -4px;
      fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round;
    }
    .right { right: 16px; }
    .left { left: 16px; }
    :focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
    [hidden] { display: none !important; }
    @media print { .launcher, .panel { display: none; } }
  `;

  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  const addStyle = (text) => {
    try {
      // A constructed sheet is not blocked by a site's policy against inline styles.
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(text);
      root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    } catch {
      root.append(make("style", {}, text));
    }
  };
  const set = (element, attributes, children) => {
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };
  const make = (tag, attributes, ...children) => set(document.createElement(tag), attributes, children);
  const draw = (tag, attributes, ...children) =>
    set(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

  const launcher = make(
    "button",
    { class: `launcher ${kinds}`, type: "button", "aria-haspopup": "dialog", "aria-expanded": "false" },
    given("label", 40) || title,
  );
  const path = Object.hasOwn(ICONS, given("icon")) && ICONS[given("icon")];
  if (path) launcher.prepend(draw("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": true }, draw("path", { d: path })));

  // Set on the elements, the site's colours outweigh those of the style sheet.
  const paint = (element) => {
    const colours = {
      ...(accent && { accent, "on-accent": inkOn(accent) }),
      ...(paper && { paper, ink: inkOn(paper), rule: `${inkOn(paper)}44` }),
    };
    for (const [token, value] of Object.entries(colours)) element.style.setProperty(`--${token}`, value);
    return element;
  };

  const handlers = [];
  // Calls the site's handlers of an event; one that throws does not stop the widget.
  const emit = (type, more) => {
    for (const [on, handler] of handlers) if (on === type) queueMicrotask(() => handler({ type, ...more }));
  };

  const widget = { archive, accent, paper, theme, title, refused, kinds, lang, root, launcher, asked: [], panel: null };
  window[once] = Object.assign(widget, { given, make, addStyle, paint, emit });

  let part = null;
  const open = () => {
    if (widget.panel) widget.panel.show();
    if (part) return;
    part = make("script", { src: new URL("widget-panel.js", archive) });
    part.nonce = script.nonce;
    part.onload = open;
    part.onerror = () => {
      console.error(`onrecord: ${part.src} was not loaded: the archive is down, or this page’s policy forbids it.`);
      launcher.lastChild.textContent = refused;
      part = null;
      widget.asked = [];
      emit("error", { reason: "unreachable" });
    };
    document.head.append(part);
  };

  const archives = window.Onrecord?.archives || {};
  archives[archive.href] = {
    open(question) {
      const asked = String(question ?? "").trim().slice(0, 2000);
      if (asked) widget.asked.push(asked);
      open();
    },
    close: () => widget.panel?.hide(),
    on(type, handler) {
      const one = [type, handler];
      handlers.push(one);
      return () => void handlers.splice(handlers.indexOf(one), 1);
    },
  };
  // The first archive's, and each by its address.
  if (!window.Onrecord?.archives) window.Onrecord = { ...archives[archive.href], archives };

  launcher.style.setProperty("--up", `${56 * (Object.keys(archives).length - 1)}px`);
  launcher.addEventListener("click", open);
  addStyle(STYLE);
  root.append(paint(launcher));
  host.lang = lang;
  const place = () => document.body.append(host);
  if (document.body) place();
  else document.addEventListener("DOMContentLoaded", place);
})();
