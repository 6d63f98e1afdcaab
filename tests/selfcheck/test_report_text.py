"""The report as text: the table in a terminal, the Markdown of a CI job, the counts."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.report import __main__ as report
from tests.report import counts, markdown, terminal
from tests.report.counts import group_of, stale, with_matrix
from tests.report.junit import specs_in
from tests.report.overview import appendix, overview
from tests.report.reading import read
from tests.selfcheck.kill.runs import ROOT
from tests.selfcheck.made_results import Made, write_junit
from tests.vocabulary.specs import specs_by_id

DOCUMENT = (ROOT / ".github" / "VERDICTS.md").read_text(encoding="utf-8")
VERDICTS = ("holds", "refuted", "inconclusive", "not applicable")
TWELVE = (
    *(f"CPython 3.{minor}.1" for minor in range(10, 16)),
    *(f"CPython 3.{minor}.1 free-threaded" for minor in range(13, 16)),
    *(f"PyPy 7.3.{minor} (Python 3.{minor}.9)" for minor in range(9, 12)),
)
HOSTILE = "a|b `c <script>alert(1)</script> \x1b[31m\x00\u202e\nd\r\n# e </details> \\| `f|g`"


def twelve_columns(folder, claims):
    """Write results of twelve interpreters, each with these claims and verdicts of its own."""
    for n, name in enumerate(TWELVE):
        path = folder / f"{n:02}.xml"
        write_junit(path, name, [made(n) for made in claims])
    return read([folder])


def varying(id, section):
    """Return what makes one claim whose verdicts vary from column to column, by its number."""
    number = sum(map(ord, id))
    return lambda n: Made(
        id, VERDICTS[(number + n) % len(VERDICTS)], "of that (gh-1)", section=section
    )


def many_claims(count):
    """Return what makes so many claims, in sections of ten, of all of the notes and the modules."""
    kinds = ("notes: 5 queue", "threading: lock", "multiprocessing: what a child inherits")
    return [varying(f"A{n:04}", f"{kinds[n % 3]} {n // 30}") for n in range(count)]


def cells(line):
    """Return the cells of a line of a Markdown table."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def tables(text):
    """Return the Markdown tables of a text, each as its rows of cells; all must be rectangular."""
    found = []
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        rows = [cells(line) for line in block.splitlines()]
        assert len({len(row) for row in rows}) == 1, block
        assert set(rows[1]) == {"---"}
        found.append([rows[0], *rows[2:]])
    return found


def in_a_terminal(results, width=80):
    """Return the lines that the terminal shows of the results."""
    return terminal.lines(overview(results), width)


def in_markdown(results):
    """Return the Markdown of a CI job."""
    return markdown.summary([*overview(results), *appendix(results)])


# In a terminal


@pytest.mark.parametrize("width", [70, 80, 120, 300])
def test_twelve_columns_fit_the_width_of_the_terminal(width, tmp_path):
    results = twelve_columns(tmp_path, many_claims(60))
    lines = in_a_terminal(results, width)
    assert [line for line in lines if len(line) > width] == []
    for column in results.columns:
        assert any(column.title in line for line in lines)


def test_the_counts_in_the_terminal_are_those_of_the_xml(tmp_path):
    results = twelve_columns(tmp_path, many_claims(100))
    lines = in_a_terminal(results)
    head = next(line for line in lines if "holds  refuted" in line).strip()
    assert re.split("  +", head) == list(VERDICTS)
    for path, column in zip(
        sorted(tmp_path.iterdir()),
        sorted(results.columns, key=lambda c: TWELVE.index(c.interpreter.name)),
        strict=True,
    ):
        in_xml = Counter(case.verdict for case in specs_in(path))
        row = next(line for line in lines if re.match(rf"{column.title} +\d+  ", line))
        shown = [int(cell) for cell in row.removeprefix(column.title).split()]
        assert shown == [in_xml[verdict] for verdict in VERDICTS]


