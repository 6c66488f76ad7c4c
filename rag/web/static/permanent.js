// The page of a shared answer: copies it, prints it, and asks its suggestions on the page of the archive.
(() => {
  "use strict";
  const { root, answers, make } = onrecord;
  const ask = (question) => location.assign(`${root}?q=${encodeURIComponent(question)}`);
  const say = (says) => document.getElementById("announce").append(make("span", "", `${says} `));
  answers.listen({ ask, again: () => {}, history: () => [], say });
  const button = document.getElementById("print");
  button.hidden = false;
  button.addEventListener("click", () => print());
})();
