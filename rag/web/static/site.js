// The site around the frame: which one it is, and the messages between its widget and this frame.
(() => {
  "use strict";

  // The site whose widget opened this frame, null without one. The browser delivers our messages to no other one.
  const origin = (() => {
    try {
      const named = new URL(new URLSearchParams(location.hash.slice(1)).get("site"));
      return window.parent !== window && /^https?:$/.test(named.protocol) ? named.origin : null;
    } catch {
      return null;
    }
  })();

  // Tells the widget of an event; no words of questions or answers go with it.
  const tell = (type, more = {}) => {
    if (origin) window.parent.postMessage({ type: `onrecord:${type}`, ...more }, origin);
  };

  // Calls `opened` with the question of the site, which may be empty, when the panel is opened.
  const listen = (opened) => {
    window.addEventListener("message", (event) => {
      if (event.source !== window.parent || event.origin !== origin) return;
      if (event.data?.type === "onrecord:opened") opened(String(event.data.question ?? "").trim());
    });
  };

  onrecord.site = { origin, tell, listen };
})();
