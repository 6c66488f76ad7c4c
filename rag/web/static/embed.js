// The embedded chat: asks, shows the stream, stops it. It keeps the conversation in memory and stores nothing.
(() => {
  "use strict";
  const { make, messageIn, feedback } = onrecord;
  const MARGIN = 48;
  const conversation = document.getElementById("conversation");
  const form = document.getElementById("ask");
  const question = document.getElementById("question");
  const send = document.getElementById("send");
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
      body: JSON.stringify({ question: text, history: feedback.historyOf(answered) }),
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

  // What feedback is sent with: the spans that the answer's text cites, which folded sentences are no part of.
  const spansOf = ({ sentences, citations }) => {
    const cited = new Set((sentences || []).filter((one) => !one.folded).flatMap((one) => one.citations || []));
    return (citations || [])
      .filter(({ n }) => cited.has(n))
      .map(({ article_id, revision, start, end }) => ({ article_id, revision, start, end }));
  };

  const ask = async (text) => {
    const turn = new onrecord.Turn(text, announce, (meant) => asking || ask(meant));
    document.getElementById("hint")?.remove();
    document.body.classList.add("asked-something");
    announcements.replaceChildren();
    if (conversation.lastElementChild) conversation.lastElementChild.style.minHeight = "";
    conversation.append(turn.element);
    turn.stage({ says: "Searching the archive" });
    // Scroll the question to the top, with room below for its answer; the page around the frame must not move.
    turn.element.style.minHeight = `${conversation.clientHeight - MARGIN}px`;
    conversation.scrollTop = turn.element.offsetTop - conversation.offsetTop;
    const controller = new AbortController();
    asking = controller;
    send.textContent = "Stop";
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
    } catch (error) {
      if (controller.signal.aborted) turn.stopped();
      else {
        const says = error instanceof Refused ? error.message : "The answer arrived damaged.";
        turn.failed(says, () => {
          if (asking) return;
          turn.element.remove();
          question.focus();
          ask(text);
        });
      }
    } finally {
      asking = null;
      send.textContent = "Ask";
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
