"""Small drawings as SVG: lines of ratios, and dots on a scale of costs.

Drawn by Vega-Lite, through vl-convert, which needs no browser, no network and no other
package.  Two more were tried.  Altair (6.3) writes the same Vega-Lite, but takes three times as
long to check it as vl-convert takes to draw it (12 s for twelve interpreters), and brings half a
dozen packages.  pygal (3.1) fails on confidence intervals over numbers, as a logarithmic axis and
an ideal line need them; it has no shape per series, and puts 20 kB of styles and script into each
picture.  Vega-Lite has all of this, and passes CSS variables through as colours, so that one SVG
serves light and dark pages.
"""

from __future__ import annotations

import json
import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import vl_convert

#: The colours of a drawing where the page defines none, by the names of the CSS variables by which
#: it may (page.css does, for its light and its dark scheme).  Series differ in shapes and dashes,
#: too.
COLOURS = {
    "ink": "#1f2328",
    "muted": "#59636e",
    "grid": "#d8dee4",
    "series-1": "#0072b2",
    "series-2": "#c8500a",
    "series-3": "#00805c",
    "series-4": "#a8457f",
    "series-5": "#8a6a00",
    "series-6": "#57606a",
}
#: Pixels: what fits into the 390 of a telephone, less its margins, once and twice.
WIDE, NARROW = 344, 168
#: Pixels from a line of text to the next one.
_LINE = 15

_SERIES = tuple(name for name in COLOURS if name.startswith("series"))
_SHAPES = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross", "triangle-right")
_DASHES = ([1, 0], [6, 2], [2, 2], [6, 2, 2, 2], [10, 3], [3, 4])

_Json = dict[str, Any]


@dataclass(frozen=True)
class Mark:
    """A value with its interval; ``place`` is the number of workers, or the row.

    ``text`` is written at the end of a row.
    """

    series: int
    place: int
    low: float
    middle: float
    high: float
    text: str = ""


def key(names: Sequence[str], label: str, *, heading: str, lines: bool) -> str:
    """Return an SVG element of class ``key``: how each series looks, with or without its line."""
    rows = 0
    start = left = 6.4 * len(heading) + 10 if heading else 0.0
    layers = []
    if heading:
        layers.append(_text([{"x": 0, "y": 0, "text": heading}], "muted", "left", x=_number("x")))
    for series, name in enumerate(names):
        width = 32 + 6.4 * len(name)
        if left > start and left + width > WIDE:
            left, rows = start, rows + 1
        place = {"x": left, "end": left + 22, "middle": left + 11, "y": rows, "text": name}
        place["start"] = left + (28 if lines else 20)
        look = _Look.of(series)
        row = {"y": _number("y")}
        if lines:
            layers.append(_layer([place], look.line, x=_number("x"), x2=_number("end"), **row))
        layers.append(_layer([place], look.point, x=_number("middle"), **row))
        layers.append(_text([place], "ink", "left", x=_number("start")))
        left += width + 8
    scales: dict[str, _Json] = {
        "x": {"scale": {"domain": [0, WIDE], "nice": False}, "axis": None},
        "y": {"scale": {"domain": [rows + 0.5, -0.5], "nice": False}, "axis": None},
    }
    return _svg(layers, scales, (WIDE, 18 * (rows + 1)), _Margins(), label, css_class="key")


