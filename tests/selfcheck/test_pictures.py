"""Pictures show every measurement, to everybody, and nothing that a file smuggles in."""

import dataclasses
import gzip
import hashlib
import itertools
import math
import os
import random
import re
import statistics
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

from tests.report.matrix import Column, Measurement, Results
from tests.report.page.drawing import COLOURS
from tests.report.page.pictures import pictures
from tests.selfcheck.kill.runs import ROOT
from tests.vocabulary.results import Interpreter

TWELVE = {
    "3.10": "CPython 3.10.12",
    "3.11": "CPython 3.11.9",
    "3.12": "CPython 3.12.3",
    "3.13": "CPython 3.13.5",
    "3.13t": "CPython 3.13.5 free-threaded",
    "3.14": "CPython 3.14.0",
    "3.14t": "CPython 3.14.0 free-threaded",
    "3.15": "CPython 3.15.0b2",
    "3.15t": "CPython 3.15.0b2 free-threaded",
    "PyPy 3.10": "PyPy 7.3.19 (Python 3.10.16)",
    "PyPy 3.11": "PyPy 7.3.20 (Python 3.11.13)",
    "3.13 macOS": "CPython 3.13.5",
}
WORKS = ("pure Python computing", "sleeping", "C code without the GIL")
WAYS = ("threads", "ThreadPoolExecutor", "processes", "ProcessPoolExecutor", "sub-interpreters")
STARTS = {
    "kept thread (ThreadPoolExecutor)": 3e-5,
    "kept process (ProcessPoolExecutor)": 1e-4,
    "thread": 7e-5,
    "sub-interpreter": 0.012,
    "process (fork)": 0.0017,
    "process (forkserver)": 0.006,
    "process (spawn)": 0.05,
    "fresh interpreter (subprocess)": 0.03,
}
CHANNELS = {
    "queue.SimpleQueue": 1e-5,
    "queue.Queue": 2.1e-5,
    "interpreters.Queue": 4e-5,
    "shared memory": 3.2e-5,
    "Pipe": 4.5e-5,
    "mp.SimpleQueue": 5e-5,
    "mp.Queue": 8e-5,
    "Manager().Queue": 3e-4,
}
PAYLOADS = {"10 B": 10, "10 kB": 10_000, "1 MB": 1_000_000}
METHODS = {
    "Pool.map": ("1", "16", "default (24)"),
    "Pool.starmap": ("1", "16", "default (24)"),
    "Pool.imap": ("16", "default (1)"),
    "Pool.imap_unordered": ("16", "default (1)"),
    "Pool.apply_async": ("none",),
    "ProcessPoolExecutor.map": ("16", "default (1)"),
    "ProcessPoolExecutor.submit": ("none",),
    "ThreadPoolExecutor.map": ("none",),
    "ThreadPoolExecutor.submit": ("none",),
}
LOCKS = [
    f"{module}.{lock}" for module in ("threading", "mp") for lock in ("Lock", "RLock", "Semaphore")
]

SVG = "{http://www.w3.org/2000/svg}"
ALLOWED = {
    *("class", "viewBox", "width", "height", "role", "aria-label"),
    *("d", "fill", "stroke", "stroke-width", "stroke-dasharray", "transform"),
    *("x2", "y2", "text-anchor", "font-size", "font-weight"),
    *("opacity", "display", "pointer-events", "stroke-miterlimit"),
}
COLOUR = re.compile(r"none|var\(--(ink|muted|grid|series-[1-6]),#[0-9a-f]{6}\)")


