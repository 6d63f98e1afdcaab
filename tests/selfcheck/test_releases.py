"""From made-up releases, the sweep says on which a claim is wrong, and what does not decide it."""

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.report.junit import JUnitCase
from tests.selfcheck.audits import overlays, releases
from tests.selfcheck.audits.overlays import Local, Point
from tests.selfcheck.audits.releases import Sweep, flips, ranges

MINOR = "{}.{}".format(*sys.version_info)
LIBRARY = Path(sysconfig.get_path("stdlib"))
HERE = Local(sys.executable, "{}.{}.{}".format(*sys.version_info), LIBRARY)

#: A queue of this library that is wrong: last in, last out.
FIRST_IN = "\nLifoQueue._get = lambda self: self.queue.pop(0)\n"


def git(folder, *arguments):
    """Run git in a repository."""
    me = ["-c", "user.name=me", "-c", "user.email=me@localhost", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", folder, *me, *arguments], check=True, capture_output=True)


def release(folder, *names, queue):
    """Make a commit with this queue module and these releases."""
    (folder / "Lib").mkdir(exist_ok=True)
    (folder / "Lib" / "queue.py").write_text(queue, encoding="utf-8")
    git(folder, "add", "--all")
    git(folder, "commit", "--allow-empty", "-m", names[0])
    for name in names:
        git(folder, "tag", f"v{name}")


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """Make a repository of four releases, of which the second and the third have a wrong queue."""
    git(tmp_path, "init")
    usual = (LIBRARY / "queue.py").read_text(encoding="utf-8")
    release(tmp_path, "3.10.8", f"{MINOR}.90rc1", f"{MINOR}.90", queue=usual)
    release(tmp_path, f"{MINOR}.91", f"{MINOR}.92", queue=usual + FIRST_IN)
    release(tmp_path, f"{MINOR}.93", queue=usual)
    monkeypatch.setattr(overlays, "interpreters", lambda: iter([HERE]))
    return tmp_path


def said(capsys, *given):
    """Return the last line of what is said to bad input; the exit code must be that of it."""
    with pytest.raises(SystemExit) as ended:
        releases.main([*map(str, given)])
    assert ended.value.code == 2
    [usage, line] = capsys.readouterr().err.splitlines()
    assert usage.startswith("usage: ")
    return line.removeprefix("releases: error: ")


def test_bad_input_is_answered_by_one_clear_line(repository, tmp_path_factory, capsys):
    nothing = tmp_path_factory.mktemp("nothing")
    assert "not a git repository" in said(capsys, nothing)
    git(nothing, "init")
    assert said(capsys, nothing) == f"{nothing} has no tags of releases, such as v3.13.0"
    assert said(capsys, repository, "7.3").startswith("no claim has the id '7.3'; did you mean")
    assert said(capsys, repository, "--only", "3.11.40") == (
        f"{repository} has no release 3.11.40, and no branch of that name"
    )
    assert said(capsys, repository, "--only", "3.10.8").startswith(
        "no interpreter of 3.10 has what"
    )


def test_final_releases_are_swept_from_the_oldest_on_and_others_if_they_are_named(repository):
    final = [f"{MINOR}.{micro}" for micro in (90, 91, 92, 93)]
    assert overlays.releases(repository, []) == final
    assert overlays.releases(repository, [MINOR]) == final
    assert overlays.releases(repository, [final[2], final[0]]) == [final[0], final[2]]
    assert overlays.releases(repository, [f"{MINOR}.90rc1", "3.10.8"]) == [
        "3.10.8",
        f"{MINOR}.90rc1",
    ]


def test_a_release_runs_on_the_nearest_interpreter_of_its_branch(repository, monkeypatch):
    others = [Local(str(micro), f"{MINOR}.{micro}", LIBRARY) for micro in (89, 92)]
    monkeypatch.setattr(overlays, "interpreters", lambda: iter(others))
    nearest = [point.local.python for point in overlays.points(repository, [])]
    assert nearest == ["89", "92", "92", "92"]


def test_an_overlay_has_what_differs_and_says_which_release_it_is(repository, tmp_path_factory):
    usual, wrong, *_ = overlays.points(repository, [])
    assert (usual.laid(), wrong.laid()) == ([], ["queue.py"])
    path = overlays.overlay(repository, wrong, "3.99.7rc2", tmp_path_factory.mktemp("overlay"))
    program = "import sys, queue; print(*sys.version_info, sys.version_info.micro, queue.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(path)},
    )
    assert done.stdout.split() == ["3", "99", "7", "candidate", "2", "7", str(path / "queue.py")]


