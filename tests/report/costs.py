"""What things cost, in sentences that are computed from the measurements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.report.matrix import Column, Results

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


def in_words(results: Results) -> tuple[str, list[str]]:
    """Return the newest CPython that was measured, and what things cost there, in sentences."""
    measured = {m.column for m in results.measurements}
    columns = [one for one in results.columns if one.id in measured and one.interpreter.usual]
    return (columns[-1].title, list(_told(results, columns[-1]))) if columns else ("", [])


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
