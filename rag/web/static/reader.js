// "Back to the answer" returns to the open conversation; without this script, or without a conversation to return
// to, it is a link to the chat page.
(() => {
  "use strict";
  const back = document.getElementById("back");
  if (!back) return;
  const asked = [back.href, new URL("embed", back.href).href];
  if (!asked.includes(document.referrer.replace(/[?#].*$/, ""))) return;
  const before = history.length - 1; // pages that this tab showed before the article
  back.addEventListener("click", (event) => {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (before) {
      // In the conversation's own tab. A link within the article, such as to its versions, is a step of its own.
      history.go(before - history.length);
      return;
    }
    // In a tab of its own: the conversation is in the tab behind it. A browser that does not let a script close
    // the tab gets the chat page.
    window.close();
    setTimeout(() => location.assign(back.href), 300);
  });
})();