def measured(names):
    """Return made-up measurements of these interpreters, in the shape of real ones."""
    noise = random.Random(5)
    titles = {title: name for title, name in TWELVE.items() if title in names}
    columns = tuple(
        Column(
            title.lower().replace(" ", "-"),
            title,
            Interpreter(name, "off" if "free" in name else "on", "Linux"),
            {"usable cores": "2"},
        )
        for title, name in titles.items()
    )
    found = []
    for column in columns:

        def cost(topic, question, per, seconds, size=0, speedup=None, column=column, **axes):
            seconds *= noise.uniform(0.8, 1.3)
            spread = [seconds * (1 + noise.uniform(0, 0.2) * n) for n in (-1, -0.4, 0, 0.8, 4)]
            stats = dict(zip(("min", "q1", "median", "q3", "max"), sorted(spread), strict=True))
            found.append(
                Measurement(column.id, question, topic, axes, per, size, stats, 10, speedup or {})
            )

        new = "3.14" in column.title or "3.15" in column.title
        for way, seconds in STARTS.items():
            if new or way != "sub-interpreter":
                cost(
                    "start-up", "What does it cost to start one worker?", "start", seconds, way=way
                )
        for topic, question, per in (
            ("round-trip", "How long does a message of {} take, by channel?", "round trip"),
            ("throughput", "What does each of many messages of {} cost, by channel?", "message"),
        ):
            for channel, seconds in CHANNELS.items():
                for payload, size in PAYLOADS.items():
                    if new or channel != "interpreters.Queue":
                        asked = question.format(payload)
                        took = seconds + size * seconds * 3e-6
                        cost(topic, asked, per, took, size, channel=channel, payload=payload)
        for method, sizes in METHODS.items():
            for size in sizes:
                asked = "What does a pool of two add to each tiny task, by method?"
                took = 1e-4 if size != "16" else 1e-5
                cost("pool-dispatch", asked, "task", took, method=method, chunksize=size)
        for lock in LOCKS:
            two = "processes" if lock.startswith("mp") else "threads"
            for contention, seconds in (("uncontended", 4e-8), (f"wanted by two {two}", 2e-7)):
                asked = f"What does a lock cost, {contention}?"
                per = "acquire and release"
                cost("locks", asked, per, seconds, lock=lock, contention=contention)
        for work in WORKS:
            for way in WAYS[: 5 if new else 4]:
                for workers in (1, 2, 4):
                    free = "rocess" in way or way == "sub-interpreters"
                    free = free or column.interpreter.gil == "off" or work != WORKS[0]
                    gain = workers if work == "sleeping" else min(workers, 2) if free else 1
                    gain *= noise.uniform(0.9, 0.99)
                    ratio = {"median": gain, "low": gain * 0.97, "high": gain * 1.02}
                    cost(
                        "scaling",
                        f"How much faster do workers get through {work}?",
                        "run",
                        0.05,
                        speedup={**ratio, "error rate": 0.01, "rounds": 12},
                        work=work,
                        way=way,
                        workers=workers,
                    )
    return Results(columns, (), {}, tuple(found), ())


@pytest.fixture(scope="module")
def results():
    return measured(["3.13", "3.13t", "3.14"])


@pytest.fixture(scope="module")
def drawn(results):
    return pictures(results)


def picture_of(drawn, id):
    return next(picture for picture in drawn if picture.id == id)


def id_of(m):
    work = f"-{m.axes['work']}" if m.speedup else ""
    return f"{m.topic}{work}".lower().replace(" ", "-")


def panels_of(picture):
    """Return the SVG elements of the picture, by their labels."""
    elements = ET.fromstring(f"<div>{picture.svg}</div>")
    return {element.get("aria-label"): element for element in elements}


def parts_of(panel, x=0.0, y=0.0):
    """Yield the elements of a drawing, each with the place to which all around it moves it."""
    moved = re.fullmatch(r"translate\(([-.0-9]+),([-.0-9]+)\)", panel.get("transform", ""))
    if moved:
        x, y = x + float(moved[1]), y + float(moved[2])
    yield panel, x, y
    for part in panel:
        yield from parts_of(part, x, y)


def marks_of(panel):
    """Return where the marks are, series by series: they are the paths that are filled."""
    return [
        (x, y)
        for part, x, y in parts_of(panel)
        if part.tag == f"{SVG}path" and "series" in part.get("fill", "")
    ]


def lines_of(panel, colour="series"):
    """Return the lines between marks, each as its points."""
    return [
        [
            (x + float(across), y + float(down))
            for across, down in re.findall(r"[ML]([-.0-9]+),([-.0-9]+)", part.get("d"))
        ]
        for part, x, y in parts_of(panel)
        if part.tag == f"{SVG}path" and colour in part.get("stroke", "")
    ]


def bars_of(panel):
    """Return the bars, each as its begin and its end."""
    return [
        ((x, y), (x + float(part.get("x2")), y + float(part.get("y2"))))
        for part, x, y in parts_of(panel)
        if part.tag == f"{SVG}line" and "series" in part.get("stroke", "")
    ]


