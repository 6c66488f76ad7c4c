// One question and its answer on the page. Everything from the server becomes text, never markup.
window.onrecord = window.onrecord || {};

(() => {
  "use strict";
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const STAGES = {
    waiting: "Waiting for a turn",
    searching: "Searching the archive",
    reading: "Reading what was found",
    writing: "Writing the answer",
  };
  const NEAREST = 3;
  // What an abstention's explanation begins with, which the status says already.
  const SAID = /^(The archive covers this subject, but does not say|Nothing in this archive bears on the question|The dates asked for lie outside this archive[^.]*)\.\s*/;

  const make = (tag, kind, ...children) => {
    const element = document.createElement(tag);
    if (kind) element.className = kind;
    element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return element;
  };

  const text = (tag, kind, words) => {
    const element = make(tag, kind, String(words));
    element.dir = "auto";
    return element;
  };

  // A link into the reader; what is no address of the reader stays without one.
  const link = (href, kind, ...children) => {
    const safe = typeof href === "string" && href.startsWith("/articles/");
    const element = make(safe ? "a" : "span", kind, ...children);
    if (safe) {
      element.href = href;
      element.target = "_blank";
      element.rel = "noopener";
    }
    return element;
  };

  // A passage's words without Markdown's signs of headings.
  const plain = (words) => String(words).replace(/^#{1,6}[ \t]+/gm, "");

  const shortDate = (day) => {
    const parts = /^(\d{4})-(\d{2})-(\d{2})/.exec(day || "");
    return parts ? `${Number(parts[3])} ${MONTHS[Number(parts[2]) - 1]} ${parts[1]}` : null;
  };

  const dates = (archive) => {
    const [from, through] = [shortDate(archive && archive.from), shortDate(archive && archive.through)];
    return from && through ? ` (${from} to ${through})` : "";
  };

  // A small sign and the words; a status that is not known is an abstention.
  const verdict = (answer) => {
    switch (answer.status) {
      case "answered":
        return ["●", "Answered."];
      case "partial":
        return ["◐", "Partly answered."];
      case "not_stated":
        return ["○", "The archive covers this, but does not say."];
      case "not_in_archive":
        return ["○", "Not in the archive."];
      case "outside_coverage":
        return ["○", `Outside the archive’s dates${dates(answer.archive)}.`];
      default:
        return ["○", "No answer."];
    }
  };

  const outletAndDate = (found) => [found.source, found.date].filter(Boolean).join(", ") || "Undated";

  class Turn {
    constructor(question, announce) {
      this.announce = announce;
      this.links = new Map();
      this.shown = new Set();
      this.paragraph = null;
      this.abstains = false;
      this.state = make("p", "state");
      this.body = make("div", "said");
      this.list = make("ol", "sources");
      this.sources = make("section", "evidence", make("h3", "", "Sources"), this.list);
      this.sources.hidden = true;
      this.foot = make("div", "foot");
      this.element = make("article", "turn", text("h2", "asked", question));
      this.element.append(this.state, this.body, this.sources, this.foot);
    }

    stage(status) {
      const says = status.says || STAGES[status.stage] || "Working";
      if (this.state.textContent === says) return;
      this.state.replaceChildren(says);
      this.state.classList.add("working");
      this.announce(says);
    }

    sentence(sentence) {
      // A notice waits for the status, which says part of what an abstention explains.
      if (this.shown.has(sentence.index) || (sentence.role === "notice" && sentence.new_citations)) return;
      this.shown.add(sentence.index);
      for (const citation of sentence.new_citations || []) this.cite(citation);
      if (sentence.role === "lead") {
        this.body.append(text("p", "lead", sentence.text));
        this.paragraph = null;
      } else if (sentence.role === "notice") {
        const says = this.abstains ? sentence.text.replace(SAID, "") : sentence.text;
        if (says) this.body.append(text("p", "note", says));
        this.paragraph = null;
      } else if (sentence.support === "unsupported") {
        const reason = sentence.reason || "The archive does not bear it out.";
        this.body.append(make("p", "unsupported", text("s", "", sentence.text), " ", text("span", "reason", `Not supported: ${reason}`)));
        this.paragraph = null;
        this.announce(`Not supported: ${sentence.text}`);
        return;
      } else this.claim(sentence);
      this.announce(sentence.text);
    }

    claim(sentence) {
      if (!this.paragraph) {
        this.paragraph = text("p", "claims", "");
        this.body.append(this.paragraph);
      } else this.paragraph.append(" ");
      for (const piece of sentence.segments || [{ text: sentence.text, marked: false }]) {
        this.paragraph.append(piece.marked ? make("mark", "", piece.text) : String(piece.text));
      }
      for (const n of sentence.citations || []) {
        const mark = link(this.links.get(n), "number", `[${n}]`);
        mark.setAttribute("aria-label", `Source ${n}`);
        this.paragraph.append("\u00a0", mark);
      }
    }

    cite(citation) {
      if (this.links.has(citation.n)) return;
      this.links.set(citation.n, citation.href);
      const quoted = make("p", "quoted");
      quoted.dir = "auto";
      if (citation.before) quoted.append(make("span", "context", citation.before), " ");
      quoted.append(make("mark", "", String(citation.quote)));
      if (citation.after) quoted.append(" ", make("span", "context", citation.after));
      const head = make("span", "head", text("span", "headline", citation.title), text("span", "outlet", outletAndDate(citation)));
      const what = make("span", "what", head, quoted);
      const copies = (citation.also_in || []).map((copy) => [copy.source || copy.title, copy.date].filter(Boolean).join(", "));
      if (copies.length) what.append(text("span", "also", `also in ${copies.join("; ")}`));
      for (const notice of citation.corrections || []) what.append(text("span", "corrected", notice.says));
      this.list.append(make("li", "", link(citation.href, "source", make("span", "n", String(citation.n)), what)));
      this.sources.hidden = false;
    }

    done(answer) {
      this.abstains = !["answered", "partial"].includes(answer.status);
      for (const citation of answer.citations || []) this.cite(citation);
      for (const sentence of answer.sentences || []) this.sentence(sentence);
      const [sign, says] = verdict(answer);
      const shown = make("span", "sign", sign);
      shown.setAttribute("aria-hidden", "true");
      this.close(shown, " ", says);
      this.element.dataset.status = answer.status;
      if (this.abstains) this.nearest(answer);
      for (const notice of answer.notices || []) this.foot.append(text("p", "note", notice));
      this.announce(says);
    }

    // Two buttons below an answer; `marked` is what a press of one sends, with the verdict.
    markable(marked) {
      const row = make("p", "helped");
      row.setAttribute("role", "group");
      row.setAttribute("aria-label", "Was this answer helpful?");
      for (const [verdict, says] of [["up", "Helpful"], ["down", "Not helpful"]]) {
        const button = make("button", verdict, says);
        button.type = "button";
        button.setAttribute("aria-pressed", "false");
        button.addEventListener("click", () => onrecord.feedback.mark(row, verdict, marked, this.announce));
        row.append(button);
      }
      this.foot.append(row);
    }

    // An abstention shows what was searched for and what comes nearest: no sources of anything.
    nearest(answer) {
      const searched = (answer.searched || []).map((query) => `“${query}”`).join(", ");
      if (searched) this.foot.append(text("p", "note", `Searched for: ${searched}`));
      const nearest = new Map();
      for (const found of answer.passages || []) if (!nearest.has(found.article_id)) nearest.set(found.article_id, found);
      if (!nearest.size) return;
      const list = make("ol", "sources nearest");
      for (const found of [...nearest.values()].slice(0, NEAREST)) {
        const head = make("span", "head", text("span", "headline", found.title), text("span", "outlet", outletAndDate(found)));
        list.append(make("li", "", link(found.href, "source", make("span", "what", head, text("p", "quoted clamped", plain(found.text))))));
      }
      this.foot.append(make("section", "evidence", make("h3", "", "Nearest"), list));
    }

    stopped() {
      this.close("Stopped.");
      this.announce("Stopped.");
    }

    failed(says, retry) {
      this.close();
      const again = make("button", "again", "Ask again");
      again.type = "button";
      again.addEventListener("click", retry);
      const box = make("div", "failed", text("p", "", says), again);
      this.foot.append(box);
      this.announce(says);
    }

    close(...words) {
      this.state.classList.remove("working");
      this.state.replaceChildren(...words);
      this.state.hidden = !words.length;
    }
  }

  onrecord.Turn = Turn;
})();
