// The embedded chat: asks, shows the stream, stops it. It keeps the conversation in memory and stores nothing.
(() => {
  "use strict";
  const { make, say: our, messageIn, feedback, answers } = onrecord;
  const MARGIN = 48;
  const conversation = document.getElementById("conversation");
  const form = document.getElementById("ask");
  const question = document.getElementById("question");
  const send = document.getElementById("send");
  const announcements = document.getElementById("announce");
  const turns = []; // {element, question, answer}; the answer is that of the API, once there is one
  let asked = 0;
  let asking = null;

  const announce = (says) => announcements.append(make("span", "", `${says} `));

  const MEANINGS = { 429: "busy", 503: "not_ready" };

  // The server's message in an error response, or else what its status means, and when to try again.
  const explain = async (response) => {
    const means = our(MEANINGS[response.status] ?? "error", { status: response.status });
    const says = messageIn(await response.text().catch(() => ""), means);
    const wait = Number(response.headers.get("Retry-After"));
    return wait > 0 ? `${says} ${our(wait === 1 ? "wait_one" : "wait", { n: wait })}` : says;
  };

  class Refused extends Error {}

  // The messages before an answer, as the API takes them.
  const historyBefore = (turn) => {
    const before = turn ? turns.slice(0, turns.indexOf(turn)) : turns;
    return feedback.historyOf(before.filter((one) => one.answer).map((one) => ({ ...one, answer: one.answer.answer })));
  };

  const turnOf = (answer) => turns.find((one) => one.element.contains(answer));

  const answerOf = async (turn, signal) => {
    const draw = { lang: document.documentElement.lang, mark: turn.mark };
    const sent = {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
      body: JSON.stringify({ question: turn.question, history: historyBefore(turn), draw }),
      credentials: "omit",
      cache: "no-store",
      signal,
    };
    const response = await fetch(`${onrecord.root}api/ask`, sent).catch((error) => {
      throw signal.aborted ? error : new Refused(our("unreachable"));
    });
    if (!response.ok) throw new Refused(await explain(response));
    for await (const { event, data } of onrecord.events(response)) {
      const content = JSON.parse(data);
      if (event === "error") throw new Refused(content.error.message);
      if (content.html) answers.place(turn.reply, content.html, announce);
      if (event === "done") return content;
    }
    throw new Refused(our("lost"));
  };

  const ask = async (text) => {
    const reply = make("div", "reply");
    const heading = make("h2", "asked", text);
    heading.dir = "auto";
    asked += 1;
    const turn = { question: text, reply, mark: `a${asked}`, element: make("article", "turn", heading, reply) };
    document.getElementById("hint")?.remove();
    document.body.classList.add("asked-something");
    announcements.replaceChildren();
    if (conversation.lastElementChild) conversation.lastElementChild.style.minHeight = "";
    conversation.append(turn.element);
    turns.push(turn);
    answers.begin(reply, announce);
    // Scroll the question to the top, with room below for its answer; the page around the frame must not move.
    turn.element.style.minHeight = `${conversation.clientHeight - MARGIN}px`;
    conversation.scrollTop = turn.element.offsetTop - conversation.offsetTop;
    const controller = new AbortController();
    asking = controller;
    send.textContent = our("stop");
    try {
      turn.answer = await answerOf(turn, controller.signal);
      turn.element.dataset.status = turn.answer.status;
    } catch (error) {
      const says = error instanceof Refused ? error.message : our("damaged");
      answers.end(reply, controller.signal.aborted ? "" : says, announce);
    } finally {
      asking = null;
      send.textContent = our("ask");
    }
  };

  // In the place of a question that has no answer.
  const again = (turn) => {
    if (asking) return;
    turn.element.remove();
    turns.splice(turns.indexOf(turn), 1);
    question.focus();
    ask(turn.question);
  };

  answers.listen({
    ask: (text) => asking || ask(text),
    again: (answer) => again(turnOf(answer)),
    history: (answer) => historyBefore(turnOf(answer)),
    say: announce,
  });

  const submit = () => {
    const text = question.value.trim();
    if (asking || !text) return;
    question.value = "";
    fit();
    ask(text);
  };

  const fit = () => {
    question.style.height = "auto";
    question.style.height = `${question.scrollHeight + question.offsetHeight - question.clientHeight}px`;
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  send.addEventListener("click", (event) => {
    if (!asking) return;
    event.preventDefault();
    asking.abort();
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
    () => (asking ? asking.abort() : tell("onrecord:close")),
  );

  // The site whose widget opened this frame. The browser delivers our messages to no other one.
  const site = (() => {
    try {
      const named = new URL(new URLSearchParams(location.hash.slice(1)).get("site"));
      return window.parent !== window && /^https?:$/.test(named.protocol) ? named.origin : null;
    } catch {
      return null;
    }
  })();
  const tell = (type) => {
    if (site) window.parent.postMessage({ type }, site);
  };
  window.addEventListener("message", (event) => {
    if (event.source !== window.parent || event.origin !== site || !event.data) return;
    if (event.data.type === "onrecord:opened") question.focus();
  });
  if (site) document.body.classList.add("framed");
  else if (window.parent === window) question.focus();
  tell("onrecord:ready");
})();
