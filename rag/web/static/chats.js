// The list of kept conversations: go to one, rename it, delete it, begin a new one, clear all.
(() => {
  "use strict";
  const { make, button } = onrecord;

  // `chats` are the conversations. `current` gives the id of the one that is shown, `go` shows another, `begin` an
  // empty one; `changed` is called after a change and updates this list too; `say` announces to screen readers.
  onrecord.chatList = (chats, { current, go, begin, changed, say }) => {
    const dialog = document.getElementById("conversations");
    const list = dialog.querySelector("ul");

    // A button that does it when it is pressed a second time, as its words then ask.
    const sure = (kind, says, asks, act) => {
      const pressed = button(kind, says, () => {
        if (pressed.textContent === asks) act();
        else pressed.textContent = asks;
      });
      pressed.addEventListener("blur", () => (pressed.textContent = says));
      return pressed;
    };

    const renaming = (one, row) => {
      const field = Object.assign(make("input"), { type: "text", value: one.title, maxLength: 64 });
      field.ariaLabel = "Title";
      const form = make("form", "", field, make("button", "", "Save"));
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        chats.rename(one.id, field.value);
        changed();
        focusOn(one.id);
      });
      form.addEventListener("keydown", (event) => {
        if (event.key !== "Escape") return;
        event.preventDefault(); // the dialog stays open
        event.stopPropagation();
        update();
        focusOn(one.id);
      });
      row.replaceChildren(form);
      field.select();
    };

    const focusOn = (id) => list.querySelector(`[data-id="${id}"] a`)?.focus();

    const rowOf = (one) => {
      const link = make("a", "", one.title);
      link.href = `?c=${one.id}`;
      link.dir = "auto";
      if (one.id === current()) link.setAttribute("aria-current", "page");
      link.addEventListener("click", (event) => {
        if (event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        dialog.close();
        go(one.id);
      });
      const row = make("li");
      row.dataset.id = one.id;
      const rename = button("", "Rename", () => renaming(one, row));
      const drop = sure("", "Delete", "Delete it?", () => {
        const next = (row.nextElementSibling ?? row.previousElementSibling)?.dataset.id;
        chats.remove(one.id);
        say("Deleted.");
        if (one.id === current()) begin();
        changed();
        if (next) focusOn(next);
        else dialog.querySelector(".close").focus();
      });
      rename.ariaLabel = `Rename ${one.title}`;
      drop.ariaDescription = one.title;
      const asked = new Date(one.used || one.begun);
      const day = make("time", "", onrecord.filter.shortDay(asked.toISOString()));
      day.dateTime = asked.toISOString().slice(0, 10);
      row.append(link, day, rename, drop);
      return row;
    };

    function update() {
      const all = chats.all();
      document.querySelector("#masthead .list")?.toggleAttribute("hidden", !all.length);
      if (!dialog.open) return;
      list.replaceChildren(...(all.length ? all.map(rowOf) : [make("li", "none", "There are none.")]));
      clear.hidden = !all.length;
    }

    const clear = sure("clear", "Clear all", "Clear all of them?", () => {
      chats.clear();
      say("Cleared.");
      begin();
      changed();
      dialog.querySelector(".close").focus();
    });
    dialog.querySelector(".clear").replaceWith(clear);
    dialog.querySelector(".close").addEventListener("click", () => dialog.close());
    dialog.querySelector(".begin").addEventListener("click", () => {
      dialog.close();
      begin();
    });
    // A click beside the dialog closes it.
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    if (!chats.isKept) dialog.querySelector(".note").textContent = "Your browser lets this page keep nothing: they end with this tab.";

    const open = () => {
      dialog.showModal();
      update();
      (list.querySelector("a[aria-current]") ?? dialog.querySelector(".close")).focus();
    };
    return { open, update };
  };
})();
