"""Where a claim holds, in a few words: ``until 3.13``, ``3.14+``, ``not 3.13t``, ``nowhere``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from tests.report.matrix import Claim, Column, Results
from tests.vocabulary.verdict import Verdict

#: What the verdicts say of a claim; the others say nothing about it.
_SAID = {Verdict.HOLDS: "holds", Verdict.REFUTED: "refuted", Verdict.DEPENDS: "depends"}


def holding(results: Results, claim: Claim) -> str:
    """Return where the claim holds, of what has a verdict on it; empty if that is everywhere.

    First CPython with a GIL by its releases, on the system of most results; then what other builds,
    implementations and systems say otherwise.
    """
    said = {
        column.id: _SAID.get(verdict) if (verdict := results.verdict(claim, column)) else None
        for column in results.columns
    }
    ran = [column for column in results.columns if results.verdict(claim, column)]
    if not ran:
        return ""
    system = Counter(column.interpreter.system for column in ran).most_common(1)[0][0]
    usual = [
        column for column in ran if column.interpreter.usual and column.interpreter.system == system
    ]
    words = [_releases(usual, said)]
    for column in ran:
        here, there = said[column.id], _like(column, usual)
        if there is not None and here and said[there.id] and here != said[there.id]:
            name = _other(column, there)
            words.append({"holds": f"also {name}", "refuted": f"not {name}"}.get(here, ""))
    return ", ".join(dict.fromkeys(filter(None, words)))


def _like(column: Column, usual: Sequence[Column]) -> Column | None:
    """Return the usual column to compare another one with: the nearest of its release."""
    same = [one for one in usual if one.interpreter.release == column.interpreter.release]
    return None if column in usual or not same else same[-1]


def _other(column: Column, usual: Column) -> str:
    """Return what differs between a column and the usual one."""
    one = column.interpreter
    if one.pypy:
        return "PyPy"
    if one.system != usual.interpreter.system:
        return f"on {one.system}"
    return one.short


def _releases(usual: Sequence[Column], said: dict[str, str | None]) -> str:
    """Return on which releases the claim holds; empty if on all that say anything."""
    seen = [said[column.id] for column in usual]
    decided = set(filter(None, seen))
    if "holds" not in decided:
        return "nowhere" if decided == {"refuted"} else "depends" * bool(decided)
    if decided == {"holds"} and seen[0]:
        return ""
    runs = []
    for holds, run in groupby(range(len(usual)), key=lambda n: seen[n] == "holds"):
        first, *_, last = [*(positions := list(run)), positions[-1]]
        if holds and not any(seen[:first]) and first:
            runs.append(f"{_name(usual, first, first - 1)}+")
        elif holds and first == 0:
            runs.append(f"until {_name(usual, last, last + 1)}")
        elif holds and last == len(usual) - 1:
            runs.append(f"{_name(usual, first, first - 1)}+")
        elif holds:
            names = (_name(usual, first, first - 1), _name(usual, last, last + 1))
            runs.append("\N{EN DASH}".join(dict.fromkeys(names)))
    return ", ".join(runs)


def _name(usual: Sequence[Column], at: int, beside: int) -> str:
    """Return the release there, to its last digit if the one beside it is of the same branch."""
    one = usual[at].interpreter
    same = 0 <= beside < len(usual) and usual[beside].interpreter.release == one.release
    return one.version if same else one.short
