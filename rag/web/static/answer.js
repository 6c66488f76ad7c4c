// Answers as the server draws them: placed into a document without anything that could run, read out as they grow,
// and what their buttons do.
(() => {
  "use strict";
  const { root, make, messageIn, say: our } = onrecord;

  // The server escapes every value; should it ever fail to, this lets nothing through that runs, loads or leads away.
  const TAGS = new Set(
    "A B BUTTON DETAILS DIV H3 I LI MARK OL P Q S SPAN SUMMARY SUP TABLE TBODY TD TH THEAD TR UL".split(" "),
  );
  const ATTRIBUTES = new Set(
    `aria-hidden aria-label aria-pressed class data-as data-status data-waiting dir hidden href id rel role scope target
    title type`.split(/\s+/),
  );
  const isOurs = (href) => href.startsWith("#") || href.startsWith(`${root}articles/`);

  const parsed = (html) => {
    const { body } = new DOMParser().parseFromString(html, "text/html");
    for (const element of body.querySelectorAll("*")) {
      if (!TAGS.has(element.nodeName)) element.remove();
      for (const { name, value } of [...element.attributes]) {
        if (!ATTRIBUTES.has(name) || (name === "href" && !isOurs(value))) element.removeAttribute(name);
      }
    }
    return body;
  };

  const OWN = ".comment, .shared"; // what buttons of an answer put below it
  const isAlike = (one, other) =>
    one.nodeName === other.nodeName && one.id === other.id && one.className === other.className;

  // The node of the old ones from `at` on that becomes the wanted one. A text is looked for in its place only.
  const counterpart = (at, wanted) => {
    let found = at;
    while (found && wanted.nodeType === Node.ELEMENT_NODE && !isAlike(found, wanted)) found = found.nextSibling;
    return found && isAlike(found, wanted) ? found : null;
  };

  // Makes the children of `old` those of `fresh`. Elements that are in both stay, with their focus, the selection in
  // them and whether they are open.
  const grow = (old, fresh) => {
    let at = old.firstChild;
    for (const wanted of [...fresh.childNodes]) {
      const found = counterpart(at, wanted);
      if (!found) {
        old.insertBefore(document.adoptNode(wanted), at);
        continue;
      }
      at = dropUpTo(at, found).nextSibling;
      if (found.nodeType !== Node.ELEMENT_NODE) found.data = wanted.data;
      else if (!found.isEqualNode(wanted)) {
        for (const { name, value } of wanted.attributes) found.setAttribute(name, value);
        grow(found, wanted);
      }
    }
    dropUpTo(at, null);
  };

  const dropUpTo = (node, end) => {
    while (node !== end) {
      const next = node.nextSibling;
      if (!node.matches?.(OWN)) node.remove();
      node = next;
    }
    return end;
  };

  // Shows the fragment in the element. With `announce`, each line that the element did not have is given to it.
  const place = (element, html, announce = null) => {
    grow(element, parsed(html));
    if (announce) readOut(element, announce);
  };

  const LINES = ".stage, .status, .searched.instead, .first, .lead, .sentence, .problem, .notice:not(:has(.sentence))";
  const spoken = new WeakMap();

  const readOut = (element, announce) => {
    if (!spoken.has(element)) spoken.set(element, new Set());
    const known = spoken.get(element);
    for (const line of element.querySelectorAll(LINES)) {
      if (line.closest("details")) continue; // folded
      const text = line.textContent.trim();
      const key = line.dataset.waiting === undefined ? text : "waiting"; // not for every place in the queue
      if (text && !known.has(key)) {
        known.add(key);
        announce(text);
      }
    }
  };

  const answerIn = (element) => {
    const answer = element.querySelector(".answer") ?? make("div", "answer");
    if (!answer.parentNode) element.append(answer);
    return answer;
  };

  // Before the server has said anything.
  const begin = (element, announce) => {
    answerIn(element).append(make("p", "stage", our("stage_searching")));
    readOut(element, announce);
  };

  // What the server cannot say: that the question was stopped, or why there is no answer.
  const end = (element, problem, announce) => {
    const answer = answerIn(element);
    answer.querySelector(".stage")?.remove();
    const again = make("button", "ask-again", our("ask_again"));
    again.type = "button";
    const sign = make("span", "sign", "–");
    sign.ariaHidden = "true";
    if (problem) answer.append(make("p", "problem", problem));
    else answer.prepend(make("p", "status stopped", sign, " ", our("stopped")));
    answer.append(make("div", "row", again));
    readOut(element, announce);
  };

  // Scrolls the element to a place in its column. In a frame `scrollIntoView` would move the page around it too.
  const reveal = (element, block = "center") => {
    const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
    const column = element.closest("main");
    if (!column || !/auto|scroll/.test(getComputedStyle(column).overflowY)) {
      element.scrollIntoView({ block, behavior });
      return;
    }
    const above = element.getBoundingClientRect().top - column.getBoundingClientRect().top;
    const room = block === "center" ? (column.clientHeight - element.offsetHeight) / 2 : 0;
    column.scrollBy({ top: above - Math.max(0, room), behavior });
  };

  const follow = (event, link) => {
    const target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!target) return;
    event.preventDefault(); // the document's address belongs to its conversation
    reveal(target);
    const within = target.querySelector("a");
    if (!within) target.tabIndex = -1; // a sentence
    (within ?? target).focus({ preventScroll: true });
  };

  async function copy(from, text, announce) {
    const label = from.textContent;
    try {
      await navigator.clipboard.writeText(text);
      from.textContent = our("copied");
    } catch {
      from.textContent = our(copyByHand(text) ? "copied" : "cannot_copy");
    }
    announce(from.textContent);
    setTimeout(() => (from.textContent = label), 2000);
  }

  // Without the clipboard's interface, which browsers offer to secure pages only.
  const copyByHand = (text) => {
    const field = make("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  };

  const carried = (answer, name) => answer.querySelector(`.to-${name}`)?.textContent ?? "";
  const linesOf = (answer) => [...answer.querySelectorAll(".to-copy > span")].map((line) => line.textContent);

  // The response to a JSON body. Rejects with what is wrong, in words.
  const post = async (path, body) => {
    const sent = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
    const response = await fetch(root + path, { ...sent, credentials: "omit", cache: "no-store" }).catch(() => {
      throw new Error(our("unreachable"));
    });
    if (response.ok) return response;
    throw new Error(messageIn(await response.text().catch(() => ""), our("error", { status: response.status })));
  };

  const below = (row, element) => {
    row.parentNode.querySelector(".shared")?.remove();
    row.after(element);
  };

  // What came of pressing a button of the answer; a failure is said below the row.
  const tried = async (pressed, announce, work) => {
    pressed.disabled = true;
    try {
      await work();
    } catch (error) {
      below(pressed.closest(".row"), make("p", "shared", error.message));
      announce(error.message);
    } finally {
      pressed.disabled = false;
    }
  };

  const share = async (pressed, answer, announce) => {
    const { url } = await (await post("api/share", JSON.parse(carried(answer, "keep")))).json();
    const address = new URL(url, location.href).href;
    const link = Object.assign(make("a", "", address), { href: address, target: "_blank", rel: "noopener" });
    below(pressed.closest(".row"), make("p", "shared", link));
    await copy(pressed, address, announce);
  };

  const TYPES = { markdown: ["md", "text/markdown"], json: ["json", "application/json"] };

  const save = async (answer, as) => {
    const body = { answers: [JSON.parse(carried(answer, "keep"))], lang: our("lang"), as };
    const { answers } = await (await post("api/answers", body)).json();
    const content = answers[0][as];
    if (!content) throw new Error(answers[0].problem || our("failed"));
    const [ending, type] = TYPES[as];
    const text = typeof content === "string" ? content : `${JSON.stringify(content, null, 2)}\n`;
    const link = make("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = `${answers[0].name}.${ending}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };

  // The answer alone, with its question: answer.css hides the others meanwhile.
  const print = (answer) => {
    const exchange = answer.closest("article");
    exchange?.classList.add("printed");
    window.print();
    exchange?.classList.remove("printed");
  };

  const mark = async (pressed, answer, hooks) => {
    const verdict = pressed.classList.contains("up") ? "up" : "down";
    const marked = { ...JSON.parse(carried(answer, "mark")), history: hooks.history(answer) };
    const row = pressed.closest(".row");
    if (await onrecord.feedback.mark(row, verdict, marked, hooks.say)) hooks.marked?.(answer, verdict);
  };

  // Listens for presses in all answers of the document. `hooks`: `ask(question)`, `again(answer)` and
  // `unfiltered(answer)` ask, `history(answer)` gives the messages before it, `say(text)` announces,
  // `marked(answer, verdict)` is told what the server took.
  const listen = (hooks) => {
    document.addEventListener("click", (event) => {
      const pressed = event.target instanceof Element && event.target.closest(".answer :is(button, a[href^='#'])");
      if (!pressed) return;
      const answer = pressed.closest(".answer");
      if (pressed.matches("a")) follow(event, pressed);
      else if (pressed.matches(".meant, .suggestion")) hooks.ask(pressed.textContent);
      else if (pressed.matches(".ask-again")) hooks.again(answer);
      else if (pressed.matches(".without-filter")) hooks.unfiltered?.(answer);
      else if (pressed.matches(".copy")) copy(pressed, linesOf(answer).join("\n"), hooks.say);
      else if (pressed.matches(".copy-link")) {
        copy(pressed, new URL(carried(answer, "share"), location.href).href, hooks.say);
      } else if (pressed.matches(".share")) tried(pressed, hooks.say, () => share(pressed, answer, hooks.say));
      else if (pressed.matches(".save")) tried(pressed, hooks.say, () => save(answer, pressed.dataset.as));
      else if (pressed.matches(".print")) print(answer);
      else if (pressed.matches(".helped button")) mark(pressed, answer, hooks);
    });
  };

  onrecord.answers = { place, begin, end, reveal, listen, copy, carried };
})();
