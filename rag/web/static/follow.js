// Keeps an open chat page up to date with the archive: its extent, and answers whose articles were removed.
(() => {
  "use strict";
  const EVERY = 1200; // milliseconds
  let seen = null;
  let waiting = 0;

  async function look() {
    clearTimeout(waiting);
    if (document.visibilityState === "visible" && document.querySelector("#masthead .extent")) {
      try {
        const answer = await fetch(`${onrecord.root}api/archive`, { cache: "no-store", credentials: "same-origin" });
        if (answer.ok) freshen(await answer.json());
      } catch {
        // The server cannot be reached; the page says so at the next question.
      }
    }
    clearTimeout(waiting);
    waiting = setTimeout(look, EVERY);
  }

  function freshen(archive) {
    const line = document.querySelector("#masthead .extent");
    const late = document.querySelector("#masthead .late");
    // A page that has no archive yet looks for one by itself.
    if (!archive.says) return;
    const stale = line.textContent && (line.textContent !== archive.says || late?.textContent !== archive.late);
    if (stale) {
      line.textContent = archive.says;
      if (late) late.textContent = archive.late;
    }
    if (stale || (seen !== null && seen !== archive.generation)) {
      // The announcements may quote an article that was removed.
      document.getElementById("announcer")?.replaceChildren();
      onrecord.archiveChanged();
    }
    seen = archive.generation;
  }

  document.addEventListener("visibilitychange", look);
  document.addEventListener("DOMContentLoaded", look);
})();
