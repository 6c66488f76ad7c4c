// Whether an answer helped: two buttons, then room for a comment. Sent when somebody presses, and only then.
window.onrecord = window.onrecord || {};

(() => {
  "use strict";
  const LONGEST_COMMENT = 2000;
  const LONGEST_TURN = 4000;
  const TURNS = 12;
  const MARGIN = 8;

  const send = async (marked) => {
    let response;
    try {
      response = await fetch("/api/feedback", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(marked),
        credentials: "omit",
        cache: "no-store",
      });
    } catch {
      throw new Error("The archive cannot be reached.");
    }
    if (response.ok) return;
    let says = null;
    try {
      says = (await response.json()).error.message;
    } catch {
      // Not ours: a proxy's page.
    }
    throw new Error(typeof says === "string" && says ? says : "This could not be sent.");
  };

  const press = (buttons, verdict) => {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.classList.contains(verdict)));
  };

  // Room for a comment below the row, and what became of it. `row` and `buttons` are in the document already.
  const comment = (row, submit, say) => {
    const form = document.createElement("form");
    const field = document.createElement("input");
    const button = document.createElement("button");
    form.className = "comment";
    field.type = "text";
    field.maxLength = LONGEST_COMMENT;
    field.dir = "auto";
    field.autocomplete = "off";
    field.placeholder = "Say why, if you like";
    field.setAttribute("aria-label", "Comment");
    button.type = "submit";
    button.textContent = "Send";
    form.append(field, button);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const written = field.value.trim();
      button.disabled = true;
      try {
        if (written) await submit(written);
        close(row, "Thank you.", say);
      } catch (error) {
        button.disabled = false;
        tell(form, error.message, say);
      }
    });
    row.after(form);
    // The embed's column scrolls by itself; the page around a frame does not move.
    const column = row.closest("main");
    const below = form.getBoundingClientRect().bottom + MARGIN - (column?.getBoundingClientRect().bottom ?? 0);
    if (column) column.scrollTop += Math.max(0, below);
  };

  const tell = (form, says, say) => {
    form.querySelector(".said-back")?.remove();
    const line = document.createElement("span");
    line.className = "said-back";
    line.textContent = says;
    form.append(line);
    say(says);
  };

  const close = (row, says, say) => {
    drop(row);
    const line = document.createElement("p");
    line.className = "comment";
    line.textContent = says;
    row.after(line);
    say(says);
  };

  const drop = (row) => {
    if (row.nextElementSibling?.matches(".comment")) row.nextElementSibling.remove();
  };

  /* One press in `row`, which holds the two buttons: "up" or "down". `marked` is what was asked and answered;
     `say` reads aloud. Gives whether it was taken. */
  const mark = async (row, verdict, marked, say) => {
    const buttons = row.querySelectorAll("button.up, button.down");
    const pressed = row.querySelector("button[aria-pressed=true]")?.className ?? "";
    if (pressed === verdict) return false;
    press(buttons, verdict);
    drop(row);
    try {
      await send({ ...marked, verdict });
    } catch (error) {
      press(buttons, pressed);
      close(row, error.message, say);
      return false;
    }
    comment(row, (written) => send({ ...marked, verdict, comment: written }), say);
    say("Sent. You can add a comment.");
    return true;
  };

  // What the conversation before an answer was, as far as it is told along. `asked`: questions with answers.
  const historyOf = (asked) =>
    asked
      .flatMap(({ question, answer }) => [
        { role: "user", content: String(question).slice(0, LONGEST_TURN) },
        { role: "assistant", content: String(answer).slice(0, LONGEST_TURN) },
      ])
      .slice(-TURNS);

  onrecord.feedback = { mark, press, historyOf };
})();