def test_claims_that_depend_are_listed_with_their_cases_and_interpreters(tmp_path):
    cases = [Made("A1", "refuted", case="fork"), Made("A1", case="spawn")]
    for name in TWELVE[3:5]:
        write_junit(tmp_path / f"{name}.xml", name, cases)
    results = read([tmp_path])
    assert "  3.13, 3.14: holds: spawn; refuted: fork" in "\n".join(in_a_terminal(results))
    assert "<br>3.13, 3.14: holds: spawn; refuted: fork" in in_markdown(results)


def test_claims_that_differ_have_a_letter_for_each_column_and_others_are_not_listed(tmp_path):
    write_junit(tmp_path / "a.xml", TWELVE[3], [Made("A1"), Made("A2"), Made("A3", "refuted")])
    write_junit(tmp_path / "b.xml", TWELVE[4], [Made("A1"), Made("A2", "refuted")])
    write_junit(tmp_path / "c.xml", TWELVE[5], [Made("A1"), Made("A2", "not applicable")])
    lines = in_a_terminal(read([tmp_path]))
    assert "A2        H R -  A queue is first in first out." in lines
    assert not any(line.startswith(("A1", "A3")) for line in lines)


def test_what_is_contradicted_stands_before_everything_but_the_counts(tmp_path):
    write_junit(tmp_path / "a.xml", claims=[Made("A1"), Made("A2", "contradicted", "1 == 2")])
    text = "\n".join(in_a_terminal(read([tmp_path])))
    assert "1 claim CONTRADICTED, or in error" in text
    assert "A2        [CONTRADICTED on 3.13] A queue is first in first out." in text
    assert text.index("A2  ") < text.index("Sections:")
    assert "1/0!1" in text


# Markdown


def test_the_markdown_of_1081_claims_on_twelve_interpreters_is_short_enough(tmp_path):
    text = in_markdown(twelve_columns(tmp_path, many_claims(1081)))
    assert len(text.encode()) <= markdown.MOST_BYTES
    assert text.count("<details>") == text.count("</details>")
    assert "The rest would be too long here" in text  # the flips of such results are far too many
    tables(text)


def test_the_counts_in_the_markdown_are_those_of_the_xml(tmp_path):
    results = twelve_columns(tmp_path, many_claims(100))
    counts, interpreters, *_ = tables(in_markdown(results))
    assert counts[0][1:] == list(VERDICTS)
    by_title = {row[0]: [int(cell) for cell in row[1:]] for row in counts[1:]}
    by_name = {row[1]: by_title[row[0]] for row in interpreters[1:]}
    for n, name in enumerate(TWELVE):
        in_xml = Counter(case.verdict for case in specs_in(tmp_path / f"{n:02}.xml"))
        assert by_name[name] == [in_xml[verdict] for verdict in VERDICTS]


def test_what_is_contradicted_or_in_error_comes_first_and_loud(tmp_path):
    claims = [Made("A1"), Made("A2", "contradicted", "1 == 2"), Made("A3", "error", "timed out")]
    text = in_markdown(read([write_junit(tmp_path / "a.xml", claims=claims)]))
    assert "**2 claims CONTRADICTED, or in error:**" in text.splitlines()[4]
    sentence = "A queue is first in first out."
    assert f"- **A2** \\[CONTRADICTED on 3.13\\] {sentence}\n  <br>1 == 2\n" in text
    assert f"- **A3** \\[ERROR on 3.13\\] {sentence}\n  <br>timed out\n" in text
    assert text.index("**A3**") < text.index("## Interpreters")


def test_every_flip_between_neighbours_is_in_the_markdown(tmp_path):
    write_junit(tmp_path / "a.xml", TWELVE[2], [Made("A1"), Made("A2"), Made("A3")])
    write_junit(tmp_path / "b.xml", TWELVE[3], [Made("A1", "refuted"), Made("A2"), Made("A3")])
    write_junit(tmp_path / "c.xml", TWELVE[4], [Made("A1", "refuted"), Made("A2", "refuted")])
    text = in_markdown(read([tmp_path]))
    assert "<summary>3.12 → 3.13: 1 claim</summary>" in text
    assert "<summary>3.13 → 3.14: 1 claim</summary>" in text
    assert text.count("\n- **A1** ") == text.count("\n- **A2** ") == 1


