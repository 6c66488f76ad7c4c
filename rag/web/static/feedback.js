// Whether an answer helped: two buttons, then a field for a comment. Nothing is sent before a button is pressed.
(() => {
  "use strict";
  const { make, messageIn, say: our } = onrecord;
  const LONGEST_COMMENT = 2000;
  const MARGIN = 8;

  const send = async (marked) => {
    const sent = {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(marked),
      credentials: "omit",
      cache: "no-store",
    };
    const response = await fetch(`${onrecord.root}api/feedback`, sent).catch(() => {
      throw new Error(our("unreachable"));
    });
    if (!response.ok) throw new Error(messageIn(await response.text().catch(() => ""), our("cannot_send")));
  };

  const press = (buttons, verdict) => {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.classList.contains(verdict)));
  };

  // A field for a comment below the row, which is in the document already.
  const comment = (row, submit, say) => {
    const field = Object.assign(make("input"), {
      type: "text",
      maxLength: LONGEST_COMMENT,
      dir: "auto",
      autocomplete: "off",
      placeholder: our("say_why"),
    });
    field.setAttribute("aria-label", our("comment"));
    const button = make("button", "", our("send"));
    const form = make("form", "comment", field, button);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const written = field.value.trim();
      button.disabled = true;
      try {
        if (written) await submit(written);
        close(row, our("thank_you"), say);
      } catch (error) {
        button.disabled = false;
        form.querySelector(".said-back")?.remove();
        form.append(make("span", "said-back", error.message));
        say(error.message);
      }
    });
    row.after(form);
    // The embedded chat scrolls its own column: scrollIntoView would also move the page around the frame.
    const column = row.closest("main");
    const below = form.getBoundingClientRect().bottom + MARGIN - (column?.getBoundingClientRect().bottom ?? 0);
    if (column) column.scrollTop += Math.max(0, below);
  };

  const close = (row, says, say) => {
    drop(row);
    row.after(make("p", "comment", says));
    say(says);
  };

  const drop = (row) => {
    for (const element of row.parentNode.querySelectorAll(":scope > .comment")) element.remove();
  };

  // One press in `row`, which holds the two buttons: `verdict` is "up" or "down", `marked` what was asked and
  // answered, `say` announces to screen readers. Gives whether the server took it.
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
    say(our("sent"));
    return true;
  };

  onrecord.feedback = { mark };
})();