def numbers_in(text):
    return [float(number.replace(",", "")) for number in re.findall(r"\d[\d,]*(?:\.\d+)?", text)]


def about(numbers):
    """Match the numbers as they are told: to three significant digits."""
    return pytest.approx(numbers, rel=0.006)


def test_each_question_has_a_picture(drawn):
    assert [picture.question for picture in drawn] == [
        *(f"How much faster do workers get through {work}?" for work in WORKS),
        "What does it cost to start one worker?",
        "How long does a message of 10 B, 10 kB or 1 MB take, by channel?",
        "What does each of many messages of 10 B, 10 kB or 1 MB cost, by channel?",
        "What does a pool of two add to each tiny task, by method?",
        "What does a lock cost, uncontended, wanted by two threads or wanted by two processes?",
    ]


def told_of(m, cell):
    """Return the numbers that are to be told of a measurement, in the unit that the cell has."""
    if m.speedup:
        return [m.speedup[name] for name in ("median", "low", "high")]
    unit = {"s": 1, "ms": 1e-3, "µs": 1e-6, "ns": 1e-9}[re.search("[mµn]?s", cell)[0]]
    numbers = [m.seconds[name] / unit for name in ("median", "min", "q3")]
    rate = [m.bytes / m.seconds["median"] / 1e6] if m.topic == "throughput" else []
    return numbers + rate


def test_the_table_has_each_measurement_and_no_other_number(results, drawn):
    found = 0
    for picture in drawn:
        table = picture.table
        group = [m for m in results.measurements if id_of(m) == picture.id]
        for row in table.rows:
            cells = dict(zip(table.headings, row, strict=True))
            place = dict(list(cells.items())[: table.row_headings])
            for column in results.columns:
                same = [
                    m
                    for m in group
                    if m.column == column.id
                    if place == {name: str(m.axes[name]) for name in place}
                ]
                cell = cells[column.title]
                assert (cell == "not measured") is (same == [])
                for m in same:
                    assert numbers_in(cell) == about(told_of(m, cell))
                found += len(same)
    assert found == len(results.measurements)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1.2345e-9, "1.23 ns"),
        (0.0009994, "999 µs"),
        (0.0009996, "1.00 ms"),
        (0.07, "70.0 ms"),
        (1234.5, "1,230 s"),
        (1e300, "1.00e+300 s"),
    ],
)
def test_seconds_are_told_to_three_digits_in_a_readable_unit(results, seconds, text):
    m = results.measurements[0]
    m = dataclasses.replace(m, seconds=dict.fromkeys(m.seconds, seconds))
    (picture,) = pictures(dataclasses.replace(results, measurements=(m,)))
    assert f"cheapest, {text}: kept thread (ThreadPool" in picture.svg
    number = text.split()[0]
    assert picture.table.rows[0][-1] == f"{text} ({number} to {number})"


def test_each_measurement_has_a_mark(results, drawn):
    for picture in drawn:
        marks = sum(
            len(marks_of(panel))
            for label, panel in panels_of(picture).items()
            if not label.startswith("Key")
        )
        cells = [cell for row in picture.table.rows for cell in row[picture.table.row_headings :]]
        assert marks == sum(cell != "not measured" for cell in cells), picture.id


def line_through(points):
    """Return slope and start of the line that all the points are on, nearly to a pixel's tenth."""
    slope, start = statistics.linear_regression(*zip(*points, strict=True))
    assert len(set(points)) > 10
    for x, y in points:
        assert y == pytest.approx(start + slope * x, abs=0.2)
    return slope, start


def test_costs_are_marked_on_one_logarithmic_scale_in_all_panels(results, drawn):
    medians, lows, highs = [], [], []
    for title, panel in titled(picture_of(drawn, "start-up")):
        same = [m for m in measurements_of(results, "start-up") if m.column == title]
        same.sort(key=lambda m: m.seconds["median"])
        marks, bars = by_height(marks_of(panel)), by_height(bars_of(panel), lambda bar: bar[0])
        for m, (x, _), ((start, _), (end, _)) in zip(same, marks, bars, strict=True):
            medians.append((math.log(m.seconds["median"]), x))
            lows.append((math.log(m.seconds["min"]), start))
            highs.append((math.log(m.seconds["q3"]), end))
    slope, start = line_through(medians)
    assert slope > 0
    assert line_through(lows + highs) == (about_a_pixel(slope), pytest.approx(start, abs=0.2))