def test_hostile_strings_stay_text_in_markdown(tmp_path):
    long = "y" * 100_000
    hostile = Made("A1", "contradicted", HOSTILE, HOSTILE, HOSTILE, f"x: {HOSTILE}", HOSTILE)
    harmless = Made("A1", sentence=HOSTILE, explanation=HOSTILE, section=f"x: {HOSTILE}")
    write_junit(tmp_path / "a.xml", TWELVE[2], [harmless, Made("A2", sentence=long)])
    write_junit(tmp_path / "b.xml", TWELVE[3], [hostile, Made("A2", "refuted", long, long)])
    for n, name in enumerate(TWELVE[2:4]):  # titles name the system, where there are several
        write_junit(tmp_path / f"{n}.xml", name, [harmless], platform="<script>|`-1")
    results = read([tmp_path])
    text = in_markdown(results) + counts.matrix(results)
    assert len(tables(text)) > 3
    tags = set(re.findall(r"</?[^>\n]*>", re.sub(r"`[^`\n]*`", "", text)))
    assert tags <= {"<details>", "</details>", "<summary>", "</summary>", "<code>", "</code>"} | {
        *("<br>", counts.START, counts.END)
    }
    assert text.replace("\n", "").isprintable()
    assert len(text) < 50_000


# The counts in .github/VERDICTS.md


@pytest.fixture
def three(tmp_path):
    """Return what writes results of three interpreters, and reads them."""

    def write(last=("holds", "refuted"), ids=("5.01", "QUEUE07"), name=TWELVE[5]):
        sections = ("notes: 5 queue", "queue: queue")
        for n, verdicts in enumerate([("holds", "holds"), ("refuted", "not applicable"), last]):
            claims = [
                Made(id, verdict, section=section)
                for id, verdict, section in zip(ids, verdicts, sections, strict=False)
            ]
            write_junit(tmp_path / f"{n}.xml", (*TWELVE[3:5], name)[n], claims)
        return read([tmp_path])

    return write


def made_document(results):
    """Return a document with the matrix of these results."""
    return with_matrix(f"# A\n\n{counts.START}\n{counts.END}\n\n## B\n", results)


def test_the_document_has_the_matrix_between_its_marks_and_is_else_as_it_was(three):
    text = made_document(three())
    assert text.startswith(f"# A\n\n{counts.START}\n")
    assert text.endswith(f"{counts.END}\n\n## B\n")
    assert with_matrix(text, three()) == text
    sections, interpreters = tables(text)
    assert sections == [
        ["section", "claims", "3.13", "3.14", "3.15"],
        ["notes: 5 queue", "1", "1/0", "0/1", "1/0"],
        ["queue", "1", "1/0", "0/0", "0/1"],
    ]
    assert interpreters[1] == ["3.13", "CPython 3.13.1", "on", "fork", "Linux"]
    assert stale(text, three()) == []


def test_a_verdict_that_has_changed_makes_the_document_stale(three):
    text = made_document(three())
    assert stale(text, three(last=("refuted", "refuted"))) == [
        "notes: 5 queue on CPython 3.15.1: 1/0 in VERDICTS.md, 0/1 in the results",
    ]


@pytest.mark.parametrize("verdict", ["inconclusive", "contradicted", "error"])
def test_what_is_undecided_in_either_makes_nothing_stale(verdict, three):
    undecided = (verdict, verdict)
    assert stale(made_document(three()), three(last=undecided)) == []
    assert stale(made_document(three(last=undecided)), three()) == []


def test_results_of_some_claims_alone_make_nothing_stale(three):
    assert stale(made_document(three()), three(ids=("5.01",))) == []


def test_interpreters_that_only_one_of_them_has_are_not_compared(three):
    text = made_document(three())
    assert stale(text, three(last=("refuted", "holds"), name="CPython 3.15.2")) == []


@pytest.mark.parametrize(
    "text", ["# A\n", f"# A\n{counts.START}\n", f"# A\n{counts.END}\n{counts.START}\n"]
)
def test_a_document_without_its_marks_is_refused(text, three):
    with pytest.raises(ValueError, match="VERDICTS"):
        stale(text, three())


