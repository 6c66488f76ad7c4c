// What the embedded chat shows before the first question: examples, and the article of the site's page.
(() => {
  "use strict";
  const { root, make } = onrecord;
  const at = (id) => document.getElementById(id);

  // The article that questions are about, {title, href, url}; null for the whole archive.
  let article = null;

  // Asks the archive for questions and shows them.
  const fill = async (section, about = {}) => {
    const query = new URLSearchParams(about);
    const response = await fetch(`${root}embed/questions?${query}`, { credentials: "omit" }).catch(() => null);
    if (!response?.ok) return; // The box is enough to ask.
    const { questions } = await response.json();
    const items = questions.map((one) => make("li", "", make("button", "example", one)));
    section.querySelector("ul").replaceChildren(...items);
    section.hidden = !questions.length || (section === at("about") && !article);
  };

  const take = (about) => {
    article = about;
    const link = at("context").querySelector("a");
    link.textContent = about?.title ?? "";
    link.href = about?.href ?? root;
    at("context").hidden = !about;
    at("about").hidden = true;
    if (about) fill(at("about"), { about: about.url });
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
    if (at("ask").hidden) return;
    if (setup.article) take(setup.article);
    if (setup.examples) fill(at("examples"));
  };

  onrecord.start = { begin, article: () => article };
})();
