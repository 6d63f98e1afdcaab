"""Pictures of what things cost and of what workers gain, each with a table of the same numbers.

A picture is a number of small drawings instead of one wide one: a page sets them side by side and
wraps them like words, so that their text is as large on a telephone as on a desk.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, takewhile
from typing import TypeVar

from tests.report.costs import UNITS, busy, other_builds
from tests.report.matrix import Column, Measurement, Results
from tests.report.page import drawing
from tests.report.page.drawing import Mark

_T = TypeVar("_T")

#: time.perf_counter counts nanoseconds: what costs less has no place on a logarithmic scale.
_LEAST_SECONDS = 1e-9
_LEAST_SPEEDUP = 2.0**-6
_MOST_WORKERS = 1024
_NOWHERE = "not measured"
#: The topics in the order in which people decide: whether to share out the work, then how.
_ORDER = ("scaling", "start-up", "round-trip", "throughput", "pool-dispatch", "locks")


@dataclass(frozen=True)
class Table:
    """The numbers of a picture; the first ``row_headings`` texts of each row say what it is of."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    row_headings: int


@dataclass(frozen=True)
class Picture:
    """What was measured to answer one question.

    ``id`` is unique and fit for an address.  ``svg`` is a number of SVG elements to be set side by
    side, perhaps after one of class ``key``; ``wide`` says that each is as wide as a telephone.
    All the rest is plain text, not yet HTML.
    """

    question: str
    id: str
    caption: str
    svg: str
    wide: bool
    table: Table


def pictures(results: Results) -> list[Picture]:
    """Return a picture for each question that was measured; those of unknown topics come last."""
    groups: dict[tuple[str, bool, str], list[Measurement]] = {}
    for m in sorted(results.measurements, key=_place):
        work = str(m.axes.get("work", "")) if _scales(m) else ""
        groups.setdefault((m.topic, _scales(m), work), []).append(m)
    seen: Counter[str] = Counter()
    drawn = []
    for (topic, scales, work), group in groups.items():
        id = "-".join(re.findall("[a-z0-9]+", f"{topic} {work}".lower()))[:60] or "cost"
        seen[id] += 1
        draw = _speedups if scales else _costs
        unique = f"{id}--{seen[id]}" if seen[id] > 1 else id
        drawn.append(draw(unique, results, group))
    return drawn


def _place(measurement: Measurement) -> int:
    return [*_ORDER, measurement.topic].index(measurement.topic)


def _scales(measurement: Measurement) -> bool:
    """Say whether this is the speed-up by a number of workers."""
    workers = measurement.axes.get("workers")
    complete = measurement.speedup.keys() >= {"median", "low", "high"}
    return complete and isinstance(workers, int) and 0 < workers <= _MOST_WORKERS


def _speedups(id: str, results: Results, group: Sequence[Measurement]) -> Picture:
    """Return small multiples: a panel per interpreter, a line per way."""
    every, columns = results.columns, _measured(results.columns, group)
    work = _clean(group[0].axes.get("work", ""))
    ways = _in_order(group, _way)
    workers = sorted({int(m.axes["workers"]) for m in group})
    bars = [_bar(m) for m in group]
    least = 2.0 ** math.floor(math.log2(min(0.5, *(low for low, _, _ in bars))))
    most = max(1.33 * workers[-1], *(high for _, _, high in bars))
    cores = {column.id: _cores(column, work, least, most) for column in columns}
    panels = [_key("", ways, lines=True)]
    for column in columns:
        here = [m for m in group if m.column == column.id]
        said = [
            f"{_way(m)} {_figure(m.speedup['median'])}"
            for m in here
            if m.axes["workers"] == workers[-1]
        ]
        panels.append(
            drawing.lines(
                [Mark(ways.index(_way(m)), int(m.axes["workers"]), *_bar(m)) for m in here],
                _cut(_clean(column.title), 22),
                f"{_clean(column.interpreter.name)}: times as fast as in sequence, with "
                f"{workers[-1]} worker{'s' * (workers[-1] != 1)}: {', '.join(said) or _NOWHERE}",
                workers=workers,
                bounds=(least, most),
                cores=cores[column.id],
                doubts=_doubts(results, column, columns, group),
            )
        )
    rounds = _span(int(m.speedup.get("rounds", m.rounds)) for m in group)
    rate = max((m.speedup.get("error rate", 0.0) for m in group), default=0.0)
    sure = f" with {100 * (1 - rate):g} % certainty" if rate else ""
    dotted = " Dotted line: as many as there are usable cores." if any(cores.values()) else ""
    question = _question(group)
    return Picture(
        question if work in question else f"{question} ({work})",
        id,
        "How many times as fast as in sequence: the median (mark) and the interval that contains "
        f"it{sure} (bar), of {rounds}; both scales are logarithmic. Grey line: the ideal, as many "
        f"times as there are workers.{dotted}{_disturbed(results, columns, group)}"
        f"{_missing(every, group, _way)}",
        "".join(panels),
        wide=False,
        table=_table("Times as fast as in sequence: median (interval)", columns, group, _gain),
    )


