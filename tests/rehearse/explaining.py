"""Which claims explain failures: those that fit the exception's words, of what an upgrade flips."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.rehearse.failures import Failure
from tests.rehearse.switches import Plan, Switch
from tests.report import answers
from tests.report.changes import Flip, Kind, column_named, flips, instead_in
from tests.report.matrix import Results
from tests.vocabulary.specs import all_specs

#: What the words of a message must score for a claim to explain it.  Those that quote it score 17
#: and more; by chance "AssertionError: assert [] == [1]" scores 9.
_ENOUGH = 12

#: What the lines around a failure say, and how a function is used, beside what is raised.
_AROUND, _USED = 0.5, 2

#: How many lines before the one that failed say what it was about.
_LINES = 15

#: How a local function is used, and how claims call that.
_USES = {
    r"\btarget\s*=\s*(?:self\.)?{name}\b": "a local function as the target of a Process",
    r"\bargs\s*=.*\b{name}\b": "a lambda among the arguments of a Process",
    r"\binitializer\s*=\s*(?:self\.)?{name}\b": "a local function as initializer",
}


class Explained(NamedTuple):
    """Failures with one explanation: the claim's id, unless none fits; what is so; what to do."""

    id: str
    title: str
    instead: str
    failures: tuple[Failure, ...]


def stops(results: Results, plan: Plan) -> list[Flip]:
    """Return the claims that stop being true, where there are results of both interpreters."""
    try:
        before, after = (column_named(results, version.name) for version in plan.pair)
    except LookupError:
        return []
    return [flip for flip in flips(results, before, after) if flip.kind is Kind.STOPS]


def explained(
    found: Iterable[Failure], plan: Plan, ending: Iterable[Flip], folder: Path
) -> list[Explained]:
    """Return the failures by what explains them; those that nothing explains come last."""
    causes = {switch.cause for switch in plan.on}
    ids = {flip.claim.id for flip in ending if flip.cause in causes}
    if not ids:  # no results: claims that name the cause
        ids = {spec.id for spec in all_specs() if any(cause in spec.text for cause in causes)}
    index = answers.index()

    def scores(text: str, among: Collection[str]) -> dict[str, float]:
        return {id: score for id, score in index.scores(text).items() if id in among}

    together: dict[tuple[str, str, str], list[Failure]] = {}
    for failure in found:
        switch = _switch_of(failure, plan)
        if switch is not None:
            named = {spec.id for spec in all_specs() if switch.cause in spec.text}
            key = _by_claim(scores(failure.telling, named), ())
            key = key if key[0] else (switch.cause, switch.title, switch.instead)
        else:
            around = _source(failure, folder)
            use = _use(failure.telling, around)
            beside = ((_AROUND, scores(around, ids)), (_USED, scores(use, ids)))
            key = _by_claim(scores(failure.telling, ids), beside)
        together.setdefault(key, []).append(failure)
    some = [Explained(*key, tuple(failures)) for key, failures in together.items()]
    return sorted(some, key=lambda one: (not one.title, -len(one.failures)))


def _switch_of(failure: Failure, plan: Plan) -> Switch | None:
    """Return the switch whose exception this is."""
    return next((one for one in plan.on if any(word in failure.telling for word in one.says)), None)


def _by_claim(
    by_words: Mapping[str, float], beside: Sequence[tuple[float, Mapping[str, float]]]
) -> tuple[str, str, str]:
    total = {
        id: score + sum(weight * scores.get(id, 0) for weight, scores in beside)
        for id, score in by_words.items()
        if score >= _ENOUGH
    }
    if not total:
        return "", "", ""
    best = min(total, key=lambda id: (-total[id], id))
    docstring = next(spec.docstring for spec in all_specs() if spec.id == best)
    sentence, _, explanation = docstring.partition("\n")
    return best, sentence, " ".join(instead_in(explanation).split())


def _source(failure: Failure, folder: Path) -> str:
    """Return the lines before the place that failed, or what the failure shows of them."""
    name, _, number = failure.place.rpartition(":")
    try:
        lines = (folder / name).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return failure.source
    last = int(number)
    return "\n".join(lines[max(0, last - _LINES) : last])


def _use(line: str, source: str) -> str:
    """Return what a local function is used as, if the exception names one."""
    local = re.search(r"<locals>\.(?:<(lambda)>|(\w+))", line)
    if not local:
        return ""
    name = local[1] or local[2]
    said = [words for use, words in _USES.items() if re.search(use.format(name=name), source)]
    return "\n".join(said)
