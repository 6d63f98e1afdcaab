"""What changes between two interpreters: which claims, why, in which order, in how few words."""

import re

import pytest

from tests.report import __main__ as report
from tests.report.changes import (
    Kind,
    case_changes,
    causes,
    column_named,
    environments,
    flips,
    instead,
    neighbours,
)
from tests.report.matrix import Claim
from tests.report.reading import read
from tests.selfcheck.made_results import Made, write_junit

OLD, NEW = "CPython 3.13.5", "CPython 3.14.2"
FORK_SERVER = "3.14 made forkserver the default (gh-84559)"


@pytest.fixture
def between(tmp_path):
    """Return what was read of two interpreters, and their columns."""

    def read_both(old, new, **facts):
        write_junit(tmp_path / "old.xml", OLD, old)
        write_junit(tmp_path / "new.xml", NEW, new, **facts)
        results = read([tmp_path])
        return results, *results.columns

    return read_both


@pytest.fixture
def command(tmp_path, capsys, monkeypatch):
    """Return what runs the command: it returns the exit code, what it printed, and the errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def run(*words):
        code = report.main(["changes", *words])
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("holds", "refuted", Kind.STOPS),
        ("holds", "contradicted", Kind.STOPS),
        ("refuted", "holds", Kind.BECOMES),
        ("not applicable", "holds", Kind.APPLIES),
        ("not applicable", "refuted", Kind.APPLIES),
        ("holds", "not applicable", Kind.GONE),
        ("refuted", "not applicable", Kind.GONE),
        ("holds", "depends", Kind.STOPS),
        ("depends", "refuted", Kind.STOPS),
        ("refuted", "depends", Kind.BECOMES),
        ("depends", "holds", Kind.BECOMES),
        ("depends", "not applicable", Kind.GONE),
        ("not applicable", "depends", Kind.APPLIES),
        ("not applicable", "error", Kind.UNDECIDED),
        ("contradicted", "holds", Kind.UNDECIDED),
        ("refuted", "contradicted", Kind.UNDECIDED),
    ],
)
def test_each_pair_of_verdicts_is_a_kind_of_change(before, after, kind, between):
    [flip] = flips(*between(with_verdict(before), with_verdict(after)))
    assert flip.kind is kind


def with_verdict(verdict):
    """Return a claim with this verdict; one that depends has two cases."""
    if verdict != "depends":
        return [Made("GIVE01", verdict)]
    return [Made("GIVE01", "holds", case="spawn"), Made("GIVE01", "refuted", case="fork")]


@pytest.mark.parametrize("other", ["holds", "refuted", "not applicable"])
def test_what_a_machine_cannot_decide_is_no_change_and_is_told_in_one_line(other, between, command):
    undecided = Made("GIVE01", "inconclusive", "inconclusive: no C compiler")
    assert flips(*between([Made("GIVE01", other)], [undecided])) == []
    _, out, _ = command("py313", "py314", "--results", ".", "--all")
    assert "Not decided on 3.14: 1 claim (GIVE01)." in out
    assert flips(*between([undecided], [Made("GIVE01", other)])) == []


def test_a_claim_that_comes_to_depend_says_in_which_cases_it_holds(between, command):
    between([Made("GIVE01")], with_verdict("depends"))
    _, out, _ = command("py313", "py314", "--results", ".")
    assert "[DEPENDS; holds: spawn; refuted: fork] A queue" in " ".join(out.split())


def test_the_same_verdict_is_no_change(between):
    assert flips(*between([Made("GIVE01", "refuted")], [Made("GIVE01", "refuted")])) == []


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        (Made("A1"), Made("A1", "refuted", FORK_SERVER), FORK_SERVER),
        (Made("A1", "refuted", "3.14 added it"), Made("A1"), "3.14 added it"),
        (Made("A1", "not applicable", "not applicable: new in 3.14"), Made("A1"), "new in 3.14"),
        (Made("A1"), Made("A1", "error", "timed out"), "timed out"),
    ],
)
def test_the_reason_is_that_of_the_side_where_the_claim_does_not_hold(before, after, why, between):
    [flip] = flips(*between([before], [after]))
    assert flip.why == why


@pytest.mark.parametrize(
    ("explanation", "advice"),
    [
        ("It hangs. Instead: pass it.", "Instead: pass it."),
        ("Instead: pass it. Always.", "Instead: pass it. Always."),
        ("So. Instead, everywhere: pass it.", "Instead, everywhere: pass it."),
        ('It raises "x". Instead, on PyPy: use y.', "Instead, on PyPy: use y."),
        ("So. Instead: a. Instead, on PyPy: b.", "Instead: a. Instead, on PyPy: b."),
        ("Instead the timeout is cut to seconds: 0.9 is 0.", ""),
        ("The lock is taken instead: by the child.", ""),
        ("", ""),
    ],
)
def test_what_to_do_begins_with_instead_and_ends_the_explanation(explanation, advice):
    claim = Claim("A1", "S.", explanation, "", "s", "", (), "f", 1, "t")
    assert instead(claim) == advice


def test_flips_of_one_cause_stand_together_and_the_biggest_cause_first(between):
    others = f"{FORK_SERVER}: the child is the server's"
    reasons = ["3.14 removed it", FORK_SERVER, others, FORK_SERVER]
    results = between(
        [Made(f"A{n}") for n in range(4)],
        [Made(f"A{n}", "refuted", reason) for n, reason in enumerate(reasons)],
    )
    found = causes(flips(*results))
    assert [(c.why, [flip.claim.id for flip in c.flips]) for c in found] == [
        (FORK_SERVER, ["A1", "A2", "A3"]),
        ("3.14 removed it", ["A0"]),
    ]


def test_the_cause_of_several_claims_is_told_once_and_another_reason_with_its_claim(
    between, command
):
    reasons = [FORK_SERVER, FORK_SERVER, f"{FORK_SERVER}: another", "3.14 removed it"]
    old = [Made(f"A{n}") for n in range(4)]
    between(old, [Made(f"A{n}", "refuted", reason) for n, reason in enumerate(reasons)])
    _, out, _ = command("py313", "py314", "--results", ".", "--all")
    assert f"\n{FORK_SERVER} [3 claims]\nA0 " in out
    assert re.findall(r"Why: (.*)", out) == [f"{FORK_SERVER}: another", "3.14 removed it"]


def test_what_broke_real_projects_comes_first_of_its_cause_and_names_them(between, command):
    old = [Made("A1"), Made("A2", predicts="RC01")]
    new = [Made("A1", "refuted", FORK_SERVER), Made("A2", "refuted", FORK_SERVER, predicts="RC01")]
    [cause] = causes(flips(*between(old, new)))
    assert [flip.claim.id for flip in cause.flips] == ["A2", "A1"]
    assert cause.flips[0].reports[0] == "python/cpython#126831"
    _, out, _ = command("py313", "py314", "--results", ".", "--all")
    assert "Seen in real projects: python/cpython#126831, " in " ".join(out.split())
    _, out, _ = command("py313", "py314", "--results", ".", "--markdown")
    assert "[python/cpython#126831](https://github.com/python/cpython/issues/126831)" in out


def test_what_stops_being_true_comes_first_and_what_cannot_be_told_last(between):
    old = [Made("A1", "refuted"), Made("A2", "error"), Made("A3"), Made("A4")]
    new = [Made("A1"), Made("A2"), Made("A3", "refuted"), Made("A4", "not applicable")]
    kinds = [flip.kind for flip in flips(*between(old, new))]
    assert kinds == [Kind.STOPS, Kind.GONE, Kind.BECOMES, Kind.UNDECIDED]


def test_a_case_that_changes_under_the_same_verdict_is_told_at_the_end(between, command):
    def cases(fork, spawn):
        return [Made("A1", fork, "so", case="fork"), Made("A1", spawn, "so", case="spawn")]

    [change] = case_changes(*between(cases("holds", "refuted"), cases("refuted", "holds")))
    assert list(change.cases) == ["fork", "spawn"]
    code, out, _ = command("py313", "py314", "--results", ".", "--all")
    assert code == 0
    assert "no verdict changes" in out
    assert "[fork: HOLDS -> REFUTED, spawn: REFUTED -> HOLDS]" in " ".join(out.split())


def test_claims_that_only_one_of_them_has_run_are_told_in_one_line(between, command):
    between([Made(f"A{n}") for n in range(9)], [Made("A0")])
    code, out, _ = command("py313", "py314", "--results", ".", "--all")
    assert code == 0
    flat = " ".join(out.split())
    assert "Not run on 3.14: 8 claims (A1, A2, A3, A4, A5, ...); run tox -e py314" in flat


def test_environments_that_differ_are_told_before_any_claim(between, command):
    facts = {"default_start_method": "forkserver", "GIL": "off"}
    _, before, after = between([Made("A1")], [Made("A1", "refuted", FORK_SERVER)], **facts)
    assert environments(before, after) == [
        ("interpreter", OLD, NEW),
        ("GIL", "on", "off"),
        ("default start method", "fork", "forkserver"),
    ]
    _, out, _ = command("py313", "py314", "--results", ".", "--all")
    assert out.index("default start method: fork -> forkserver") < out.index("A1")


# The names of interpreters


@pytest.fixture
def several(tmp_path):
    """Return the results of interpreters of several kinds, on two systems."""
    for n, name in enumerate(
        ("CPython 3.13.5", "CPython 3.13.5 free-threaded", "CPython 3.14.2", "CPython 3.15.0b2")
    ):
        write_junit(tmp_path / f"{n}.xml", name)
    write_junit(tmp_path / "pypy.xml", "PyPy 7.3.20 (Python 3.11.13)")
    write_junit(tmp_path / "mac.xml", "CPython 3.14.2", platform="macOS-15.1-arm64")
    return read([tmp_path])


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("py313", "py313"),
        ("3.13", "py313"),
        ("3.13.5", "py313"),
        ("CPython 3.13.5", "py313"),
        ("python3.13", "py313"),
        ("PY313T", "py313t"),
        ("3.13t", "py313t"),
        ("3.13.5t", "py313t"),
        ("pypy3.11", "pypy311"),
        ("PyPy 3.11", "pypy311"),
        ("PyPy", "pypy311"),
        ("3.14 Linux", "py314-linux"),
        ("py314-macos", "py314-macos"),
        ("3.15", "py315"),
        ("3.15.0b2", "py315"),
    ],
)
def test_an_interpreter_goes_by_many_names(name, id, several):
    assert column_named(several, name).id == id


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("py314", "several interpreters: say py314-linux or py314-macos"),
        ("py31", "Did you mean"),
        ("perl", "there are py313 (CPython 3.13.5), py313t"),
        ("", "there are py313 (CPython 3.13.5), py313t"),
    ],
)
def test_a_name_of_none_or_of_several_is_refused_with_what_there_is(name, told, several):
    with pytest.raises(LookupError) as refused:
        column_named(several, name)
    assert told in refused.value.args[0]
    assert "\n" not in refused.value.args[0]


def test_people_move_to_the_next_version_and_from_it_to_other_builds(tmp_path):
    names = ("CPython 3.11.2", "CPython 3.13.5", "CPython 3.14.2", "CPython 3.14.2 free-threaded")
    for n, name in enumerate((*names, "PyPy 7.3.20 (Python 3.11.13)", "RustPython 3.13.0")):
        write_junit(tmp_path / f"{n}.xml", name)
    pairs = [(before.id, after.id) for before, after in neighbours(read([tmp_path]))]
    assert pairs == [
        ("py311", "py313"),
        ("py313", "py314"),
        ("py314", "py314t"),
        ("py311", "pypy311"),
    ]


def test_of_several_patch_levels_people_move_to_and_from_the_newest(tmp_path):
    names = ("CPython 3.13.0", "CPython 3.13.12", "CPython 3.13.5", "CPython 3.14.1")
    for n, name in enumerate((*names, "CPython 3.14.0")):
        write_junit(tmp_path / f"{n}.xml", name)
    pairs = neighbours(read([tmp_path]))
    versions = [(before.interpreter.version, after.interpreter.version) for before, after in pairs]
    assert versions == [("3.13.12", "3.14.1")]


# The command


def test_the_command_ends_with_0_whatever_changes_and_counts_as_the_xml_does(between, command):
    old = [Made(f"A{n:02}") for n in range(30)] + [Made("B1", "refuted", "3.14 added it")]
    new = [Made(f"A{n:02}", "refuted", FORK_SERVER) for n in range(30)] + [Made("B1")]
    between(old, new)
    code, out, err = command("py313", "py314", "--results", ".", "--all")
    assert (code, err) == (0, "")
    assert "From 3.13 to 3.14, of 31 claims that ran on both:" in out
    assert re.search(r"^ +30 stop being true$", out, re.MULTILINE)
    assert re.search(r"^ +1 becomes true$", out, re.MULTILINE)
    assert len(re.findall(r"^A\d\d ", out, re.MULTILINE)) == 30
    assert "pytest -v --claim A00" in out


@pytest.mark.parametrize("words", [("py313", "py399"), ("py313", "3.13"), ("?", "*")])
def test_a_name_that_is_not_there_is_one_line_and_exit_code_2(words, between, command):
    between([Made("A1")], [Made("A1")])
    code, out, err = command(*words, "--results", ".")
    assert (code, out) == (2, "")
    assert err.startswith("changes: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize("folder", ["nothing", "."])
def test_no_verdicts_are_one_line_and_exit_code_2(folder, command):
    code, out, err = command("py313", "py314", "--results", folder)
    assert (code, out) == (2, "")
    assert f"changes: no verdicts in {folder}: run tox first" in err


def test_of_two_files_of_one_interpreter_the_newer_counts_and_the_remark_says_so(tmp_path, command):
    write_junit(tmp_path / "a.xml", OLD, [Made("A1")])
    write_junit(tmp_path / "b.xml", NEW, [Made("A1", "refuted")], date="2026-01-01T00:00:00")
    write_junit(tmp_path / "c.xml", NEW, [Made("A1")], date="2026-01-02T00:00:00")
    code, out, err = command("3.13", "3.14", "--results", ".")
    assert code == 0
    assert "no verdict changes" in out
    assert "b.xml and c.xml both have 1 test" in err


ADVICE = "It hangs there. Instead: pass the queue as an argument."


def test_a_claim_says_why_and_what_to_do_and_with_all_what_happens(between, command):
    old, new = Made("A1", explanation=ADVICE), Made("A1", "refuted", "gone", explanation=ADVICE)
    between([old], [new])
    _, out, _ = command("py313", "py314", "--results", ".")
    assert "why: gone" in out
    _, out, _ = command("py313", "py314", "--results", ".", "--markdown")
    assert "Why: gone" in out
    assert "Instead: pass the queue as an argument." in out
    assert "It hangs there." not in out
    _, out, _ = command("py313", "py314", "--results", ".", "--all")
    assert "It hangs there." in out
    assert "Instead: pass the queue as an argument." in out


def test_without_advice_the_whole_explanation_is_told(between, command):
    old, new = Made("A1", explanation="It hangs."), Made("A1", "refuted", explanation="It hangs.")
    between([old], [new])
    assert "It hangs." in command("py313", "py314", "--results", ".", "--markdown")[1]


@pytest.mark.parametrize("several", [2, 40])
def test_what_changes_fits_on_one_screen_and_begins_with_the_cause(several, between, command):
    reasons = [FORK_SERVER] * several + [f"gh-{n % 9}: another" for n in range(several)]
    old = [Made(f"A{n}", sentence="A long sentence. " * 6) for n in range(len(reasons))]
    between(old, [Made(one.id, "refuted", why) for one, why in zip(old, reasons, strict=True)])
    _, out, _ = command("py313", "py314", "--results", ".")
    lines = out.splitlines()
    assert lines[0] == f"3.13 → 3.14: {2 * several} stop being true"
    assert lines[3].startswith("By default child processes are started by a fork server")
    assert "  to try it before: tox -e rehearse -- BEFORE AFTER --in PROJECT -- COMMAND" in out
    assert len(lines) <= 60
    assert max(map(len, lines)) <= 80
    assert lines[-1].startswith("All of it, with explanations: add --all.")


def test_a_name_of_several_patch_levels_is_the_newest(tmp_path, command):
    for version in ("3.13.0", "3.13.18", "3.14.2"):
        write_junit(tmp_path / f"{version}.xml", f"CPython {version}")
    _, out, _ = command("3.13", "3.14", "--results", ".")
    assert "(CPython 3.13.18 → CPython 3.14.2, Linux; " in out


def test_a_contradiction_and_a_refutation_are_told_apart_where_the_heading_does_not(
    between, command
):
    between(
        [Made("A1"), Made("A2"), Made("A3", "not applicable"), Made("A4")],
        [Made("A1", "contradicted"), Made("A2", "refuted"), Made("A3", "refuted")]
        + [Made("A4", "error")],
    )
    _, out, _ = command("py313", "py314", "--results", ".", "--all")
    assert "A1        [CONTRADICTED] A queue" in out
    assert "A2        A queue" in out
    assert "A3        [REFUTED] A queue" in out
    assert "A4        [HOLDS -> ERROR] A queue" in out


# Hostile strings


HOSTILE = (
    "a|b `c <script>alert(1)</script> \x1b[31m\x00\u202e\nd\r\n# e [f](javascript:1) </details>"
)


@pytest.fixture
def hostile(between):
    """Two interpreters between which everything hostile changes."""
    long = "x" * 100_000
    old = [
        Made("A1", sentence=HOSTILE, explanation=HOSTILE, predicts=HOSTILE),
        Made("A2", sentence=long, explanation=f"Instead: {long}"),
    ]
    new = [
        Made("A1", "refuted", HOSTILE, HOSTILE, HOSTILE, predicts=HOSTILE),
        Made("A2", "refuted", f"{long} (gh-1)", long, f"Instead: {long}"),
    ]
    return between(old, new)


@pytest.mark.parametrize("width", [40, 80, 200])
def test_no_line_is_wider_than_the_terminal_or_moves_its_cursor(
    width, hostile, command, monkeypatch
):
    monkeypatch.setenv("COLUMNS", str(width))
    code, out, _ = command("py313", "py314", "--results", ".", "--all")
    assert code == 0
    assert {len(line) > width for line in out.splitlines()} == {False}
    assert out.replace("\n", "").isprintable()
    assert len(out) < 20_000


def test_hostile_strings_are_text_in_markdown(hostile, command):
    code, out, _ = command("py313", "py314", "--results", ".", "--markdown", "--all")
    assert code == 0
    assert set(re.findall(r"<[^>]*>", out)) == {"<br>"}
    assert not re.search(r"(?<!\\)\]\(javascript", out)
    assert out.replace("\n", "").isprintable()
    assert len(out) < 20_000
    assert [line for line in out.splitlines() if line.startswith("# ")] == []