def _cores(column: Column, work: str, least: float, most: float) -> int | None:
    """Return the number of usable cores if it is known, bounds the work and fits the picture."""
    cores = column.facts.get("usable cores", "")
    if "sleep" in work.lower() or not re.fullmatch("[0-9]{1,6}", cores):
        return None
    return int(cores) if least < int(cores) < most else None


def _bar(m: Measurement) -> tuple[float, float, float]:
    low, middle, high = (max(m.speedup[name], _LEAST_SPEEDUP) for name in ("low", "median", "high"))
    return low, middle, high


def _gain(m: Measurement) -> str:
    low, middle, high = (_figure(m.speedup[name]) for name in ("low", "median", "high"))
    return f"{middle} ({low} to {high})"


def _doubts(
    results: Results, column: Column, columns: Sequence[Column], group: Sequence[Measurement]
) -> list[str]:
    """Return why a panel does not compare with the others, a line each."""
    cores = busy(results, column, group)
    return [
        *([f"disturbed: {cores:.1f} cores busy"] if cores else []),
        *(["disturbed: another build"] if column.id in other_builds(columns) else []),
    ]


def _disturbed(results: Results, columns: Sequence[Column], group: Sequence[Measurement]) -> str:
    """Return a sentence, after a space, on what disturbed which panels; or nothing."""
    cores = {column.id: busy(results, column, group) for column in columns}
    titles = {column.id: _clean(column.title) for column in columns}
    found = []
    slower = [titles[id] for id, most in cores.items() if most]
    if slower:
        most = f"{max(cores.values()):.1f}"
        found.append(
            f"other work kept up to {most} cores busy on {_listed(slower)}, which may be faster "
            "than it was measured"
        )
    builds: dict[str, list[str]] = {}
    for id, build in other_builds(columns).items():
        builds.setdefault(_clean(build), []).append(titles[id])
    for build, some in builds.items():
        were = "was" if len(some) == 1 else "were"
        found.append(f"{_listed(some)} {were} built otherwise than most ({build})")
    return f" Disturbed: {'; '.join(found)}." if found else ""


def _costs(id: str, results: Results, group: Sequence[Measurement]) -> Picture:
    """Return dot plots: a panel per interpreter, a row per way, a series per other axis."""
    every, columns = results.columns, _measured(results.columns, group)
    kinds = _in_order(group, _others)
    alone = len(kinds) == 1
    bars = [_range(m) for m in group]
    bounds = min(low for low, _, _ in bars) / 1.3, max(high for _, _, high in bars) * 1.3
    ticks = {tick: _tick(tick) for tick in _ticks(*bounds)}
    others = ", ".join(dict.fromkeys(name for m in group for name in list(m.axes)[1:]))
    panels = [] if kinds == [""] else [_key(_clean(others, 40), kinds, lines=False)]
    for column in columns:
        here = [m for m in group if m.column == column.id]
        least = _cheapest_first(here)
        ways = [_first(m) for m in least]
        marks = []
        for m in here:
            text = _quantity(_range(m)[1]) if alone else ""
            marks.append(Mark(kinds.index(_others(m)), ways.index(_first(m)), *_range(m), text))
        said = ", ".join(f"{_called(m)} {_quantity(_range(m)[1])}" for m in least)
        panels.append(
            drawing.dots(
                marks,
                _cut(_clean(column.title), 44),
                f"{_clean(column.title)}, the cheapest first: {said}",
                rows=[_cut(way, 40) for way in ways],
                bounds=bounds,
                ticks=ticks,
                answers=_answers(least),
                doubts=_doubts(results, column, columns, group),
            )
        )
    what = f"Cost of one {_clean(group[0].per)}"
    return Picture(
        _question(group),
        id,
        f"{what}: the median (mark) and the range from the fastest round to the third quartile "
        f"(bar), of {_span(m.rounds for m in group)}. The cheapest way comes first. The scale is "
        "logarithmic, and the same in all panels: further to the left is cheaper."
        f"{_disturbed(results, columns, group)}{_missing(every, group, _first)}",
        "".join(panels),
        wide=True,
        table=_table(f"{what}: median (fastest round to third quartile)", columns, group, _cost),
    )


