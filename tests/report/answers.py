"""What is searched of each claim, and in which words people ask for it."""

from __future__ import annotations

import ast
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from tests.report.breakages import BREAKAGES
from tests.report.changes import instead_in
from tests.report.matrix import Claim, Results
from tests.vocabulary.search import WEIGHTS, Document, Hit, Index
from tests.vocabulary.specs import Spec, all_specs, folder_of_programs
from tests.vocabulary.verdict import shorten

_ID_WIDTH = 11

#: If the best answer has a lower score, it is hardly an answer.
POOR = 5.0

#: An exception or a warning with its message, as a user sees it.
_MESSAGE = re.compile(r"\b\w*(?:Error|Exception|Warning|Broken\w+|Interrupt|Exit): [^\n;]{4,200}")

#: What looks like a name of a module, and what that has.
_DOTTED = re.compile(r"\b[a-z_]\w*(?:\.[A-Za-z_]\w*)+")

#: Words of the trade, and of those who ask, with words that claims have instead.
GLOSSARY = {
    "nogil": "free-threaded build without the GIL",
    "no gil": "free-threaded build",
    "free threading": "free-threaded",
    "oom": "killed out of memory SIGKILL",
    "out of memory": "killed SIGKILL MemoryError",
    "kill a thread": "stop a thread Event",
    "stop thread": "stop a thread Event",
    "multithreading": "threads",
    "multithreaded": "threads",
    "cpu bound": "computing GIL cores",
    "io bound": "waiting threads asyncio",
    "multicore": "cores",
    "subinterpreter": "sub-interpreter interpreters",
    "sub interpreters": "sub-interpreter interpreters",
    "swallow": "silently exception lost",
    "swallows": "silently exception lost",
    "freeze": "hang block deadlock",
    "frozen": "hang block deadlock",
    "stuck": "hang block deadlock",
    "never returns": "hang block deadlock",
    "blocks forever": "hang block deadlock",
    "jupyter": "notebook prompt",
    "notebook": "prompt",
    "ctrl c": "KeyboardInterrupt SIGINT",
    "defunct": "zombie",
    "too slow": "slower overhead",
    "thread safety": "thread-safe",
    "mutex": "Lock",
    "dictionary": "dict",
    "dictionaries": "dict dicts",
    "not stopping": "stop a thread Event",
    "all threads": "several threads",
    "still running": "is_alive",
    "exit code": "killed SIGKILL SIGTERM signal negative",
    "what is join": "for several threads loop returns None",
    "what does join": "for several threads loop returns None",
    "what is a deadlock": "two locks opposite order",
    "deadlock example": "two locks opposite order",
    "multiple threads": "several threads",
    "multiple coroutines": "several coroutines gather",
    "parallel": "same time cores GIL computing",
    "cuda": "start method spawn context fork",
    "keyboard interrupt": "KeyboardInterrupt",
    "keyboard interrupts": "KeyboardInterrupt",
    "contextvars": "ContextVar",
    "application context": "ContextVar thread defaults",
    "periodically": "every n seconds Timer",
    "race condition": "two threads count global total",
    "unreliable": "empty put returned",
    "freezes": "hang block deadlock",
    "docker": "container",
    "kubernetes": "container",
}


def documents(specs: Iterable[Spec], evidence: Mapping[str, str]) -> list[Document]:
    """Return what to search of each claim: what its specs say, and ``evidence``, a text by id."""
    fields: dict[str, dict[str, list[str]]] = {}
    for spec in specs:
        new: dict[str, list[str]] = {name: [] for name in WEIGHTS}
        of = fields.setdefault(spec.id, new)
        sentence, _, explanation = spec.docstring.partition("\n")
        of["sentence"].append(sentence)
        of["explanation"] += [explanation]
        of["name"].append(spec.node.name.removeprefix("test_").replace("_", " "))
        of["question"] += spec.given("question")
        of["messages"] += _texts(spec)
        of["names"] += _names(spec)
        for breakage in filter(None, map(BREAKAGES.get, spec.given("predicts"))):
            of["reports"] += [breakage.cause, *breakage.reports]
            of["assumption"] += [breakage.assumption]
    for id, text in evidence.items():
        if id in fields:
            fields[id]["messages"].append(text)
    return [
        Document(id, {name: "\n".join(texts) for name, texts in of.items()})
        for id, of in fields.items()
    ]


