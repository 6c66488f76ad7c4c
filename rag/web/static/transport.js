// What carries a question to the server and its answer back: Gradio's text boxes and events. page/chat.py lists why
// each of these detours is needed.
(() => {
  "use strict";
  const LOST = "The archive cannot be reached. Ask again in a moment.";
  const FAILED = "The question could not be asked. Ask again in a moment.";
  const JOIN = "gradio_api/queue/join";

  // Where storage is blocked, any access throws and Gradio would not start: give it storage in memory.
  for (const name of ["localStorage", "sessionStorage"]) {
    try {
      window[name].getItem("");
    } catch {
      Object.defineProperty(window, name, { value: onrecord.inMemory(), configurable: true });
    }
  }

  const heard = { answer: () => {}, state: () => {}, ready: () => {}, failed: () => {} };

  const field = (id) => document.querySelector(`#${id} :is(textarea, input)`);
  const box = () => field("question");
  const button = (id) => document.querySelector(`button#${id}`);

  function write(target, value) {
    target.value = value;
    target.dispatchEvent(new Event("input", { bubbles: true }));
  }

  const ask = (body) => write(field("asking"), JSON.stringify(body));
  const stop = (mark) => write(field("stopping"), mark);
  const refresh = () => button("changed")?.click();
  const fill = (question) => write(box(), question);

  // A request that Gradio cannot send, or that is refused, ends in a toast; the exchange says it in our words.
  const send = window.fetch;
  window.fetch = async (...request) => {
    const address = String(request[0]?.url ?? request[0]);
    if (!address.includes(JOIN)) return send(...request);
    try {
      const response = await send(...request);
      if (!response.ok) heard.failed(onrecord.messageIn(await response.clone().text(), FAILED), request[1]?.body);
      return response;
    } catch (error) {
      heard.failed(LOST, request[1]?.body);
      throw error;
    }
  };

  // What the server last wrote into the hidden block with this id; null while it is empty or half written.
  function written(id) {
    try {
      return JSON.parse(document.querySelector(`#${id} .prose`)?.textContent ?? "");
    } catch {
      return null;
    }
  }

  const last = { carrier: "", state: "" };
  let isReady = false;

  // Calls `hear` with what the block holds now, unless it was heard before.
  function look(id, hear) {
    const text = document.getElementById(id)?.textContent ?? "";
    if (text === last[id]) return;
    last[id] = text;
    const values = written(id);
    if (values) hear(values);
  }

  function lookAtAll() {
    if (!isReady && box() && field("asking") && button("ask")) {
      isReady = true;
      box().ariaLabel = "Your question"; // Gradio gives a box without a visible label no name
      heard.ready();
    }
    look("state", heard.state);
    look("carrier", heard.answer);
    if (document.querySelector(".toast-body.error")) heard.failed(LOST);
  }

  document.addEventListener("DOMContentLoaded", () => {
    const changes = { childList: true, subtree: true, characterData: true };
    new MutationObserver(lookAtAll).observe(document.body, changes);
    lookAtAll();
  });

  onrecord.transport = { heard, box, button, ask, stop, fill, refresh, isReady: () => isReady };
})();
