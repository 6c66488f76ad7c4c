// Server-sent events of any response, for requests that EventSource cannot make: it only sends GET.
(() => {
  "use strict";

  // Reads a text/event-stream as the HTML standard describes it: any of the three line ends, comments, data over
  // several lines, pieces that end within a line. An event that is not ended by a blank line is dropped.
  class EventParser {
    rest = "";
    event = "";
    data = [];

    // The events, as {event, data}, that are complete with this piece of the stream.
    push(piece, isLast = false) {
      const found = [];
      this.rest += piece;
      if (isLast) this.rest = this.rest.replace(/\r$/, "\n");
      // A carriage return at the end may be the first half of a line end.
      const lines = this.rest.split(/\r\n|\n|\r(?!$)/);
      this.rest = lines.pop();
      for (const line of lines) {
        const [, name, value] = /^([^:]*):? ?(.*)$/su.exec(line);
        if (line === "") {
          if (this.data.length) found.push({ event: this.event || "message", data: this.data.join("\n") });
          this.event = "";
          this.data = [];
        } else if (name === "event") this.event = value;
        else if (name === "data") this.data.push(value);
      }
      return found;
    }
  }

  // The events of a fetch response.
  async function* events(response) {
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    const parser = new EventParser();
    try {
      for (let isLast = false; !isLast; ) {
        const { done, value } = await reader.read();
        isLast = done;
        yield* parser.push(done ? decoder.decode() : decoder.decode(value, { stream: true }), done);
      }
    } finally {
      reader.cancel().catch(() => {});
    }
  }

  Object.assign(onrecord, { EventParser, events });
})();
