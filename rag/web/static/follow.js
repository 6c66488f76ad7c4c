"use strict";

/* What the archive holds now, on a page that stays open: its extent, and no word of what was taken down. */
(() => {
  const EVERY = 1200;
  let seen = null;
  let waiting = 0;

  async function look() {
    clearTimeout(waiting);
    if (document.visibilityState === "visible" && document.querySelector("#masthead .extent")) {
      try {
        const answer = await fetch("/api/archive", { cache: "no-store", credentials: "same-origin" });
        if (answer.ok) freshen(await answer.json());
      } catch {
        // The server is away; the page says so when it is asked.
      }
    }
    clearTimeout(waiting);
    waiting = setTimeout(look, EVERY);
  }

  function freshen(archive) {
    const line = document.querySelector("#masthead .extent");
    const late = document.querySelector("#masthead .late");
    // A page that is still opening, or has no archive yet, looks again by itself.
    if (!archive.says) return;
    const stale = line.textContent && (line.textContent !== archive.says || late?.textContent !== archive.late);
    if (stale) {
      line.textContent = archive.says;
      if (late) late.textContent = archive.late;
    }
    if (stale || (seen !== null && seen !== archive.generation)) {
      // What was read aloud may have been taken down.
      document.getElementById("announcer")?.replaceChildren();
      document.querySelector("button#changed")?.click();
    }
    seen = archive.generation;
  }

  document.addEventListener("visibilitychange", look);
  document.addEventListener("DOMContentLoaded", look);
})();
