// The embedded chat: asks, shows the stream, stops it. It keeps the conversation in memory and stores nothing.
(() => {
  "use strict";
  const { make, button, messageIn, feedback } = onrecord;
  const setup = JSON.parse(document.body.dataset.frame); // {where, about, examples} of rag/web/routes/embed.py
  const words = JSON.parse(document.body.dataset.words);
  const MARGIN = 48;
  const conversation = document.getElementById("conversation");
  const form = document.getElementById("ask");
  const question = document.getElementById("question");
  const send = document.getElementById("send");
  const start = document.getElementById("start");
  const tools = document.getElementById("tools");
  const announcements = document.getElementById("announce");
  const answered = [];
  let asking = null;

  const announce = (says) => announcements.append(make("span", "", `${says} `));

  const MEANINGS = { 429: "Many people are asking just now.", 503: "The archive is not ready yet." };

  // The server's message in an error response, or else what its status means, and when to try again.
  const explain = async (response) => {
    const means = MEANINGS[response.status] ?? `The archive answered with an error (${response.status}).`;
    const says = messageIn(await response.text().catch(() => ""), means);
    const wait = Number(response.headers.get("Retry-After"));
    return wait > 0 ? `${says} Try again in ${wait === 1 ? "a second" : `${wait} seconds`}.` : says;
  };

  class Refused extends Error {}

  const answerOf = async (text, turn, signal) => {
    const sent = {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
      body: JSON.stringify({ question: text, history: history(), ...setup.where }),
      credentials: "omit",
      cache: "no-store",
      signal,
    };
    const response = await fetch(`${onrecord.root}api/ask`, sent).catch((error) => {
      throw signal.aborted ? error : new Refused("The archive cannot be reached. Check the connection.");
    });
    if (!response.ok) throw new Refused(await explain(response));
    for await (const { event, data } of onrecord.events(response)) {
      const content = JSON.parse(data);
      if (event === "status") turn.stage(content);
      else if (event === "sentence") turn.sentence(content);
      else if (event === "error") throw new Refused(content.error.message);
      else if (event === "done") return content;
    }
    throw new Refused("The connection was lost before the answer was complete.");
  };

  // The article of the site's page that questions are about, {title, href, questions}; null for the whole archive.
  let article = null;
  const history = () => [
    ...(article ? [{ role: "user", content: article.title }] : []),
    ...feedback.historyOf(answered),
  ];

  // What feedback is sent with: the spans that the answer's text cites, which folded sentences are no part of.
  const spansOf = ({ sentences, citations }) => {
    const cited = new Set((sentences || []).filter((one) => !one.folded).flatMap((one) => one.citations || []));
    return (citations || [])
      .filter(({ n }) => cited.has(n))
      .map(({ article_id, revision, start, end }) => ({ article_id, revision, start, end }));
  };

  const ask = async (text) => {
    const turn = new onrecord.Turn(text, announce, (meant) => asking || ask(meant));
    start.hidden = true;
    tools.hidden = false;
    document.body.classList.add("asked-something");
    tell("ask");
    announcements.replaceChildren();
    if (conversation.lastElementChild) conversation.lastElementChild.style.minHeight = "";
    conversation.append(turn.element);
    turn.stage({ says: "Searching the archive" });
    // Scroll the question to the top, with room below for its answer; the page around the frame must not move.
    turn.element.style.minHeight = `${conversation.clientHeight - MARGIN}px`;
    conversation.scrollTop = turn.element.offsetTop - conversation.offsetTop;
    const controller = new AbortController();
    asking = controller;
    send.textContent = words.stop;
    try {
      const answer = await answerOf(text, turn, controller.signal);
      turn.done(answer);
      turn.markable({
        question: text,
        history: feedback.historyOf(answered),
        status: answer.status,
        answer: String(answer.answer || ""),
        reader: answer.reader,
        citations: spansOf(answer),
      });
      answered.push({ question: text, answer: answer.answer || "" });
      tell("answer", { status: answer.status });
    } catch (error) {
      if (controller.signal.aborted) turn.stopped();
      else {
        const says = error instanceof Refused ? error.message : words.damaged;
        tell("error");
        turn.failed(says, () => {
          if (asking) return;
          turn.element.remove();
          question.focus();
          ask(text);
        });
      }
    } finally {
      asking = null;
      send.textContent = words.ask;
    }
  };

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
    () => (asking ? asking.abort() : tell("close")),
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
  const tell = (type, more) => {
    if (site) window.parent.postMessage({ type: `onrecord:${type}`, ...more }, site);
  };
  window.addEventListener("message", (event) => {
    if (event.source !== window.parent || event.origin !== site || event.data?.type !== "onrecord:opened") return;
    question.focus();
    const asked = String(event.data.question ?? "").trim();
    if (asked) offer(asked);
  });

  // Ask it, or put it into the box while another is at work.
  const offer = (text) => {
    if (!asking && !form.hidden) ask(text);
    else if (!question.value) question.value = text;
  };
  document.addEventListener("click", (event) => {
    const pressed = event.target.closest?.(".example");
    if (pressed) offer(pressed.textContent);
  });

  const examplesIn = (section, questions) => {
    if (!section) return;
    const items = questions.map((one) => make("li", "", button("example", one, () => {})));
    section.querySelector(".examples").replaceChildren(...items);
    section.hidden = !questions.length;
  };

  const takeArticle = (about) => {
    article = about;
    const context = document.getElementById("context");
    const link = context.querySelector("a");
    context.hidden = !about;
    link.textContent = about?.title ?? "";
    link.href = about?.href ?? onrecord.root;
    examplesIn(document.getElementById("about"), about?.questions ?? []);
  };
  document.getElementById("about-all").addEventListener("click", () => {
    takeArticle(null);
    question.focus();
  });

  const prepare = async () => {
    if (form.hidden || !(setup.examples || setup.about)) return;
    const query = new URLSearchParams({ about: setup.about });
    const response = await fetch(`${onrecord.root}embed/questions?${query}`, { credentials: "omit" }).catch(() => null);
    if (!response?.ok) return; // The box is enough to ask.
    const found = await response.json();
    if (setup.examples) examplesIn(document.getElementById("examples"), found.examples);
    if (found.about) takeArticle(found.about);
  };
  prepare();
  if (document.body.dataset.problem) console.warn(`onrecord: ${document.body.dataset.problem}`);
  if (site) document.body.classList.add("framed");
  else if (window.parent === window) question.focus();
  tell("ready");
})();