def of_results(results: Results) -> list[Document]:
    """Return what to search of the claims in some results, the messages in their evidence too."""
    known = {spec.id for spec in all_specs()}
    evidence = {claim.id: "\n".join(_messages(claim, results)) for claim in results.claims}
    found = {one.id: one for one in documents(all_specs(), evidence)}
    for claim in results.claims:
        if claim.id not in known:
            fields = {**dict.fromkeys(WEIGHTS, ""), "sentence": claim.sentence}
            found[claim.id] = Document(claim.id, {**fields, "explanation": claim.explanation})
    return [found[claim.id] for claim in results.claims]


def _messages(claim: Claim, results: Results) -> Iterator[str]:
    """Yield the exceptions and warnings, as a user sees them, in the evidence of a claim."""
    cells = (results.cell(claim, column) for column in results.columns)
    cases = (case for cell in cells if cell for case in cell.cases)
    texts = "\n".join(line for case in cases for line in case.evidence)
    yield from dict.fromkeys(_MESSAGE.findall(texts))


def index() -> Index:
    """Return the claims of this checkout, ready to be searched."""
    return Index(documents(all_specs(), {}), GLOSSARY)


def shown(
    text: str, hits: Sequence[Hit], width: int, where_false: Callable[[Spec], Iterable[str]]
) -> Iterator[str]:
    """Yield lines of at most ``width`` columns: the claims that were found, and what matched.

    ``where_false`` returns sentences that say where a claim is false.  The best answer has its
    explanation, whole, and the second one what to do instead.
    """
    known = {spec.id: spec for spec in reversed(all_specs())}
    margin, room = " " * _ID_WIDTH, width - _ID_WIDTH
    yield f"The best answers to {shorten(text, 60)!r}:"
    if hits[0].score < POOR:
        asked = (spec for spec in all_specs() if spec.given("question"))
        folders = (folder_of_programs(Path(spec.file), spec.node.name) for spec in asked)
        chapters = ", ".join(dict.fromkeys(one.parent.name for one in folders)).replace("_", " ")
        poor = f"None of them fits well.  The chapters of tests/questions are: {chapters}."
        yield from textwrap.wrap(poor, width)
    for hit in hits:
        spec = known[hit.id]
        sentence, _, explanation = spec.docstring.partition("\n")
        said = [*spec.given("question"), sentence]
        lines = [line for one in said for line in textwrap.wrap(one, room)]
        yield ""
        yield f"{hit.id:{_ID_WIDTH}}{lines[0]}"
        yield from (margin + line for line in lines[1:])
        for one in where_false(spec):
            yield from (margin + line for line in textwrap.wrap(one, room, subsequent_indent="  "))
        first, second = hit is hits[0], hit in hits[1:2]
        told = explanation.split("\n\n") if first else [instead_in(explanation)] * second
        told = [" ".join(one.split()) for one in told]
        if not first and hit.line not in " ".join([*said, *told]):
            line = shorten(hit.line, 3 * room - 20)
            yield from (f"{margin}| {part}" for part in textwrap.wrap(line, room - 2))
        yield from (margin + line for one in told for line in textwrap.wrap(one, room))


def _names(spec: Spec) -> Iterator[str]:
    """Yield what a spec takes from modules by its last name, such as ``timeout_at`` of asyncio.

    What its docstring has is searched already.
    """
    for name in dict.fromkeys(_DOTTED.findall(spec.text)):
        module, _, last = name.partition(".")
        if module in sys.stdlib_module_names and last not in spec.docstring:
            yield name.rpartition(".")[2]


def _texts(spec: Spec) -> Iterator[str]:
    """Yield the texts of several words in a spec: messages that it expects, reasons."""
    for node in ast.walk(spec.node):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            said = node.value.strip()
            if " " in said and not said.startswith(spec.docstring[:40]):
                yield said
