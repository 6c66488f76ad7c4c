// The panel of the widget: the frame with the archive's chat, and the messages between frame and page.
(() => {
  "use strict";
  const archive = new URL("./", document.currentScript.src);
  const widget = window[Symbol.for(`onrecord ${archive.href}`)];
  if (!widget || widget.panel) return;
  const { given, make, addStyle, paint, emit, root, launcher } = widget;

  const GRACE = 2000; // ms from the frame's load event to its "ready" message
  const PATIENCE = 12000; // ms for the frame to load at all
  const LONGEST = 1500; // characters of an attribute that goes into the frame's address
  const LONGEST_ADDRESS = 8000; // bytes of an address that archives take
  const WORDS = {
    en: ["Close", "Open it in a new tab"],
    de: ["Schließen", "In einem neuen Tab öffnen"],
    es: ["Cerrar", "Abrirlo en otra pestaña"],
    fr: ["Fermer", "L’ouvrir dans un nouvel onglet"],
    pt: ["Fechar", "Abri-lo noutro separador"],
    it: ["Chiudi", "Aprilo in un’altra scheda"],
  };
  const [closes, instead] = WORDS[widget.lang];

  addStyle(`
    .panel {
      z-index: 2147483001; display: flex; flex-direction: column;
      width: min(430px, calc(100vw - 32px)); height: min(720px, calc(100vh - 32px));
      background: var(--paper); border-color: var(--rule);
    }
    .panel.large { width: min(640px, calc(100vw - 32px)); height: min(960px, calc(100vh - 32px)); }
    .bar {
      display: flex; align-items: center; gap: 12px; padding: 4px 4px 4px 16px; border-bottom: 1px solid var(--rule);
    }
    .title { flex: 1; min-width: 0; }
    .close {
      min-height: 44px; padding: 0 12px; border: 0; border-radius: 4px; background: none; color: inherit;
      font: inherit; font-size: 15px; cursor: pointer; text-decoration: underline; text-underline-offset: 3px;
    }
    .close:focus-visible { outline-offset: -3px; }
    .frame { flex: 1; width: 100%; min-height: 0; border: 0; }
    .notice { flex: 1; padding: 20px 16px; overflow: auto; }
    .notice p { margin: 0 0 12px; }
    .notice a { color: inherit; }
    .asked { font-weight: 600; overflow-wrap: anywhere; }
    @media (max-width: 640px) {
      .panel.panel {
        inset: 0; width: 100%; height: 100%; border: 0; border-radius: 0;
        padding-bottom: env(safe-area-inset-bottom);
      }
    }
  `);
  const close = make("button", { class: "close", type: "button" }, closes);
  const bar = make("div", { class: "bar" }, make("span", { class: "title", id: "title" }, widget.title), close);
  const notice = make("div", { class: "notice", role: "alert", hidden: "" });
  const kind = `panel ${widget.kinds}`;
  const panel = make("div", { class: kind, role: "dialog", "aria-labelledby": "title", hidden: "" }, bar, notice);
  root.append(paint(panel));

  let frame = null;
  let ready = false;
  let timer = 0;
  let before = null; // what had the focus when the panel was opened

  // Says that the archive does not open here, and where the question that was to be asked can be.
  const turnAway = () => {
    const asked = widget.asked.at(-1);
    const href = asked ? new URL(`?${new URLSearchParams({ q: asked })}`, archive) : archive;
    const link = make("a", { href, target: "_blank", rel: "noopener" }, instead);
    const question = asked ? [make("p", { class: "asked", dir: "auto" }, asked)] : [];
    notice.replaceChildren(make("p", {}, widget.refused), ...question, make("p", {}, link));
    notice.hidden = false;
    frame.hidden = true;
  };

  const refuse = () => {
    if (ready) return;
    turnAway();
    console.error(
      `onrecord: ${archive.href} did not open in a frame of ${location.origin}. Either it cannot be reached, or this ` +
        `site is not allowed: add it to ONRECORD_ALLOWED_ORIGINS where the archive runs, and restart it there: ` +
        `ONRECORD_ALLOWED_ORIGINS=${location.origin}`,
    );
    emit("error", { reason: "refused" });
  };

  // The address of this page, as the page itself names it.
  const page = () => document.querySelector("link[rel=canonical]")?.href || location.href;

  const load = () => {
    const address = new URL("embed", archive);
    const { title, accent, paper, lang, theme } = widget;
    const set = { title, accent, paper, lang, theme: theme === "auto" ? "" : theme };
    for (const name of ["greeting", "examples", "source", "after", "before"]) set[name] = given(name, LONGEST);
    if (given("about") === "page") set.about = page();
    for (const [name, value] of Object.entries(set)) if (value) address.searchParams.set(name, value);
    for (const name of ["examples", "greeting", "about"]) {
      if (address.href.length < LONGEST_ADDRESS) break;
      address.searchParams.delete(name);
      console.warn(`onrecord: data-${name} was left out, because the attributes are too long together.`);
    }
    address.hash = new URLSearchParams({ site: location.origin }).toString();
    frame = make("iframe", { class: "frame", title, referrerpolicy: "no-referrer", allow: "clipboard-write" });
    frame.addEventListener("load", () => {
      clearTimeout(timer);
      timer = setTimeout(refuse, GRACE);
    });
    timer = setTimeout(refuse, PATIENCE);
    frame.src = address.href;
    panel.append(frame);
  };

  // Gives the focus to the frame, which puts it into the question box.
  const enter = () => {
    frame.focus();
    (widget.asked.length ? widget.asked.splice(0) : [""]).forEach(tell);
  };

  // Tells the frame that it is shown, and the question that it is to ask, if there is one.
  const tell = (question) => {
    frame.contentWindow.postMessage({ type: "onrecord:opened", question }, archive.origin);
  };

  const show = () => {
    const wasHidden = panel.hidden;
    if (wasHidden) {
      before = document.activeElement;
      for (const [address, other] of Object.entries(window.Onrecord.archives)) {
        if (address !== archive.href) other.close();
      }
      panel.hidden = false;
      launcher.hidden = true;
      launcher.setAttribute("aria-expanded", "true");
    }
    if (!frame) load();
    if (ready) enter();
    else {
      close.focus();
      if (frame.hidden) turnAway();
    }
    if (wasHidden) emit("open");
  };

  const hide = () => {
    if (panel.hidden) return;
    widget.asked = []; // what a frame that is still loading was to ask
    panel.hidden = true;
    launcher.hidden = false;
    launcher.setAttribute("aria-expanded", "false");
    const isOfPage = before && before !== document.body && !before.shadowRoot;
    (isOfPage ? before : launcher).focus();
    if (!ready && frame) {
      // The frame did not open: the next click tries again.
      clearTimeout(timer);
      frame.remove();
      frame = null;
      notice.hidden = true;
    }
    emit("close");
  };

  close.addEventListener("click", hide);
  panel.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.isComposing) hide();
  });
  window.addEventListener("message", (event) => {
    if (!frame || event.source !== frame.contentWindow || event.origin !== archive.origin) return;
    const type = /^onrecord:(close|ready|ask|answer|error)$/.exec(event.data?.type)?.[1];
    if (type === "close") hide();
    else if (type === "ready") {
      ready = true;
      clearTimeout(timer);
      notice.hidden = true;
      frame.hidden = false;
      emit("ready");
      if (!panel.hidden && (widget.asked.length || root.activeElement === close)) enter();
    } else if (type === "answer") emit(type, { status: String(event.data.status) });
    else if (type === "error") emit(type, { reason: "failed" });
    else if (type === "ask") emit(type);
  });

  widget.panel = { show, hide };
})();