def test_the_matrix_of_the_document_has_the_claims_of_the_suite():
    """It is renewed by: tox, then python -m tests.report --write-counts."""
    block = DOCUMENT.partition(counts.START)[2].partition(counts.END)[0]
    shown = {row[0]: int(row[1]) for row in tables(block)[0][1:]}
    paths = [Path(nodes[0].partition("::")[0]) for nodes in specs_by_id().values()]
    assert shown == Counter(
        group_of(f"{path.parent.name}: {path.stem.removeprefix('test_').replace('_', ' ')}")
        for path in paths
    )


def test_the_matrix_of_the_document_differs_in_nothing_from_run_to_run():
    block = DOCUMENT.partition(counts.START)[2].partition(counts.END)[0]
    assert re.findall(r"\d{4}-\d{2}-\d{2}|\d+\.\d+ s\b|glibc", block) == []


# The command


@pytest.fixture
def command(tmp_path, capsys, monkeypatch):
    """Return what runs the command: it returns the exit code, what it printed, and the errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def run(*words):
        code = report.main(words)
        out, err = capsys.readouterr()
        return code, out, err

    return run


def test_the_command_prints_a_table_and_writes_a_page_and_markdown(command):
    write_junit(Path("results/a.xml"))
    code, out, err = command()
    assert code == 0
    assert "3.13 has no verdict on" in err
    assert "1 claim on 1 interpreter" in out
    assert "1 claim on 1 interpreter" in Path("results/report.md").read_text("utf-8")
    assert "QUEUE07" in Path("results/report.html").read_text("utf-8")
    assert "written: results/report.md\nwritten: results/report.html\n" in out
    assert out.endswith("written: results/claims\n")


def test_remarks_are_lines_on_standard_error(command):
    write_junit(Path("results/a.xml"))
    Path("results/b.xml").write_text("<testsuites><testsuite", encoding="utf-8")
    code, out, err = command("--output", "elsewhere")
    assert code == 0
    assert "results/b.xml is cut off, or no XML" in err
    assert "results/b.xml" not in out
    assert Path("elsewhere/report.md").exists()


@pytest.mark.parametrize("words", [(), (".",), ("nothing",), ("--check-verdicts",)])
def test_no_verdicts_at_all_are_one_line_and_exit_code_2(words, command):
    code, out, err = command(*words)
    assert (code, out) == (2, "")
    assert err.splitlines()[-1].startswith("report: no verdicts in ")
    assert not Path("results").exists()


def test_the_document_is_checked_and_renewed_by_the_command(command, three, tmp_path, monkeypatch):
    path = tmp_path / "VERDICTS.md"
    monkeypatch.setattr(report, "_VERDICTS", path)
    path.write_text(made_document(three()), encoding="utf-8")
    assert command(".", "--check-verdicts")[0] == 0
    three(last=("refuted", "refuted"))
    code, _, err = command(".", "--check-verdicts")
    assert code == 1
    assert "notes: 5 queue on CPython 3.15.1: 1/0 in VERDICTS.md" in err
    assert command(".", "--write-verdicts")[0] == 0
    assert command(".", "--check-verdicts")[0] == 0
    path.write_text("# nothing", encoding="utf-8")
    code, _, err = command(".", "--check-verdicts")
    assert code == 2
    assert "VERDICTS.md lacks the lines" in err


def test_an_interpreter_that_the_document_loses_is_told(command, three, tmp_path, monkeypatch):
    path = tmp_path / "VERDICTS.md"
    monkeypatch.setattr(report, "_VERDICTS", path)
    path.write_text(f"{counts.START}\n{counts.END}\n", encoding="utf-8")
    three()
    assert "no longer" not in command(".", "--write-verdicts")[2]
    (tmp_path / "2.xml").unlink()
    code, _, err = command(".", "--write-verdicts")
    assert code == 0
    assert "VERDICTS.md no longer shows CPython 3.15.1: there are no results of them" in err


def test_both_commands_are_environments_of_tox():
    tox = (ROOT / "tox.ini").read_text(encoding="utf-8")
    for command in ("tests.report", "tests.report changes"):
        assert f"commands = python -m {command} {{posargs}}\n" in tox
