"use strict";

/* The ranking of tests/vocabulary/search.py, whose comments hold here, too. */
const search = (() => {
  const named = /<(?:module '|function (?=\w+\.__))([\w.]+)[^<>]*>/g;
  const varying = /\^C|<(?:[^<>]|<[^<>]*>)*\s(?:[^<>]|<[^<>]*>)*>|\b0x[0-9a-f]+|\(pid=\d+\)|\bpid[= ]\d+|\S*[/\\]\S+\.\w+(?::\d+)?:?|\[\d+\]|(?<=psm_)[0-9a-f]+/g;
  const module = /^(?:\w+\.)+(?=\w+(?::|(?:Error|Exception|Warning)$))/gm;
  const onTheWay = /^\s*(?:Traceback \(most recent|File ".*|During handling of|The above exception|[~^]+$).*/gm;
  const word = /[a-z_][a-z_0-9]*(?:'[a-z]+)?|[23]\.\d+|-?\d+|\+=/g;

  const articles = new Set(["a", "an", "the"]);

  function stem(given) {
    let text = given.replace(/^[_']+|[_']+$/g, "").replace(/'s$/, "");
    if (text.length > 4 && text.endsWith("ies")) return text.slice(0, -3) + "y";
    if (/(?:sses|shes|ches|xes)$/.test(text)) text = text.slice(0, -2);
    else if (text.endsWith("s") && !/(?:ss|us|is)$/.test(text) && text.length > 3) text = text.slice(0, -1);
    if (text.length > 4 && text.endsWith("ie")) return text.slice(0, -2) + "y";
    for (const ending of ["ing", "ed"]) {
      if (text.endsWith(ending) && text.length - ending.length >= 3) {
        text = text.slice(0, -ending.length);
        if (text.length > 3 && text.at(-1) === text.at(-2) && !"ls".includes(text.at(-1))) text = text.slice(0, -1);
        break;
      }
    }
    return text.length > 3 && text.endsWith("e") ? text.slice(0, -1) : text;
  }

  function words(text) {
    const told = text.replace(module, "").replace(named, " $1 ").replace(varying, " ").toLowerCase();
    return (told.match(word) ?? []).filter((one) => !articles.has(one)).map(stem);
  }

  function near(text) {
    return new Set([text, ...Array.from(text, (_, at) => text.slice(0, at) + text.slice(at + 1))]);
  }

  function index(documents, settings) {
    const { weights, byLength, fromGlossary, ofHabit, ofAside, saturation, bySize, short } = settings;
    const [stop, habit] = [new Set(settings.stop), new Set(settings.habit)];
    const aside = Object.entries(settings.aside).map(([subject, name]) => [subject, new RegExp(name)]);
    const glossary = Object.entries(settings.glossary).map(([term, more]) => [words(term).join(" "), words(more)]);
    const counts = documents.map(() => [new Map(), new Map(), new Map()]);
    const spread = [new Map(), new Map(), new Map()];

    function grams(stems) {
      const found = [[], [], []];
      stems.forEach((one, n) => {
        const [two, three] = [stems[n + 1], stems[n + 2]];
        const [a, b, c] = [stop.has(one), stop.has(two), stop.has(three)];
        if (!a) found[0].push(one);
        if (two !== undefined && !(a && b)) found[1].push(`${one} ${two}`);
        if (three !== undefined && !(a && b && c)) found[2].push(`${one} ${two} ${three}`);
      });
      return found;
    }

    documents.forEach(({ fields }, n) => {
      for (const [name, text] of Object.entries(fields)) {
        grams(words(text)).forEach((group, length) => {
          for (const gram of group) counts[n][length].set(gram, (counts[n][length].get(gram) ?? 0) + weights[name]);
        });
      }
      counts[n].forEach((group, length) => {
        for (const gram of group.keys()) spread[length].set(gram, (spread[length].get(gram) ?? 0) + 1);
      });
    });
    const sizes = counts.map(([single]) => [...single.values()].reduce((sum, count) => sum + count, 0));
    const average = sizes.reduce((sum, size) => sum + size, 0) / Math.max(documents.length, 1);
    const known = new Set([...stop, ...spread[0].keys(), ...glossary.flatMap(([term]) => term.split(" "))]);

    function rarity(length, gram) {
      const often = spread[length].get(gram) ?? 0;
      return (habit.has(gram) || gram.includes(".") ? ofHabit : 1) * Math.log(1 + (documents.length - often + 0.5) / (often + 0.5));
    }

    function spelled(typed) {
      if (known.has(typed) || typed.length < short) return typed;
      const slips = near(typed);
      const like = [...spread[0]].filter(
        ([one]) => one[0] === typed[0] && Math.abs(one.length - typed.length) <= 1 && [...near(one)].some((part) => slips.has(part)),
      );
      like.sort(([a, often], [b, oftener]) => oftener - often || (a > b ? -1 : 1));
      return like[0]?.[0] ?? typed;
    }

    function wanted(text) {
      const found = [new Map(), new Map(), new Map()];
      for (const line of text.replace(onTheWay, "").split("\n")) {
        const typed = words(line).map(spelled);
        grams(typed).forEach((group, length) => group.forEach((gram) => found[length].set(gram, byLength[length])));
        for (const [term, more] of glossary) {
          if (` ${typed.join(" ")} `.includes(` ${term} `)) {
            for (const one of more) if (!found[0].has(one)) found[0].set(one, fromGlossary);
          }
        }
      }
      return found;
    }

    /** Return the sentence of a document, or the message in it, that fits best. */
    function line(fields, sought) {
      let [best, fits] = ["", 0];
      for (const [name, text] of Object.entries(fields)) {
        if (["sentence", "name", "question", "names", "assumption"].includes(name)) continue;
        const flat = name === "messages" ? text : text.split(/\s+/).filter(Boolean).join(" ");
        for (const one of flat.split(/(?<=[.:?])\s+(?=[A-Z])|\n/)) {
          let score = 0;
          grams(words(one)).forEach((group, length) => {
            const there = new Set(group);
            for (const [gram, weight] of sought[length]) if (there.has(gram)) score += weight * rarity(length, gram);
          });
          if (score > fits) [best, fits] = [one.trim(), score];
        }
      }
      return best;
    }

    /** Return what fits a text best, the best first: ids with scores and the lines that fit. */
    return function find(text, most = 5) {
      const sought = wanted(text);
      const typed = [...sought[0]].filter(([, weight]) => weight === 1).map(([gram]) => [gram, rarity(0, gram)]);
      const all = typed.reduce((sum, [, rare]) => sum + rare, 0);
      const low = aside.filter(([, name]) => !name.test(text.toLowerCase())).map(([subject]) => subject);
      const found = [];
      documents.forEach(({ id, fields }, n) => {
        const norm = saturation * (1 - bySize + (bySize * sizes[n]) / average);
        let score = 0;
        sought.forEach((group, length) => {
          for (const [gram, weight] of group) {
            const often = counts[n][length].get(gram);
            if (often) score += (weight * rarity(length, gram) * often * (saturation + 1)) / (often + norm);
          }
        });
        if (!score) return;
        const has = typed.reduce((sum, [gram, rare]) => sum + (counts[n][0].has(gram) ? rare : 0), 0);
        found.push({ id, fields, score: score * (typed.length ? has / all : 1) * (low.some((one) => id.startsWith(one)) ? ofAside : 1) });
      });
      found.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
      return found.slice(0, most).map((hit) => ({ ...hit, line: line(hit.fields, sought) }));
    };
  }

  return { words, index };
})();
