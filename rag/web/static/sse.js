// Server-sent events from a fetch response; EventSource can only GET.
window.onrecord = window.onrecord || {};

// Yields {event, data} as the HTML standard parses a text/event-stream: any of the three line ends, comments, data
// over several lines, chunks that end within a character or within a line. An event without its blank line is dropped.
onrecord.events = async function* (response) {
  "use strict";
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  let event = "";
  let data = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
      if (done) rest = rest.replace(/\r$/, "\n");
      // A carriage return at the very end may be half of a line end.
      const lines = rest.split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop();
      for (const line of lines) {
        if (line === "") {
          if (data.length) yield { event: event || "message", data: data.join("\n") };
          event = "";
          data = [];
          continue;
        }
        const colon = line.indexOf(":");
        if (colon === 0) continue;
        const name = colon < 0 ? line : line.slice(0, colon);
        const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
        if (name === "event") event = value;
        else if (name === "data") data.push(value);
      }
      if (done) return;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
};
