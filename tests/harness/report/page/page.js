"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const words = { h: "holds", r: "refuted", n: "not applicable", i: "inconclusive", c: "contradicted", e: "error", m: "not run" };
  const rows = new Map([...document.querySelectorAll("#claims tbody tr")].map((row) => [row.id, row]));
  const sections = [...document.querySelectorAll("section.claims")];
  const columns = [...$("from").options].slice(1).map((option) => ({ id: option.value, title: option.text }));
  const letters = new Map([...rows].map(([id, row]) => [id, [...row.cells].slice(1).map((cell) => cell.className).join("")]));
  const texts = new Map([...rows].map(([id, row]) => [id, row.cells[0].textContent.toLowerCase()]));
  const fields = { q: $("text"), verdict: $("verdict"), on: $("on"), differs: $("differs"), from: $("from"), to: $("to") };
  let data = null;

  /** Return a new element; strings among its children become text, never HTML. */
  function make(name, attributes, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children.filter((child) => child !== null));
    return element;
  }

  async function unpack() {
    const bytes = Uint8Array.from(atob($("packed").textContent), (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const unpacked = JSON.parse(await new Response(stream).text());
    for (const [id, claim] of Object.entries(unpacked.claims)) {
      const reasons = Object.values(claim.reasons).join(" ");
      const section = rows.get(id).closest("section").querySelector("h3").textContent;
      texts.set(id, [texts.get(id), claim.explanation, reasons, section].join(" ").toLowerCase());
    }
    return unpacked;
  }

  /* The state of the page is its address: #7.03 is a claim, #verdict=refuted&on=py314 a filter. */

  function stateOf(hash) {
    const text = hash.slice(1);
    if (!text.includes("=")) return { claim: rows.has(decode(text)) ? decode(text) : "" };
    return { claim: "", ...Object.fromEntries(new URLSearchParams(text)) };
  }

  function decode(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  }

  function addressOf(state) {
    const given = Object.entries(state).filter(([, value]) => value);
    if (given.length === 1 && state.claim) return "#" + encodeURIComponent(state.claim);
    return "#" + new URLSearchParams(given);
  }

  function stateOfTheFields() {
    const differs = fields.differs.checked ? "yes" : "";
    const verdict = words[fields.verdict.value] ?? "";
    return { q: fields.q.value.trim(), verdict, on: fields.on.value, differs, from: fields.from.value, to: fields.to.value };
  }

  function go(change) {
    const open = document.querySelector("tr.open")?.id ?? "";
    history.replaceState(null, "", addressOf({ ...stateOfTheFields(), claim: open, ...change }));
    show();
  }

  function show() {
    const state = stateOf(location.hash);
    const has = (list, value) => (list.some((column) => column.id === value) ? value : "");
    if (fields.q.value.trim() !== (state.q ?? "")) fields.q.value = state.q ?? "";
    fields.verdict.value = Object.keys(words).find((letter) => words[letter] === state.verdict) ?? "";
    fields.on.value = has(columns, state.on);
    fields.differs.checked = state.differs === "yes";
    fields.from.value = has(columns, state.from);
    fields.to.value = has(columns, state.to);
    filter();
    compare();
    open(rows.has(state.claim) ? state.claim : "");
  }

  function filter() {
    const { q, on, differs } = stateOfTheFields();
    const wanted = q.toLowerCase().split(/\s+/).filter(Boolean);
    const letter = fields.verdict.value;
    const at = columns.findIndex((column) => column.id === on);
    let count = 0;
    for (const [id, row] of rows) {
      const seen = letters.get(id);
      const here = at < 0 ? seen : seen[at];
      const kept =
        (letter ? here.includes(letter) : at < 0 || here !== "m") &&
        (!differs || new Set(seen.replaceAll("m", "")).size > 1) &&
        wanted.every((word) => texts.get(id).includes(word));
      row.hidden = !kept;
      count += kept;
    }
    for (const detail of document.querySelectorAll("tr.detail")) detail.hidden = detail.previousElementSibling.hidden;
    for (const section of sections) section.hidden = !section.querySelector("tbody tr:not([hidden])");
    $("none").hidden = count > 0;
    const all = rows.size.toLocaleString("en");
    $("shown").textContent = count === rows.size ? `${all} claims` : `${count.toLocaleString("en")} of ${all} claims`;
  }

  /* A claim, opened */

  function open(id) {
    const old = document.querySelector("tr.open");
    if (old?.id === id) return;
    if (old) {
      old.classList.remove("open");
      old.querySelector("button").setAttribute("aria-expanded", "false");
      old.nextElementSibling.remove();
    }
    if (!id || !data) return;
    const row = rows.get(id);
    row.hidden = false;
    row.closest("section").hidden = false;
    row.classList.add("open");
    row.querySelector("button").setAttribute("aria-expanded", "true");
    const cell = make("td", { colspan: columns.length + 1 }, ...detail(id, data.claims[id]));
    row.after(make("tr", { class: "detail" }, cell));
  }

  function detail(id, claim) {
    const parts = [];
    if (claim.explanation) parts.push(make("p", {}, claim.explanation));
    const told = { true: "The notes were right.", refined: "The notes were right only as worded here.", false: "The notes were wrong.", answered: "The notes left this open." };
    if (claim.notes) parts.push(make("p", { class: "quiet" }, told[claim.notes] ?? claim.notes));
    for (const name of claim.predicts) {
      const breakage = data.breakages[name];
      if (breakage) parts.push(heading("Seen in real projects"), make("p", {}, breakage.cause), reports(breakage));
    }
    parts.push(heading("What was seen"), make("ul", { class: "seen" }, ...claim.seen.map(seen)));
    parts.push(heading("Run it again"), command(claim.command));
    const source = make("p", {}, make("a", { href: claim.link }, claim.place));
    parts.push(heading("Its spec"), source);
    if (claim.source) parts.push(make("pre", { tabindex: "0", role: "region", "aria-label": `The spec of ${id}` }, claim.source));
    return parts;
  }

  function heading(text) {
    return make("h4", {}, text);
  }

  function reports(breakage) {
    const links = breakage.reports.flatMap((report) => {
      const [project, number] = report.split("#");
      const text = number ? make("a", { href: `https://github.com/${project}/issues/${number}`, rel: "noreferrer" }, report) : report;
      return [text, " "];
    });
    return make("p", { class: "quiet" }, ...links);
  }

  function seen({ verdict, reason, evidence, where }) {
    const places = where.map(([n, cases]) => columns[n].title + (cases.length ? ` (${cases.join(", ")})` : ""));
    const item = make("li", {}, tag(verdict), " on " + places.join(", "));
    if (reason) item.append(make("p", { class: "why" }, reason));
    for (const piece of evidence) item.append(make("code", piece.length > 600 ? { tabindex: "0" } : {}, piece));
    return item;
  }

  function tag(letter) {
    return make("span", { class: `tag ${letter}` }, words[letter]);
  }

  function command(text) {
    const button = make("button", { type: "button" }, "Copy");
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(button.previousElementSibling);
        button.textContent = "Selected: press Ctrl+C";
      }
    });
    return make("div", { class: "run" }, make("code", {}, text), button);
  }

  /* Two columns, compared */

  const kinds = [
    ["alarm", "Contradicted, or ended by an error: look at these first", (before, after) => "ce".includes(after)],
    ["dies", "Stops being true", (before, after) => before === "h" && after === "r"],
    ["gone", "No longer there", (before, after) => after === "n"],
    ["comes", "Becomes true", (before, after) => before !== "n" && after === "h"],
    ["new", "Newly there", (before) => before === "n"],
    ["untold", "Can't be told", () => true],
  ];

  function compare() {
    const [from, to] = [fields.from.value, fields.to.value].map((id) => columns.findIndex((column) => column.id === id));
    const out = $("flips");
    $("changes").classList.toggle("chosen", from >= 0 && to >= 0);
    $("forget").hidden = $("swap").hidden = from < 0 || to < 0;
    if (from < 0 || to < 0 || !data) {
      if (from < 0 || to < 0) out.replaceChildren(make("p", { class: "quiet" }, "Choose two interpreters to see only the claims whose verdict is not the same on both, why, and what to do about it."));
      return;
    }
    const flips = [...letters]
      .map(([id, seen]) => ({ id, claim: data.claims[id], before: seen[from], after: seen[to] }))
      .filter(({ before, after }) => before !== after && before !== "m" && after !== "m");
    const found = new Map(kinds.map(([name]) => [name, []]));
    for (const flip of flips) found.get(kinds.find(([, , is]) => is(flip.before, flip.after))[0]).push(flip);
    const [one, other] = [columns[from].title, columns[to].title];
    const parts = [make("p", { class: "sum" }, `${flips.length.toLocaleString("en")} of ${rows.size.toLocaleString("en")} claims change between ${one} and ${other}.`)];
    for (const [name, title] of kinds) {
      const list = found.get(name);
      if (list.length) parts.push(make("h3", {}, `${title}: ${list.length}`), ...causes(list, from, to));
    }
    parts.push(make("p", { class: "quiet" }, "The same as a command:"), command(`tox run -e changes -- ${columns[from].id} ${columns[to].id}`));
    out.replaceChildren(...parts);
  }

  function causes(list, from, to) {
    const by = new Map();
    for (const flip of list) {
      const cause = flip.claim.reasons[to] ?? flip.claim.reasons[from] ?? "no cause is named";
      by.set(cause, [...(by.get(cause) ?? []), flip]);
    }
    return [...by].sort((a, b) => b[1].length - a[1].length).map(([cause, flips]) => {
      const many = make("span", { class: "many" }, flips.length === 1 ? " 1 claim" : ` ${flips.length} claims`);
      const items = flips.map((flip) => change(flip, from, to));
      return make("details", list.length > 80 ? {} : { open: "" }, make("summary", {}, cause + " ", many), make("ol", {}, ...items));
    });
  }

  function change({ id, claim, before, after }, from, to) {
    const link = make("a", { href: "#" + encodeURIComponent(id) }, id);
    const way = make("span", { class: "way" }, tag(before), ` ${columns[from].title} → `, tag(after), ` ${columns[to].title}`);
    const item = make("li", {}, link, " ", claim.sentence, " ", way);
    if (claim.explanation) item.append(make("p", {}, claim.explanation));
    return item;
  }

  /* What the reader does */

  $("claims").addEventListener("click", (event) => {
    const row = event.target.closest("tbody tr:not(.detail)");
    if (!row || getSelection().toString()) return;
    if (event.target.closest("a")) return;
    go({ claim: row.classList.contains("open") ? "" : row.id });
  });
  $("claims").addEventListener("mouseover", (event) => {
    const cell = event.target.closest("tbody tr:not(.detail) > td");
    if (!cell || cell.title || !data) return;
    const n = cell.cellIndex - 1;
    const reason = data.claims[cell.parentElement.id].reasons[n];
    cell.title = `${columns[n].title}: ${words[cell.className]}${reason ? `: ${reason}` : ""}`;
  });
  $("filters").addEventListener("input", () => go({ claim: "" }));
  $("filters").addEventListener("submit", (event) => event.preventDefault());
  $("filters").addEventListener("reset", (event) => {
    event.preventDefault();
    go({ q: "", verdict: "", on: "", differs: "", claim: "" });
  });
  $("all").addEventListener("click", () => go({ q: "", verdict: "", on: "", differs: "" }));
  $("pick").addEventListener("change", () => go({}));
  $("pick").addEventListener("submit", (event) => event.preventDefault());
  $("swap").addEventListener("click", () => go({ from: fields.to.value, to: fields.from.value }));
  $("forget").addEventListener("click", () => go({ from: "", to: "" }));
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input, select, textarea");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      fields.q.focus();
    } else if (event.key === "Escape" && event.target === fields.q) {
      fields.q.value = "";
      go({});
    }
  });
  addEventListener("hashchange", () => {
    show();
    const { claim } = stateOf(location.hash);
    if (claim) rows.get(claim)?.scrollIntoView({ block: "start" });
  });

  const bar = document.querySelector(".bar-of-filters");
  new ResizeObserver(() => document.documentElement.style.setProperty("--bar", `${bar.offsetHeight}px`)).observe(bar);

  show();
  unpack().then(
    (unpacked) => {
      data = unpacked;
      show();
      const { claim, from } = stateOf(location.hash);
      if (rows.has(claim)) rows.get(claim).scrollIntoView({ block: "start" });
      else if (from) $("changes").scrollIntoView();
      document.documentElement.dataset.ready = "yes";
      performance.mark("ready");
    },
    (error) => $("matrix").prepend(make("p", { class: "note" }, `What claims open to can't be unpacked by this browser (${error}).`)),
  );
})();
