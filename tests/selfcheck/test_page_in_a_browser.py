"""The page in a real browser: what a reader does with it, by mouse, keyboard and address.

Needs Chromium or Chrome on PATH; without one the tests are skipped, and say so.  ``real`` pages are
made from what tox has left in ``results/``, ``made`` ones from results of this module.
"""

from collections import Counter
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.report import answers, changes
from tests.report import page as report
from tests.report.names import index
from tests.report.page.pictures import pictures
from tests.report.reading import read
from tests.selfcheck import browsing
from tests.selfcheck.kill.runs import ROOT
from tests.selfcheck.made_results import Made, write_benchmarks, write_junit
from tests.vocabulary import search
from tests.vocabulary.specs import specs_by_id
from tests.vocabulary.verdict import Verdict

#: The columns of made results, and what the page calls them.
COLUMNS = {
    "CPython 3.12.1": "3.12",
    "CPython 3.13.5": "3.13",
    "CPython 3.13.5 free-threaded": "3.13t",
    "CPython 3.14.0": "3.14",
    "PyPy 7.3.20 (Python 3.11.13)": "PyPy 3.11",
}
EVIL = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>"
FORKSERVER = "3.14 made forkserver the default in place of fork (gh-84559)"

#: How much of the time of WORK the page may take until it is ready, and to answer: where WORK takes
#: 200 ms, as on a quiet machine with two cores, it is ready within 200 and answers within 60.
PROMPT, AT_ONCE = 1, 0.3


@pytest.fixture(scope="module")
def browser():
    path = browsing.installed()
    if path is None:
        pytest.skip(f"none of {', '.join(browsing.NAMES)} is installed: install one to run these")
    with browsing.browser(path) as running:
        yield running


def made_claims(interpreter):
    new = interpreter.startswith("CPython 3.14")
    yield Made("5.01", sentence="A queue is first in first out.", section="notes: 5 queue")
    dead = {"verdict": "refuted", "reason": FORKSERVER} if new else {}
    yield Made(
        "INHERIT16",
        **dead,
        sentence="A child sees a changed global.",
        explanation="From 3.14 it sees the old value. Instead: pass the value as an argument.",
        section="multiprocessing: what a child inherits",
        predicts="RC03",
        evidence=("parent: changed", f"child: {'as imported' if new else 'changed'}"),
        file="tests/library/multiprocessing/test_what_a_child_inherits_in_memory.py",
        test="test_a_child_sees_a_changed_module_global",
    )
    young = {} if new else {"verdict": "not applicable", "reason": "new in 3.14 (PEP 734)"}
    yield Made(
        "INTERP01", **young, sentence="An interpreter can be made.", section="interpreters: a"
    )
    bad = {"verdict": "contradicted", "reason": EVIL} if "PyPy" in interpreter else {}
    yield Made("QUEUE01", **bad, sentence=f"Evil {EVIL}.", evidence=(EVIL, "long " * 20_000))
    yield Made("QUEUE14", "inconclusive", "inconclusive: busy", sentence="Two are faster than one.")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    for interpreter in COLUMNS:
        gil = "off" if "free" in interpreter else "on"
        claims = list(made_claims(interpreter))
        write_junit(folder / f"{interpreter}.xml", interpreter, claims, GIL=gil)
        write_costs(folder / interpreter, interpreter, gil)
    return written(folder, [folder])


