"""The page: one self-contained HTML file that needs no network and runs nothing but its own script.

The tables are plain HTML, for any reader and any printer; what a claim opens to is packed (gzip,
base64), because it is ten times as much text, and the script unpacks it.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup, escape

from tests.harness import interpreter
from tests.report import answers, costs
from tests.report.breakages import BREAKAGES
from tests.report.causes import CHANGES, known_change
from tests.report.changes import (
    Kind,
    cause_of,
    explaining,
    flips,
    instead,
    is_change,
    neighbours,
    without_prefix,
)
from tests.report.matrix import FACTS, Cell, Claim, Column, Results
from tests.report.names import index
from tests.report.ranges import holding
from tests.report.sources import Sources, address_of_the_checkout
from tests.report.words import address
from tests.vocabulary import search
from tests.vocabulary.verdict import Verdict

if TYPE_CHECKING:  # drawing them needs libraries, showing them does not
    from tests.report.page.pictures import Picture

#: The class of a claim that was not run, and what its cell says.
_NOT_RUN, _NOT_RUN_WORDS = "m", "not run"

#: As many columns as leave a sentence its room beside them on a common screen (1280 pixels).
MOST_BESIDE = 14

#: The longest word, in characters, of which twelve stand side by side on a phone.
LONG = 5

#: Pixels: what a sentence needs beside the columns, and what a column needs.
SENTENCE, COLUMN = 420, 58

#: What is code though no backticks say so: calls, dotted names, and exceptions as printed.
CODE = re.compile(
    r"((?<![\w.])[A-Za-z_][\w.]*\([^()]{0,60}\)|(?<![\w./])[A-Za-z_]\w*(?:\.[A-Za-z_]\w+)+(?![\w/])|"
    r"\b__\w+__\b)"
)

#: Searches to begin with: an error, a symptom, a name, words of the trade.
EXAMPLES = (
    "AttributeError: Can't get local object",
    "my list stays empty",
    "queue.join() blocks",
    "race condition",
    "BrokenProcessPool",
)

#: What executing a claim of the notes showed, in words.
_NOTES = {
    "true": "The notes were right.",
    "refined": "The notes were right only as worded here.",
    "false": "The notes were wrong.",
    "answered": "The notes left this open.",
}


def write(results: Results, pictures: Sequence[Picture], path: Path) -> None:
    """Write the page.  Raises OSError if it can't be written."""
    text = html(results, pictures, address_of_the_checkout(path))
    path.write_text(text, encoding="utf-8")


