// Puts a button on a page that opens an archive's chat in a frame. No cookies, no storage, no key, no dependency.
//   <script src="https://archive.example/widget.js" data-title="Ask our archive" defer></script>
(() => {
  "use strict";
  const script = document.currentScript;
  if (!script || !script.src) return;
  const archive = new URL("./", script.src);
  const once = Symbol.for(`onrecord ${archive.href}`);
  if (window[once]) return;
  window[once] = true;

  const GRACE = 2000; // ms from the frame's load event to its "ready" message
  const PATIENCE = 12000; // ms for the frame to load at all
  const colour = (name) => {
    const found = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(script.dataset[name] || "");
    if (!found) return null;
    return `#${found[1].length === 3 ? found[1].replace(/./g, "$&$&") : found[1]}`;
  };
  const title = (script.dataset.title || "").trim().slice(0, 80) || "Ask the archive";
  const label = (script.dataset.label || "").trim().slice(0, 40) || title;
  const side = script.dataset.side === "left" ? "left" : "right";
  const accent = colour("accent");
  const paper = colour("paper");

  // Black or white, whichever has more contrast on the colour (WCAG 2).
  const inkOn = (ground) => {
    const [r, g, b] = [1, 3, 5]
      .map((at) => parseInt(ground.slice(at, at + 2), 16) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b < 0.18 ? "#ffffff" : "#1c1b19";
  };

  const STYLE = `
    :host { all: initial !important; }
    * { box-sizing: border-box; }
    .launcher, .panel {
      --paper: #fbfaf7; --ink: #1c1b19; --rule: #d8d4ca; --accent: #0f4f73; --on-accent: #ffffff;
      position: fixed; inset-block-end: 16px; border: 1px solid transparent; border-radius: 6px; overflow: hidden;
      font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
      color: var(--ink);
    }
    @media (prefers-color-scheme: dark) {
      .launcher, .panel {
        --paper: #161719; --ink: #e9e6df; --rule: #3a3c40; --accent: #8fc4e6; --on-accent: #161719;
      }
    }
    .launcher {
      z-index: 2147483000; max-width: calc(100vw - 32px); min-height: 44px; padding: 9px 18px;
      background: var(--accent); color: var(--on-accent); cursor: pointer;
    }
    .launcher, .title { font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    .launcher:hover, .close { text-decoration: underline; text-underline-offset: 3px; }
    .right { right: 16px; }
    .left { left: 16px; }
    :focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
    .panel {
      z-index: 2147483001; display: flex; flex-direction: column;
      width: min(430px, calc(100vw - 32px)); height: min(720px, calc(100vh - 32px));
      background: var(--paper); border-color: var(--rule);
    }
    [hidden] { display: none !important; }
    .bar {
      display: flex; align-items: center; gap: 12px; padding: 4px 4px 4px 16px; border-bottom: 1px solid var(--rule);
    }
    .title { flex: 1; min-width: 0; }
    .close {
      min-height: 44px; padding: 0 12px; border: 0; border-radius: 4px; background: none; color: inherit;
      font: inherit; font-size: 15px; cursor: pointer;
    }
    .close:focus-visible { outline-offset: -3px; }
    .frame { flex: 1; width: 100%; min-height: 0; border: 0; }
    .notice { flex: 1; padding: 20px 16px; overflow: auto; }
    .notice p { margin: 0 0 12px; }
    .notice a { color: inherit; }
    @media (max-width: 640px) {
      .panel {
        inset: 0; width: 100%; height: 100%; border: 0; border-radius: 0;
        padding-bottom: env(safe-area-inset-bottom);
      }
    }
    @media print { .launcher, .panel { display: none; } }
  `;

  const make = (tag, attributes, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };

  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  try {
    // A constructed sheet is not blocked by a site's policy against inline styles.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
  } catch {
    root.append(make("style", {}, STYLE));
  }

  const launcher = make(
    "button",
    { class: `launcher ${side}`, type: "button", "aria-haspopup": "dialog", "aria-expanded": "false" },
    label,
  );
  const close = make("button", { class: "close", type: "button" }, "Close");
  const bar = make("div", { class: "bar" }, make("span", { class: "title", id: "title" }, title), close);
  const notice = make("div", { class: "notice", role: "alert", hidden: "" });
  const panel = make(
    "div",
    { class: `panel ${side}`, role: "dialog", "aria-labelledby": "title", hidden: "" },
    bar,
    notice,
  );
  // Set on the elements, the site's colours outweigh those of the style sheet.
  const colours = {
    ...(accent && { accent, "on-accent": inkOn(accent) }),
    ...(paper && { paper, ink: inkOn(paper), rule: `${inkOn(paper)}44` }),
  };
  for (const element of [launcher, panel]) {
    for (const [token, value] of Object.entries(colours)) element.style.setProperty(`--${token}`, value);
  }

  let frame = null;
  let ready = false;
  let timer = 0;

  const refuse = () => {
    if (ready) return;
    const open = make("a", { href: archive.href, target: "_blank", rel: "noopener" }, "Open the archive in a new tab");
    const says = [
      `The archive at ${archive.host} did not open here. Either it cannot be reached, or this site`,
      `(${location.origin}) is not on the archive’s list of sites that may show it.`,
    ];
    notice.replaceChildren(make("p", {}, says.join(" ")), make("p", {}, open));
    notice.hidden = false;
    if (frame) frame.hidden = true;
  };

  const load = () => {
    const address = new URL("embed", archive);
    for (const [name, value] of Object.entries({ title, accent, paper })) {
      if (value) address.searchParams.set(name, value);
    }
    address.hash = new URLSearchParams({ site: location.origin }).toString();
    frame = make("iframe", { class: "frame", title, referrerpolicy: "no-referrer" });
    frame.addEventListener("load", () => {
      clearTimeout(timer);
      timer = setTimeout(refuse, GRACE);
    });
    timer = setTimeout(refuse, PATIENCE);
    frame.src = address.href;
    panel.append(frame);
  };

  const tell = (type) => {
    if (ready) frame.contentWindow.postMessage({ type }, archive.origin);
  };

  const show = () => {
    if (!frame) load();
    panel.hidden = false;
    launcher.hidden = true;
    launcher.setAttribute("aria-expanded", "true");
    if (ready) {
      frame.focus();
      tell("onrecord:opened");
    } else close.focus();
  };

  const hide = () => {
    if (panel.hidden) return;
    panel.hidden = true;
    launcher.hidden = false;
    launcher.setAttribute("aria-expanded", "false");
    launcher.focus();
    if (!ready && frame) {
      // The frame did not open: the next click tries again.
      clearTimeout(timer);
      frame.remove();
      frame = null;
      notice.hidden = true;
    }
  };

  launcher.addEventListener("click", show);
  close.addEventListener("click", hide);
  panel.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.isComposing) hide();
  });
  window.addEventListener("message", (event) => {
    if (!frame || event.source !== frame.contentWindow || event.origin !== archive.origin || !event.data) return;
    if (event.data.type === "onrecord:close") hide();
    else if (event.data.type === "onrecord:ready") {
      ready = true;
      clearTimeout(timer);
      notice.hidden = true;
      frame.hidden = false;
      if (!panel.hidden && root.activeElement === close) {
        frame.focus();
        tell("onrecord:opened");
      }
    }
  });

  root.append(launcher, panel);
  const place = () => document.body.append(host);
  if (document.body) place();
  else document.addEventListener("DOMContentLoaded", place);
})();
