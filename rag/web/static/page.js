// The chat page: conversations and their addresses, the first screen, asking, and what the archive changes meanwhile.
// Gradio only carries questions and answers (transport.js); the exchanges are ours.
(() => {
  "use strict";
  const { make, transport, filter, answers } = onrecord;
  const RECENT = 5;
  const AT_ONCE = 8; // kept answers that are drawn by one request
  const NOT_ANSWERED = "This question was not answered.";
  const UNREACHABLE = "The archive cannot be reached, and this answer cannot be shown. Try again in a moment.";

  const chats = onrecord.conversations(() => window.localStorage, onrecord.root);
  const at = (id) => document.getElementById(id);
  const name = document.title;

  let id = null; // of the conversation that is shown; null while it has no question
  let exchanges = []; // those shown, oldest first
  let work = null; // the exchange at work
  let waiting = null; // the question that waits for Gradio to start
  let tooLong = ""; // a question of the address that is longer than one may be, until the box is there
  let list = null; // of the conversations
  let isStale = false; // whether the archive changed since the finished answers were drawn
  let state = {}; // the first screen, as the server says it

  // An exchange on the page, made of a record: its question at once, its answer as it comes.
  function exchangeOf({ mark, question, filters, given, seal }) {
    const asked = make("h2", "asked", question);
    asked.dir = "auto";
    const within = filter.isEmpty(filters) ? null : make("p", "within", `Filter: ${filter.inWords(filters)}`);
    const placed = make("div", "placed");
    const element = make("article", "exchange", asked, within, placed);
    element.id = `exchange-${mark}`;
    return { mark, question, filters: filters ?? {}, given, seal, element, placed };
  }

  function append(exchange) {
    at("earlier").append(...at("latest").children);
    at("latest").replaceChildren(exchange.element);
    exchanges.push(exchange);
  }

  function putInPlaceOf(old, exchange) {
    old.element.replaceWith(exchange.element);
    exchanges[exchanges.indexOf(old)] = exchange;
  }

  // Announces a text to screen readers, politely.
  function say(text) {
    at("announcer").append(make("p", "", text));
    while (at("announcer").childElementCount > 20) at("announcer").firstElementChild.remove();
  }

  // An answer in our own words: that it comes, or why there is none.
  function stage(exchange, words) {
    exchange.placed.replaceChildren(make("div", "answer", make("p", "stage", words)));
  }

  function problem(exchange, words) {
    exchange.placed.replaceChildren();
    answers.end(exchange.placed, words, say);
  }

  // --- Asking

  const squashed = (text) => text.split(/\s+/).join(" ").trim();
  const limit = () => Number(at("page").dataset.limit);
  const lengthOf = (text) => [...squashed(text)].length;

  // A question over the limit stays in the box; the counter says how much is too much.
  function count() {
    const length = lengthOf(transport.box()?.value ?? "");
    const isOver = length > limit();
    const note = at("too-long");
    const says = `${length.toLocaleString("en")} of ${limit().toLocaleString("en")} characters`;
    note.textContent = isOver ? `${says}: shorten the question, it cannot be asked like this.` : says;
    note.hidden = length < 0.9 * limit();
    note.classList.toggle("over", isOver);
    return isOver;
  }

  // Puts a question that is too long back into the box, which a page that is opened with one does not have yet.
  function refill() {
    transport.fill(tooLong);
    tooLong = "";
    count();
    transport.box().focus();
  }

  // Asks a question. It takes the place of `instead`, an exchange that has no answer, if there is one.
  function ask(text, { filters = filter.now(), how = id ? "replaceState" : "pushState", instead = null } = {}) {
    const question = squashed(text);
    if (!question || work) return;
    if (lengthOf(question) > limit()) {
      tooLong = text;
      if (transport.box()) refill();
      return;
    }
    if (filter.wrong()) {
      at("filters").open = true;
      return;
    }
    id ??= onrecord.token();
    const history = historyBefore(instead);
    const record = { mark: onrecord.token(), question, filters, given: null, seal: null };
    chats.keep(id, record, instead?.mark);
    work = exchangeOf(record);
    if (instead) putInPlaceOf(instead, work);
    else append(work);
    answers.begin(work.placed, say);
    update();
    filter.close();
    visit(how);
    if (exchanges.length > 1) answers.reveal(work.element, "start");
    const body = { mark: record.mark, question, history, ...filters };
    if (transport.isReady()) transport.ask(body);
    else waiting = body;
    if (transport.box() && !instead) transport.fill("");
  }

  // What the server has of the answer at work. Once it is over it carries what is kept of it.
  transport.heard.answer = ({ mark, html, over }) => {
    if (work?.mark !== mark) return;
    answers.place(work.placed, html, say);
    if (over) finish(onrecord.keptIn(work.placed));
  };

  transport.heard.failed = (says, sent = work?.mark) => {
    if (!work || !String(sent).includes(work.mark)) return;
    problem(work, says);
    finish(null);
  };

  function finish(kept) {
    const done = work;
    work = null;
    Object.assign(done, kept);
    if (kept && chats.get(id)) chats.keep(id, { mark: done.mark, ...kept });
    update();
    if (isStale) drawAgain();
  }

  function stop() {
    if (work) transport.stop(work.mark);
  }

  // --- Showing what is kept

  // Draws kept answers from the archive as it is now: what was taken down is gone from them, and what was corrected
  // since is said. What the server gives back is kept in their place.
  async function draw(some) {
    const kept = some.filter((one) => one.given);
    for (const one of some) if (!one.given && one !== work) problem(one, NOT_ANSWERED);
    for (let n = 0; n < kept.length; n += AT_ONCE) await drawSome(kept.slice(n, n + AT_ONCE), id);
  }

  async function drawSome(some, of) {
    for (const one of some) if (!one.placed.hasChildNodes()) stage(one, "Fetching the answer");
    const body = {
      answers: some.map(({ given, seal }) => ({ given, seal })),
      marks: some.map(({ mark }) => mark),
      lang: "en",
    };
    try {
      const drawn = await post("api/answers", body);
      some.forEach((one, n) => {
        const { html, given, seal, problem: says } = drawn.answers[n];
        if (says) {
          one.given = null; // it can only be asked again
          problem(one, says);
          return;
        }
        answers.place(one.placed, html);
        if (seal === one.seal) return;
        Object.assign(one, { given, seal });
        if (chats.get(of)) chats.keep(of, { mark: one.mark, given, seal });
      });
    } catch (error) {
      // What stands there may have been taken down since: it is not left standing.
      for (const one of some) problem(one, error.message);
    }
  }

  async function post(path, body) {
    const sent = {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      credentials: "same-origin",
    };
    const response = await fetch(`${onrecord.root}${path}`, sent).catch(() => null);
    if (!response?.ok) throw new Error(onrecord.messageIn((await response?.text()) ?? "", UNREACHABLE));
    return response.json();
  }

  // The archive changed: an answer may quote what was removed, an example may be about it.
  onrecord.archiveChanged = () => {
    isStale = true;
    delete state.examples;
    update();
    drawAgain();
  };

  function drawAgain() {
    if (!exchanges.length) transport.refresh();
    else if (!work) {
      isStale = false;
      draw(exchanges);
    }
  }

  // --- Conversations and their addresses

  // Shows the conversation with this id, at the exchange with this mark; the first screen if there is no such.
  async function show(of, mark) {
    if (work) stop();
    work = null;
    const kept = chats.get(of);
    id = kept?.id ?? null;
    exchanges = [];
    at("earlier").replaceChildren();
    at("latest").replaceChildren();
    for (const record of kept?.records ?? []) append(exchangeOf(record));
    update();
    if (!id) {
      if (isStale) transport.refresh();
      isStale = false;
      scrollTo(0, 0);
      return;
    }
    const target = exchanges.find((one) => one.mark === mark)?.element ?? exchanges.at(-1).element;
    target.scrollIntoView();
    await draw(exchanges);
    target.scrollIntoView();
  }

  // Takes away the exchanges that are no longer kept: another tab asked their questions again.
  function dropBut(marks) {
    for (const one of exchanges) if (!marks.includes(one.mark)) one.element.remove();
    exchanges = exchanges.filter(({ mark }) => marks.includes(mark));
  }

  // Another tab changed a conversation: what it added to this one is shown too.
  chats.follow((of) => {
    if (id && (of === id || of === null) && !work) {
      const kept = chats.get(id);
      if (!kept) return begin();
      dropBut(kept.records.map(({ mark }) => mark));
      for (const record of kept.records) {
        const here = exchanges.find((one) => one.mark === record.mark);
        if (here && (here.given || !record.given)) continue;
        const one = here ?? exchangeOf(record);
        Object.assign(one, { given: record.given, seal: record.seal });
        if (!here) append(one);
        draw([one]);
      }
    }
    update();
  });

  // Writes the conversation, the answer that is read and the filters into the address.
  function visit(how, mark = null) {
    const address = new URLSearchParams();
    if (id) address.set("c", id);
    if (mark) address.set("a", mark);
    const search = filter.toAddress(filter.now(), address).toString();
    const path = `${onrecord.root}${search && "?"}${search}`;
    if (path !== location.pathname + location.search) history[how]({}, "", path);
  }

  // What the address asks for: a question, a conversation, or the first screen.
  function arrive() {
    const address = new URLSearchParams(location.search);
    filter.set(filter.filtersIn(address));
    const question = address.get("q")?.trim();
    if (question) ask(question, { how: "replaceState" });
    else show(address.get("c"), address.get("a"));
  }

  function go(of, mark) {
    filter.set({});
    show(of, mark);
    visit("pushState", mark);
    transport.box()?.focus();
  }

  const begin = () => go(null);

  // --- The first screen, and all that depends on whether there is a conversation

  function update() {
    const isBlank = !exchanges.length;
    const isEmpty = Boolean(state.empty);
    const parts = { "#empty": state.empty, "#first": isBlank && state.first, "#examples": isBlank && state.examples };
    for (const [part, html] of Object.entries(parts)) set(document.querySelector(part), html || "");
    at("first").hidden = !isBlank || !state.first;
    at("log").hidden = isBlank;
    at("ask-panel").hidden = isEmpty;
    at("under").hidden = !state.outlets;
    at("below").hidden = !isBlank || isEmpty || !state.outlets;
    at("page").classList.toggle("at-work", work !== null);
    document.querySelector("#masthead .begin")?.toggleAttribute("hidden", isBlank);
    const title = id && chats.get(id)?.title;
    document.title = title ? `${title} – ${name}` : name;
    list?.update();
    recent(isBlank);
  }

  // Replaces what stands in the element by HTML of ours, unless it stands there already.
  function set(element, html) {
    if (element.dataset.set === html) return;
    element.dataset.set = html;
    element.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
  }

  function recent(isBlank) {
    const place = document.querySelector("#below .recent");
    const asked = isBlank ? chats.recent(RECENT) : [];
    place.hidden = !asked.length;
    document.querySelector("#below .not-kept").hidden = chats.isKept;
    const links = asked.map(({ id: of, mark, question }) => {
      const link = make("a", "", question);
      link.href = `?c=${of}&a=${mark}`;
      link.dir = "auto";
      link.addEventListener("click", (event) => {
        if (event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        go(of, mark);
      });
      return make("li", "", link);
    });
    place.querySelector("ul").replaceChildren(...links);
  }

  transport.heard.state = (said) => {
    state = said;
    set(at("masthead"), state.head);
    filter.offer(state.outlets ?? []);
    update();
  };

  transport.heard.ready = () => {
    count();
    update(); // Gradio writes its own title
    if (waiting) transport.ask(waiting);
    waiting = null;
    if (tooLong) refill();
  };

  // --- Hands

  const exchangeAt = (node) => exchanges.find(({ element }) => element.contains(node));

  // What the conversation was before the exchange; all of it without one.
  function historyBefore(exchange) {
    return onrecord.historyOf(exchange ? exchanges.slice(0, exchanges.indexOf(exchange)) : exchanges);
  }

  answers.listen({
    say,
    ask: (question) => ask(question),
    again: (answer) => {
      const exchange = exchangeAt(answer);
      const isWithdrawn = answer.dataset.status === "withdrawn";
      if (exchange.given && !isWithdrawn) draw([exchange]); // it could not be shown
      else ask(exchange.question, { filters: exchange.filters, instead: exchange });
      transport.box()?.focus(); // what was pressed is gone
    },
    unfiltered: (answer) => {
      filter.set({});
      ask(exchangeAt(answer).question);
    },
    history: (answer) => historyBefore(exchangeAt(answer)),
  });

  document.addEventListener("click", (event) => {
    const pressed = event.target instanceof Element && event.target.closest("button, a");
    if (!pressed) return;
    if (pressed.matches("#ask")) ask(transport.box().value);
    else if (pressed.matches("#stop")) {
      stop();
      transport.box().focus();
    } else if (pressed.matches(".example")) ask(pressed.textContent);
    else if (pressed.matches("#masthead .begin")) begin();
    else if (pressed.matches("#masthead .list")) list.open();
  });

  // A source that is opened leads back to its answer: the article page goes to its referrer, which is this address.
  for (const kind of ["click", "auxclick"]) {
    document.addEventListener(
      kind,
      (event) => {
        const link = event.target instanceof Element && event.target.closest(".exchange a[href]");
        if (link && !link.hash.startsWith("#source-")) visit("replaceState", exchangeAt(link)?.mark);
      },
      true,
    );
  }

  // Enter asks, once however long it is held down; Shift+Enter breaks the line.
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.target !== transport.box()) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (!event.repeat) ask(transport.box().value);
    },
    true,
  );

  document.addEventListener("input", (event) => {
    if (event.target === transport.box()) count();
  });

  onrecord.keys(transport.box, (event) => {
    if (!work || at("conversations").open) return;
    event.preventDefault();
    stop();
  });

  window.addEventListener("popstate", arrive);

  document.addEventListener("DOMContentLoaded", () => {
    list = onrecord.chatList(chats, { current: () => id, go, begin, changed: update, say });
    filter.follow(() => visit("replaceState"));
    update();
    arrive();
  });
})();
