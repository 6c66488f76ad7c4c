// The embedded chat: asks, shows the stream, stops it. The conversation is kept in the frame's session storage, so that
// it goes on when the reader opens another page of the site; where that is blocked, it lasts as long as the page.
(() => {
  "use strict";
  const { make, say: our, messageIn, answers, site, start } = onrecord;
  const MARGIN = 48;
  const LONGEST = 2000; // characters of a question
  const AT_ONCE = 10; // kept answers that are drawn by one request
  const FRESH = 60_000; // ms for which answers that were drawn are shown again as they are
  const at = (id) => document.getElementById(id);
  const conversation = at("conversation");
  const form = at("ask");
  const question = at("question");
  const send = at("send");
  const setup = JSON.parse(document.body.dataset.frame); // as rag/web/routes/embed.py writes it

  const kept = onrecord.conversations(() => window.sessionStorage, `${onrecord.root}:${site.origin ?? "alone"}`);
  let id = null; // of the conversation; null while it has no question
  let turns = []; // {mark, question, given, seal, element, reply}, oldest first
  let before = 0; // how many of them were asked on earlier pages of the site
  let drawn = 0; // when kept answers were drawn last
  let asking = null; // the turn at work
  let waiting = []; // questions of the site, to be asked one after the other
  const MOST_WAITING = 5;

  const announce = (says) => at("announce").append(make("span", "", `${says} `));

  // --- Asking

  const MEANINGS = { 429: "busy", 503: "not_ready" };

  class Refused extends Error {}

  // The response to a JSON body. Throws Refused with the server's message, or what its status means, and when to try
  // again.
  const post = async (path, body, more = {}) => {
    const sent = { method: "POST", body: JSON.stringify(body), credentials: "omit", cache: "no-store", ...more };
    sent.headers = { "Content-Type": "application/json", ...more.headers };
    const response = await fetch(onrecord.root + path, sent).catch((error) => {
      throw more.signal?.aborted ? error : new Refused(our("unreachable"));
    });
    if (response.ok) return response;
    const means = our(MEANINGS[response.status] ?? "error", { status: response.status });
    const says = messageIn(await response.text().catch(() => ""), means);
    const wait = Number(response.headers.get("Retry-After"));
    throw new Refused(wait > 0 ? `${says} ${our(wait === 1 ? "wait_one" : "wait", { n: wait })}` : says);
  };

  // What went wrong, in words: the server's or ours.
  const saysOf = (error) => (error instanceof Refused ? error.message : our(error instanceof SyntaxError ? "damaged" : "lost"));

  // The messages before a question: what was asked on earlier pages, then the headline of the article that this page
  // is, as if it had been asked about, then what was asked here.
  const historyBefore = (turn) => {
    const earlier = turns.slice(0, turns.indexOf(turn));
    const article = start.article();
    return [
      ...onrecord.historyOf(earlier.slice(0, before)),
      ...(article ? [{ role: "user", content: article.title }] : []),
      ...onrecord.historyOf(earlier.slice(before)),
    ];
  };

  const answerOf = async (turn, signal) => {
    const draw = { lang: document.documentElement.lang, mark: turn.mark };
    const body = { question: turn.question, history: historyBefore(turn), ...setup.where, draw };
    const response = await post("api/ask", body, { headers: { Accept: "text/event-stream" }, signal });
    for await (const { event, data } of onrecord.events(response)) {
      if (event === "error") throw new Refused(messageIn(data, our("failed")));
      const content = JSON.parse(data);
      if (content.html) answers.place(turn.reply, content.html, announce);
      if (event === "done") return content;
    }
    throw new Refused(our("lost"));
  };

  // A turn on the page, made of a record: its question at once, its answer as it comes.
  const append = ({ mark, question: asked, given, seal }) => {
    const heading = make("h2", "asked", asked);
    heading.dir = "auto";
    const reply = make("div", "reply");
    const turn = { mark, question: asked, given, seal, reply, element: make("article", "turn", heading, reply) };
    if (conversation.lastElementChild) conversation.lastElementChild.style.minHeight = "";
    conversation.append(turn.element);
    turns.push(turn);
    update();
    return turn;
  };

  const update = () => {
    at("start").hidden = turns.length > 0;
    at("tools").hidden = !turns.length;
    document.body.classList.toggle("asked-something", turns.length > 0);
    send.textContent = our(asking ? "stop" : "ask");
  };

  // Scrolls the question to the top, with room below for its answer; the page around the frame must not move.
  const toTop = (turn) => {
    if (turn === turns.at(-1)) turn.element.style.minHeight = `${conversation.clientHeight - MARGIN}px`;
    conversation.scrollTop = turn.element.offsetTop - conversation.offsetTop;
  };

  const run = async (turn) => {
    const controller = new AbortController();
    asking = Object.assign(turn, { controller });
    update();
    at("announce").replaceChildren();
    turn.reply.replaceChildren();
    answers.begin(turn.reply, announce);
    toTop(turn);
    site.tell("ask");
    try {
      const answer = await answerOf(turn, controller.signal);
      turn.element.dataset.status = answer.status;
      const keep = answers.carried(turn.reply, "keep");
      if (keep) remember(turn, JSON.parse(keep));
      site.tell("answer", { status: answer.status });
    } catch (error) {
      if (controller.signal.reason === GONE) return; // a new conversation was begun
      answers.end(turn.reply, controller.signal.aborted ? "" : saysOf(error), announce);
      if (!controller.signal.aborted) site.tell("error");
    } finally {
      if (asking?.controller === controller) asking = null;
      update();
    }
    if (!asking && waiting.length) ask(waiting.shift());
  };

  // Ends the answer at work; what waits behind it is not asked either.
  const stop = (reason) => {
    waiting = [];
    asking?.controller.abort(reason);
  };

  // Keeps an answer as it was given with its turn: {given, seal}, or all keys in one.
  const remember = (turn, { given, seal, ...rest }) => {
    Object.assign(turn, { given: given ?? rest, seal });
    if (id) kept.keep(id, { mark: turn.mark, question: turn.question, given: turn.given, seal });
  };

  const ask = (text) => {
    id ??= onrecord.token();
    const record = { mark: onrecord.token(), question: text, filters: setup.where, given: null, seal: null };
    kept.keep(id, record);
    run(append(record));
  };

  const lengthOf = (text) => [...text.split(/\s+/).join(" ").trim()].length;

  // Asks it, or after the one at work; what is asked already is not asked twice. One that is too long is put into the
  // box.
  const offer = (text) => {
    if (form.hidden) return;
    if (lengthOf(text) > LONGEST) question.value ||= text;
    else if (!asking) ask(text);
    else if (![asking.question, ...waiting].includes(text) && waiting.length < MOST_WAITING) waiting.push(text);
    fit();
  };

  // --- What is kept

  // Draws kept answers from the archive as it is now: what was taken down is gone from them, and what was corrected
  // since is said. What the server gives back is kept in their place.
  const draw = async () => {
    drawn = Date.now();
    const shown = turns.filter((turn) => turn.given);
    for (let n = 0; n < shown.length; n += AT_ONCE) await drawSome(shown.slice(n, n + AT_ONCE));
  };

  const drawSome = async (some) => {
    const body = {
      answers: some.map(({ given, seal }) => ({ given, seal })),
      marks: some.map(({ mark }) => mark),
      lang: document.documentElement.lang,
    };
    let found = [];
    let problem = our("damaged");
    try {
      found = (await (await post("api/answers", body)).json()).answers;
    } catch (error) {
      problem = saysOf(error);
    }
    some.forEach((turn, n) => {
      const { html, given, seal, problem: says } = found[n] ?? { problem };
      if (says) {
        // It may have been taken down since: it is not left standing.
        turn.reply.replaceChildren();
        answers.end(turn.reply, says, () => {});
        return;
      }
      answers.place(turn.reply, html);
      turn.element.dataset.status = turn.reply.querySelector(".answer").dataset.status;
      if (seal !== turn.seal) remember(turn, { given, seal });
    });
  };

  // Answers that stood for a while are drawn again when the reader comes back to them.
  const freshen = () => {
    if (Date.now() - drawn > FRESH && !asking && document.visibilityState === "visible") draw();
  };

  const restore = async () => {
    const last = form.hidden ? null : kept.all()[0];
    if (!last) return;
    id = last.id;
    for (const record of last.records) append(record);
    before = turns.length;
    for (const turn of turns) if (!turn.given) answers.end(turn.reply, "", () => {});
    await draw();
    if (turns.length === before && !asking) toTop(turns.at(-1));
  };

  const GONE = new DOMException("a new conversation was begun", "AbortError");

  const forget = () => {
    stop(GONE);
    if (id) kept.remove(id);
    for (const turn of turns) turn.element.remove();
    [id, turns, before] = [null, [], 0];
    update();
    question.focus();
  };

  // The conversation as text, each answer with its citations.
  const whole = () =>
    turns
      .map(({ question: asked, reply }) => {
        const lines = [...reply.querySelectorAll(".to-copy > span")].map((line) => line.textContent);
        return [asked, "", ...(lines.length ? lines : [reply.querySelector(".status, .problem")?.textContent ?? ""])];
      })
      .map((lines) => lines.join("\n"))
      .join("\n\n");

  at("new").addEventListener("click", forget);
  at("copy-all").addEventListener("click", () => answers.copy(at("copy-all"), whole(), announce));

  // --- Hands

  const turnOf = (answer) => turns.find((one) => one.element.contains(answer));

  answers.listen({
    ask: (text) => asking || ask(text),
    again: (answer) => {
      if (asking) return;
      question.focus();
      run(turnOf(answer));
    },
    history: (answer) => historyBefore(turnOf(answer)),
    say: announce,
  });

  const submit = () => {
    const text = question.value.trim();
    if (asking || !text || isTooLong()) return;
    question.value = "";
    fit();
    ask(text);
  };

  // A question that is too long stays in the box, with a counter.
  const isTooLong = () => lengthOf(question.value) > LONGEST;

  const fit = () => {
    question.style.height = "auto";
    question.style.height = `${question.scrollHeight + question.offsetHeight - question.clientHeight}px`;
    const counted = `${lengthOf(question.value)}/${LONGEST}`;
    at("too-long").textContent = isTooLong() ? `${our("too_long", { most: LONGEST })} ${counted}` : "";
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  send.addEventListener("click", (event) => {
    if (!asking) return;
    event.preventDefault();
    stop();
  });
  question.addEventListener("input", fit);
  question.addEventListener("keydown", (event) => {
    // Key code 229: Safari's Enter that ends an input method's composition.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    submit();
  });
  onrecord.keys(
    () => question,
    () => (asking ? stop() : site.tell("close")),
  );

  start.begin(setup, { ask: offer, leave: () => question.focus() });
  site.listen((asked) => {
    question.focus();
    if (asked) offer(asked);
    freshen();
  });
  document.addEventListener("visibilitychange", freshen);
  if (document.body.dataset.problem) console.warn(`onrecord: ${document.body.dataset.problem}`);
  if (site.origin) document.body.classList.add("framed");
  else if (window.parent === window) question.focus();
  restore();
  if (question.value.endsWith("\n")) submit(); // Enter was pressed before this script could hear it
  site.tell("ready");
})();
