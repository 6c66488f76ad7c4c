"use strict";

/* Sends what is to be added, and shows how far it is. The token is kept by this tab only. */
(() => {
  const form = document.getElementById("add");
  const fields = document.getElementById("fields");
  const { token, files, url, title, source, published_at: day, text } = form.elements;
  const send = document.getElementById("send");
  const stop = document.getElementById("stop");
  const report = document.getElementById("report");
  const stage = document.getElementById("stage");
  const bar = document.getElementById("progress");
  const failed = document.getElementById("failed");
  const drop = document.getElementById("drop");
  const KEPT = "onrecord-token";
  const MOST_FILES = Number(form.dataset.mostFiles);
  const MOST_MEGABYTES = Number(form.dataset.mostMegabytes);

  const count = (number, one, many) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
  const articles = (number) => count(number, "article", "articles");

  try {
    token.value = sessionStorage.getItem(KEPT) ?? "";
  } catch {
    // Storage is blocked; the token is typed again.
  }

  function remember(given) {
    try {
      sessionStorage.setItem(KEPT, given);
    } catch {
      // As above.
    }
  }

  // What is wrong with the form and can be said before anything is sent; and the field it is about.
  function missing() {
    const size = [...files.files].reduce((sum, file) => sum + file.size, 0);
    if (files.files.length > MOST_FILES) return [`At most ${MOST_FILES} files at a time; send the others after these.`, files];
    if (size > (MOST_MEGABYTES - 1) * 1024 * 1024) return [`These files are larger than ${MOST_MEGABYTES} MB together; send some of them after the others.`, files];
    if (!files.files.length && !url.value.trim() && !text.value.trim()) return ["Choose a file, give an address, or write a text.", files];
    return null;
  }

  function body() {
    const sent = new FormData();
    for (const file of files.files) sent.append("files", file);
    if (url.value.trim()) sent.append("url", url.value.trim());
    if (text.value.trim()) {
      for (const field of [title, source, day]) if (field.value.trim()) sent.append(field.name, field.value.trim());
      sent.append("text", text.value);
    }
    return sent;
  }

  // Whether the server knows the token, before megabytes are on their way.
  async function known(given) {
    const answer = await fetch("/api/token", { headers: { Authorization: `Bearer ${given}` }, cache: "no-store" });
    if (!answer.ok) throw new Error(said(await answer.text()));
    if (!(await answer.json()).valid) throw new Error("The token is wrong.", { cause: token });
  }

  // The browser tells how far the upload is, the server how far the reading; neither knows the whole.
  function post(given, sent) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      let read = 0;
      request.open("POST", "/api/articles");
      request.setRequestHeader("Authorization", `Bearer ${given}`);
      request.setRequestHeader("Accept", "text/event-stream");
      request.upload.onprogress = (event) => event.lengthComputable && show("Sending", event.loaded, event.total);
      request.upload.onload = () => show("Waiting for its turn");
      request.onprogress = () => {
        for (let end; (end = request.responseText.indexOf("\n\n", read)) >= 0; read = end + 2) {
          take(request.responseText.slice(read, end), resolve, reject);
        }
      };
      request.onload = () => {
        request.onprogress();
        reject(new Error(request.status === 200 ? "The server ended in the middle; what it has read is kept." : said(request.responseText)));
      };
      request.onerror = () => reject(new Error("The connection broke off. What the server had read by then is kept; try again."));
      request.onabort = () => reject(new Error("Stopped. What had been read by then is in the archive."));
      stop.onclick = () => request.abort();
      request.send(sent);
    });
  }

  function said(answer) {
    try {
      return JSON.parse(answer).error.message;
    } catch {
      return "The server did not take it; try again in a moment.";
    }
  }

  function take(frame, resolve, reject) {
    const event = /^event: (.*)$/m.exec(frame)?.[1];
    const data = /^data: (.*)$/m.exec(frame)?.[1];
    if (!event || !data) return;
    const told = JSON.parse(data);
    if (event === "done") resolve(told);
    else if (event === "error") reject(new Error(told.error.message));
    else if (told.stage === "waiting") show("Waiting for its turn");
    else show(told.articles ? `Reading: ${articles(told.articles)}, ${count(told.passages, "passage", "passages")}` : "Reading");
  }

  function show(says, value, max) {
    if (stage.textContent !== says) stage.textContent = says;
    report.hidden = bar.hidden = false;
    if (max) {
      bar.max = max;
      bar.value = value;
    } else bar.removeAttribute("value");
  }

  function tell(says, failures = []) {
    report.hidden = false;
    bar.hidden = true;
    stage.textContent = says;
    failed.replaceChildren(
      ...failures.map(({ path, reason }) => {
        const [line, name] = [document.createElement("li"), document.createElement("b")];
        name.textContent = path;
        // Some reasons name the address themselves.
        line.append(name, reason.startsWith(`${path} `) ? reason.slice(path.length) : `: ${reason}`);
        return line;
      }),
    );
    report.scrollIntoView({ block: "nearest" });
  }

  function summary(told) {
    const parts = [
      [told.added, "added"],
      [told.updated, "updated"],
      [told.unchanged, "already there"],
    ].filter(([number]) => number);
    const done = parts.map(([number, verb], place) => `${place ? number.toLocaleString("en") : articles(number)} ${verb}`);
    const held = `The archive holds ${articles(told.articles)}.`;
    const unread = told.failed.length ? ` ${count(told.failed.length, "thing", "things")} could not be read:` : "";
    return [`${done.join(", ") || "Nothing was added"}.`, ...told.notices, held].join(" ") + unread;
  }

  function working(is) {
    fields.disabled = send.disabled = is;
    stop.hidden = !is;
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const wrong = missing();
    if (wrong) {
      tell(wrong[0]);
      wrong[1].focus();
      return;
    }
    const [given, sent] = [token.value, body()];
    failed.replaceChildren();
    working(true);
    show("Sending");
    report.scrollIntoView({ block: "nearest" });
    let field = null;
    try {
      await known(given);
      remember(given);
      const told = await post(given, sent);
      tell(summary(told), told.failed);
      // What failed can be mended and sent again; what did not fail would change nothing.
      if (!told.failed.length) {
        form.reset();
        token.value = given;
      }
    } catch (error) {
      tell(error instanceof TypeError ? "The server cannot be reached." : error.message);
      field = error.cause ?? null;
    } finally {
      working(false);
      (field ?? send).focus();
    }
  });

  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    drop.addEventListener(kind, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      drop.classList.toggle("over", kind.endsWith("r"));
      if (kind === "drop" && !fields.disabled) files.files = event.dataTransfer.files;
    });
  }
})();