def _cheapest_first(here: Sequence[Measurement]) -> list[Measurement]:
    """Return a measurement of each way, the cheapest first.

    They are alike in all other axes where that is possible, else they are the least of each way.
    """
    ways = set(map(_first, here))
    kinds = dict.fromkeys(map(_others, here))
    shared = [k for k in kinds if ways == {_first(m) for m in here if _others(m) == k}]
    least: dict[str, Measurement] = {}
    for m in sorted(here, key=lambda m: _range(m)[1]):
        if not shared or _others(m) == shared[0]:
            least.setdefault(_first(m), m)
    return list(least.values())


def _answers(least: Sequence[Measurement]) -> list[str]:
    """Return in words which way is the cheapest, and how much dearer the dearest is."""
    first, last = least[0], least[-1]
    told = [f"cheapest, {_quantity(_range(first)[1])}: {_called(first)}"]
    if len(least) > 1:
        ratio = _range(last)[1] / _range(first)[1]
        times = f"{float(f'{ratio:.2g}'):,.0f}" if ratio >= 10 else f"{ratio:.1f}"
        told.append(f"{times} times as much: {_called(last)}")
    return [_cut(text, 49) for text in told]


def _called(m: Measurement) -> str:
    """Return the way, and what else it is measured with, such as ``Pipe (10 B)``."""
    return f"{_first(m)} ({_others(m)})" if _others(m) else _first(m)


def _range(m: Measurement) -> tuple[float, float, float]:
    """Return the seconds of the fastest round, of the median and of the third quartile."""
    low, middle, high = (max(m.seconds[name], _LEAST_SECONDS) for name in ("min", "median", "q3"))
    return low, middle, high


def _cost(m: Measurement) -> str:
    low, middle, high = _range(m)
    size, _ = _unit(middle)
    text = f"{_quantity(middle)} ({_figure(low / size)} to {_figure(high / size)})"
    return text if m.topic != "throughput" else f"{text}, {_figure(m.bytes / middle / 1e6)} MB/s"


def _ticks(least: float, most: float) -> list[float]:
    """Return powers of ten within the bounds, and multiples of them where those are too few."""
    powers = range(math.floor(math.log10(least)), math.ceil(math.log10(most)) + 1)
    found: list[float] = []
    for digits in ((1,), (1, 3), (1, 2, 5)):
        found = [t for p in powers for d in digits if least <= (t := float(f"{d}e{p}")) <= most]
        if len(found) > 1:
            break
    return found[:: max(1, math.ceil(len(found) / 6))]


def _in_order(group: Iterable[Measurement], name: Callable[[Measurement], _T]) -> list[_T]:
    """Return each name once, in the order of the interpreter that has most of them."""
    by_column: dict[str, dict[_T, None]] = {}
    for m in group:
        by_column.setdefault(m.column, {})[name(m)] = None
    return list(dict.fromkeys(chain(*sorted(by_column.values(), key=len, reverse=True))))


def _measured(columns: Iterable[Column], group: Iterable[Measurement]) -> list[Column]:
    ids = {m.column for m in group}
    return [column for column in columns if column.id in ids]


