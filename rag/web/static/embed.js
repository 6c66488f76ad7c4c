// The embeddable chat: asks, streams, stops. It keeps the conversation in memory and stores nothing.
window.onrecord = window.onrecord || {};

(() => {
  "use strict";
  const TURNS_KEPT = 6;
  const LONGEST_TURN = 4000;
  const MARGIN = 48;
  const conversation = document.getElementById("conversation");
  const form = document.getElementById("ask");
  const question = document.getElementById("question");
  const send = document.getElementById("send");
  const announcements = document.getElementById("announce");
  const history = [];
  let asking = null;

  const announce = (says) => {
    const line = document.createElement("span");
    line.textContent = says + " ";
    announcements.append(line);
  };

  // What the server says of an error, or what its status means.
  const explain = async (response) => {
    let says = null;
    try {
      says = (await response.json()).error.message;
    } catch {
      // Not ours: a proxy's page.
    }
    const wait = Number(response.headers.get("Retry-After"));
    if (typeof says !== "string" || !says) {
      if (response.status === 429) says = "Many people are asking just now.";
      else if (response.status === 503) says = "The archive is not ready yet.";
      else says = `The archive answered with an error (${response.status}).`;
    }
    return wait > 0 ? `${says} Try again in ${wait === 1 ? "a second" : `${wait} seconds`}.` : says;
  };

  class Refused extends Error {}

  const answerOf = async (text, turn, signal) => {
    let response;
    try {
      response = await fetch("/api/ask", {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
        body: JSON.stringify({ question: text, history }),
        credentials: "omit",
        cache: "no-store",
        signal,
      });
    } catch (error) {
      if (signal.aborted) throw error;
      throw new Refused("The archive cannot be reached. Check the connection.");
    }
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

  const ask = async (text) => {
    const turn = new onrecord.Turn(text, announce);
    const hint = document.getElementById("hint");
    if (hint) hint.remove();
    document.body.classList.add("asked-something");
    announcements.replaceChildren();
    if (conversation.lastElementChild) conversation.lastElementChild.style.minHeight = "";
    conversation.append(turn.element);
    turn.stage({ stage: "searching" });
    // The question goes to the top, with room below for its answer; the page around a frame does not move.
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
        history: [...history],
        status: answer.status,
        answer: String(answer.answer || ""),
        reader: answer.reader,
        citations: (answer.citations || []).map(({ article_id, revision, start, end }) => ({ article_id, revision, start, end })),
      });
      remember(text, answer.answer);
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

  const remember = (asked, answered) => {
    history.push({ role: "user", content: asked }, { role: "assistant", content: String(answered || "").slice(0, LONGEST_TURN) });
    history.splice(0, Math.max(0, history.length - 2 * TURNS_KEPT));
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
    // 229: a key that an input method is still at work on.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    submit();
  });
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/" && !event.target.closest?.("textarea, input")) {
      event.preventDefault();
      question.focus();
    } else if (event.key === "Escape") {
      if (asking) asking.abort();
      else tell("onrecord:close");
    }
  });

  // The site whose widget opened this frame. The browser delivers nothing to another one.
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