def titled(picture):
    """Return the panels of a picture of costs, each after the title of its interpreter."""
    return [
        (label.partition(",")[0], panel)
        for label, panel in panels_of(picture).items()
        if panel.get("class") != "key"
    ]


def measurements_of(results, topic):
    return [m for m in results.measurements if m.topic == topic]


def by_height(things, place=lambda thing: thing):
    return sorted(things, key=lambda thing: place(thing)[1])


def texts_of(panel):
    """Return the texts of a drawing, the uppermost first, those of a row from the left."""
    placed = [(y, x, part.text) for part, x, y in parts_of(panel) if part.text]
    return [text for _, _, text in sorted(placed)]


def test_in_each_panel_the_cheapest_way_comes_first_and_words_say_so(results, drawn):
    for title, panel in titled(picture_of(drawn, "start-up")):
        costs = {
            m.axes["way"]: m.seconds["median"]
            for m in measurements_of(results, "start-up")
            if m.column == title
        }
        ways = sorted(costs, key=costs.get)
        texts = texts_of(panel)
        assert [text for text in texts if text in costs] == ways
        assert texts[0] == title
        assert texts[1].startswith("cheapest, ")
        assert texts[1].partition(": ")[2].startswith(ways[0][:20])
        times, told = re.fullmatch("(.*) times as much: (.*)", texts[2]).groups()
        assert told == ways[-1]
        assert float(times.replace(",", "")) == pytest.approx(
            costs[ways[-1]] / costs[ways[0]], rel=0.06
        )


def test_ways_are_compared_where_all_else_is_alike(results):
    m = next(m for m in results.measurements if m.topic == "start-up")
    costs = {("a", "10 B"): 3, ("a", "1 MB"): 5, ("b", "10 B"): 2, ("b", "1 MB"): 9}
    costs["c", "1 MB"] = 1
    some = [
        dataclasses.replace(
            m, axes={"way": way, "payload": size}, seconds=dict.fromkeys(m.seconds, s)
        )
        for (way, size), s in costs.items()
    ]
    (picture,) = pictures(dataclasses.replace(results, measurements=tuple(some)))
    ((_, panel),) = titled(picture)
    assert texts_of(panel)[1:3] == ["cheapest, 1.00 s: c (1 MB)", "9.0 times as much: b (1 MB)"]


def test_a_panel_that_other_work_disturbed_says_so(results):
    busy = {"3.13": 1.24, "3.13t": 0.2}
    some = [
        dataclasses.replace(m, busy=busy.get(m.column)) if m.speedup else m
        for m in results.measurements
    ]
    for picture in pictures(dataclasses.replace(results, measurements=tuple(some))):
        told = [
            [text for text in texts_of(panel) if text.startswith("disturbed")]
            for panel in panels_of(picture).values()
            if panel.get("class") != "key"
        ]
        assert told == [["disturbed: 1.2 cores busy"], [], []], picture.id
        assert "Disturbed: other work kept up to 1.2 cores busy on 3.13, which" in picture.caption


def test_a_panel_of_another_build_says_so(results):
    builds = {"3.13": "GCC 12", "3.13t": "GCC 12", "3.14": "Clang 18, PGO"}
    columns = tuple(
        dataclasses.replace(column, facts={"build": builds[column.id]})
        for column in results.columns
    )
    for picture in pictures(dataclasses.replace(results, columns=columns)):
        told = ["disturbed: another build" in texts_of(p) for p in panels_of(picture).values()]
        assert [each for each in told if each] == [True]
        assert told[-1], "that of 3.14"
        assert "3.14 was built otherwise than most (Clang 18, PGO)." in picture.caption


def about_a_pixel(slope):
    return pytest.approx(slope, rel=0.002)


