// What carries a question to the server and its answer back: Gradio's text boxes and events. page/chat.py lists why
// each of these detours is needed.
(() => {
  "use strict";
  const LOST = "The archive cannot be reached. Ask again in a moment.";
  const FAILED = "The question could not be asked. Ask again in a moment.";

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

  // When a request of Gradio's fails or its stream breaks off, it sends nothing any more until the page is loaded
  // again. So it is given a response in either case, and the exchange says in our words what happened.
  const send = window.fetch;

  async function join(request) {
    const asked = request[1]?.body;
    try {
      const response = await send(...request);
      if (!response.ok) heard.failed(onrecord.messageIn(await response.clone().text(), FAILED), asked);
      return response;
    } catch {
      heard.failed(LOST, asked);
      return new Response('{"detail": ""}', { status: 503 });
    }
  }

  // The last messages of a stream that ended before it should: every event of it failed, and it is closed.
  const CLOSED = "close_stream";
  const BROKEN = `data: {"msg": "unexpected_error", "message": ""}\n\ndata: {"msg": "${CLOSED}"}\n\n`;

  function unbroken(request) {
    let reader = null;
    let end = ""; // the latest characters of the stream
    const pull = async (stream) => {
      try {
        reader ??= (await send(...request)).body.getReader();
        const { done, value } = await reader.read();
        if (!done) {
          end = (end + new TextDecoder().decode(value)).slice(-64);
          return stream.enqueue(value);
        }
      } catch (error) {
        if (error.name === "AbortError") end = CLOSED; // by Gradio, which has all it waited for
      }
      if (!end.includes(CLOSED)) {
        heard.failed(LOST);
        stream.enqueue(new TextEncoder().encode(BROKEN));
      }
      stream.close();
    };
    const body = new ReadableStream({ pull, cancel: () => reader?.cancel() });
    return new Response(body, { headers: { "Content-Type": "text/event-stream" } });
  }

  window.fetch = (...request) => {
    const address = String(request[0]?.url ?? request[0]);
    if (address.includes("gradio_api/queue/join")) return join(request);
    if (address.includes("gradio_api/queue/data")) return Promise.resolve(unbroken(request));
    // After a failure of another kind it asks for an id until there is a server, and then loads the page again.
    if (address.includes("gradio_api/app_id")) return send(`${onrecord.root}api/archive`);
    return send(...request);
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
  const toasts = new WeakSet();
  let isReady = false;

  // Calls `hear` with what the block holds now, unless it was heard before.
  function look(id, hear) {
    const text = document.getElementById(id)?.textContent ?? "";
    if (text === last[id]) return;
    last[id] = text;
    const values = written(id);
    if (!values) return;
    // Nothing of an answer stays here: an article that is taken down later must not be found in the page.
    const held = document.querySelector(`#${id} .prose div`);
    if (held) held.textContent = "";
    hear(values);
  }

  function lookAtAll() {
    if (!isReady && box() && field("asking") && button("ask")) {
      isReady = true;
      box().ariaLabel = "Your question"; // Gradio gives a box without a visible label no name
      heard.ready();
    }
    look("state", heard.state);
    look("carrier", heard.answer);
    // An event that failed on the server ends in a toast, which page.css hides, and in nothing else.
    for (const toast of document.querySelectorAll(".toast-body.error")) {
      if (!toasts.has(toast)) heard.failed(FAILED);
      toasts.add(toast);
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    const changes = { childList: true, subtree: true, characterData: true };
    new MutationObserver(lookAtAll).observe(document.body, changes);
    lookAtAll();
  });

  onrecord.transport = { heard, box, button, ask, stop, fill, refresh, isReady: () => isReady };
})();
