"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const words = Object.fromEntries([...$("verdict").options].slice(1).map((option) => [option.value, option.text]));
  const rows = new Map([...document.querySelectorAll("#claims tbody tr")].map((row) => [row.id, row]));
  const sections = [...document.querySelectorAll("section.claims")];
  const columns = [...$("from").options].slice(1).map((option) => ({ id: option.value, title: option.text, short: option.dataset.short }));
  const letters = new Map([...rows].map(([id, row]) => [id, row.dataset.v]));
  const ids = new Map([...rows.keys()].map((id) => [id.toLowerCase(), id]));
  const title = document.title;
  const texts = new Map([...rows].map(([id, row]) => [id, row.cells[0].textContent.toLowerCase()]));
  const fields = { q: $("text"), verdict: $("verdict"), on: $("on"), differs: $("differs"), from: $("from"), to: $("to") };
  const notRun = [...$("verdict").options].at(-1).value;
  const invitation = $("flips").textContent;
  let data = null;
  let find = null;
  let code = /\b\B/;
  let claim = "";

  for (const row of rows.values()) row.querySelector("button").setAttribute("aria-expanded", "false");

  /** Return a new element; strings among its children become text, never HTML. */
  function make(name, attributes, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children.filter((child) => child !== null));
    return element;
  }

  /** Return the text as nodes: code is set as code, and issues, PEPs and claims are links. */
  function prose(text) {
    const parts = text.split("`");
    if (parts.length % 2 === 0) return plain(text);
    return parts.flatMap((part, n) => (n % 2 ? [make("code", {}, part)] : plain(part)));
  }

  function plain(text) {
    return text.split(code).flatMap((part, n) => (n % 2 ? [make("code", {}, part)] : linked(part)));
  }

  function linked(text) {
    return text.split(/\b(gh-\d+|bpo-\d+|PEP \d+|[A-Z]{3,}\d{2,}|\d\.\d\d)\b/).map((part, n) => (n % 2 ? link(part) : part));
  }

  function link(text) {
    const number = text.replace(/\D+/g, "");
    // A claim of the notes' third section may be a version as well.
    if (rows.has(text) && !/^3\.1\d$/.test(text)) return make("a", { href: `#${text}` }, text);
    if (text.startsWith("gh-")) return make("a", { href: `https://github.com/python/cpython/issues/${number}`, rel: "noreferrer" }, text);
    if (text.startsWith("bpo-")) return make("a", { href: `https://bugs.python.org/issue${number}`, rel: "noreferrer" }, text);
    if (text.startsWith("PEP ")) return make("a", { href: `https://peps.python.org/pep-${number.padStart(4, "0")}/`, rel: "noreferrer" }, text);
    return text;
  }

  /** Make the search ready; that takes longer than all the rest, and nobody has typed yet. */
  function finder() {
    find ??= search.index(Object.entries(data.claims).map(([id, { words }]) => ({ id, fields: words })), data.search);
    return find;
  }

  async function unpack() {
    const bytes = Uint8Array.from(atob($("packed").textContent), (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const unpacked = JSON.parse(await new Response(stream).text());
    for (const [id, claim] of Object.entries(unpacked.claims)) {
      const reasons = Object.values(claim.reasons).join(" ");
      const section = rows.get(id).closest("section").querySelector("h3").textContent;
      texts.set(id, [texts.get(id), claim.explanation, claim.instead, reasons, section].join(" ").toLowerCase());
    }
    return unpacked;
  }

  /* The state of the page is its address: #verdict=refuted&on=py314 is a filter, #claim=7.03 a claim.
     An address without "=" changes a part of it: #7.03 opens that claim, #costs only leads there. */

  const empty = { q: "", verdict: "", on: "", differs: "", from: "", to: "", claim: "" };

  function stateOf(hash, before) {
    const text = decode(hash.slice(1));
    if (!text.includes("=")) return { ...before, claim: ids.get(text.toLowerCase()) ?? before.claim };
    const given = Object.fromEntries(new URLSearchParams(hash.slice(1)));
    const known = Object.fromEntries(Object.entries(given).filter(([name]) => name in empty));
    return { ...empty, ...known, claim: ids.get((given.claim ?? "").toLowerCase()) ?? "" };
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
    if (!given.length) return location.pathname + location.search;
    if (given.length === 1 && state.claim) return "#" + encodeURIComponent(state.claim);
    return "#" + new URLSearchParams(given);
  }

  function stateOfTheFields() {
    const differs = fields.differs.checked ? "yes" : "";
    const verdict = words[fields.verdict.value] ?? "";
    return { q: fields.q.value.trim(), verdict, on: fields.on.value, differs, from: fields.from.value, to: fields.to.value, claim };
  }

  /** Change a part of the state. */
  function go(change) {
    const state = { ...stateOfTheFields(), ...change };
    history.replaceState(null, "", addressOf(state));
    show(state);
  }

  /** Show the state that an address asks for, and lead to what it is about. */
  function arrive(before) {
    const target = decode(location.hash.slice(1));
    const state = stateOf(location.hash, before);
    show(state);
    history.replaceState(null, "", addressOf(state));
    const asked = target.includes("=") ? state.claim : ids.get(target.toLowerCase());
    if (asked) rows.get(asked).scrollIntoView({ block: "start" });
    else if (target && !target.includes("=")) $(target)?.scrollIntoView();
    else if (state.q && !$("answers").hidden) $("answers").scrollIntoView();
    else if (state.from && state.to) $("changes").scrollIntoView();
    else if (state.q || state.verdict || state.on || state.differs) $("matrix").scrollIntoView();
  }

  /** Return the id of the column with this id or title; of several patch levels, of the newest. */
  function columnOf(name) {
    if (!name) return "";
    const exact = columns.find(({ id, title }) => id === name || title === name);
    return (exact ?? columns.findLast(({ id, short }) => id.startsWith(`${name}-`) || short === name))?.id ?? "";
  }

  function show(state) {
    claim = state.claim;
    if (fields.q.value.trim() !== (state.q ?? "")) fields.q.value = state.q ?? "";
    fields.verdict.value = Object.keys(words).find((letter) => words[letter] === state.verdict) ?? "";
    fields.on.value = columnOf(state.on);
    fields.differs.checked = state.differs === "yes";
    fields.from.value = columnOf(state.from);
    fields.to.value = columnOf(state.to);
    filter();
    compare();
    open(claim);
    entitle();
  }

  /** Let the title name what is open. */
  function entitle() {
    const [from, to] = [fields.from, fields.to].map((field) => field.value && field.selectedOptions[0].text);
    const parts = [];
    if (claim) parts.push(`${claim}: ${data?.claims[claim].sentence ?? ""}`);
    else if (from && to) parts.push(`${from} → ${to}`);
    else if (fields.q.value.trim()) parts.push(fields.q.value.trim());
    document.title = [...parts, title].join(" · ");
  }

  function filter() {
    const { q, on, differs } = stateOfTheFields();
    const wanted = q.toLowerCase().split(/\s+/).filter(Boolean);
    const named = data && q.includes(".") ? claimsOn(q) : new Set();
    const hits = q && data ? finder()(q, 40) : [];
    const best = new Set(hits.map(({ id }) => id));
    const about = [...hits.filter(({ id }) => named.has(id)), ...[...named].filter((id) => !best.has(id)).map((id) => ({ id, line: "" }))];
    answer((named.size ? about : hits).slice(0, 5));
    const said = (id) => wanted.every((word) => texts.get(id).includes(word));
    const literal = named.size > 0 || [...rows.keys()].some(said);
    const letter = fields.verdict.value;
    const at = columns.findIndex((column) => column.id === on);
    let count = 0;
    for (const [id, row] of rows) {
      const seen = letters.get(id);
      const here = at < 0 ? seen : seen[at];
      const kept =
        (letter ? here.includes(letter) : at < 0 || here !== notRun) &&
        (!differs || new Set(seen.replaceAll(notRun, "")).size > 1) &&
        (literal ? said(id) || named.has(id) : best.has(id));
      row.hidden = !kept;
      count += kept;
    }
    for (const detail of document.querySelectorAll("tr.detail")) detail.hidden = detail.previousElementSibling.hidden;
    for (const section of sections) section.hidden = !section.querySelector("tbody tr:not([hidden]):not(.detail)");
    $("none").hidden = count > 0;
    const all = rows.size.toLocaleString("en");
    $("shown").textContent = count === rows.size ? `${all} claims` : `${count.toLocaleString("en")} of ${all} claims`;
  }

  /** Return the ids of the claims about a public name, such as threading.Condition.wait or Condition.wait(). */
  function claimsOn(text) {
    const wanted = `.${text.replace(/\(\)$/, "")}`;
    const order = [...rows.keys()];
    const some = Object.entries(data.names).flatMap(([module, names]) =>
      Object.entries(names).flatMap(([name, at]) => (`.${module}.${name}`.endsWith(wanted) ? at : [])));
    return new Set(some.map((n) => order[n]));
  }

  /** Fill the index by public name. */
  function list() {
    for (const place of document.querySelectorAll("[data-module]")) {
      const { module } = place.dataset;
      const links = Object.entries(data.names[module]).map(([name, at]) => {
        const count = make("small", {}, at.length.toLocaleString("en"));
        return make("a", { href: `#q=${module}.${name}` }, name, " ", count);
      });
      place.replaceChildren(...links);
    }
  }

  /** Show the claims that answer best: the first one explained, what to do of two, of others the line that fits. */
  function answer(hits) {
    $("answers").hidden = !hits.length;
    $("poor").hidden = !(hits[0]?.score < data?.poor);
    $("best").replaceChildren(...hits.map(({ id, line }, n) => {
      const { question, sentence, explanation, instead } = data.claims[id];
      const range = rows.get(id).querySelector(".range")?.textContent ?? "";
      const item = make("li", {}, make("a", { href: `#${id}` }, id), " ", make("b", {}, ...prose(question || sentence)), " ");
      if (question) item.append(...prose(sentence), " ");
      if (range) item.append(make("span", { class: "range" }, range));
      if (n === 0 && explanation) item.append(make("p", {}, ...prose(explanation)));
      if (n > 0 && line && !(n === 1 && instead.includes(line))) item.append(make("p", { class: "quiet" }, line));
      if (n < 2 && instead) item.append(make("p", { class: "do" }, ...prose(instead)));
      return item;
    }));
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
    if (claim.explanation) parts.push(make("p", {}, ...prose(claim.explanation)));
    if (claim.instead) parts.push(make("p", { class: "do" }, ...prose(claim.instead)));
    if (claim.notes) parts.push(make("p", { class: "quiet" }, claim.notes));
    const programs = Object.entries(claim.programs).map(([name, text]) => program(name, text));
    if (programs.length) parts.push(make("div", { class: "programs" }, ...programs));
    const broken = claim.predicts.map((name) => data.breakages[name]).filter(Boolean);
    if (broken.length) parts.push(heading("Seen in real projects"), ...broken.flatMap((breakage) => [make("p", {}, breakage.cause), reports("", [breakage])]));
    parts.push(heading("What was seen"), make("ul", { class: "seen" }, ...seen(claim.seen)));
    parts.push(heading("Run it again"), command(claim.command));
    const source = make("p", {}, make("a", { href: claim.link }, claim.place));
    if (claim.docs) source.append(" · ", make("a", { href: claim.docs, rel: "noreferrer" }, "the documentation"));
    parts.push(heading("Its spec"), source);
    if (claim.source) parts.push(make("pre", { tabindex: "0", role: "region", "aria-label": `The spec of ${id}` }, claim.source));
    return parts;
  }

  function heading(text) {
    return make("h4", {}, text);
  }

  function reports(title, broken) {
    const addresses = new Map(broken.flatMap((breakage) => breakage.reports));
    const links = [...addresses].flatMap(([report, href]) => [make("a", { href, rel: "noreferrer" }, report), " "]);
    return make("p", { class: "quiet" }, title, ...links);
  }

  /** Return an item per verdict and reason, with what was seen and, where it is not all one, where. */
  function seen(pieces) {
    const groups = new Map();
    for (const piece of pieces) {
      const key = piece.verdict + piece.reason;
      groups.set(key, [...(groups.get(key) ?? []), piece]);
    }
    return [...groups.values()].map((group) => {
      const at = [...new Set(group.flatMap(({ where }) => where.flatMap(([at]) => at)))].sort((a, b) => a - b);
      const alone = group.length === 1;
      const places = alone ? placesOf(group[0].where) : titlesOf(at);
      const item = make("li", {}, tag(group[0].verdict), ` on ${places}`);
      if (group[0].reason) item.append(make("p", { class: "why" }, ...prose(group[0].reason)));
      for (const { evidence, where } of group) {
        const long = evidence.some((text) => text.length > 600);
        const code = make("code", long ? { tabindex: "0" } : {}, evidence.join("\n"));
        if (evidence.length) item.append(make("div", { class: alone ? "" : "piece" }, alone ? null : make("span", {}, placesOf(where)), code));
      }
      return item;
    });
  }

  function placesOf(where) {
    return where.map(([at, cases]) => titlesOf(at) + (cases.length ? ` (${cases.join(", ")})` : "")).join("; ");
  }

  /** Return the titles of these columns: of a version, if all of its columns are among them, once. */
  function titlesOf(at) {
    if (at.length === columns.length && at.length > 2) return "every interpreter";
    const whole = (short) => columns.every((column, n) => column.short !== short || at.includes(n));
    return [...new Set(at.map((n) => (whole(columns[n].short) ? columns[n].short : columns[n].title)))].join(", ");
  }

  function tag(letter) {
    return make("span", { class: `tag ${letter}` }, words[letter]);
  }

  function command(text) {
    const code = make("code", {}, text);
    return make("div", { class: "run" }, code, copying(code));
  }

  function program(name, text) {
    const code = make("pre", { tabindex: "0", role: "region", "aria-label": `The ${name} program` }, text);
    const head = make("div", { class: "run" }, make("b", {}, `${name}.py`), copying(code));
    return make("div", {}, head, code);
  }

  /** Return a button that copies what the element shows. */
  function copying(element) {
    const button = make("button", { type: "button" }, "Copy");
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(element.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(element);
        button.textContent = "Selected: press Ctrl+C";
      }
    });
    return button;
  }

  /* Two columns, compared */

  function flipsOf(from, to) {
    return [...letters].flatMap(([id, seen]) => {
      const [before, after] = [seen[from], seen[to]];
      const change = data.changes[before + after]; // none if the verdict is the same, or one was not run
      if (!change) return [];
      const claim = data.claims[id];
      const reasons = change.explaining.map((side) => claim.reasons[[from, to][side]]);
      return [{ id, claim, before, after, kind: change.kind, why: [...new Set(reasons.filter(Boolean))].join("; ") }];
    });
  }

  function compare() {
    const [from, to] = [fields.from.value, fields.to.value].map((id) => columns.findIndex((column) => column.id === id));
    const chosen = from >= 0 && to >= 0 && from !== to;
    $("changes").classList.toggle("chosen", chosen);
    $("forget").hidden = $("swap").hidden = !chosen;
    const pair = chosen && data ? `${from} ${to}` : "";
    if (pair && pair === $("flips").dataset.pair) return; // as the reader has opened and closed it
    $("flips").dataset.pair = pair;
    if (chosen && data) $("flips").replaceChildren(...changes(from, to));
    else if (!chosen) $("flips").replaceChildren(make("p", { class: "quiet" }, invitation));
  }

  function changes(from, to) {
    const flips = flipsOf(from, to);
    const [one, other] = [columns[from].title, columns[to].title];
    const both = [...letters.values()].filter((seen) => seen[from] !== notRun && seen[to] !== notRun).length;
    const count = `${flips.length.toLocaleString("en")} of ${both.toLocaleString("en")} claims that ran on both change`;
    const differing = Object.keys(data.columns[from]).filter((name) => data.columns[from][name] !== data.columns[to][name]);
    const facts = differing.map((name) => make("li", {}, `${name}: ${data.columns[from][name] || "unknown"} → ${data.columns[to][name] || "unknown"}`));
    const kinds = data.kinds.map((title, kind) => ({ title, kind, list: flips.filter((flip) => flip.kind === kind) })).filter(({ list }) => list.length);
    const parts = [
      make("p", { class: "sum" }, `From ${one} to ${other}, ${count}.`),
      make("p", { class: "chips" }, ...kinds.map(({ title, kind, list }) => jump(`kind-${kind}`, title, list.length))),
      make("details", {}, make("summary", {}, "How the two environments differ"), make("ul", {}, ...facts)),
    ];
    for (const { title, kind, list } of kinds) {
      const head = make("h3", { id: `kind-${kind}`, tabindex: "-1" }, `${title} (${list.length.toLocaleString("en")})`);
      parts.push(head, ...causes(list, from, to, kind === 0));
    }
    return [...parts, make("p", { class: "quiet" }, "The same as a command:"), command(`tox run -e changes -- ${columns[from].id} ${columns[to].id}`)];
  }

  /** Return a button that leads to a part of the comparison, and leaves the address alone. */
  function jump(id, title, count) {
    const button = make("button", { type: "button" }, `${title} `, make("b", {}, count.toLocaleString("en")));
    button.addEventListener("click", () => {
      $(id).scrollIntoView();
      $(id).focus({ preventScroll: true });
    });
    return button;
  }

  /** Return the flips under their causes, that of most flips first, those that are alone with theirs last. */
  function causes(list, from, to, open) {
    const by = new Map();
    for (const flip of list) {
      const cause = data.causes[flip.why] ?? flip.why;
      by.set(cause, [...(by.get(cause) ?? []), flip]);
    }
    const groups = [...by].sort(([, a], [, b]) => b.length - a.length);
    const folded = (title, count, ...parts) => {
      const summary = make("summary", {}, ...prose(title), make("span", { class: "many" }, ` ${count}`));
      return make("details", open ? { open: "" } : {}, summary, ...parts);
    };
    const parts = groups.filter(([, flips]) => flips.length > 1).map(([cause, flips]) => {
      const why = usual(flips.map((flip) => flip.why));
      const sorted = flips.sort((a, b) => (b.claim.predicts.length > 0) - (a.claim.predicts.length > 0));
      const told = open ? data.advice[to][cause] : null;
      const broken = [...new Set(flips.flatMap((flip) => flip.claim.predicts))].map((name) => data.breakages[name]).filter(Boolean);
      const head = told ? [make("p", {}, ...prose(`${told.where} (`), ...prose(why), ")"), make("p", { class: "do" }, ...prose(told.instead))] : [];
      if (told?.rehearse) head.push(make("p", { class: "do" }, "To try it before: ", ...prose(told.rehearse)));
      if (broken.length) head.push(reports("Seen in real projects: ", broken));
      return folded(told?.title ?? (why || "No reason is given"), `${flips.length} claims`, ...head, make("ol", {}, ...sorted.map((flip) => change(flip, why, from, to))));
    });
    const single = groups.filter(([, flips]) => flips.length === 1).flatMap(([, flips]) => flips);
    const title = parts.length ? "Each for another reason" : "One by one";
    if (single.length) parts.push(folded(title, single.length, make("ol", {}, ...single.map((flip) => change(flip, "", from, to)))));
    return parts;
  }

  /** Return the reason that is given most often; of several, the shortest. */
  function usual(reasons) {
    const counts = new Map();
    for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
    return [...counts].sort(([a, m], [b, n]) => n - m || a.length - b.length)[0][0];
  }

  function change({ id, claim, before, after, why }, cause, from, to) {
    const link = make("a", { href: "#" + encodeURIComponent(id) }, id);
    const usual = words[before] === "holds" && words[after] === "refuted";
    const way = usual ? null : make("span", { class: "way" }, tag(before), ` ${columns[from].title} → `, tag(after), ` ${columns[to].title}`);
    const item = make("li", {}, link, " ", make("b", {}, ...prose(claim.question || claim.sentence)), " ", way);
    if (why && why !== cause) item.append(make("p", {}, ...prose(why)));
    if (claim.explanation) item.append(make("p", {}, ...prose(claim.explanation)));
    if (claim.instead) item.append(make("p", { class: "do" }, ...prose(claim.instead)));
    const broken = cause ? [] : claim.predicts.map((name) => data.breakages[name]).filter(Boolean);
    if (broken.length) item.append(reports("Seen in real projects: ", broken));
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
    const row = cell.parentElement;
    const { reasons, parts } = data.claims[row.id];
    const told = data.groups[cell.cellIndex - 1].map((n) => [`${columns[n].title}: ${words[row.dataset.v[n]]}`, parts[n], reasons[n]].filter(Boolean).join(": "));
    cell.title = told.join("\n");
  });
  $("filters").addEventListener("input", () => go({}));
  $("filters").addEventListener("submit", (event) => event.preventDefault());
  $("filters").addEventListener("reset", (event) => {
    event.preventDefault();
    go({ q: "", verdict: "", on: "", differs: "" });
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
  addEventListener("hashchange", () => arrive(stateOfTheFields()));
  // The link to where one is already: no hash changes, and yet it is to be followed.
  document.addEventListener("click", (event) => {
    const followed = event.target.closest("a[href^='#']");
    if (!followed || followed.hash !== location.hash) return;
    event.preventDefault();
    arrive(stateOfTheFields());
  });

  const bar = document.querySelector(".bar-of-filters");
  new ResizeObserver(() => document.documentElement.style.setProperty("--bar", `${bar.offsetHeight}px`)).observe(bar);

  show(stateOf(location.hash, empty));
  unpack().then(
    (unpacked) => {
      data = unpacked;
      code = new RegExp(unpacked.code, "g");
      arrive(stateOfTheFields());
      document.documentElement.dataset.ready = "yes";
      performance.mark("ready");
      (window.requestIdleCallback ?? setTimeout)(() => {
        // They are ours, escape what they are given, and would be a third of the page unpacked.
        for (const panels of document.querySelectorAll("[data-picture]")) panels.innerHTML = data.pictures[panels.dataset.picture];
        list();
        finder();
      });
    },
    (error) => $("matrix").prepend(make("p", { class: "note" }, `What claims open to can't be unpacked by this browser (${error}).`)),
  );
})();