def test_speed_ups_and_the_ideal_are_on_the_same_logarithmic_scales(results, drawn):
    picture = picture_of(drawn, "scaling-c-code-without-the-gil")
    heights, ends, ideals, places = [], [], set(), []
    for column, (label, panel) in zip(
        results.columns, list(panels_of(picture).items())[1:], strict=True
    ):
        assert label.startswith(column.interpreter.name)
        same = [
            m
            for m in results.measurements
            if m.column == column.id and m.axes.get("work") == WORKS[2]
        ]
        points = [point for line in lines_of(panel) for point in line]
        for mark, point in zip(marks_of(panel), points, strict=True):
            assert math.dist(mark, point) < 0.2
        for m, (x, y), ((_, one), (_, other)) in zip(same, points, bars_of(panel), strict=True):
            low, high = sorted((one, other), reverse=True)
            heights.append((math.log2(m.speedup["median"]), y))
            ends.append((math.log2(m.speedup["low"]), low))
            ends.append((math.log2(m.speedup["high"]), high))
            if m.axes["way"] == "processes" and column.title == "3.14":  # the third of five ways
                places.append((math.log2(m.axes["workers"]), x))
        (ideal,) = lines_of(panel, "muted")
        ideals.add(tuple(ideal))
    up, one = line_through(heights)
    assert line_through(ends) == (about_a_pixel(up), pytest.approx(one, abs=0.2))
    across, single = statistics.linear_regression(*zip(*places, strict=True))
    assert up < 0 < across
    (ideal,) = ideals
    for x, y in ideal:
        assert (x - single) / across == pytest.approx((y - one) / up, abs=0.02)


def test_the_number_of_cores_is_drawn_where_it_bounds_the_work(results, drawn):
    computing, sleeping = (
        picture_of(drawn, f"scaling-{kind}") for kind in ("pure-python-computing", "sleeping")
    )
    for picture, number in (computing, 2), (sleeping, 1):
        for label, panel in list(panels_of(picture).items())[1:]:
            muted = [part for part in panel.iter() if "muted" in part.get("stroke", "")]
            assert len(muted) == number, label
    assert "usable cores" in computing.caption
    assert "usable cores" not in sleeping.caption


def test_more_cores_than_the_picture_has_room_for_are_not_mentioned(results):
    many = tuple(
        dataclasses.replace(column, facts={"usable cores": "64"}) for column in results.columns
    )
    some = tuple(m for m in results.measurements if m.axes.get("work") == WORKS[0])
    (picture,) = pictures(dataclasses.replace(results, columns=many, measurements=some))
    assert "usable cores" not in picture.caption


def test_series_do_not_lie_upon_each_other(drawn):
    for picture in drawn:
        for panel in panels_of(picture).values():
            if panel.get("class") == "key":
                continue
            starts = [start for start, _ in bars_of(panel)]
            if picture.wide:
                assert len({y for _, y in starts}) == len(starts), "a row each"
            else:
                assert len({x for x, _ in starts}) == len(starts), "a place beside the others"


def test_labels_of_ticks_keep_clear_of_each_other(results):
    m = next(m for m in results.measurements if m.topic == "start-up")
    for decades in range(12):
        seconds = dict.fromkeys(m.seconds, 2e-9 * 10**decades)
        costs = (dataclasses.replace(m, seconds=dict.fromkeys(m.seconds, 2e-9)),)
        costs += (dataclasses.replace(m, axes={"way": "other"}, seconds=seconds),)
        (picture,) = pictures(dataclasses.replace(results, measurements=costs))
        (panel,) = panels_of(picture).values()
        places = [
            x for part, x, _ in parts_of(panel) if part.get("text-anchor") == "middle" and part.text
        ]
        assert places
        assert all(after - before > 40 for before, after in itertools.pairwise(places))


def test_what_was_not_measured_is_named(results, drawn):
    start_up = picture_of(drawn, "start-up")
    assert "Not measured: sub-interpreter on 3.13 and 3.13t." in start_up.caption
    some = [m for m in results.measurements if m.topic == "locks" or m.column != "3.13t"]
    few = pictures(dataclasses.replace(results, measurements=tuple(some)))
    assert "Not measured: anything on 3.13t; sub-interpreters on 3.13." in few[0].caption
    assert "Not measured" not in picture_of(few, "locks").caption
    assert picture_of(few, "start-up").table.headings == ("way", "3.13", "3.14")