def lines(
    marks: Iterable[Mark],
    title: str,
    label: str,
    *,
    workers: Sequence[int],
    bounds: tuple[float, float],
    cores: int | None,
    doubts: Sequence[str],
) -> str:
    """Return an SVG element: ratios over numbers of workers, and the ideal, one for each worker.

    ``workers`` are the numbers to name on the axis, in order, and ``bounds`` the least and the most
    ratio.  A line is drawn at the number of cores, if it is given and within the bounds.  The
    doubts stand below the title, a line each.
    """
    ends = workers[0] * 0.75, workers[-1] * 1.33
    powers = range(math.ceil(math.log2(bounds[0])), math.floor(math.log2(bounds[1])) + 1)
    some = [power for power in powers if power % math.ceil(len(powers) / 6) == 0]
    ratios = {2.0**power: f"{'1/' * (power < 0)}{2.0 ** abs(power):g}" for power in some}
    times = {ratio: f"{text}\N{MULTIPLICATION SIGN}" for ratio, text in ratios.items()}
    log = {"type": "log", "base": 2, "nice": False}
    scales: dict[str, _Json] = {
        "x": {
            "scale": {**log, "domain": ends},
            "axis": {**_axis({n: str(n) for n in workers}), "title": "workers", "grid": False},
        },
        "y": {"scale": {**log, "domain": bounds}, "axis": _axis(times)},
    }
    x, y, low, high = _number("x"), _number("middle"), _number("low"), _number("high")
    ideal = [
        {"x": end, "middle": end} for end in (max(ends[0], bounds[0]), min(ends[1], bounds[1]))
    ]
    thin = {"stroke": _ink("muted"), "strokeWidth": 1}
    layers = [_layer(ideal, {"type": "line", **thin}, x=x, y=y)]
    if cores and bounds[0] < cores < bounds[1]:
        dotted = {"type": "rule", "strokeDash": [2, 3], **thin}
        layers.append(_layer([{"middle": cores}], dotted, y=y))
    ordered = sorted(marks, key=lambda mark: (mark.series, mark.place))
    number = 1 + max((mark.series for mark in ordered), default=0)
    for series, group in groupby(ordered, key=lambda mark: mark.series):
        # Beside each other: ways that gain nothing would all lie upon each other.
        aside = 2 ** (0.32 * ((series + 0.5) / number - 0.5))
        look, data = _Look.of(series), [_fields(mark, x=mark.place * aside) for mark in group]
        layers += [
            _layer(data, {**look.line, "type": "line"}, x=x, y=y),
            _layer(data, look.bar, x=x, y=low, y2=high),
            _layer(data, look.point, x=x, y=y),
        ]
    margins = _Margins(top=24 + _LINE * len(doubts), right=6, bottom=32, left=36)
    size = NARROW, 140 + margins.top
    return _svg(layers, scales, size, margins, label, title=title, doubts=doubts)


def dots(
    marks: Iterable[Mark],
    title: str,
    label: str,
    *,
    rows: Sequence[str],
    bounds: tuple[float, float],
    ticks: Mapping[float, str],
    answers: Sequence[str],
    doubts: Sequence[str],
) -> str:
    """Return an SVG element: values in rows, on a logarithmic scale with these ticks.

    Each row has its name above it.  As many ticks have a label as there is room for, from the first
    one.  Below the title stand the answers and the doubts, a line each.
    """
    ordered = sorted(marks, key=lambda mark: (mark.series, mark.place))
    present = sorted({mark.series for mark in ordered})
    thick = max(10, 5 * len(present) + 4)
    high = _LINE + thick + 3
    texts = [{"y": mark.place * high + 8, "text": mark.text} for mark in ordered if mark.text]
    above = 24 + _LINE * (len(answers) + len(doubts))
    margins = _Margins(top=above, right=20, bottom=20, left=16)
    height = high * len(rows) + margins.top + margins.bottom
    inner = WIDE - margins.left - margins.right
    step = math.ceil(len(ticks) * 46 / inner)
    labelled = {t: "" if n % step else label for n, (t, label) in enumerate(ticks.items())}
    scales: dict[str, _Json] = {
        "x": {"scale": {"type": "log", "domain": bounds, "nice": False}, "axis": _axis(labelled)},
        "y": {"scale": {"domain": [high * len(rows), 0], "nice": False}, "axis": None},
    }
    names = [{"y": row * high + 8, "text": name} for row, name in enumerate(rows)]
    middles = [{"y": row * high + _LINE + thick / 2} for row in range(len(rows))]
    guide = {"type": "rule", "stroke": _ink("grid"), "strokeWidth": 1, "strokeDash": [1, 3]}
    layers = [
        _layer(middles, guide, x={"value": 0}, x2={"value": inner}, y=_number("y")),
        _text(names, "ink", "left", x={"value": -margins.left}),
    ]
    x, y, begin, end = _number("middle"), _number("y"), _number("low"), _number("high")
    for series, group in groupby(ordered, key=lambda mark: mark.series):
        below = _LINE + thick * (0.125 + 0.75 * (present.index(series) + 0.5) / len(present))
        look, data = (
            _Look.of(series),
            [_fields(mark, y=mark.place * high + below) for mark in group],
        )
        layers += [_layer(data, look.bar, x=begin, x2=end, y=y), _layer(data, look.point, x=x, y=y)]
    if texts:
        layers.append(_text(texts, "muted", "right", x={"value": inner + margins.right}))
    size = WIDE, height
    return _svg(layers, scales, size, margins, label, title=title, answers=answers, doubts=doubts)


@dataclass(frozen=True)
class _Look:
    """What a series looks like."""

    colour: str
    shape: str
    dash: list[int]

    @classmethod
    def of(cls, series: int) -> _Look:
        return cls(
            _ink(_SERIES[series % len(_SERIES)]),
            _SHAPES[series % len(_SHAPES)],
            _DASHES[series % len(_DASHES)],
        )

    @property
    def bar(self) -> _Json:
        return {"type": "rule", "stroke": self.colour, "strokeWidth": 1.5}

    @property
    def line(self) -> _Json:
        return {**self.bar, "strokeDash": self.dash}

    @property
    def point(self) -> _Json:
        look = {"shape": self.shape, "fill": self.colour}
        return {"type": "point", "filled": True, "size": 36, "opacity": 1, **look}


