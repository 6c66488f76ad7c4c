// The page that takes articles: sends the form and shows progress. The token is kept by this tab only.
(() => {
  "use strict";
  const { make, messageIn, EventParser } = onrecord;
  const ids = ["add", "fields", "send", "stop", "report", "stage", "progress", "failed", "drop"];
  const [form, fields, send, stop, report, stage, bar, failed, drop] = ids.map((id) => document.getElementById(id));
  const { token, files, url, title, source, published_at: day, text } = form.elements;
  const KEPT = "onrecord-token";
  const MOST_FILES = Number(form.dataset.mostFiles);
  const MOST_MEGABYTES = Number(form.dataset.mostMegabytes);
  const NOT_TAKEN = "The server did not take it; try again in a moment.";

  const count = (number, one, many) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
  const articles = (number) => count(number, "article", "articles");

  // Null where storage is blocked: then the token has to be typed again.
  const stored = (use) => {
    try {
      return use(sessionStorage);
    } catch {
      return null;
    }
  };
  token.value = stored((storage) => storage.getItem(KEPT)) ?? "";

  // What is wrong with the form before anything is sent; null if nothing is.
  function problem() {
    const chosen = [...files.files];
    const size = chosen.reduce((sum, file) => sum + file.size, 0);
    if (chosen.length > MOST_FILES) return `At most ${MOST_FILES} files at a time; send the others after these.`;
    if (size > (MOST_MEGABYTES - 1) * 1024 * 1024) {
      return `These files are larger than ${MOST_MEGABYTES} MB together; send some of them after the others.`;
    }
    const isEmpty = !chosen.length && !url.value.trim() && !text.value.trim();
    return isEmpty ? "Choose a file, give an address, or write a text." : null;
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

  // Checks the token before megabytes are sent.
  async function known(given) {
    const answer = await fetch(`${onrecord.root}api/token`, { headers: { Authorization: `Bearer ${given}` }, cache: "no-store" });
    if (!answer.ok) throw new Error(messageIn(await answer.text(), NOT_TAKEN));
    if (!(await answer.json()).valid) throw new Error("The token is wrong.", { cause: token });
  }

  // The browser reports the upload's progress, the events of the response that of the reading. XMLHttpRequest,
  // because fetch reports no upload progress.
  function post(given, sent) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      const parser = new EventParser();
      let read = 0;
      request.open("POST", `${onrecord.root}api/articles`);
      request.setRequestHeader("Authorization", `Bearer ${given}`);
      request.setRequestHeader("Accept", "text/event-stream");
      request.upload.onprogress = (event) => event.lengthComputable && show("Sending", event.loaded, event.total);
      request.upload.onload = () => show("Waiting for its turn");
      request.onprogress = () => {
        const piece = request.responseText.slice(read);
        read += piece.length;
        for (const event of parser.push(piece)) take(event, resolve, reject);
      };
      request.onload = () => {
        request.onprogress();
        const ended = "The server ended in the middle; what it has read is kept.";
        reject(new Error(request.status === 200 ? ended : messageIn(request.responseText, NOT_TAKEN)));
      };
      request.onerror = () => reject(new Error("The connection broke off. What the server had read by then is kept; try again."));
      request.onabort = () => reject(new Error("Stopped. What had been read by then is in the archive."));
      stop.onclick = () => request.abort();
      request.send(sent);
    });
  }

  function take({ event, data }, resolve, reject) {
    const told = JSON.parse(data);
    if (event === "done") resolve(told);
    else if (event === "error") reject(new Error(told.error.message));
    else if (told.stage === "waiting") show("Waiting for its turn");
    else if (!told.articles) show("Reading");
    else show(`Reading: ${articles(told.articles)}, ${count(told.passages, "passage", "passages")}`);
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
        // Some reasons begin with the address.
        const rest = reason.startsWith(`${path} `) ? reason.slice(path.length) : `: ${reason}`;
        return make("li", "", make("b", "", path), rest);
      }),
    );
    report.scrollIntoView({ block: "nearest" });
  }

  function summary(told) {
    const counts = [[told.added, "added"], [told.updated, "updated"], [told.unchanged, "already there"]];
    const done = counts
      .filter(([number]) => number)
      .map(([number, verb], place) => `${place ? number.toLocaleString("en") : articles(number)} ${verb}`);
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
    const wrong = problem();
    if (wrong) {
      tell(wrong);
      files.focus();
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
      stored((storage) => storage.setItem(KEPT, given));
      const told = await post(given, sent);
      tell(summary(told), told.failed);
      // After a failure the form keeps its content, to be corrected and sent again.
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