def test_without_measurements_there_are_no_pictures(results):
    assert pictures(dataclasses.replace(results, measurements=())) == []
    assert pictures(Results((), (), {}, (), ())) == []


def test_each_drawing_says_what_it_shows(results, drawn):
    for picture in drawn:
        assert picture.svg.count("<svg") == len(panels_of(picture)), "two have one label"
    (threads,) = (
        m
        for m in results.measurements
        if m.axes == {"work": WORKS[0], "way": "threads", "workers": 4} and m.column == "3.13t"
    )
    label = next(iter(list(panels_of(picture_of(drawn, "scaling-pure-python-computing")))[2:]))
    assert label.startswith(
        "CPython 3.13.5 free-threaded: times as fast as in sequence, with 4 workers: "
        f"threads {threads.speedup['median']:#.3g}, "
    )


def assert_harmless(picture):
    """Only drawing and text, without anything that reaches out of the element or has effects."""
    assert re.fullmatch("[a-z0-9-]+", picture.id)
    for element in ET.fromstring(f"<div>{picture.svg}</div>"):
        assert element.get("role") == "img"
        assert element.get("viewBox") == f"0 0 {element.get('width')} {element.get('height')}"
        for part in element.iter():
            assert part.tag in {f"{SVG}{name}" for name in ("svg", "g", "path", "line", "text")}
            assert set(part.attrib) <= ALLOWED
            assert len(part.text or "") < 50
            for name in ("fill", "stroke"):
                assert COLOUR.fullmatch(part.get(name, "none")), part.attrib


def test_drawings_depend_on_nothing_and_have_no_colour_that_the_page_cannot_change(drawn):
    for picture in drawn:
        assert_harmless(picture)
    assert len({picture.id for picture in drawn}) == len(drawn)


HOSTILE = "</text></svg><script>alert(1)</script>\0\x1b[31m\ud800\"'&]]>" + "x" * 100_000


def test_hostile_strings_are_shortened_and_stay_text(results):
    (column,) = (column for column in results.columns if column.id == "3.13")
    hostile = dataclasses.replace(
        column,
        title=HOSTILE,
        interpreter=dataclasses.replace(column.interpreter, name=HOSTILE),
        facts={"usable cores": "9" * 10_000},
    )
    measurements = []
    for m in results.measurements:
        if m.column == column.id and m.axes.get("workers", 1) == 1:
            renamed = {
                name + HOSTILE if name not in ("work", "workers") else name: value
                if name == "workers"
                else HOSTILE
                for name, value in m.axes.items()
            }
            texts = {"question": HOSTILE, "topic": HOSTILE, "per": HOSTILE}
            measurements.append(dataclasses.replace(m, axes=renamed, **texts))
    drawn = pictures(Results((hostile,), (), {}, tuple(measurements), ()))
    assert len(drawn) == 2  # of speed-ups, and of costs
    for picture in drawn:
        assert_harmless(picture)
        texts = (picture.caption, picture.question, *sum(picture.table.rows, ()))
        for text in (*texts, picture.table.caption, *picture.table.headings):
            assert text.isprintable()
            assert len(text) < 2000 or "; " in text  # all of them are in one cell
        assert "alert" in picture.svg
        assert len(picture.svg) < 50_000


@pytest.mark.parametrize("seconds", [0.0, -1.0, 1e-300, 1e300])
def test_figures_beyond_reason_are_drawn_all_the_same(results, seconds):
    strange = [
        dataclasses.replace(
            m,
            seconds=dict.fromkeys(m.seconds, seconds),
            speedup=dict.fromkeys(m.speedup, seconds),
        )
        for m in results.measurements
        if m.topic in ("start-up", "scaling") and m.column == "3.13"
    ]
    beside = [m for m in results.measurements if m.topic == "start-up" and m.column == "3.14"]
    for picture in pictures(dataclasses.replace(results, measurements=(*strange, *beside))):
        assert_harmless(picture)
        assert "nan" not in picture.svg.lower()
        for panel in panels_of(picture).values():
            labels = [one for one in panel.iter(f"{SVG}text") if one.get("text-anchor") == "middle"]
            assert len(labels) < 8, "too many ticks"


