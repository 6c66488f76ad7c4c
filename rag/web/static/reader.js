// "Back to the answer" returns to the open conversation, at the answer that the article's source stood in: the address
// of the page before says both. Without this script, or without such a page, it is a link to the chat page.
(() => {
  "use strict";
  const back = document.getElementById("back");
  if (!back) return;
  const before = document.referrer.replace(/[?#].*$/, "");
  if (before === back.href) back.href = document.referrer;
  else if (before !== new URL("embed", back.href).href) return;
  const steps = history.length - 1; // pages that this tab showed before the article
  back.addEventListener("click", (event) => {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (steps) {
      // In the conversation's own tab. A link within the article, such as to its versions, is a step of its own.
      history.go(steps - history.length);
      return;
    }
    // In a tab of its own: the conversation is in the tab behind it. A browser that does not let a script close
    // the tab gets the conversation in this one.
    window.close();
    setTimeout(() => location.assign(back.href), 300);
  });
})();