#: Attributes that Vega's own page would need: this page has a font, and labels whole drawings.
_OF_VEGA = ("class", "role", "font-family")
_LENGTHS = ("transform", "d", "x2", "y2")


@dataclass(frozen=True)
class _Margins:
    """Pixels around what is drawn.  Fixed: the page's font is not the one Vega would measure."""

    top: int = 0
    right: int = 0
    bottom: int = 0
    left: int = 0


def _ink(name: str) -> str:
    return f"var(--{name},{COLOURS[name]})"


def _number(field: str) -> _Json:
    return {"field": field, "type": "quantitative"}


def _fields(mark: Mark, **place: float) -> _Json:
    return {"low": mark.low, "middle": mark.middle, "high": mark.high, **place}


def _layer(values: Sequence[_Json], mark: _Json, **encoding: _Json) -> _Json:
    return {"data": {"values": values}, "mark": mark, "encoding": encoding}


def _text(values: Sequence[_Json], ink: str, align: str, x: _Json) -> _Json:
    look = {"fill": _ink(ink), "fontSize": 11.5, "baseline": "middle", "align": align}
    text = {"field": "text", "type": "nominal"}
    return _layer(values, {"type": "text", **look}, x=x, y=_number("y"), text=text)


def _axis(ticks: Mapping[float, str]) -> _Json:
    values, labels = json.dumps(list(ticks)), json.dumps(list(ticks.values()))
    expression = f"{labels}[indexof({values}, datum.value)]"
    return {"values": list(ticks), "labelExpr": expression, "title": None}


_CONFIG = {
    "aria": False,  # the element as a whole has a label
    "background": "transparent",
    "view": {"stroke": None, "clip": False},
    "axis": {
        "labelColor": _ink("muted"),
        "titleColor": _ink("muted"),
        "titleFontWeight": "normal",
        "labelFontSize": 11,
        "titleFontSize": 11,
        "titlePadding": 1,
        "gridColor": _ink("grid"),
        "labelLimit": 0,
        "labelOverlap": False,
        "labelFlush": False,
        "domain": False,
        "ticks": False,
        "labelPadding": 5,
    },
}


def _svg(
    layers: Sequence[_Json],
    scales: Mapping[str, _Json],
    size: tuple[int, int],
    margins: _Margins,
    label: str,
    *,
    title: str = "",
    answers: Sequence[str] = (),
    doubts: Sequence[str] = (),
    css_class: str = "",
) -> str:
    """Return the layers as an SVG element that takes its font and colours from the page around."""
    width, height = size
    told = [(title, 12.5, "bold", "ink")] * bool(title)
    told += [(text, 11.5, "normal", "ink") for text in answers]
    told += [(text, 11.5, "bold", "muted") for text in doubts]
    headings = [
        {
            "data": {"values": [{"text": text}]},
            "mark": {
                "type": "text",
                "align": "left",
                "baseline": "top",
                "fontSize": large,
                "fontWeight": weight,
                "fill": _ink(ink),
            },
            "encoding": {
                "x": {"value": -margins.left},
                "y": {"value": 2 + _LINE * line - margins.top},
                "text": {"field": "text", "type": "nominal"},
            },
        }
        for line, (text, large, weight, ink) in enumerate(told)
    ]
    for layer in layers:
        for channel, scale in scales.items():
            if "field" in layer["encoding"].get(channel, ()):
                layer["encoding"][channel] = {**layer["encoding"][channel], **scale}
    drawn = vl_convert.vegalite_to_svg(
        {
            "width": width - margins.left - margins.right,
            "height": height - margins.top - margins.bottom,
            "padding": vars(margins),
            "autosize": "none",
            "layer": [*layers, *headings],
            "config": _CONFIG,
        }
    )
    root = ET.fromstring(drawn)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        element.attrib = {
            name: _rounded(value) if name in _LENGTHS else value
            for name, value in element.attrib.items()
            if name not in _OF_VEGA and not name.startswith("aria-")
        }
    root.attrib = {"class": css_class} if css_class else {}
    root.attrib |= {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": f"0 0 {width} {height}",
        "width": str(width),
        "height": str(height),
        "role": "img",
        "aria-label": label,
    }
    return ET.tostring(root, encoding="unicode").replace(" />", "/>")


def _rounded(text: str) -> str:
    """Return the text with all lengths in tenths of a pixel: Vega writes 14 decimals."""
    return re.sub(r"-?\d+\.\d+(e-?\d+)?", lambda found: f"{float(found[0]):.1f}", text)
