// Conversations kept in the reader's own browser: questions, and answers as they were given, under their seals.
// Any storage will do (localStorage, sessionStorage); where it is blocked they last as long as the document.
(() => {
  "use strict";
  const MOST = 60; // conversations
  const MOST_RECORDS = 40; // of one conversation
  const LARGEST = 2_000_000; // characters of all conversations together
  const LONGEST_TITLE = 64;
  const REMEMBERED = 6; // exchanges that a follow-up may refer to
  const LONGEST_ASKED = 300;
  const LONGEST_SAID = 700;
  const ID = /^[a-z0-9]{6,32}$/;

  // A storage of its own that ends with the document.
  const inMemory = () => {
    const kept = new Map();
    return {
      isMemory: true,
      get length() {
        return kept.size;
      },
      key: (n) => [...kept.keys()][n] ?? null,
      getItem: (key) => kept.get(String(key)) ?? null,
      setItem: (key, value) => void kept.set(String(key), String(value)),
      removeItem: (key) => void kept.delete(String(key)),
    };
  };

  // What `open` gives if it can be written to, else a storage in memory.
  const usable = (open) => {
    try {
      const storage = open();
      storage.setItem("onrecord", "");
      storage.removeItem("onrecord");
      return storage;
    } catch {
      return inMemory();
    }
  };

  const shortened = (text) => {
    const line = String(text).split(/\s+/).join(" ").trim();
    if (line.length <= LONGEST_TITLE) return line;
    return `${line.slice(0, LONGEST_TITLE).replace(/\s+\S*$/, "")} …`;
  };

  // A new id or mark: lower-case letters and digits.
  const token = () => {
    const random = crypto.getRandomValues(new Uint32Array(3));
    return `c${[...random].map((one) => one.toString(36)).join("")}`.slice(0, 20);
  };

  const isRecord = (one) => ID.test(one?.mark) && typeof one.question === "string";

  // A conversation as it was written; null for anything else, which other scripts of the origin may have left.
  const parsed = (text) => {
    try {
      const { id, title, begun, used, records } = JSON.parse(text);
      const isOurs = ID.test(id) && typeof title === "string" && !Number.isNaN(Date.parse(begun)) && records.every(isRecord);
      return isOurs ? { id, title, begun, used: Number(used) || 0, records } : null;
    } catch {
      return null;
    }
  };

  // Conversations in the storage that `open` gives, for example `() => localStorage`. `name` tells apart those that
  // share a storage: the archive's path, or the site around the frame. A conversation is
  // {id, title, begun, used, records}, a record {mark, question, filters, given, seal, asked}: `given` and `seal` are
  // null while there is no answer, `begun` is an ISO time, `used` and `asked` are milliseconds since the epoch.
  onrecord.conversations = (open, name) => {
    const storage = usable(open);
    const prefix = `onrecord:${name}:`;

    const keys = () => {
      const all = Array.from({ length: storage.length }, (_, n) => storage.key(n));
      return all.filter((key) => key?.startsWith(prefix));
    };

    const get = (id) => (ID.test(id ?? "") ? parsed(storage.getItem(prefix + id)) : null);

    // All of them, the latest used first; what is no conversation is removed.
    const all = () => {
      const found = [];
      for (const key of keys()) {
        const one = parsed(storage.getItem(key));
        if (one && prefix + one.id === key) found.push(one);
        else storage.removeItem(key);
      }
      return found.sort((one, other) => other.used - one.used || (other.id < one.id ? 1 : -1));
    };

    // Removes the ones used longest ago until the others fit; the one with the id `but` stays.
    const bound = (but) => {
      let [count, size] = [0, 0];
      for (const { id } of all()) {
        count += 1;
        size += storage.getItem(prefix + id).length;
        if (id !== but && (count > MOST || size > LARGEST)) storage.removeItem(prefix + id);
      }
    };

    // Whether it could be written. Where the browser allows less than we do, the ones used longest ago go first.
    const write = (conversation) => {
      const records = conversation.records.slice(-MOST_RECORDS);
      let text = JSON.stringify({ ...conversation, records });
      while (text.length > LARGEST && records.length > 1) {
        records.shift();
        text = JSON.stringify({ ...conversation, records });
      }
      for (;;) {
        try {
          storage.setItem(prefix + conversation.id, text);
          bound(conversation.id);
          return true;
        } catch {
          const oldest = all().findLast(({ id }) => id !== conversation.id);
          if (!oldest) return false;
          storage.removeItem(prefix + oldest.id);
        }
      }
    };

    // Keeps a record in the conversation, in the place of the one with the mark `instead`, by default its own; begins
    // the conversation if it is new.
    const keep = (id, record, instead = record.mark) => {
      const now = Date.now();
      const title = shortened(record.question);
      const kept = get(id) ?? { id, title, begun: new Date(now).toISOString(), used: now, records: [] };
      const at = kept.records.findIndex((one) => one.mark === instead);
      if (at < 0) kept.records.push({ asked: now, ...record });
      else kept.records[at] = { ...kept.records[at], ...record };
      return write({ ...kept, used: at < 0 ? now : kept.used });
    };

    const rename = (id, title) => {
      const kept = get(id);
      if (kept && shortened(title)) write({ ...kept, title: shortened(title) });
    };

    const remove = (id) => storage.removeItem(prefix + id);

    const clear = () => keys().forEach((key) => storage.removeItem(key));

    // The reader's latest questions, each once: [{id, mark, question}].
    const recent = (most) => {
      const asked = all().flatMap(({ id, records }) => records.map((one) => ({ ...one, id })));
      asked.sort((one, other) => (other.asked ?? 0) - (one.asked ?? 0));
      const latest = asked.filter((one, n) => n === asked.findIndex(({ question }) => question === one.question));
      return latest.slice(0, most).map(({ id, mark, question }) => ({ id, mark, question }));
    };

    // Calls `heard` with the id of a conversation that another tab changed or removed; with null for all of them.
    const follow = (heard) => {
      window.addEventListener("storage", ({ key }) => {
        if (key === null) heard(null);
        else if (key.startsWith(prefix)) heard(key.slice(prefix.length));
      });
    };

    return { isKept: !storage.isMemory, all, get, keep, rename, remove, clear, recent, follow };
  };

  // An answer's text as it was given, without what was left out of it.
  const said = (given) =>
    (given?.sentences ?? [])
      .filter((one) => one.support !== "unsupported" && !one.folded)
      .map((one) => one.text)
      .join(" ");

  // The latest exchanges of a conversation as the API takes them, shortened.
  const historyOf = (records) =>
    (records ?? [])
      .filter((one) => one.given)
      .slice(-REMEMBERED)
      .flatMap(({ question, given }) => [
        { role: "user", content: question.slice(0, LONGEST_ASKED) },
        { role: "assistant", content: said(given).slice(0, LONGEST_SAID) },
      ]);

  // What an answer on the page is kept by, {given, seal}; null while it is not finished.
  const keptIn = (element) => {
    const carried = element.querySelector(".to-keep")?.textContent;
    return carried ? JSON.parse(carried) : null;
  };

  Object.assign(onrecord, { token, historyOf, keptIn, inMemory });
})();