def test_releases_are_alike_if_neither_files_nor_the_suite_tell_them_apart(repository, monkeypatch):
    [first, second, third, _] = overlays.points(repository, [])
    assert [overlays.alike(first, second), overlays.alike(second, third)] == [False, True]
    monkeypatch.setattr(overlays, "_told_apart", lambda: [third.name])
    assert not overlays.alike(second, third)


def case(claim, truth, expected):
    """Return a case of a claim that is true or false, as it is expected or not."""
    verdict = "contradicted" if truth != expected else "holds" if truth else "refuted"
    failure = "[XPASS(strict)] why" if truth else "assert 1 == 2"
    return JUnitCase({"claim": claim, "verdict": verdict}, failure=failure, name="test")


class Made(Sweep):
    """A sweep with made-up runs: what is true, by files and release, and what is expected."""

    def __init__(self, truth, expected):
        self.truth = truth
        self.expected = expected

    def run(self, point, claims, release=""):
        """Make up what is seen of the claims."""
        release = release or point.name
        truth = self.truth(point.name, release)
        return {id: {"test": case(id, truth, self.expected(release))} for id in claims}

    def history(self):
        """Return what is seen on three releases."""
        points = [Point(name, HERE, {name: name}) for name in ("3.13.90", "3.13.91", "3.13.92")]
        return [(point, self.run(point, ["1.01"])) for point in points]


NEWEST = ("3.13.91", "3.13.92")


@pytest.mark.parametrize(
    ("truth", "expected", "decided", "undecided"),
    [
        pytest.param(lambda files, _: files in NEWEST, lambda _: False, NEWEST, (), id="files"),
        pytest.param(lambda *_: False, lambda name: name in NEWEST, (), NEWEST, id="C code"),
        pytest.param(lambda *_: False, lambda _: True, ("3.13.90", *NEWEST), (), id="here, too"),
        pytest.param(lambda _, name: name in NEWEST, lambda _: False, (), NEWEST, id="the spec"),
    ],
)
def test_what_is_wrong_counts_if_files_make_a_difference(truth, expected, decided, undecided):
    made = Made(truth, expected)
    history = made.history()
    found = made.undecided(history)
    assert found == {("1.01", name) for name in undecided}
    wrong = {name for point, seen in history for name in [point.name] if releases.wrong_in(seen)}
    assert wrong == {*decided, *undecided}


def test_a_named_claim_is_shown_where_it_flips_with_the_files_that_changed():
    made = Made(lambda files, _: files != "3.13.91", lambda _: True)
    assert [*flips("1.01", made.history())] == [
        "1.01 on 3.13.90: holds",
        "1.01 from 3.13.91 on: refuted (changed files: 3.13.90 3.13.91)",
        "1.01 from 3.13.92 on: holds (changed files: 3.13.91 3.13.92)",
    ]


@pytest.mark.parametrize(
    ("some", "said"),
    [("a", "a"), ("ab", "a to b"), ("abd", "a to b, d"), ("ade", "a, d to e"), ("be", "b, e")],
)
def test_releases_in_a_row_are_shown_by_the_first_and_the_last(some, said):
    assert ranges([*some], [*"abcde"]) == said


def test_a_wrong_library_is_found_with_its_releases(repository, capsys):
    """In a whole run."""
    assert releases.main([str(repository), "QUEUE07"]) == 1
    names = [f"{MINOR}.{micro}" for micro in (90, 91, 92, 93)]
    lines = capsys.readouterr().out.splitlines()
    [*progress, wrong, first, second, third] = lines
    over = f"over {HERE.release}: wrong"
    assert progress == [
        f"{names[0]}, 0 modules {over}: none",
        f"{names[1]}, 1 modules {over}: QUEUE07",
        f"{names[2]}, as before: wrong: QUEUE07",
        f"{names[3]}, 0 modules {over}: none",
    ]
    assert wrong.startswith(f"QUEUE07 contradicted on {names[1]} to {names[2]}: ")
    assert first == f"QUEUE07 on {names[0]}: holds"
    assert second == f"QUEUE07 from {names[1]} on: refuted (changed files: queue.py)"
    assert third == f"QUEUE07 from {names[3]} on: holds (changed files: queue.py)"


def test_a_run_that_breaks_down_is_told_and_the_others_go_on(repository, capsys):
    """The second release cannot even be imported; the claims of the first are there."""
    broken = (LIBRARY / "queue.py").read_text(encoding="utf-8") + "\nimport nothing\n"
    release(repository, f"{MINOR}.94", queue=broken)
    chosen = [f"--only={MINOR}.{micro}" for micro in (93, 94)]
    assert releases.main([str(repository), "QUEUE07", *chosen]) == 1
    good, bad, *rest = capsys.readouterr().out.splitlines()
    assert good.endswith("wrong: none")
    assert bad == f"a run on {MINOR}.94 broke down:"
    assert rest[-1] == f"QUEUE07 on {MINOR}.93: holds"
