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

  const GRACE = 2000; // ms between the frame's load event and its "ready"; it says so before it has loaded
  const PATIENCE = 12000; // ms to load at all
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
      --paper: #fbfaf7; --ink: #1c1b19; --quiet: #5d5a53; --rule: #d8d4ca; --accent: #0f4f73; --on-accent: #ffffff;
      font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
      color: var(--site-ink, var(--ink));
    }
    @media (prefers-color-scheme: dark) {
      .launcher, .panel {
        --paper: #161719; --ink: #e9e6df; --quiet: #a8a49b; --rule: #3a3c40; --accent: #8fc4e6; --on-accent: #161719;
      }
    }
    .launcher {
      position: fixed; inset-block-end: 16px; z-index: 2147483000;
      max-width: calc(100vw - 32px); min-height: 44px; padding: 9px 18px; border: 1px solid transparent; border-radius: 6px;
      background: var(--site-accent, var(--accent)); color: var(--site-on-accent, var(--on-accent));
      font-weight: 600; cursor: pointer; overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
    }
    .right { right: 16px; }
    .left { left: 16px; }
    .launcher:hover { text-decoration: underline; text-underline-offset: 3px; }
    :focus-visible { outline: 3px solid var(--site-accent, var(--accent)); outline-offset: 3px; }
    .panel {
      position: fixed; inset-block-end: 16px; z-index: 2147483001; display: flex; flex-direction: column;
      width: min(430px, calc(100vw - 32px)); height: min(720px, calc(100vh - 32px));
      background: var(--site-paper, var(--paper)); border: 1px solid var(--site-rule, var(--rule)); border-radius: 6px; overflow: hidden;
    }
    .panel[hidden], .launcher[hidden], .notice[hidden] { display: none; }
    .bar { display: flex; align-items: center; gap: 12px; padding: 4px 4px 4px 16px; border-bottom: 1px solid var(--site-rule, var(--rule)); }
    .title { flex: 1; min-width: 0; font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    .close {
      min-height: 44px; padding: 0 12px; border: 0; border-radius: 4px; background: none; color: inherit; font: inherit;
      font-size: 15px; cursor: pointer; text-decoration: underline; text-underline-offset: 3px;
    }
    .close:focus-visible { outline-offset: -3px; }
    .frame { flex: 1; width: 100%; min-height: 0; border: 0; }
    .frame[hidden] { display: none; }
    .notice { flex: 1; padding: 20px 16px; overflow: auto; }
    .notice p { margin: 0 0 12px; }
    .notice a { color: inherit; }
    @media (max-width: 640px) {
      .panel { inset: 0; width: 100%; height: 100%; border: 0; border-radius: 0; padding-bottom: env(safe-area-inset-bottom); }
    }
    @media print { .launcher, .panel { display: none; } }
  `;

  const make = (tag, kind, ...children) => {
    const element = document.createElement(tag);
    element.className = kind;
    element.append(...children);
    return element;
  };

  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  try {
    // A constructed sheet is the page's own doing: no policy against inline styles touches it.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
  } catch {
    const element = document.createElement("style");
    element.textContent = STYLE;
    root.append(element);
  }

  const launcher = make("button", `launcher ${side}`, label);
  launcher.type = "button";
  launcher.setAttribute("aria-haspopup", "dialog");
  launcher.setAttribute("aria-expanded", "false");
  const close = make("button", "close", "Close");
  close.type = "button";
  const name = make("span", "title", title);
  name.id = "title";
  const notice = make("div", "notice");
  notice.hidden = true;
  notice.setAttribute("role", "alert");
  const panel = make("div", `panel ${side}`, make("div", "bar", name, close), notice);
  panel.hidden = true;
  panel.setAttribute("role", "dialog");
  panel.setAttribute("aria-labelledby", "title");
  for (const element of [launcher, panel]) {
    if (accent) {
      element.style.setProperty("--site-accent", accent);
      element.style.setProperty("--site-on-accent", inkOn(accent));
    }
    if (paper) {
      element.style.setProperty("--site-paper", paper);
      element.style.setProperty("--site-ink", inkOn(paper));
      element.style.setProperty("--site-rule", `${inkOn(paper)}44`);
    }
  }

  let frame = null;
  let ready = false;
  let timer = 0;

  const refuse = () => {
    if (ready) return;
    const open = make("a", "", "Open the archive in a new tab");
    open.href = archive.href;
    open.target = "_blank";
    open.rel = "noopener";
    const says = `The archive at ${archive.host} did not open here. Either it cannot be reached, or this site (${location.origin}) is not on the archive’s list of sites that may show it.`;
    notice.replaceChildren(make("p", "", says), make("p", "", open));
    notice.hidden = false;
    if (frame) frame.hidden = true;
  };

  const load = () => {
    const address = new URL("embed", archive);
    address.searchParams.set("title", title);
    if (accent) address.searchParams.set("accent", accent);
    if (paper) address.searchParams.set("paper", paper);
    address.hash = new URLSearchParams({ site: location.origin }).toString();
    frame = make("iframe", "frame");
    frame.title = title;
    frame.referrerPolicy = "no-referrer";
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
      // Not opened: the next click tries again.
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