def test_one_core_one_interpreter_and_one_number_of_workers_make_a_picture(results):
    one = [
        m
        for m in results.measurements
        if m.column == "3.13" and m.axes.get("workers") == 1 and m.axes["way"] == "threads"
    ]
    columns = [dataclasses.replace(results.columns[0], facts={"usable cores": "1"})]
    for picture in pictures(Results(tuple(columns), (), {}, tuple(one), ())):
        assert_harmless(picture)
        assert len(panels_of(picture)) == 2


def test_topics_that_read_alike_have_addresses_of_their_own(results):
    (m,) = (m for m in results.measurements if m.axes == {"way": "thread"} and m.column == "3.13")
    alike = [dataclasses.replace(m, topic=topic) for topic in ("locks", "new", "New!", "?", "*")]
    drawn = pictures(dataclasses.replace(results, measurements=tuple(reversed(alike))))
    assert [picture.id for picture in drawn] == ["locks", "cost", "cost--2", "new", "new--2"]


def test_parameters_that_differ_head_the_rows(results, drawn):
    two = [m for m in results.measurements if m.axes.get("lock") == LOCKS[0]]
    (picture,) = pictures(dataclasses.replace(results, measurements=tuple(two)))
    assert picture.table.headings == ("contention", "3.13", "3.13t", "3.14")
    assert [row[0] for row in picture.table.rows] == ["uncontended", "wanted by two threads"]
    assert picture_of(drawn, "locks").table.row_headings == 2


@pytest.mark.parametrize(
    "broken",
    [
        {"speedup": {"median": 1.0}},
        {"axes": {"workers": "two"}},
        {"axes": {"workers": 0}},
        {"axes": {"workers": 10**400}},
        {"axes": {}},
    ],
)
def test_a_speed_up_that_lacks_something_is_shown_as_a_cost(results, broken):
    m = next(m for m in results.measurements if m.topic == "scaling")
    strange = dataclasses.replace(m, **broken)
    (picture,) = pictures(dataclasses.replace(results, measurements=(strange,)))
    assert picture.caption.startswith("Cost of one run")


def test_series_differ_by_shape_and_by_dashes_not_only_by_colour(drawn):
    key = panels_of(picture_of(drawn, "scaling-sleeping"))[f"Key: {', '.join(WAYS)}"]
    lines = [part for part in key.iter(f"{SVG}line") if "stroke" in part.attrib]
    dashes = [line.get("stroke-dasharray") for line in lines]
    assert len(set(dashes)) == len(dashes) == len(WAYS)
    shapes = set()
    for path in key.iter(f"{SVG}path"):
        if "series" in path.get("fill", ""):
            numbers = list(map(float, re.findall(r"-?[\d.]+", path.get("d"))))
            shapes.add((re.sub(r"[-.\d]+", "", path.get("d")), numbers[1] < numbers[3]))
    assert len(shapes) == len(WAYS)


def luminance(colour):
    """Return the relative luminance, as WCAG 2.2 defines it."""
    parts = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_colours_have_the_contrast_that_reading_needs(scheme):
    """WCAG 2.2: 4.5:1 for text, 3:1 for what else has to be seen; the grid may fade."""
    style = (ROOT / "tests" / "report" / "page" / "page.css").read_text()
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", style.split(":root {")[1 + scheme]))
    assert COLOURS.keys() <= colours.keys()
    for name in COLOURS:
        dark, light = sorted((luminance(colours[name]), luminance(colours["paper"])))
        least = {"ink": 4.5, "muted": 4.5, "grid": 1}.get(name, 3)
        assert (light + 0.05) / (dark + 0.05) >= least, name


def test_pictures_of_twelve_interpreters_leave_room_in_the_page():
    drawn = pictures(measured(TWELVE))
    compressed = gzip.compress("".join(picture.svg for picture in drawn).encode())
    assert len(compressed) < 60_000, "servers compress pages"


def test_the_same_measurements_give_the_same_bytes(results, drawn):
    """In another process, too, where hashes are others."""
    program = (
        "import hashlib; from tests.selfcheck.test_pictures import measured, pictures;"
        "drawn = pictures(measured(['3.13', '3.13t', '3.14']));"
        "print(hashlib.sha256(repr(drawn).encode()).hexdigest())"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == hashlib.sha256(repr(drawn).encode()).hexdigest()
