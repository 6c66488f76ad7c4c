"use strict";

/* The page's hands: keys, copying, links that ask, and what is read aloud. Gradio does the asking. */
(() => {
  // In a frame whose storage is blocked, reading it throws, and Gradio would never start.
  for (const name of ["localStorage", "sessionStorage"]) {
    try {
      window[name].getItem("");
    } catch {
      const kept = new Map();
      const storage = {
        getItem: (key) => kept.get(String(key)) ?? null,
        setItem: (key, value) => void kept.set(String(key), String(value)),
        removeItem: (key) => void kept.delete(String(key)),
        clear: () => kept.clear(),
        key: (index) => [...kept.keys()][index] ?? null,
        get length() {
          return kept.size;
        },
      };
      Object.defineProperty(window, name, { value: storage, configurable: true });
    }
  }

  const box = () => document.querySelector("#question textarea");
  const button = (name) => document.querySelector(`button#${name}`);

  function write(field, text) {
    const prototype = field instanceof HTMLTextAreaElement ? HTMLTextAreaElement : HTMLInputElement;
    Object.getOwnPropertyDescriptor(prototype.prototype, "value").set.call(field, text);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function ask(question) {
    if (!box() || !button("ask")) return;
    write(box(), question);
    setTimeout(() => button("ask")?.click(), 0);
  }

  async function copy(from, text) {
    const label = from.textContent;
    try {
      await navigator.clipboard.writeText(text);
      from.textContent = "Copied";
    } catch {
      from.textContent = copyByHand(text) ? "Copied" : "Copying is not allowed here";
    }
    say(from.textContent);
    setTimeout(() => (from.textContent = label), 2000);
  }

  function copyByHand(text) {
    const field = document.createElement("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }

  const askedIn = (node) => node.closest(".exchange")?.querySelector(".asked")?.textContent ?? "";

  // What was asked and answered, as the page was given it; nothing while there is no answer.
  function answeredIn(exchange) {
    const given = exchange.querySelector(".to-mark");
    return given ? JSON.parse(given.textContent) : null;
  }

  // Verdicts by exchange: an exchange that moves up the page is made anew.
  const verdicts = new Map();

  async function mark(pressed) {
    const exchange = pressed.closest(".exchange");
    const verdict = pressed.classList.contains("up") ? "up" : "down";
    const all = [...document.querySelectorAll(".exchange")];
    const before = all.slice(0, all.indexOf(exchange)).map(answeredIn).filter(Boolean);
    const marked = { ...answeredIn(exchange), history: onrecord.feedback.historyOf(before) };
    if (await onrecord.feedback.mark(pressed.closest(".row"), verdict, marked, say)) verdicts.set(exchange.id, verdict);
  }

  // Gradio's sanitizer takes roles and states out of what it is given.
  function remind() {
    for (const helped of document.querySelectorAll(".exchange .helped:not([role])")) {
      helped.setAttribute("role", "group");
      helped.setAttribute("aria-label", "Was this answer helpful?");
      onrecord.feedback.press(helped.querySelectorAll("button"), verdicts.get(helped.closest(".exchange").id));
    }
  }

  document.addEventListener("click", (event) => {
    const pressed = event.target instanceof Element && event.target.closest("button, a.number");
    if (!pressed) return;
    if (pressed.matches(".example")) ask(pressed.textContent);
    else if (pressed.matches(".ask-again")) ask(askedIn(pressed));
    else if (pressed.matches(".copy-link")) {
      const path = pressed.closest(".answer").querySelector(".to-share").textContent;
      copy(pressed, new URL(path, location.href).href);
    } else if (pressed.matches(".copy")) {
      const lines = pressed.closest(".answer").querySelectorAll(".to-copy > span");
      copy(pressed, [...lines].map((line) => line.textContent).join("\n"));
    } else if (pressed.matches(".helped button")) {
      mark(pressed);
    } else if (pressed.matches("#stop")) {
      setTimeout(() => box()?.focus(), 0);
    } else if (pressed.matches("a.number")) {
      // Without touching the address: the page's own belongs to its question.
      const source = document.getElementById(decodeURIComponent(pressed.hash.slice(1)));
      if (!source) return;
      event.preventDefault();
      source.scrollIntoView({ block: "center", behavior: calm() ? "auto" : "smooth" });
      source.querySelector("a")?.focus({ preventScroll: true });
    }
  });

  const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target instanceof Element && event.target.closest("input, textarea, select");
    if (event.key === "/" && !typing && box()) {
      event.preventDefault();
      box().focus();
    } else if (event.key === "Escape" && button("stop")) {
      event.preventDefault();
      button("stop").click();
    }
  });

  // Each new line of the latest exchange is read aloud once, politely.
  let spoken = new Set();
  let number = "";
  let announcer = null;

  function say(text) {
    if (!announcer) {
      announcer = document.createElement("div");
      announcer.id = "announcer";
      announcer.setAttribute("aria-live", "polite");
      document.body.append(announcer);
    }
    const line = document.createElement("p");
    line.textContent = text;
    announcer.append(line);
    while (announcer.childElementCount > 20) announcer.firstElementChild.remove();
  }

  function follow() {
    const exchange = document.querySelector("#latest .exchange");
    if (!exchange) return;
    if (exchange.id !== number) {
      number = exchange.id;
      spoken = new Set();
      if (number !== "exchange-1") exchange.scrollIntoView({ block: "start", behavior: calm() ? "auto" : "smooth" });
    }
    for (const line of exchange.querySelectorAll(".stage, .status, .lead, .sentence, .problem, .answer > .notice")) {
      const text = line.textContent.trim();
      const once = text.startsWith("Waiting") ? "Waiting" : text; // not at every step of the line
      if (text && !spoken.has(once)) {
        spoken.add(once);
        say(text);
      }
    }
  }

  function furnish() {
    const field = box();
    if (field && !field.ariaLabel) field.ariaLabel = "Your question";
    for (const day of document.querySelectorAll("#first-day input[type=text], #last-day input[type=text]")) {
      day.type = "date";
    }
  }

  let linked = new URLSearchParams(location.search).get("q")?.trim();

  function look() {
    furnish();
    follow();
    remind();
    if (linked && box() && button("ask")) {
      const question = linked;
      linked = "";
      ask(question);
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
  });
})();