def _missing(
    every: Sequence[Column], group: Sequence[Measurement], way: Callable[[Measurement], str]
) -> str:
    """Return a sentence, after a space, on what was not measured and where; or nothing."""
    columns = _measured(every, group)
    nothing = [_clean(column.title) for column in every if column not in columns]
    places: dict[tuple[str, ...], list[str]] = {}
    found = {(m.column, way(m)) for m in group}
    for name in dict.fromkeys(map(way, group)):
        without = tuple(_clean(c.title) for c in columns if (c.id, name) not in found)
        places.setdefault(without, []).append(name)
    parts = [f"anything on {_listed(nothing)}"] if nothing else []
    parts += [
        f"{_listed(names)} on {_listed(titles)}" for titles, names in places.items() if titles
    ]
    return f" Not measured: {'; '.join(parts)}." if parts else ""


def _listed(names: Sequence[str], word: str = "and") -> str:
    return f" {word} ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _table(
    caption: str,
    columns: Sequence[Column],
    group: Sequence[Measurement],
    cell: Callable[[Measurement], str],
) -> Table:
    every = list(dict.fromkeys(name for m in group for name in m.axes))
    axes = [name for name in every if len({m.axes.get(name) for m in group}) > 1] or every[:1]

    def headings(m: Measurement) -> tuple[str, ...]:
        return tuple(_clean(m.axes.get(axis, "")) for axis in axes)

    cells: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for m in group:
        cells.setdefault((headings(m), m.column), []).append(cell(m))
    return Table(
        caption,
        (*map(_clean, axes), *(_clean(column.title) for column in columns)),
        tuple(
            (*row, *("; ".join(cells.get((row, column.id), [_NOWHERE])) for column in columns))
            for row in _in_order(group, headings)
        ),
        len(axes),
    )


def _question(group: Iterable[Measurement]) -> str:
    """Return the question, or all that are put, in the words that they share."""
    asked = dict.fromkeys(_clean(m.question, 200) for m in group)
    words = [question.rstrip("?").split(" ") for question in asked]
    first = _shared(words)
    rests = [one[first:][::-1] for one in words]
    last = _shared(rests)
    between = [" ".join(rest[last:][::-1]) for rest in rests]
    shared = [*words[0][:first], _listed(between, "or"), *rests[0][:last][::-1]]
    return " ".join(filter(None, shared)) + "?" * all(question.endswith("?") for question in asked)


def _shared(lists: Sequence[Sequence[str]]) -> int:
    """Return how many words all the lists begin with."""
    same = takewhile(lambda words: len(set(words)) == 1, zip(*lists, strict=False))
    return len(list(same))


def _key(heading: str, names: Sequence[str], *, lines: bool) -> str:
    short = [_cut(name, 40) for name in names]
    label = f"Key: {', '.join(short)}"
    return drawing.key(short, label, heading=heading, lines=lines)


def _way(m: Measurement) -> str:
    return ", ".join(_clean(v) for name, v in m.axes.items() if name not in ("work", "workers"))


def _first(m: Measurement) -> str:
    return _clean(next(iter(m.axes.values()), m.topic))


def _others(m: Measurement) -> str:
    return ", ".join(map(_clean, list(m.axes.values())[1:]))


def _clean(text: object, longest: int = 80) -> str:
    """Return the text without what XML forbids, and no longer than people read."""
    start = str(text)[: longest + 1]
    return _cut(
        "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in start), longest
    )


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _span(counts: Iterable[int]) -> str:
    known = sorted(set(counts))
    number = f"{known[0]:,}" if len(known) == 1 else f"{known[0]:,} to {known[-1]:,}"
    return f"{number} round{'s' * (known[-1] != 1)}"


def _figure(number: float) -> str:
    """Return the number to three significant digits."""
    if 999.5 <= number < 1e6:
        return f"{float(f'{number:.3g}'):,.0f}"
    return f"{number:#.3g}".rstrip(".")


def _unit(seconds: float) -> tuple[float, str]:
    """Return the largest unit of which there is at least one, and its sign."""
    return next((unit for unit in UNITS if seconds >= 0.9995 * unit[0]), UNITS[-1])


def _quantity(seconds: float) -> str:
    size, unit = _unit(seconds)
    return f"{_figure(seconds / size)} {unit}"


def _tick(seconds: float) -> str:
    size, unit = _unit(seconds)
    return f"{seconds / size:g} {unit}"