def html(results: Results, pictures: Sequence[Picture], checkout: str) -> str:
    """Return the page; ``checkout`` is what to put before a spec's path to link to it."""
    parts = files("tests.report") / "page"
    sources = ("page.css", "stacked.css", "search.js", "page.js")
    style, stacked, *scripts = ((parts / name).read_text("utf-8") for name in sources)
    script = "\n".join(scripts)
    environment = jinja2.Environment(
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["prose"] = prose
    environment.filters["slug"] = slug
    groups = together(results.columns)
    by_name = index({claim.id for claim in results.claims})
    template = environment.from_string((parts / "page.html").read_text("utf-8"))
    return template.render(
        results=results,
        pictures=pictures,
        style=Markup(style),
        stacked=Markup(stacked),
        many=len(groups) > MOST_BESIDE,
        long=any(len(word) > LONG for title, _ in groups for word in title.split()),
        narrow=max(760, SENTENCE + COLUMN * len(groups)),
        groups=groups,
        script=Markup(script),
        script_hash=_hash(script),
        packed=packed(
            {
                **details(results, groups, Sources(), checkout),
                "pictures": {picture.id: picture.svg for picture in pictures},
                "names": numbered(by_name, results),
            }
        ),
        verdicts=[(_class(verdict), _word(verdict)) for verdict in (*Verdict, None)],
        css_class=_class,
        word=_word,
        letters=lambda claim: "".join(_letter(results, claim, c) for c in results.columns),
        cell=lambda claim, columns: _cell(results, claim, columns),
        holding=lambda claim: holding(results, claim),
        wrong=[claim for claim in results.claims if _wrong(results, claim)],
        pairs=list(pairs(results)),
        costs=costs.in_words(results),
        examples=EXAMPLES,
        names={module: len(some) for module, some in by_name.items()},
        here=interpreter.name(),
        builds=_builds(results),
        counted=lambda column: counted(results, column),
        newest=max((column.facts["date"] for column in results.columns), default=""),
        modules=_modules(results),
    )


def together(columns: Sequence[Column]) -> list[tuple[str, list[Column]]]:
    """Return the columns by interpreter, with a title for each: its systems share a cell."""
    found: dict[str, list[Column]] = {}
    for column in columns:
        one = column.interpreter
        title = one.exact if column.title.startswith(one.exact) else one.short
        if any(other.interpreter.system == one.system for other in found.get(title, [])):
            title = column.title
        found.setdefault(title, []).append(column)
    return list(found.items())


def _cell(results: Results, claim: Claim, columns: Sequence[Column]) -> Markup:
    """Return the cell of an interpreter: one verdict, or one for each system where they differ."""
    seen = [(column, results.cell(claim, column)) for column in columns]
    ran = [(column, cell) for column, cell in seen if cell] or seen[:1]
    verdicts = [cell.verdict if cell else None for _, cell in ran]
    if len(set(verdicts)) == 1:
        return Markup("<td class={}>{}").format(_class(verdicts[0]), _word(verdicts[0]))
    pieces = [
        Markup('<span class="{}" title="{}: {}">{} </span>').format(
            _class(verdict), column.interpreter.system, _word(verdict), _word(verdict)
        )
        for (column, _), verdict in zip(ran, verdicts, strict=True)
    ]
    return Markup('<td class="split">{}').format(Markup("").join(pieces))


def _builds(results: Results) -> list[str]:
    """Return the builds of the CPythons that were measured, each once."""
    measured = {m.column for m in results.measurements}
    columns = [c for c in results.columns if c.id in measured and c.interpreter.cpython]
    return list(dict.fromkeys(filter(None, (c.facts.get("build", "") for c in columns))))


def _letter(results: Results, claim: Claim, column: Column) -> str:
    return _class(results.verdict(claim, column))


def _wrong(results: Results, claim: Claim) -> bool:
    verdicts = (results.verdict(claim, column) for column in results.columns)
    return any(verdict.wrong for verdict in verdicts if verdict)


def pairs(results: Results) -> Iterator[tuple[str, Column, Column, int]]:
    """Yield between which interpreters people move, and how many claims stop being true.

    The first text names them; without their systems, and once, where those do not differ.
    """
    found: dict[str, list[tuple[Column, Column, int]]] = {}
    for before, after in neighbours(results):
        stop = sum(flip.kind is Kind.STOPS for flip in flips(results, before, after))
        text = f"{before.interpreter.short} → {after.interpreter.short}"
        found.setdefault(text, []).append((before, after, stop))
    for text, some in found.items():
        if len({stop for _, _, stop in some}) == 1:
            yield text, *some[0]
        else:
            for before, after, stop in some:
                yield f"{before.title} → {after.title}", before, after, stop


def numbered(
    by_name: Mapping[str, Mapping[str, Sequence[str]]], results: Results
) -> dict[str, dict[str, list[int]]]:
    """Return the index by public name with the places of the claims in the page for their ids."""
    places = {claim.id: place for place, claim in enumerate(results.claims)}
    return {
        module: {name: [places[id] for id in ids] for name, ids in some.items()}
        for module, some in by_name.items()
    }


def slug(section: str) -> str:
    """Return a section's name as a part of an address."""
    return section.replace(" ", "-").replace(":", "")


def prose(text: str) -> Markup:
    """Return the text as HTML: code is set as code, in backticks or not."""
    if "`" in text and text.count("`") % 2 == 0:
        parts = enumerate(text.split("`"))
        return Markup("").join(_as_code(p) if n % 2 else _with_code(p) for n, p in parts)
    return _with_code(text)


def _as_code(text: str) -> Markup:
    return Markup("<code>{}</code>").format(text)


def _with_code(text: str) -> Markup:
    parts = enumerate(CODE.split(text))
    return Markup("").join(_as_code(part) if n % 2 else escape(part) for n, part in parts)


def _class(verdict: Verdict | None) -> str:
    """Return the class of a cell, which is its letter in the packed text as well."""
    return verdict.css_class if verdict else _NOT_RUN


def _word(verdict: Verdict | None) -> str:
    return verdict.value if verdict else _NOT_RUN_WORDS


def _hash(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return "sha256-" + base64.b64encode(digest).decode()


def _modules(results: Results) -> dict[str, list[str]]:
    """Return each module with its sections, in order."""
    found: dict[str, list[str]] = {}
    for section, _ in results.sections():
        found.setdefault(section.partition(":")[0], []).append(section)
    return found


def packed(data: object) -> str:
    """Return the data as JSON, compressed and in base64."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    # Evidence may hold half of a surrogate pair, as Python strings may.
    compressed = gzip.compress(text.encode("utf-8", "replace"), 9, mtime=0)
    return base64.b64encode(compressed).decode()


def details(
    results: Results,
    groups: Sequence[tuple[str, Sequence[Column]]],
    sources: Sources,
    checkout: str,
) -> dict[str, Any]:
    """Return what the script shows: of each claim all that the table has no room for."""
    reasons = dict.fromkeys(without_prefix(cell.reason) for cell in results.cells.values())
    wanted = {name for claim in results.claims for name in claim.predicts}
    breakages = {
        name: {
            "cause": b.cause,
            "assumption": b.assumption,
            "reports": [[report, address(report)] for report in b.reports],
        }
        for name, b in BREAKAGES.items()
        if name in wanted
    }
    documents = {one.id: one for one in answers.of_results(results)}
    return {
        "search": {**search.settings(), "glossary": answers.GLOSSARY},
        "poor": answers.POOR,
        "groups": [[results.columns.index(c) for c in columns] for _, columns in groups],
        "advice": [
            {cause: c._asdict() for cause in CHANGES if (c := known_change(cause, column))}
            for column in results.columns
        ],
        "code": CODE.pattern,
        "columns": [
            {"interpreter": column.interpreter.name, **{f: column.facts.get(f, "") for f in FACTS}}
            for column in results.columns
        ],
        "breakages": breakages,
        "kinds": [kind.heading for kind in Kind],
        "changes": {
            _class(before) + _class(after): {
                "kind": list(Kind).index(Kind.of(before, after)),
                "explaining": explaining(before, after),
            }
            for before in Verdict
            for after in Verdict
            if is_change(before, after)
        },
        "causes": {reason: cause_of(reason) for reason in reasons if cause_of(reason) != reason},
        "claims": {
            claim.id: {
                **_detail(claim, results, sources, checkout),
                "words": documents[claim.id].fields,
            }
            for claim in results.claims
        },
    }


def _detail(claim: Claim, results: Results, sources: Sources, checkout: str) -> dict[str, Any]:
    source = sources.of(claim)
    cells = [results.cell(claim, column) for column in results.columns]
    return {
        "question": claim.question,
        "sentence": claim.sentence,
        "programs": sources.programs(claim),
        "explanation": claim.explanation.removesuffix(instead(claim)).strip(),
        "instead": instead(claim),
        "notes": _NOTES.get(claim.notes, claim.notes),
        "predicts": claim.predicts,
        "place": f"{claim.file}:{source.first}",
        "link": f"{checkout}{claim.file}#L{source.first}-L{source.last}",
        "source": source.without_docstrings,
        "docs": source.docs,
        "command": claim.command,
        "verdicts": "".join(_class(cell.verdict if cell else None) for cell in cells),
        "reasons": {
            n: without_prefix(cell.reason) for n, cell in enumerate(cells) if cell and cell.reason
        },
        "parts": {n: cell.parts for n, cell in enumerate(cells) if cell and cell.parts},
        "seen": _seen(cells),
    }


def _seen(cells: Sequence[Cell | None]) -> list[dict[str, Any]]:
    """Return what was seen, once for all cases and columns where it was the same."""
    found: dict[tuple[Any, ...], dict[int, list[str]]] = {}
    for n, cell in enumerate(cells):
        for case in cell.cases if cell else ():
            key = case.verdict, case.reason, case.evidence
            found.setdefault(key, {}).setdefault(n, []).append(case.name)
    return [
        {
            "verdict": _class(verdict),
            "reason": reason,
            "evidence": evidence,
            "where": [[columns, list(names)] for names, columns in _by_names(where).items()],
        }
        for (verdict, reason, evidence), where in found.items()
    ]


def _by_names(where: Mapping[int, Sequence[str]]) -> dict[tuple[str, ...], list[int]]:
    """Return the columns where it is the same cases, by the names of those cases."""
    found: dict[tuple[str, ...], list[int]] = {}
    for column, names in where.items():
        found.setdefault(tuple(filter(None, names)), []).append(column)
    return found


def counted(results: Results, column: Column) -> list[tuple[Verdict, int]]:
    """Return the verdicts of a column, with how many claims have them."""
    counts = results.counts(column)
    return [(verdict, counts[verdict]) for verdict in Verdict if counts[verdict]]
