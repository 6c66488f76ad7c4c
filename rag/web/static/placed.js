// Places an answer's HTML, and does what its buttons say.
(() => {
  "use strict";
  const { make, feedback } = onrecord;
  let hooks = {};

  function place(element, html) {
    element.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
    for (const helped of element.querySelectorAll(".helped")) feedback.label(helped, verdicts.get(element));
    announce(element);
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
    const field = make("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }

  const answeredIn = (exchange) => {
    const given = exchange.querySelector(".to-mark");
    return given ? JSON.parse(given.textContent) : null;
  };

  const verdicts = new Map();

  async function mark(pressed) {
    const exchange = pressed.closest(".exchange");
    const verdict = pressed.classList.contains("up") ? "up" : "down";
    const before = hooks.before(exchange).map(answeredIn).filter(Boolean);
    const marked = { ...answeredIn(exchange), history: feedback.historyOf(before) };
    if (await feedback.mark(pressed.closest(".row"), verdict, marked, say)) verdicts.set(exchange.id, verdict);
  }

  document.addEventListener("click", (event) => {
    const pressed = event.target instanceof Element && event.target.closest("button, a.number");
    if (!pressed) return;
    if (pressed.matches(".meant")) hooks.ask(pressed.textContent);
    else if (pressed.matches(".copy-link")) {
      copy(pressed, hooks.linkOf(pressed.closest(".answer").querySelector(".to-share").textContent));
    } else if (pressed.matches(".copy")) {
      const lines = pressed.closest(".answer").querySelectorAll(".to-copy > span");
      copy(pressed, [...lines].map((line) => line.textContent).join("\n"));
    } else if (pressed.matches(".helped button")) {
      mark(pressed);
    } else if (pressed.matches("a.number")) {
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

  const spoken = new WeakMap();
  function announce(element) {
    if (!spoken.has(element)) spoken.set(element, new Set());
    const said = spoken.get(element);
    for (const line of element.querySelectorAll(".stage, .status, .lead, .sentence, .problem, .answer > .notice")) {
      if (line.closest("details")) continue;
      const text = line.textContent.trim();
      const key = text.startsWith("Waiting") ? "Waiting" : text;
      if (text && !said.has(key)) {
        said.add(key);
        say(text);
      }
    }
  }

  onrecord.answers = { place, say, scrollTo, follow: (given) => void (hooks = given) };
})();