def write_costs(folder, interpreter, gil):
    for way, seconds in (("thread", 5e-5), ("process (fork)", 2e-3)):
        name, axes = f"test_start[{way}]", {"way": way}
        path = folder / f"{way}.json"
        write_benchmarks(path, interpreter, median=seconds, name=name, axes=axes, GIL=gil)
    for workers in (1, 2, 4):
        axes = {"work": "CPU-bound", "way": "threads", "workers": workers}
        gained = {"median": workers, "low": workers * 0.9, "high": workers * 1.1}
        write_benchmarks(
            folder / f"{workers}.json",
            interpreter,
            name=f"test_scaling[{workers}]",
            question="How much faster are workers?",
            topic="scaling",
            axes=axes,
            speedup=gained,
            GIL=gil,
        )


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    places = [ROOT / "results", ROOT / ".benchmarks"]
    results = read([place for place in places if place.exists()])
    full = [column for column in results.columns if sum(results.counts(column).values()) > 700]
    if len(full) < 5:
        pytest.skip("results/ has whole runs of fewer than five interpreters: run tox first")
    return written(tmp_path_factory.mktemp("real"), places)


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A page of 1,500 claims on 12 interpreters, in the words of real specs."""
    folder = tmp_path_factory.mktemp("large")
    ids = [*specs_by_id(), *(f"MADE{n:02}" for n in range(100))][:1500]
    for n in range(12):
        claims = [large_claim(id, number, n) for number, id in enumerate(ids)]
        write_junit(folder / f"{n}.xml", f"CPython 3.{n + 4}.1", claims)
    return written(folder, [folder])


def large_claim(id, number, n):
    file, _, test = specs_by_id().get(id, ["tests/made/test_made.py::test_made"])[0].partition("::")
    verdict, reason = ("holds", "") if (number * 7 + n) % 13 else ("refuted", f"gh-{number}")
    words = test.replace("_", " ")
    alike = n // 3  # of real claims, too, four different things are seen on twelve interpreters
    numbers = [number * i * (alike + 1) % 9973 for i in range(9)]
    seen = (f"children: {numbers}", f"pids: {number}, {alike}")
    section = f"{Path(file).parent.name}: {Path(file).stem}"
    return Made(
        id,
        verdict,
        reason,
        words[:100],
        f"{words}. " * 5,
        section,
        evidence=seen,
        file=file,
        test=test,
    )


class Written:
    """A page on disk with the results that it shows."""

    def __init__(self, folder, results):
        self.results = results
        self.path = folder / "report.html"
        report.write(results, pictures(results), self.path)
        self.address = self.path.as_uri()


def written(folder, places):
    return Written(folder, read(places))


@pytest.fixture
def opened(browser):
    """Opens a page at an address, and in the end finds no error and no request in what it did."""
    pages, complaints, requests, own = [], [], [], set()

    def open_page(address, width=1280, scheme="light"):
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page.set_default_timeout(10_000)
        pages.append(page)
        own.add(address.partition("#")[0])
        page.on("console", lambda message: complaints.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("request", lambda request: requests.append(request.url.partition("#")[0]))
        page.goto(address)
        page.wait_for_selector("html[data-ready]")
        return page

    yield open_page
    for page in pages:
        page.close()
    assert complaints == []
    assert set(requests) == own, "the page needs nothing but itself"


@pytest.fixture(params=["made", "real"])
def either(request):
    return request.getfixturevalue(request.param)


def shown(page):
    """Return the ids of the claims that are shown."""
    rows = "#claims section:not([hidden]) tbody tr:not([hidden]):not(.detail)"
    return page.locator(rows).evaluate_all("rows => rows.map(row => row.id)")


def wanted(written, keep):
    """Return the ids of the claims whose verdicts, in order of columns, are to be kept."""
    results = written.results
    return [
        claim.id
        for claim in results.claims
        if keep([results.verdict(claim, column) for column in results.columns])
    ]


def test_counts_on_the_page_are_those_of_the_results(either, opened):
    page = opened(either.address)
    results = either.results
    assert len(shown(page)) == len(results.claims)
    for column in results.columns:
        row = page.locator(f'tr[data-column="{column.id}"] [data-verdict]')
        told = row.evaluate_all("all => all.map(one => [one.dataset.verdict, +one.textContent])")
        assert dict(told) == {v.value: count for v, count in results.counts(column).items()}
    groups = [columns for _, columns in report.together(results.columns)]
    for claim, row in zip(
        results.claims, page.locator("#claims tbody tr").all()[:30], strict=False
    ):
        words = row.locator("td").evaluate_all(
            "all => all.map(td => (td.childElementCount ? [...td.children] : [td])"
            ".map(one => one.textContent.trim()))"
        )
        for told, columns in zip(words, groups, strict=True):
            seen = {results.verdict(claim, column) for column in columns} - {None}
            assert set(told) == {verdict.value for verdict in seen} or told == ["not run"]


def test_text_filters_by_words_of_sentence_explanation_and_reason(either, opened):
    page = opened(either.address)
    page.fill("#text", "forkserver GH-84559")
    ids = shown(page)
    assert "INHERIT16" in ids
    assert len(ids) < len(either.results.claims) / 2
    assert page.inner_text("#shown").startswith(f"{len(ids)} of ")
    page.fill("#text", "zzz")
    assert shown(page) == []
    page.click("#all")
    assert len(shown(page)) == len(either.results.claims)


def test_verdict_filters_on_any_interpreter_and_on_one(either, opened):
    page = opened(either.address)
    page.select_option("#verdict", label="refuted")
    assert shown(page) == wanted(either, lambda seen: Verdict.REFUTED in seen)
    at = [column.id for column in either.results.columns].index("py312")
    page.select_option("#on", "py312")
    assert shown(page) == wanted(either, lambda seen: seen[at] is Verdict.REFUTED)


def test_differs_keeps_claims_with_several_verdicts(either, opened):
    page = opened(either.address)
    page.check("#differs")
    assert shown(page) == wanted(either, lambda seen: len(set(seen) - {None}) > 1)


def test_every_filter_has_an_address_that_restores_it(either, opened):
    page = opened(either.address)
    page.fill("#text", "child")
    page.select_option("#verdict", label="refuted")
    page.select_option("#on", "py314")
    page.check("#differs")
    again = opened(page.url)
    assert shown(again) == shown(page) != []
    assert again.input_value("#text") == "child"
    assert again.input_value("#on") == "py314"
    assert again.is_checked("#differs")
    again.click("button[type=reset]")
    assert len(shown(again)) == len(either.results.claims)


def test_every_claim_has_an_address_that_opens_it(either, opened):
    page = opened(either.address + "#INHERIT16")
    text = page.inner_text("tr.detail")
    assert "Instead: pass the value" in text
    assert "child: changed" in text
    assert "child: as imported" in text
    assert "gh-84559" in text
    assert "ungoogled-software/ungoogled-chromium#3866" in text
    assert "pytest -v --claim INHERIT16" in text
    assert "def test_a_child_sees_a_changed_module_global(" in text
    assert (
        page.locator("tr.detail a[href*='test_what_a_child_inherits_in_memory.py#L']").count() == 1
    )
    assert page.locator("tr#INHERIT16").evaluate("row => row.getBoundingClientRect().top") < 500
    page.evaluate("location.hash = '#5.01'")
    page.wait_for_selector("tr[id='5.01'].open")
    assert page.locator("tr.detail").count() == 1


def test_a_claim_opens_and_closes_by_keyboard_alone(made, opened):
    page = opened(made.address)
    page.keyboard.press("/")
    page.keyboard.type("global")
    assert shown(page) == ["INHERIT16"]
    button = page.locator("tr#INHERIT16 button")
    button.focus()
    page.keyboard.press("Enter")
    assert button.get_attribute("aria-expanded") == "true"
    assert page.url.endswith("#q=global&claim=INHERIT16")
    assert page.title().startswith("INHERIT16: ")
    page.keyboard.press("Enter")
    assert button.get_attribute("aria-expanded") == "false"
    assert page.locator("tr.detail").count() == 0


def test_two_columns_are_compared_with_why_and_what_to_do(either, opened):
    page = opened(either.address)
    page.select_option("#from", "py312")
    page.select_option("#to", "py314")
    results = either.results
    before, after = (
        next(column for column in results.columns if column.id == id) for id in ("py312", "py314")
    )
    flips = changes.flips(results, before, after)
    headings, listed = page.locator("#flips h3"), page.locator("#flips li > a").all_text_contents()
    kinds = Counter(flip.kind.heading for flip in flips)
    assert headings.all_inner_texts() == [f"{kind} ({count})" for kind, count in kinds.items()]
    assert len(listed) == len(set(listed))
    assert set(listed) == {flip.claim.id for flip in flips}
    item = page.locator("#flips li", has_text="INHERIT16")
    assert "pass the value" in item.text_content()
    assert "gh-84559" in page.inner_text("#flips")
    assert "tox run -e changes -- py312 py314" in page.inner_text("#flips")
    again = opened(page.url)
    assert again.locator("#flips li > a").all_text_contents() == listed
    again.click("#swap")
    again.locator("#flips details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    assert "refuted 3.14" in again.locator("#flips li", has_text="INHERIT16").inner_text()
    assert again.input_value("#from") == "py314"
    again.click("#forget")
    assert again.locator("#flips li").count() == 0


def test_a_link_changes_only_its_part_of_the_state(made, opened):
    page = opened(made.address + "#q=child&from=py313&to=py314")
    kept = shown(page)
    page.locator("#best a").first.click()
    page.wait_for_selector("tr.open")
    assert page.input_value("#text") == "child"
    assert page.input_value("#to") == "py314"
    assert shown(page) == kept
    page.evaluate("location.hash = '#costs'")
    page.wait_for_function("!location.hash.endsWith('#costs')")
    assert page.input_value("#text") == "child"
    assert page.locator("tr.open").count() == 1


@pytest.mark.parametrize("given", ["#inherit16", "#claim=Inherit16"])
def test_an_id_is_found_whatever_its_case(given, made, opened):
    assert opened(made.address + given).locator("tr.open").get_attribute("id") == "INHERIT16"


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("#q=queue", "#answers"),
        ("#verdict=refuted", "#matrix"),
        ("#from=py313&to=py314", "#changes"),
    ],
)
def test_a_shared_link_lands_at_what_it_is_about(address, place, made, opened):
    page = opened(made.address + address)
    top = page.locator(place).evaluate("one => one.getBoundingClientRect().top")
    assert 0 <= top < 300


@pytest.mark.parametrize("name", ["3.13", "py313", "3.13.18"])
def test_a_version_is_its_newest_patch_level(name, tmp_path, opened):
    for version in ("3.13.0", "3.13.18", "3.14.2"):
        write_junit(tmp_path / f"{version}.xml", f"CPython {version}", [Made("5.01")])
    page = opened(f"{written(tmp_path, [tmp_path]).address}#from={name}&to=py314")
    assert page.input_value("#from") == "py313-3.13.18"
    assert page.input_value("#to") == "py314"


def test_the_first_screen_answers_three_questions(either, opened):
    page = opened(either.address)
    asked = page.locator(".ways h2").all_inner_texts()
    assert asked == ["Does X hold?", "What breaks if I upgrade?", "What does it cost?"]
    boxes = [one.bounding_box() for one in page.locator(".ways > section").all()]
    assert all(box["y"] + box["height"] <= 900 for box in boxes)
    text, _, _, count = next(pair for pair in report.pairs(either.results) if pair[3])
    page.locator(".ways .chips a", has_text=f"{text} {count}").click()
    assert f"({count})" in page.locator("#flips h3").first.inner_text()


def test_systems_are_told_apart_only_where_more_stops_being_true_on_one(tmp_path):
    for system in ("Linux", "macOS"):
        for minor in (12, 13, 14):
            breaks = minor == 14 and system == "Linux"
            claim = Made("QUEUE07", "refuted", "gh-1") if breaks else Made("QUEUE07")
            path = tmp_path / f"{system}-{minor}.xml"
            write_junit(path, f"CPython 3.{minor}.1", [claim], platform=f"{system}-1")
    told = [(text, count) for text, _, _, count in report.pairs(read([tmp_path]))]
    assert told == [
        ("3.12 → 3.13", 0),
        ("3.13 Linux → 3.14 Linux", 1),
        ("3.13 macOS → 3.14 macOS", 0),
    ]


def test_a_contradiction_is_said_at_the_top(made, opened):
    alert = opened(made.address).locator("header .alert")
    assert "1 of them is contradicted" in alert.inner_text()
    assert alert.locator("a").get_attribute("href") == "#QUEUE01"


def test_where_a_claim_holds_stands_beside_it(made, opened):
    page = opened(made.address)
    assert page.locator("tr#INHERIT16 .range").inner_text() == "until 3.13"
    assert page.locator("tr#INTERP01 .range").inner_text() == "3.14+"


LINES = (
    "AttributeError: Can't pickle local object 'main.<locals>.f'",
    "concurrent.futures.process.BrokenProcessPool: A process in the pool was terminated abruptly",
    'Traceback (most recent call last):\n  File "x.py", line 3, in <module>\nEOFError: Ran out',
    "is list.append atomic",
    "my threads never stop: race condition? processes, boxes, dying",
    "deamon thread; multipocessing poool, asynico; properly, stoping; xyzzyx",
)


def test_the_page_finds_what_the_terminal_finds(real, opened):
    page = opened(real.address)
    documents = answers.of_results(real.results)
    given = [{"id": one.id, "fields": dict(one.fields)} for one in documents]
    settings = {**search.settings(), "glossary": answers.GLOSSARY}
    page.evaluate(
        "([given, settings]) => { window.find = search.index(given, settings); }", [given, settings]
    )
    index = search.Index(documents, answers.GLOSSARY)
    for line in LINES:
        found = page.evaluate("line => window.find(line).map(hit => [hit.id, hit.line])", line)
        assert found == [[hit.id, hit.line] for hit in index.search(line)]


def test_the_best_answer_is_explained_and_the_second_says_what_to_do(real, opened):
    page = opened(real.address + "#q=my threads never stop")
    _, what_to_do = page.locator("#best li").first.locator("p").all_inner_texts()
    assert what_to_do.startswith("Instead")
    assert "Instead" in page.locator("#best li").nth(1).inner_text()
    assert not page.is_visible("#poor")


def test_where_nothing_fits_well_the_page_says_so(real, opened):
    page = opened(real.address + "#q=a recipe for bread")
    assert page.locator("#best li").count()
    assert page.is_visible("#poor")


def test_a_public_name_leads_to_the_claims_about_it(real, opened):
    page = opened(real.address)
    page.locator("#names summary", has_text="threading").first.press("Enter")
    page.click("#names [data-module=threading] a[href$='Condition.wait_for']")
    page.wait_for_function("document.querySelector('#text').value")
    assert page.input_value("#text") == "threading.Condition.wait_for"
    ids = index({claim.id for claim in real.results.claims})["threading"]["Condition.wait_for"]
    assert set(ids) <= set(shown(page))
    assert len(shown(page)) < 30
    page.fill("#text", "Condition.wait_for()")
    assert set(ids) <= set(shown(page))


def test_what_is_closed_in_the_comparison_stays_so_while_claims_are_filtered(made, opened):
    page = opened(made.address + "#from=py313&to=py314")
    closed = page.locator("#flips h3 ~ details").first
    closed.locator("summary").click()
    assert closed.get_attribute("open") is None
    page.fill("#text", "queue")
    assert closed.get_attribute("open") is None
    page.select_option("#to", "py313t")
    assert page.locator("#flips .sum").inner_text().startswith("From 3.13 to 3.13t")


def test_hostile_evidence_is_text(made, opened):
    page = opened(made.address + "#QUEUE01")
    assert EVIL in page.inner_text("tr.detail")
    assert page.title() != "run"
    assert page.locator("main img, main script").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_costs_are_drawn_and_told_in_numbers(made, opened):
    page = opened(made.address)
    told = page.locator("#costs figure > h3").all_inner_texts()
    assert told == [picture.question for picture in pictures(made.results)]
    assert len(told) == 2
    page.wait_for_selector("#costs svg[role=img]")
    drawings = page.locator("#costs svg[role=img]")
    assert drawings.count() >= len(COLUMNS)
    assert all(drawings.evaluate_all("all => all.map(one => one.getAttribute('aria-label'))"))
    assert page.locator("#costs circle, #costs path").count() >= 5 * len(COLUMNS)
    for figure in page.locator("#costs figure").all():
        figure.locator("summary").click()
        assert figure.locator("tbody tr").count() > 1
        assert figure.locator("table").inner_text().count("3.13t") >= 1
    assert "2.00 ms" in page.inner_text("#costs")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_no_serious_fault_of_accessibility(made, opened, width, scheme):
    page = opened(made.address + "#claim=INHERIT16&from=py313&to=py314", width, scheme)
    found = Axe().run(page).response["violations"]
    serious = [fault for fault in found if fault["impact"] in ("serious", "critical")]
    assert [(f["id"], [n["html"][:90] for n in f["nodes"][:3]]) for f in serious] == []


def test_no_serious_fault_of_accessibility_in_the_real_page(real, opened):
    page = opened(real.address)
    found = Axe().run(page).response["violations"]
    serious = [fault for fault in found if fault["impact"] in ("serious", "critical")]
    assert [(f["id"], [n["html"][:90] for n in f["nodes"][:3]]) for f in serious] == []


def test_dark_mode_is_dark_and_light_is_light(made, opened):
    light, dark = (
        opened(made.address, scheme=scheme).evaluate(
            "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"
        )
        for scheme in ("light", "dark")
    )
    assert min(light[:3]) > 200
    assert max(dark[:3]) < 60


def test_a_narrow_screen_needs_no_sideways_scrolling(either, opened):
    page = opened(either.address + "#claim=INHERIT16&from=py312&to=py314", 390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    cell = page.locator("tr#INHERIT16 td").last.bounding_box()
    assert cell["x"] + cell["width"] <= 390
    assert cell["width"] >= 20


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("columns", [14, 15, 30])
def test_however_many_columns_there_are_sentences_keep_their_room(columns, width, tmp_path, opened):
    for n in range(columns):
        system = ("Linux", "macOS", "Windows")[n // 10]
        write_junit(tmp_path / f"{n}.xml", f"CPython 3.{n % 10 + 6}.{n}", platform=f"{system}-1")
    page = opened(written(tmp_path, [tmp_path]).address, width)
    releases = min(columns, 10)
    assert page.locator("tr#QUEUE07 td").count() == releases
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("tr#QUEUE07 button").bounding_box()["width"] > 290
    boxes = [cell.bounding_box() for cell in page.locator("tr#QUEUE07 td").all()]
    heads = page.locator("#claims thead th").all()[-releases:]
    assert all(box["width"] >= 25 and box["x"] + box["width"] <= width for box in boxes)
    if width > 760:
        places = [head.bounding_box()["x"] for head in heads]
        assert [box["x"] for box in boxes] == places, "each below its title"
    else:
        told = page.locator("tr#QUEUE07 td").evaluate_all(
            "all => all.map(one => getComputedStyle(one, '::after').content.slice(1, -1))"
        )
        assert told == [head.text_content() for head in heads], "each above its title"


@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    """A page with ten columns."""
    folder = tmp_path_factory.mktemp("wide")
    for n in range(6, 13):
        write_junit(folder / f"{n}.xml", f"CPython 3.{n + 4}.1")
    write_junit(folder / "t.xml", "CPython 3.14.1 free-threaded")
    write_junit(folder / "w.xml", "CPython 3.14.1", platform="Emscripten-4.0")
    write_junit(folder / "p.xml", "PyPy 7.3.20 (Python 3.11.13)")
    return written(folder, [folder])


@pytest.mark.parametrize("width", [390, 768, 1000, 1280])
def test_titles_of_columns_are_not_broken_within_a_word(width, wide, opened):
    page = opened(wide.address, width)
    for head in page.locator("#claims thead th:not(:first-child):visible").all():
        words = head.text_content().split()
        lines = head.evaluate(
            """th => {
                const range = document.createRange();
                range.selectNodeContents(th);
                return new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size;
            }"""
        )
        assert lines <= len(words), head.text_content()


def test_verdicts_are_told_by_shape_as_well_as_by_colour(made, opened):
    page = opened(made.address)
    shapes = page.locator(".legend .key").evaluate_all(
        "keys => keys.map(key => getComputedStyle(key, '::before').content)"
    )
    assert len(shapes) == len(set(shapes)) == len(Verdict) + 1


def test_without_its_script_the_page_shows_every_claim(made, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(made.address)
    assert len(shown(page)) == len(made.results.claims)
    assert page.inner_text("#matrix").count("neither filters them") == 1
    context.close()


def test_printed_it_has_the_claims_and_no_buttons(made, opened):
    page = opened(made.address)
    page.emulate_media(media="print")
    assert page.is_visible("tr#INHERIT16")
    assert not page.is_visible("#filters")


def test_fifteen_hundred_claims_on_twelve_interpreters_are_prompt_and_light(large, opened):
    assert len(large.results.claims) == 1500
    assert large.path.stat().st_size < 2_000_000
    taken = {name: [] for name in ("work", "ready", "#text", "#differs", "#verdict")}
    for _ in range(3):
        page = opened(large.address)
        taken["ready"].append(
            page.evaluate(
                "performance.getEntriesByName('ready')[0].startTime"
                " - performance.getEntriesByType('navigation')[0].loadEventEnd"
            )
        )
        for field in ("#text", "#differs", "#verdict"):
            taken[field].append(page.evaluate(ANSWER, field))
            taken["work"].append(page.evaluate(WORK))
    best = {name: min(times) for name, times in taken.items()}
    assert best["ready"] <= PROMPT * best["work"], best
    assert max(best[name] for name in best if name[0] == "#") <= AT_ONCE * best["work"], best


#: Returns how many milliseconds a piece of work takes: the unit in which the page is measured.
WORK = """() => {
    const words = Array.from({ length: 200000 }, (_, n) => `word ${n * 7919 % 200000}`);
    const begin = performance.now();
    new Set(words.sort());
    return performance.now() - begin;
}"""

#: Changes a field, and returns how many milliseconds it takes until the page is laid out anew.
ANSWER = """field => {
    const element = document.querySelector(field);
    if (element.type === "checkbox") element.checked = !element.checked;
    else element.value = element.type === "search" ? "lock" : "r";
    const begin = performance.now();
    element.dispatchEvent(new Event("input", { bubbles: true }));
    document.body.getBoundingClientRect();
    return performance.now() - begin;
}"""
