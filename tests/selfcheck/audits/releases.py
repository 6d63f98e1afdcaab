"""Tells on which releases of CPython a claim is not as its spec expects, and where it changes.

    python -m tests.selfcheck.audits.releases REPOSITORY [--only RELEASE] [--jobs N] [CLAIM ...]

REPOSITORY is a checkout of CPython's, or its git folder.  What each release has in Python about
concurrency is laid over an interpreter of that branch, which then says that it is this release.
Interpreters are those of tox, and each python3.N on PATH that has what the suite depends on; of
several of a branch, the nearest one.  All claims run but those that measure, or those that are
named.  It tells which are wrong (contradicted, or in error) on which releases, and of each that is
named, from which releases on it is seen otherwise.  Pre-releases run only if they are named.

C code remains the interpreter's, and so do modules that are frozen into it, such as os.  So what is
wrong on a release counts only if the files of another release make a difference to its verdict, or
if it is wrong on an interpreter of the branch as it is, too.  Otherwise it is undecided: it rests
on C code, or on a module that is not laid over, or is expected to change where nothing does.  Never
seen is what such code makes false in a release where expectation and interpreter agree, nor what is
false in programs that ignore PYTHONPATH.

Ends with 1 if a claim is wrong on a release, and with 2 for bad input.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, groupby
from pathlib import Path

import pytest

from tests.plugins import selection
from tests.report.junit import JUnitCase, specs_in
from tests.selfcheck.audits.overlays import Point, alike, branch, overlay, points
from tests.selfcheck.kill.runs import ROOT, run_to_its_end
from tests.vocabulary.verdict import Verdict, shorten

#: The cases of each claim, by node id.
Seen = Mapping[str, Mapping[str, JUnitCase]]

#: What was seen on each release of a branch.
History = Sequence[tuple[Point, Seen]]

#: The longest that a run may take, in seconds.
LONGEST_RUN = 7200


def outcomes(seen: Seen, claim: str) -> dict[str, str]:
    """Return what was seen of a claim by case, whatever is expected there."""
    found = {}
    for node, case in seen.get(claim, {}).items():
        contradicted = "holds" if "XPASS" in case.failure else "refuted"
        found[node] = contradicted if case.verdict == Verdict.CONTRADICTED else case.verdict
    return found


def verdicts(seen: Seen, claim: str) -> dict[str, str]:
    """Return the verdicts of a claim by case."""
    return {node: case.verdict for node, case in seen.get(claim, {}).items()}


def wrong_in(seen: Seen) -> dict[str, JUnitCase]:
    """Return, of each claim that is contradicted or in error, the first such case."""
    wrong = (Verdict.CONTRADICTED, Verdict.ERROR, "")
    found = [case for cases in seen.values() for case in cases.values() if case.verdict in wrong]
    return {case.claim: case for case in reversed(found)}


class Broken(Exception):
    """A run did not come to its end."""


class Sweep:
    """Runs claims on releases."""

    def __init__(self, repository: Path, folder: Path, claims: Sequence[str]) -> None:
        self._repository = repository
        self._folder = folder
        self._claims = claims

    def run(self, point: Point, claims: Iterable[str], release: str = "") -> Seen:
        """Run claims with a point's files, on an interpreter that says it is another release."""
        path = overlay(self._repository, point, release or point.name, self._folder)
        env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "PYTHON"))}
        xml = path.parent / "junit.xml"
        options = ["-p", "no:cacheprovider", "-m", "not ratio and not cost", f"--junitxml={xml}"]
        options += [f"--claim={claim}" for claim in claims]
        command = [point.local.python, "-m", "pytest", *options]
        env["PYTHONPATH"] = str(path)
        try:
            done = run_to_its_end(command, ROOT, env, timeout=LONGEST_RUN)
        except subprocess.TimeoutExpired:
            raise Broken(f"a run on {point.name} had not ended after {LONGEST_RUN} s") from None
        came_to_its_end = done.returncode in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        if not came_to_its_end or not xml.exists():
            raise Broken(f"a run on {point.name} broke down:\n{done.stdout[-2000:]}")
        seen: dict[str, dict[str, JUnitCase]] = {}
        for case in specs_in(xml):  # twice, if the end of a contradicted spec fails, too
            seen.setdefault(case.claim, {}).setdefault(case.nodeid, case)
        return seen

    def decide(self, point: Point) -> tuple[Seen, list[str]]:
        """Run the claims on a release, and alone what is wrong; return what is wrong only once."""
        seen = self.run(point, self._claims)
        first = wrong_in(seen)
        seen = {**seen, **(self.run(point, first) if first else {})}
        return seen, sorted(first.keys() - wrong_in(seen))

    def undecided(self, history: History) -> set[tuple[str, str]]:
        """Return the claims, with releases, that are wrong though no files make a difference.

        Nor are they wrong on an interpreter of the branch as it is.
        """
        claims = {claim for _, seen in history for claim in wrong_in(seen)}
        locals_ = {point.local for point, _ in history if claims}
        as_is = {local: Point(local.release, local, {}) for local in locals_}
        here = set(chain(*(wrong_in(self.run(point, claims)) for point in as_is.values())))
        found: dict[int, set[str]] = {}  # by what was seen: releases that are alike share it
        for point, seen in history:
            if id(seen) not in found:
                left = wrong_in(seen).keys() - here
                left -= self.changed(point, seen, as_is[point.local], left) if left else left
                for other, there in history:
                    if other.local == point.local:
                        those = {c for c in left if outcomes(there, c) != outcomes(seen, c)}
                        left -= self.changed(point, seen, other, those)
                found[id(seen)] = left
        return {(claim, point.name) for point, seen in history for claim in found[id(seen)]}

    def changed(self, point: Point, seen: Seen, other: Point, claims: Set[str]) -> set[str]:
        """Return the claims of which something else is seen on a release with another's files."""
        there = self.run(other, claims, point.name) if claims else {}
        return {one for one in claims if verdicts(there, one) != verdicts(seen, one)}


