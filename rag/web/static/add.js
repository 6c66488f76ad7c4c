"use strict";

/* Sends what is to be added, and shows how far it is. The token is kept by this tab only. */
(() => {
  const form = document.getElementById("add");
  const stage = document.getElementById("stage");
  const bar = document.getElementById("progress");
  const failed = document.getElementById("failed");
  const KEPT = "onrecord-token";

  try {
    form.elements.token.value = sessionStorage.getItem(KEPT) ?? "";
  } catch {
    // Storage is blocked; the token is typed again.
  }

  function remember(token) {
    try {
      sessionStorage.setItem(KEPT, token);
    } catch {
      // As above.
    }
  }

  // The browser tells how far the upload is, the server how far the reading; neither knows the whole.
  function send(token, body) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      let read = 0;
      request.open("POST", "/api/articles");
      request.setRequestHeader("Authorization", `Bearer ${token}`);
      request.setRequestHeader("Accept", "text/event-stream");
      request.upload.onprogress = (event) => {
        if (!event.lengthComputable) return;
        show("Sending", event.loaded, event.total);
      };
      request.onprogress = () => {
        const frames = request.responseText.slice(read).split("\n\n");
        read += frames.slice(0, -1).join("\n\n").length + (frames.length > 1 ? 2 : 0);
        for (const frame of frames.slice(0, -1)) take(frame, resolve, reject);
      };
      request.onload = () => {
        if (request.status !== 200) reject(new Error(said(request.responseText)));
        else request.onprogress();
      };
      request.onerror = () => reject(new Error("The server cannot be reached."));
      request.send(body);
    });
  }

  function said(text) {
    try {
      return JSON.parse(text).error.message;
    } catch {
      return "The server did not take it.";
    }
  }

  function take(frame, resolve, reject) {
    const event = /^event: (.*)$/m.exec(frame)?.[1];
    const data = /^data: (.*)$/m.exec(frame)?.[1];
    if (!event || !data) return;
    const told = JSON.parse(data);
    if (event === "done") resolve(told);
    else if (event === "error") reject(new Error(told.error.message));
    else show(told.stage === "waiting" ? "Waiting for its turn" : `Reading: ${told.articles} articles, ${told.passages} passages`);
  }

  function show(says, value, max) {
    stage.textContent = says;
    bar.hidden = false;
    if (max) {
      bar.max = max;
      bar.value = value;
    } else bar.removeAttribute("value");
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { token, files, url, title, text } = form.elements;
    const body = new FormData();
    for (const file of files.files) body.append("files", file);
    if (url.value.trim()) body.append("url", url.value.trim());
    if (title.value.trim()) body.append("title", title.value.trim());
    if (text.value.trim()) body.append("text", text.value);
    const button = form.querySelector("button");
    button.disabled = true;
    failed.replaceChildren();
    try {
      const report = await send(token.value, body);
      remember(token.value);
      const counts = ["added", "updated", "unchanged"].filter((name) => report[name]);
      const done = counts.map((name) => `${report[name]} ${name}`).join(", ") || "Nothing was added";
      stage.textContent = `${done}; the archive holds ${report.articles} articles.`;
      for (const one of report.failed) {
        const line = document.createElement("li");
        line.textContent = `${one.path}: ${one.reason}`;
        failed.append(line);
      }
      if (!report.failed.length) form.reset();
      form.elements.token.value = token.value || form.elements.token.value;
    } catch (error) {
      stage.textContent = error.message;
    } finally {
      bar.hidden = true;
      button.disabled = false;
    }
  });
})();
