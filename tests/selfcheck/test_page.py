"""The page as a file: what it says is what the results say, and nothing in it can do harm."""

import base64
import gzip
import json
import re
from collections import Counter
from html.parser import HTMLParser

import pytest

from tests.report import page
from tests.report.junit import specs_in
from tests.report.reading import read
from tests.selfcheck.kill.runs import run_suite
from tests.selfcheck.made_results import Made, write_junit
from tests.vocabulary.specs import specs_by_id

HOSTILE = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }} {% raw %}",
    "\x00\x07\x1b[31m\ud800",
    "x" * 100_000,
    "a | b ` c & d ' e",
]


class Tables(HTMLParser):
    """Reads what the page's table says: the cells of each claim, and the counts at the top."""

    def __init__(self, text):
        super().__init__()
        self.tags = Counter()
        self.cells = {}
        self.counts = {}
        self._row = self._column = self._verdict = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):  # noqa: D102
        attributes = dict(attrs)
        self.tags[tag] += 1
        if tag == "tr":
            self._row, self._column = attributes.get("id", ""), attributes.get("data-column", "")
        self._verdict = attributes.get("data-verdict", "")
        self._in_cell = tag == "td"

    def handle_endtag(self, tag):  # noqa: D102
        self._row = "" if tag == "tr" else self._row

    def handle_data(self, data):  # noqa: D102
        if self._verdict and data.strip():
            self.counts[self._column, self._verdict] = int(data)
            self._verdict = ""
        if self._row and self._in_cell and data.strip():
            self.cells.setdefault(self._row, []).append(data.strip())


def made(tmp_path):
    return page.html(read([tmp_path]), [], "")


def details(text):
    found = re.search('id="packed">([^<]*)<', text)
    return json.loads(gzip.decompress(base64.b64decode(found[1])))


def test_the_page_of_a_real_run_says_what_its_xml_says(tmp_path):
    run_suite(tmp_path, "--claim", "2.", "--claim", "8.", "--claim", "QUEUE")
    cases = specs_in(tmp_path / "junit.xml")
    by_claim = {}
    for case in cases:
        by_claim.setdefault(case.claim, set()).add(case.verdict)
    text = made(tmp_path)
    tables = Tables(text)
    assert set(tables.cells) == set(by_claim)
    assert len(by_claim) > 40
    weight = ["error", "contradicted", "inconclusive", "refuted", "holds", "not applicable"]
    expected = {id: [min(seen, key=weight.index)] for id, seen in by_claim.items()}
    expected |= {id: ["depends"] for id in by_claim if {"holds", "refuted"} <= by_claim[id]}
    assert ["depends"] in expected.values()
    assert tables.cells == expected
    counts = Counter(words[0] for words in expected.values())
    assert {verdict: count for (_, verdict), count in tables.counts.items()} == counts
    packed = details(text)["claims"]
    for case in cases:
        seen = packed[case.claim]["seen"]
        assert list(case.evidence) in [piece["evidence"] for piece in seen], "no evidence is lost"
        assert packed[case.claim]["source"].startswith("@claim(")


def test_what_was_seen_alike_is_told_once_with_all_its_places(tmp_path):
    cases = [Made("QUEUE07", case=case, evidence=("got: 1",)) for case in ("fork", "spawn")]
    for name in ("CPython 3.13.5", "CPython 3.14.0"):
        write_junit(tmp_path / f"{name}.xml", name, [*cases, Made("QUEUE07", case="forkserver")])
    seen = details(made(tmp_path))["claims"]["QUEUE07"]["seen"]
    assert [(piece["evidence"], piece["where"]) for piece in seen] == [
        (["got: 1"], [[[0, 1], ["fork", "spawn"]]]),
        ([], [[[0, 1], ["forkserver"]]]),
    ]


def test_the_source_of_a_claim_is_that_of_all_its_specs(tmp_path):
    id, nodeids = next((id, nodeids) for id, nodeids in specs_by_id().items() if len(nodeids) > 1)
    file, _, test = nodeids[0].partition("::")
    write_junit(tmp_path / "results.xml", claims=[Made(id, file=file, test=test)])
    source = details(made(tmp_path))["claims"][id]["source"]
    functions = re.findall(r"^def (test_\w+)", source, re.MULTILINE)
    assert [f"{file}::{function}" for function in functions] == nodeids


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:12]))
def test_hostile_text_is_shown_and_never_markup(tmp_path, text):
    plain = Tables(_page_with(tmp_path / "plain", "harmless")).tags
    hostile = _page_with(tmp_path / "hostile", text)
    found = Tables(hostile).tags
    found["code"] = plain["code"]  # what looks like a call is set as code
    assert found == plain
    assert len(hostile) < 500_000
    claim = details(hostile)["claims"]["QUEUE07"]
    kept = claim["seen"][0]["evidence"][0]
    assert len(kept) >= len(text), "nothing is lost"


def _page_with(folder, text):
    claim = Made(
        "QUEUE07",
        "refuted",
        reason=text,
        sentence=text[:300],
        explanation=text,
        evidence=(text, "more"),
    )
    write_junit(folder / "results.xml", claims=[claim])
    return made(folder)


def test_a_strange_interpreter_has_a_column_as_well(tmp_path):
    write_junit(tmp_path / "results.xml", "<b>Jython</b> 2.7", platform="<i>", GIL='"')
    text = made(tmp_path)
    assert "<b>Jython" not in text
    assert "&lt;b&gt;Jython" in text


def test_the_page_asks_for_nothing_from_elsewhere(tmp_path):
    write_junit(tmp_path / "results.xml")
    text = made(tmp_path)
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", text)
    assert not re.search(r"@import|url\(", text)
    policy = re.search('Content-Security-Policy" content="([^"]*)"', text)[1]
    assert policy.startswith("default-src 'none'")


def test_a_page_of_no_results_says_so_and_breaks_nothing(tmp_path):
    text = made(tmp_path)
    assert "0</b> claims" in text


def test_the_same_results_make_the_same_page(tmp_path):
    write_junit(tmp_path / "results.xml")
    assert made(tmp_path) == made(tmp_path)
