"""What things cost, in sentences that are computed from the measurements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tests.report.matrix import Column, Measurement, Results
from tests.vocabulary.results import DISTURBING

#: Units of time with their signs, the largest first.
UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))

#: A topic, the axes of two ways of it, and what to say of their costs.
_SENTENCES = (
    (
        "start-up",
        ({"way": "thread"}, {"way": "process (fork)"}, {"way": "process (spawn)"}),
        "A thread starts in {}, a forked process in {}, a spawned one in {}.",
    ),
    (
        "pool-dispatch",
        (
            {"method": "Pool.map", "chunksize": "1"},
            {"method": "Pool.map", "chunksize": "default (24)"},
        ),
        "To send a task to a Pool costs {} by itself, and {} in a chunk of 24.",
    ),
    (
        "round-trip",
        (
            {"channel": "queue.Queue", "payload": "10 B"},
            {"channel": "mp.Queue", "payload": "10 B"},
        ),
        "A message and its answer take {} between threads (queue.Queue), {} between processes.",
    ),
)


def busy(results: Results, column: Column, group: Sequence[Measurement]) -> float:
    """Return how many cores other work kept busy while these were measured there, at most.

    It is 0.0 if that is not worth mentioning.  Of what does not tell, it is that of the whole run.
    """
    there = [m for m in results.measurements if m.column == column.id]
    told = [m.busy for m in group if m.column == column.id and m.busy is not None]
    told = told or [m.busy for m in there if m.busy is not None]
    most = max(told, default=0.0)
    return most if most >= DISTURBING else 0.0


def other_builds(columns: Sequence[Column]) -> dict[str, str]:
    """Return the builds of the CPythons that were not built as most of them, by column."""
    builds = {
        c.id: c.facts["build"] for c in columns if c.interpreter.cpython and c.facts.get("build")
    }
    usual = max(builds.values(), key=list(builds.values()).count, default="")
    return {id: build for id, build in builds.items() if build != usual}


def in_words(results: Results) -> tuple[str, list[str]]:
    """Return the newest CPython that was measured, and what things cost there, in sentences."""
    measured = {m.column for m in results.measurements}
    columns = [one for one in results.columns if one.id in measured and one.interpreter.usual]
    if not columns:
        return "", []
    newest = columns[-1]
    cores = busy(results, newest, ())
    doubt = f", while other work kept up to {cores:.1f} cores busy" if cores else ""
    return newest.title + doubt, list(_told(results, newest))


def _told(results: Results, column: Column) -> Iterator[str]:
    """Yield the sentences that the measurements of a column can fill."""
    for topic, ways, sentence in _SENTENCES:
        found = [_cost(results, column, topic, way) for way in ways]
        if all(found):
            yield sentence.format(*found)


def _cost(results: Results, column: Column, topic: str, way: Mapping[str, str]) -> str:
    """Return the median cost of a way as text; empty if it was not measured."""
    for one in results.measurements:
        if one.column == column.id and one.topic == topic and dict(one.axes) == dict(way):
            return duration(one.seconds["median"])
    return ""


def duration(seconds: float) -> str:
    """Return a duration with two significant digits, such as ``4.5 ms``."""
    size, unit = next((pair for pair in UNITS if seconds >= pair[0]), UNITS[-1])
    value = seconds / size
    return f"{value:.0f} {unit}" if value >= 10 else f"{value:.1f} {unit}"
