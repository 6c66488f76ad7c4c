// The "Filter" control: outlets, first and last day, and what the archive knew on a day. What is set stands in the
// page's address, as the API names it: `source`, `after`, `before` (the day after the last one), `as_of`.
(() => {
  "use strict";
  const { make } = onrecord;
  const NAMED = 2; // outlets named in the label; more are counted
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const DAY = /^\d{4}-\d{2}-\d{2}$/;
  const DAYS = { after: "first-day", before: "last-day", as_of: "as-of" };

  const control = () => document.getElementById("filters");
  const dayField = (name) => document.getElementById(DAYS[name]);

  // The day so many days after `day`; an instant stays what it is.
  function shifted(day, by) {
    if (!DAY.test(day)) return day;
    const moved = new Date(`${day}T00:00:00Z`);
    moved.setUTCDate(moved.getUTCDate() + by);
    return Number.isNaN(moved.getTime()) ? day : moved.toISOString().slice(0, 10);
  }

  const shortDay = (day) => {
    const parts = /^(\d{4})-(\d{2})-(\d{2})/.exec(day ?? "");
    return parts ? `${Number(parts[3])} ${MONTHS[Number(parts[2]) - 1]} ${parts[1]}` : day;
  };

  const isEmpty = (filters) => !filters || !(filters.source?.length || filters.after || filters.before || filters.as_of);

  // The filters in words, such as "Meridian Wire, from 1 Oct 2019, to 12 Oct 2019, as of 1 Nov 2019".
  function inWords(filters) {
    if (isEmpty(filters)) return "";
    const outlets = filters.source ?? [];
    return [
      outlets.length > NAMED ? `${outlets.length} outlets` : outlets.join(", "),
      filters.after && `from ${shortDay(filters.after)}`,
      filters.before && `to ${shortDay(shifted(filters.before, -1))}`,
      filters.as_of && `as of ${shortDay(filters.as_of)}`,
    ]
      .filter(Boolean)
      .join(", ");
  }

  // Only what is set, as the API takes it and as it is kept.
  function filtersIn(address) {
    const source = address.getAll("source").filter(Boolean);
    const days = Object.keys(DAYS).map((name) => [name, address.get(name)]);
    // An address may have any words for a day; what is none is no filter.
    const isDay = (day) => day && !Number.isNaN(Date.parse(day));
    return { ...(source.length && { source }), ...Object.fromEntries(days.filter(([, day]) => isDay(day))) };
  }

  function toAddress(filters, address) {
    for (const name of ["source", ...Object.keys(DAYS)]) address.delete(name);
    for (const one of filters.source ?? []) address.append("source", one);
    for (const name of Object.keys(DAYS)) if (filters[name]) address.set(name, filters[name]);
    return address;
  }

  let now = {};
  let outlets = [];
  let changed = () => {};

  const wrong = () =>
    now.after && now.before && now.after >= now.before ? "No day lies between these two: swap them." : "";

  function draw() {
    const place = control().querySelector(".choices");
    const known = [...new Set([...outlets, ...(now.source ?? [])])];
    const choices = known.map((name) => {
      const tick = Object.assign(make("input"), { type: "checkbox", value: name, checked: now.source?.includes(name) });
      return make("label", "", tick, name);
    });
    place.replaceChildren(...choices);
    document.getElementById("outlets").hidden = known.length < 2;
    dayField("after").value = now.after ?? "";
    dayField("before").value = now.before ? shifted(now.before, -1) : "";
    dayField("as_of").value = (now.as_of ?? "").slice(0, 10);
    label();
  }

  function label() {
    const words = inWords(now);
    control().querySelector("summary").textContent = words ? `Filter: ${words}` : "Filter";
    control().querySelector(".clear").disabled = !words;
    const note = control().querySelector(".wrong");
    note.textContent = wrong();
    note.hidden = !wrong();
  }

  function read() {
    const source = [...control().querySelectorAll(".choices input:checked")].map((one) => one.value);
    const [after, last, as_of] = Object.values(DAYS).map((id) => document.getElementById(id).value);
    const days = { after, before: last && shifted(last, 1), as_of };
    now = { ...(source.length && { source }), ...Object.fromEntries(Object.entries(days).filter(([, day]) => day)) };
    label();
    changed(now);
  }

  // Sets the filters without telling: the address or a kept question says so.
  function set(filters) {
    now = filters ?? {};
    draw();
  }

  function offer(names) {
    outlets = names;
    if (!control().contains(document.activeElement)) draw();
  }

  document.addEventListener("DOMContentLoaded", () => {
    draw();
    control().addEventListener("change", read);
    control().querySelector(".clear").addEventListener("click", () => {
      set({});
      changed(now);
      control().querySelector("summary").focus();
    });
  });

  onrecord.filter = {
    now: () => now,
    set,
    offer,
    wrong,
    inWords,
    isEmpty,
    filtersIn,
    toAddress,
    shortDay,
    close: () => void (control().open = false),
    follow: (heard) => void (changed = heard),
  };
})();
