// One question of the embedded chat and its answer. Everything from the server becomes text, never markup.
(() => {
  "use strict";
  const { make, button } = onrecord;
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const NEAREST = 3;
  const CLOSEST = "The closest passages";
  const IN_THE_MODELS_WORDS = "in the model's words"; // as the server labels what nobody confirmed

  const text = (tag, kind, words) => {
    const element = make(tag, kind, String(words));
    element.dir = "auto";
    return element;
  };

  // A link to the article page; any other address is left out. `noopener` without `noreferrer`: the article page
  // looks at its referrer to lead back here.
  const link = (href, kind, ...children) => {
    const safe = typeof href === "string" && href.startsWith(`${onrecord.root}articles/`);
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
    const parts = /^(\d{4})-(\d{2})-(\d{2})/.exec(day ?? "");
    return parts ? `${Number(parts[3])} ${MONTHS[Number(parts[2]) - 1]} ${parts[1]}` : null;
  };

  const dates = (archive) => {
    const [from, through] = [shortDate(archive?.from), shortDate(archive?.through)];
    return from && through ? ` (${from} to ${through})` : "";
  };

  // The sign and the words of each status; an unknown status is an abstention.
  const VERDICTS = new Map([
    ["answered", ["●", () => "Answered."]],
    ["partial", ["◐", () => "Partly answered."]],
    ["not_stated", ["○", () => "The archive covers this, but does not say."]],
    ["not_in_archive", ["○", () => "Not in the archive."]],
    ["listed", ["●", () => "What the archive holds."]],
    ["help", ["○", () => "About this archive."]],
    ["outside_coverage", ["○", (archive) => `Outside the archive’s dates${dates(archive)}.`]],
  ]);
  const NO_ABSTENTIONS = ["answered", "partial", "listed", "help"];
  const NO_ANSWER = ["○", () => "No answer."];

  const inWords = (outlet, date) => [outlet, date].filter(Boolean).join(", ");

  // Headline, outlet and date of a source or of a passage, with the words below them.
  const described = (found, ...words) => {
    const outlet = text("span", "outlet", inWords(found.source, found.date) || "Undated");
    return make("span", "what", text("span", "headline", found.title), outlet, ...words);
  };

  class Turn {
    // `ask` asks another question: the one that may be meant.
    constructor(question, announce, ask) {
      this.announce = announce;
      this.ask = ask;
      this.cited = new Map();
      this.shown = new Set();
      this.paragraph = null;
      this.item = null; // the list item that sentences stand in
      this.abstains = false;
      this.status = "";
      this.state = make("p", "state");
      this.body = make("div", "said");
      this.list = make("ol", "sources");
      this.sources = make("section", "evidence", make("h3", "", "Sources"), this.list);
      this.sources.hidden = true;
      this.foot = make("div", "foot");
      this.folded = this.fold("In the model's words, and not confirmed");
      this.leftOut = this.fold("What was left out, and why");
      this.element = make("article", "turn", text("h2", "asked", question));
      this.element.append(this.state, this.body, this.folded, this.leftOut, this.sources, this.foot);
    }

    stage(status) {
      const says = status.says || "Working";
      if (this.state.textContent === says) return;
      this.state.replaceChildren(says);
      this.state.classList.add("working");
      this.announce(says);
    }

    sentence(sentence) {
      // A notice waits for the whole answer: the status line already says the first sentence of an abstention.
      if (this.shown.has(sentence.index) || (sentence.role === "notice" && sentence.new_citations)) return;
      this.shown.add(sentence.index);
      for (const citation of sentence.new_citations || []) this.cite(citation);
      if (sentence.support !== "unsupported" && !sentence.folded) this.enter(sentence.item ?? null);
      if (sentence.role === "lead") {
        this.body.append(text("p", "lead", sentence.text));
        this.paragraph = null;
      } else if (sentence.role === "notice") {
        const isSaid = this.abstains && this.status && sentence.text.startsWith(this.status);
        const says = isSaid ? sentence.text.slice(this.status.length).trim() : sentence.text;
        if (says) this.body.append(text("p", "note", says));
        this.paragraph = null;
      } else if (sentence.support === "unsupported") {
        const reason = `Not supported: ${sentence.reason || "The archive does not bear it out."}`;
        const words = [text("s", "", sentence.text), " ", text("span", "reason", reason)];
        this.under(this.leftOut, make("p", "unsupported", ...words));
        return;
      } else if (sentence.folded) {
        this.under(this.folded, this.unconfirmed(sentence));
        return;
      } else if (sentence.support === "unconfirmed") {
        (this.item?.element ?? this.body).append(this.unconfirmed(sentence));
        this.paragraph = null;
        this.announce(`${sentence.text} (${IN_THE_MODELS_WORDS})`);
        return;
      } else this.claim(sentence);
      this.announce(sentence.text);
    }

    // Go to the item of that number, to a new one in the same list or in another, or out of the list.
    enter(number) {
      if (number === (this.item?.number ?? null)) return;
      this.paragraph = null;
      if (number === null) {
        this.item = null;
        return;
      }
      const list = this.item?.list ?? make("ul", "items");
      if (!this.item) this.body.append(list);
      this.item = { number, list, element: make("li", "") };
      this.item.element.dir = "auto";
      list.append(this.item.element);
    }

    // Sentences that stand folded under the answer; hidden while there are none.
    fold(says) {
      const fold = make("details", "folded", make("summary"));
      fold.dataset.says = says;
      fold.hidden = true;
      return fold;
    }

    under(fold, element) {
      fold.append(element);
      const count = fold.childElementCount - 1;
      fold.firstElementChild.textContent = `${fold.dataset.says}: ${count} ${count === 1 ? "sentence" : "sentences"}`;
      fold.hidden = false;
    }

    claim(sentence) {
      if (!this.paragraph) {
        this.paragraph = text("p", "claims", "");
        (this.item?.element ?? this.body).append(this.paragraph);
      } else this.paragraph.append(" ");
      this.paragraph.append(this.words(sentence, sentence.support || sentence.role), ...this.marks(sentence));
    }

    words(sentence, kind = "") {
      const words = make("span", kind);
      for (const piece of sentence.segments || [{ text: sentence.text, marked: false }]) {
        words.append(piece.marked ? make("mark", "", piece.text) : String(piece.text));
      }
      return words;
    }

    marks(sentence) {
      return (sentence.citations || []).flatMap((n) => {
        const mark = link(this.cited.get(n)?.href, "number", `[${n}]`);
        mark.setAttribute("aria-label", `Source ${n}`);
        return ["\u00a0", mark];
      });
    }

    // A sentence that nobody confirmed: what it is, why, and beside it what it rests on, in its article's words.
    unconfirmed(sentence) {
      const label = make("span", "label", `(${IN_THE_MODELS_WORDS})`);
      const said = make("p", "", this.words(sentence), ...this.marks(sentence), " ", label);
      said.dir = "auto";
      const block = make("div", "unconfirmed", said);
      if (sentence.reason) block.append(text("p", "reason", sentence.reason));
      for (const n of sentence.citations || []) {
        const citation = this.cited.get(n);
        if (!citation) continue;
        const quote = text("q", "", citation.quote);
        block.append(make("p", "beside", link(citation.href, "", make("span", "n", String(n)), " ", quote)));
      }
      return block;
    }

    cite(citation) {
      if (this.cited.has(citation.n)) return;
      this.cited.set(citation.n, citation);
      const quoted = make("p", "quoted");
      quoted.dir = "auto";
      if (citation.before) quoted.append(make("span", "context", citation.before), " ");
      quoted.append(make("mark", "", String(citation.quote)));
      if (citation.after) quoted.append(" ", make("span", "context", citation.after));
      const what = described(citation, quoted);
      const copies = (citation.also_in || []).map((copy) => inWords(copy.source || copy.title, copy.date));
      if (copies.length) what.append(text("span", "also", `also in ${copies.join("; ")}`));
      for (const notice of citation.corrections || []) what.append(text("span", "corrected", notice.says));
      this.list.append(make("li", "", link(citation.href, "source", make("span", "n", String(citation.n)), what)));
      this.sources.hidden = false;
    }

    done(answer) {
      this.abstains = !NO_ABSTENTIONS.includes(answer.status);
      this.status = String(answer.status_text ?? "");
      for (const citation of answer.citations || []) this.cite(citation);
      for (const sentence of answer.sentences || []) this.sentence(sentence);
      const [sign, words] = VERDICTS.get(answer.status) ?? NO_ANSWER;
      // The archive has what answers, and may not show more of it today: the notice says so.
      const withheld = answer.status === "not_stated" && answer.status_text === "" && answer.archive?.from;
      const says = withheld ? "In the archive, and not shown today." : words(answer.archive);
      const shown = make("span", "sign", sign);
      shown.setAttribute("aria-hidden", "true");
      this.close(shown, " ", says);
      this.element.dataset.status = answer.status;
      if (this.abstains) this.nearest(answer);
      if (answer.articles?.length) this.listed(answer.articles);
      if (answer.suggestions?.length) this.suggested(answer.suggestions);
      for (const notice of answer.notices || []) this.foot.append(text("p", "note", notice));
      if (answer.checked_by) this.foot.append(text("p", "note checked", `Checked by ${answer.checked_by}`));
      if (answer.did_you_mean) this.offer(String(answer.did_you_mean));
      this.announce(says);
    }

    // A question that may be meant; pressing it asks it.
    offer(question) {
      this.foot.append(make("p", "note", "Did you mean: ", button("meant", question, () => this.ask(question))));
    }

    // The articles of a list, each a link to its page.
    listed(articles) {
      const list = make("ol", "sources nearest");
      for (const found of articles) list.append(make("li", "", link(found.href, "source", described(found))));
      this.foot.append(make("section", "evidence", make("h3", "", "Articles"), list));
    }

    // Questions that this archive answers; pressing one asks it.
    suggested(questions) {
      const section = make("section", "evidence", make("h3", "", "Questions to try"));
      for (const question of questions) {
        section.append(make("p", "note", button("meant", String(question), () => this.ask(String(question)))));
      }
      this.foot.append(section);
    }

    // Two buttons below an answer; pressing one sends `marked` with the verdict.
    markable(marked) {
      const press = (verdict) => () => onrecord.feedback.mark(row, verdict, marked, this.announce);
      const buttons = [button("up", "Helpful", press("up")), button("down", "Not helpful", press("down"))];
      const row = make("p", "helped", ...buttons);
      onrecord.feedback.label(row);
      this.foot.append(row);
    }

    // An abstention shows what was searched for and the nearest passages, which are no sources.
    nearest(answer) {
      const searched = (answer.searched || []).map((query) => `“${query}”`).join(", ");
      if (searched) this.foot.append(text("p", "note", `Searched for: ${searched}`));
      const nearest = new Map(); // the best passage of each article
      for (const found of answer.passages || []) {
        if (!nearest.has(found.article_id)) nearest.set(found.article_id, found);
      }
      if (!nearest.size) return;
      const list = make("ol", "sources nearest");
      for (const found of [...nearest.values()].slice(0, NEAREST)) {
        const what = described(found, text("p", "quoted clamped", plain(found.text)));
        list.append(make("li", "", link(found.href, "source", what)));
      }
      this.foot.append(make("section", "evidence", make("h3", "", CLOSEST), list));
    }

    stopped() {
      this.close("Stopped.");
      this.announce("Stopped.");
    }

    failed(says, retry) {
      this.close();
      this.foot.append(make("div", "failed", text("p", "", says), button("again", "Ask again", retry)));
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
