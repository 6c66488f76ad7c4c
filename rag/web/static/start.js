// What the embedded chat shows before the first question: examples, and the article of the site's page.
(() => {
  "use strict";
  const { root, make } = onrecord;
  const at = (id) => document.getElementById(id);

  // The article that questions are about, {title, href, questions}; null for the whole archive.
  let article = null;

  const list = (section, questions) => {
    if (!section) return;
    const items = questions.map((one) => make("li", "", make("button", "example", one)));
    section.querySelector("ul").replaceChildren(...items);
    section.hidden = !questions.length;
  };

  const take = (about) => {
    article = about;
    const link = at("context").querySelector("a");
    at("context").hidden = !about;
    link.textContent = about?.title ?? "";
    link.href = about?.href ?? root;
    list(at("about"), about?.questions ?? []);
  };

  // Asks the archive what may be asked, as far as the site does not say it. `about` is the address of its page.
  const fetchQuestions = async ({ examples, about }) => {
    if (!examples && !about) return;
    const query = new URLSearchParams(about ? { about } : {});
    const response = await fetch(`${root}embed/questions?${query}`, { credentials: "omit" }).catch(() => null);
    if (!response?.ok) return; // The box is enough to ask.
    const found = await response.json();
    if (examples) list(at("examples"), found.examples);
    if (found.about) take(found.about);
  };

  // `setup` is what the frame was opened with; `ask` asks a question that was pressed, `leave` is called after the
  // reader went back to the whole archive.
  const begin = (setup, { ask, leave }) => {
    at("start").addEventListener("click", (event) => {
      const pressed = event.target.closest(".example");
      if (pressed) ask(pressed.textContent);
    });
    at("about-all").addEventListener("click", () => {
      take(null);
      leave();
    });
    fetchQuestions(setup);
  };

  onrecord.start = { begin, article: () => article };
})();