def flips(claim: str, history: History) -> Iterator[str]:
    """Yield what is seen of a claim on a branch's first release, and where that changes."""
    last, before = history[0]
    for point, seen in history:
        here = outcomes(seen, claim)
        if point is last:
            yield f"{claim} on {point.name}: {in_words(seen.get(claim, {}), here)}"
        elif here != outcomes(before, claim):
            changed = sorted({path for path, _ in point.files.items() ^ last.files.items()})
            cause = " ".join(changed) or "none, so it rests on C code or on the spec"
            binary = "" if point.local == last.local else "; the interpreter is another one"
            words = in_words(seen.get(claim, {}), here)
            yield f"{claim} from {point.name} on: {words} (changed files: {cause}{binary})"
        last, before = point, seen


def in_words(cases: Mapping[str, JUnitCase], seen: Mapping[str, str]) -> str:
    """Return what was seen of a claim's cases, shortly."""
    words: dict[str, list[str]] = {}
    for node, word in seen.items():
        words.setdefault(word or "never ended", []).append(cases[node].case or cases[node].function)
    if len(words) < 2:
        return "".join(words) or "did not run"
    return "; ".join(f"{word} for {', '.join(names)}" for word, names in words.items())


def ranges(some: Sequence[str], names: Sequence[str]) -> str:
    """Return some of the names, with "to" between those that follow each other."""
    numbered = enumerate(names.index(name) for name in some)
    groups = [[names[n] for _, n in group] for _, group in groupby(numbered, lambda p: p[1] - p[0])]
    return ", ".join(g[0] if len(g) == 1 else f"{g[0]} to {g[-1]}" for g in groups)


def wrongs(history: History, undecided: set[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Return what is wrong in a branch, by claim and kind: on which releases, and the message."""
    found: dict[tuple[str, str], list[str]] = {}
    messages = {}
    for point, seen in history:
        for claim, case in wrong_in(seen).items():
            open_ = (claim, point.name) in undecided
            kind = "undecided" if open_ else case.verdict or "never ended"
            found.setdefault((claim, kind), []).append(point.name)
            messages[claim, kind] = shorten(case.message, 200)
    names = [point.name for point, _ in history]
    return {key: f"{ranges(found[key], names)}: {messages[key]}" for key in sorted(found)}


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    """Return the command line's arguments, with the releases as points."""
    parser = argparse.ArgumentParser(prog="releases", description=__doc__.split("\n\n")[0])
    parser.add_argument("repository", type=Path, metavar="REPOSITORY")
    parser.add_argument("claims", nargs="*", metavar="CLAIM", help="an id, subject or section")
    parser.add_argument(
        "--only", action="append", default=[], metavar="RELEASE", help="such as 3.12.5, or 3.12"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N")
    found = parser.parse_intermixed_args(given)
    try:
        selection.check(found.claims, "", [str(ROOT)])
        found.points = points(found.repository, found.only)
    except (ValueError, OSError, pytest.UsageError) as error:
        parser.error(str(error))
    return found


def main(given: Sequence[str] | None = None) -> int:
    """Run the claims on the releases, print what is wrong, and return the exit code."""
    options = arguments(given)
    code = 0
    pool = ThreadPoolExecutor(options.jobs)
    with tempfile.TemporaryDirectory(prefix="releases-") as folder:
        sweep = Sweep(options.repository, Path(folder), options.claims)
        try:
            runs: list[tuple[Point, bool, Future[tuple[Seen, list[str]]]]] = []
            for point in options.points:
                same = bool(runs) and alike(runs[-1][0], point)
                run = runs[-1][2] if same else pool.submit(sweep.decide, point)
                runs.append((point, same, run))
            for _, those in groupby(runs, lambda run: branch(run[0].name)):
                history: list[tuple[Point, Seen]] = []
                for point, same, run in those:
                    try:
                        seen, once = run.result()
                    except Broken as error:
                        code = 1
                        print(error, flush=True)
                    else:
                        history.append((point, seen))
                        print(line(point, same, seen, once), flush=True)
                for (claim, kind), text in wrongs(history, sweep.undecided(history)).items():
                    code = code if kind == "undecided" else 1
                    print(f"{claim} {kind} on {text}")
                named = {*chain(*(seen for _, seen in history))} if options.claims else ()
                for claim in sorted(named):
                    print(*flips(claim, history), sep="\n")
                sys.stdout.flush()
        finally:
            pool.shutdown(cancel_futures=True)
    return code


def line(point: Point, same: bool, seen: Seen, once: Sequence[str]) -> str:
    """Return a line about a release: what was laid over, and what is wrong."""
    over = "as before" if same else f"{len(point.laid())} modules over {point.local.release}"
    rare = f"; once, but not alone: {' '.join(once)}" if once else ""
    return f"{point.name}, {over}: wrong: {' '.join(sorted(wrong_in(seen))) or 'none'}{rare}"


if __name__ == "__main__":
    sys.exit(main())
