// The chat page beside Gradio, which does the asking: keys, copying, links that ask, announcements.
(() => {
  "use strict";
  const { make, feedback } = onrecord;

  // In a frame whose storage is blocked, any access throws and Gradio would not start: give it storage in memory.
  for (const name of ["localStorage", "sessionStorage"]) {
    try {
      window[name].getItem("");
    } catch {
      const kept = new Map();
      const storage = {
        getItem: (key) => kept.get(String(key)) ?? null,
        setItem: (key, value) => void kept.set(String(key), String(value)),
        removeItem: (key) => void kept.delete(String(key)),
      };
      Object.defineProperty(window, name, { value: storage, configurable: true });
    }
  }

  const box = () => document.querySelector("#question textarea");
  const button = (name) => document.querySelector(`button#${name}`);
  const isAtWork = () => document.querySelector("#latest .stage") !== null; // as page.css shows Ask or Stop

  function ask(question) {
    const field = box();
    if (!field || !button("ask") || isAtWork()) return;
    field.value = question;
    field.dispatchEvent(new Event("input", { bubbles: true }));
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

  // Without the clipboard's interface, which browsers offer to secure pages only.
  function copyByHand(text) {
    const field = make("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }

  const askedIn = (node) => node.closest(".exchange")?.querySelector(".asked")?.textContent ?? "";

  // What a verdict on the exchange is sent with; null while it has no answer.
  function answeredIn(exchange) {
    const given = exchange.querySelector(".to-mark");
    return given ? JSON.parse(given.textContent) : null;
  }

  // Verdicts by exchange, kept because Gradio renders an exchange again when it moves up the page.
  const verdicts = new Map();

  async function mark(pressed) {
    const exchange = pressed.closest(".exchange");
    const verdict = pressed.classList.contains("up") ? "up" : "down";
    const all = [...document.querySelectorAll(".exchange")];
    const before = all.slice(0, all.indexOf(exchange)).map(answeredIn).filter(Boolean);
    const marked = { ...answeredIn(exchange), history: feedback.historyOf(before) };
    if (await feedback.mark(pressed.closest(".row"), verdict, marked, say)) verdicts.set(exchange.id, verdict);
  }

  // Undoes what Gradio's sanitizer did to an exchange: it removes roles and states, and adds `noreferrer` to every
  // link that opens a tab. The article page needs the referrer to lead back here.
  function restore() {
    for (const helped of document.querySelectorAll(".exchange .helped:not([role])")) {
      feedback.label(helped, verdicts.get(helped.closest(".exchange").id));
    }
    for (const source of document.querySelectorAll(`.exchange a[href^="${onrecord.root}articles/"][rel~="noreferrer"]`)) {
      source.rel = "noopener";
    }
  }

  document.addEventListener("click", (event) => {
    const pressed = event.target instanceof Element && event.target.closest("button, a.number");
    if (!pressed) return;
    if (pressed.matches(".example, .meant, .suggestion")) ask(pressed.textContent);
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
      // Scrolled to by hand: following the link would change the page's address, which belongs to its question.
      const source = document.getElementById(decodeURIComponent(pressed.hash.slice(1)));
      if (!source) return;
      event.preventDefault();
      scrollTo(source, "center");
      source.querySelector("a")?.focus({ preventScroll: true });
    }
  });

  function scrollTo(element, block) {
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    element.scrollIntoView({ block, behavior: isCalm ? "auto" : "smooth" });
  }

  // Enter that is held down asks once: Gradio would send an event for every repetition.
  const once = (event) => {
    if (event.key !== "Enter" || !event.repeat || event.shiftKey || event.target !== box()) return;
    event.preventDefault();
    event.stopPropagation();
  };
  document.addEventListener("keydown", once, true);

  onrecord.keys(box, (event) => {
    if (!isAtWork()) return;
    event.preventDefault();
    button("stop").click();
  });

  // Announces each new line of the latest exchange once, in a polite live region.
  let spoken = new Set();
  let number = "";
  let announcer = null;

  function say(text) {
    if (!announcer) {
      announcer = make("div");
      announcer.id = "announcer";
      announcer.setAttribute("aria-live", "polite");
      document.body.append(announcer);
    }
    announcer.append(make("p", "", text));
    while (announcer.childElementCount > 20) announcer.firstElementChild.remove();
  }

  function announce() {
    const exchange = document.querySelector("#latest .exchange");
    if (!exchange) return;
    if (exchange.id !== number) {
      number = exchange.id;
      spoken = new Set();
      if (number !== "exchange-1") scrollTo(exchange, "start");
    }
    for (const line of exchange.querySelectorAll(".stage, .status, .lead, .sentence, .problem, .answer > .notice")) {
      if (line.closest("details")) continue; // folded
      const text = line.textContent.trim();
      const key = text.startsWith("Waiting") ? "Waiting" : text; // not for every place in the queue
      if (text && !spoken.has(key)) {
        spoken.add(key);
        say(text);
      }
    }
  }

  // What Gradio's components cannot be told: the question box's name, and that the two days are dates.
  function complete() {
    const field = box();
    if (field && !field.ariaLabel) field.ariaLabel = "Your question";
    for (const day of document.querySelectorAll("#days input[type=text]")) day.type = "date";
  }

  let linked = new URLSearchParams(location.search).get("q")?.trim();

  function look() {
    complete();
    announce();
    restore();
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
