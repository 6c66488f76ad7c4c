// "Back to the answer" returns to the open conversation instead of loading a new page.
(() => {
  "use strict";
  const back = document.getElementById("back");
  if (!back || !document.referrer) return;
  let from;
  try {
    from = new URL(document.referrer);
  } catch {
    return;
  }
  if (from.origin !== location.origin || !["/", "/embed"].includes(from.pathname)) return;
  back.addEventListener("click", (event) => {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (history.length > 1) {
      history.back();
      return;
    }
    // The answer is in the tab behind this one.
    window.close();
    setTimeout(() => location.assign(back.href), 300);
  });
})();
