"""The kill matrix: which counterfeit contradicts which spec, on the interpreter that runs this.

    python -m tests.selfcheck.kill.matrix [--jobs N] [--all] [--csv FILE] [counterfeit ...]

For each counterfeit the specs that it must contradict are run, and a few of other subjects, which
must stay as they are.  Ends with 1 if a counterfeit survives, a spec is killed by none, an
unrelated spec changes, or the injection alone changes anything; with 2 for bad input.
"""

import argparse
import csv
import queue
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.harness import interpreter
from tests.harness.specs import spec_files, specs_by_id
from tests.selfcheck import counterfeits
from tests.selfcheck.counterfeits import Counterfeit
from tests.selfcheck.kill.runs import INJECTION, Run, Warm, run_suite

#: How many claims of other subjects are run under each counterfeit.  Its neighbours take the next
#: ones, so that the counterfeits of a subject together cover more than one of them does.
BYSTANDERS = 2

#: From the verdict that says most about the cases of a claim to the one that says least.
ORDER = ("contradicted", "error", "inconclusive", "refuted", "holds", "not applicable", "")

KILLED, UNDECIDED, USUAL = ORDER[0], ORDER[2], ORDER[3:]

#: The plugin that skips what can add nothing.
FIRST_KILL = ("-p", "tests.selfcheck.kill.first_kill")

Verdicts = dict[str, str]


def by_claim(run: Run) -> Verdicts:
    """Return the verdict of each claim of a run: of its cases' verdicts, what says most."""
    found: Verdicts = {}
    for case in run.cases:
        before = found.get(case.claim, ORDER[-1])
        found[case.claim] = min(before, case.verdict, key=ORDER.index)
    return found


@dataclass
class Matrix:
    """What has been seen: the verdicts without a counterfeit, and those under each."""

    fakes: Sequence[Counterfeit]
    usual: Verdicts
    seen: dict[str, Verdicts] = field(default_factory=dict)

    def killed(self, name: str) -> list[str]:
        """Return the claims that the counterfeit contradicts."""
        return [id for id, verdict in sorted(self.seen[name].items()) if verdict == KILLED]

    def spared(self, fake: Counterfeit) -> Verdicts:
        """Return the claims that were to be contradicted and are not, with what they are."""
        verdicts = {id: self.seen[fake.name].get(id, "not run") for id in fake.breaks}
        return {id: v for id, v in verdicts.items() if v not in (KILLED, UNDECIDED)}

    def undecided(self) -> dict[str, list[str]]:
        """Return, by counterfeit, the ratio claims that the machine was too busy to decide."""
        found = {
            fake.name: [id for id in fake.breaks if self.seen[fake.name].get(id) == UNDECIDED]
            for fake in self.fakes
        }
        return {name: ids for name, ids in found.items() if ids}

    def survivors(self) -> list[str]:
        """Return the counterfeits under which not all is contradicted that was to be."""
        return [
            f"{fake.name}: {id} is {verdict}"
            for fake in self.fakes
            for id, verdict in self.spared(fake).items()
        ]

    def unkilled(self) -> list[str]:
        """Return the claims that no counterfeit contradicts, of those that apply here."""
        killed = {id for name in self.seen for id in self.killed(name)}
        killed |= {id for ids in self.undecided().values() for id in ids}
        return [
            id
            for id, verdict in sorted(self.usual.items())
            if verdict != "not applicable" and id not in killed
        ]

    def changed(self) -> list[str]:
        """Return the claims of unrelated subjects that are not as they were."""
        return [
            f"{id} under {fake.name}: {verdict}, not {self.usual.get(id)}"
            for fake in self.fakes
            for id, verdict in sorted(self.seen[fake.name].items())
            if is_bystander(id, fake) and verdict != self.usual.get(id)
        ]


#: The folders of specs that counterfeits of a folder must not touch (of any other: the last).
UNRELATED = {
    "contextvars": ("queue", "pickling"),
    "queue": ("contextvars", "pickling"),
    "": ("contextvars", "queue"),
}


def is_bystander(id: str, fake: Counterfeit) -> bool:
    """Tell whether the claim belongs to a subject that the counterfeit must not touch."""
    folder = fake.place.partition("/")[0]
    specs = specs_by_id().get(id, ("tests//",))
    unrelated = UNRELATED.get(folder, UNRELATED[""])
    return specs[0].split("/")[-2] in unrelated and id not in fake.breaks


def bystanders(fakes: Sequence[Counterfeit], usual: Verdicts) -> dict[str, list[str]]:
    """Return, for each counterfeit, the unrelated claims to run under it (no ratio claims)."""
    claims = sorted(id for id, verdict in usual.items() if verdict != UNDECIDED)
    chosen = {}
    for number, fake in enumerate(fakes):
        others = [id for id in claims if is_bystander(id, fake)]
        first = number * BYSTANDERS
        chosen[fake.name] = [
            others[(first + n) % len(others)] for n in range(min(BYSTANDERS, len(others)))
        ]
    return chosen


def selection(claims: Iterable[str]) -> list[str]:
    """Return pytest's arguments that select these claims: their specs, so that it reads no other.

    Raises KeyError for a claim that no spec carries.
    """
    specs = specs_by_id()
    return [spec for id in sorted(set(claims)) for spec in specs[id]]


class Kit:
    """Runs specs under counterfeits, several at a time."""

    def __init__(self, folder: Path, jobs: int) -> None:
        self._folder = folder
        self._jobs = jobs
        self._warm: queue.Queue[Warm] = queue.Queue()
        for _ in range(jobs):
            self._warm.put(Warm())

    def end(self) -> None:
        """End the processes that are forked for runs; to be called when no run is under way."""
        while not self._warm.empty():
            self._warm.get().end()

    def run(self, name: str, claims: Iterable[str], *options: str, path: str = "") -> Verdicts:
        """Run the claims under the counterfeit of this name (none, if empty)."""
        options = (*options, *FIRST_KILL, *selection(claims))
        return self._verdicts(
            name, run_suite(self._new_folder(), *options, counterfeit=name, PYTHONPATH=path)
        )

    def run_warm(self, name: str, *options: str) -> Verdicts:
        """Run what the options select, as ``run`` does but in less time: in a forked pytest.

        The counterfeit comes after most of the standard library, so that it may break less.
        """
        warm = self._warm.get()
        try:
            run = warm.run(self._new_folder(), *options, *FIRST_KILL, counterfeit=name)
        finally:
            self._warm.put(warm)
        return self._verdicts(name, run)

    def _new_folder(self) -> Path:
        return Path(tempfile.mkdtemp(dir=self._folder))

    def _verdicts(self, name: str, run: Run) -> Verdicts:
        if not run.cases:
            print(f"the run under {name or 'no counterfeit'} broke down:\n{run.output}")
        return by_claim(run)

    def unmodified(self) -> tuple[Verdicts, Verdicts]:
        """Return the verdicts of all claims without the injection, and with it but unused.

        The former in forked runs, which must not change anything either (and without ratios).
        """
        files = [str(path) for path in spec_files()]
        with ThreadPoolExecutor(self._jobs) as pool:
            parts = [files[first :: self._jobs] for first in range(self._jobs)]
            runs = list(pool.map(lambda part: self.run_warm("", "-m", "not ratio", *part), parts))
        plain = {id: verdict for run in runs for id, verdict in run.items()}
        unused = self.run("", (), "-n", "4", path=str(INJECTION))
        # On a busy machine patience may run out where nothing is wrong: run that again, alone.
        doubtful = [id for id in plain if plain[id] != unused.get(id) or plain[id] not in USUAL]
        if doubtful:
            plain |= self.run("", doubtful)
            unused |= self.run("", doubtful, path=str(INJECTION))
        return plain, unused

    def fill(self, matrix: Matrix, wanted: Mapping[str, Sequence[str]]) -> Iterator[Counterfeit]:
        """Run what is wanted of each counterfeit; yield each as soon as it has been run.

        Claims decided by ratios come last, one at a time, so that nothing disturbs them: under
        ``-n`` they were inconclusive.
        """
        ratios = {id for id, verdict in matrix.usual.items() if verdict == UNDECIDED}
        alone = [fake for fake in matrix.fakes if ratios.intersection(wanted[fake.name])]

        def together(fake: Counterfeit) -> Counterfeit:
            claims = set(wanted[fake.name]) - ratios
            seen = self.run_warm(fake.name, *selection(claims)) if claims else {}
            missed = [id for id in fake.breaks if id in claims and seen.get(id) != KILLED]
            matrix.seen[fake.name] = {**seen, **(self.run(fake.name, missed) if missed else {})}
            return fake

        with ThreadPoolExecutor(self._jobs) as pool:
            yield from (fake for fake in pool.map(together, matrix.fakes) if fake not in alone)
        for fake in alone:
            claims = ratios.intersection(wanted[fake.name])
            matrix.seen[fake.name] |= self.run(fake.name, claims, "-n", "0")
            yield fake

    def confirm(self, matrix: Matrix) -> None:
        """Run again, alone, what has changed under a counterfeit that has nothing to do with it."""
        for fake in matrix.fakes:
            seen = matrix.seen[fake.name]
            doubtful = [
                id for id in seen if is_bystander(id, fake) and seen[id] != matrix.usual.get(id)
            ]
            if doubtful:
                seen |= self.run(fake.name, doubtful)


def row(matrix: Matrix, fake: Counterfeit) -> str:
    """Return the matrix's line for a counterfeit."""
    seen = matrix.seen[fake.name]
    same = sum(is_bystander(id, fake) and seen[id] == matrix.usual.get(id) for id in seen)
    killed = " ".join(matrix.killed(fake.name)) or "none"
    return f"{fake.name:78} contradicts {killed}; {same} others unchanged"


def findings(matrix: Matrix, plain: Verdicts) -> dict[str, list[str]]:
    """Return what is wrong, by heading; all lists are empty if nothing is."""
    unused = [
        f"{id}: {matrix.usual.get(id)}, without the injection {verdict}"
        for id, verdict in sorted(plain.items())
        if matrix.usual.get(id) != verdict
    ]
    return {
        "claims that the injection alone changes": unused,
        "claims that are contradicted, or in error, without a counterfeit": [
            f"{id}: {v}" for id, v in sorted(plain.items()) if v in ("contradicted", "error")
        ],
        "counterfeits that survive": matrix.survivors(),
        "specs that no counterfeit kills": matrix.unkilled(),
        "unrelated specs that changed": matrix.changed(),
    }


def write_csv(matrix: Matrix, path: Path) -> None:
    """Write the matrix: a row per counterfeit, a column per claim, a verdict where it was run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["counterfeit", *sorted(matrix.usual)])
        for fake in matrix.fakes:
            seen = matrix.seen[fake.name]
            verdicts = [seen.get(id, "") for id in sorted(matrix.usual)]
            writer.writerow([fake.name, *verdicts])


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    """Return the command line's arguments, the counterfeits looked up."""
    parser = argparse.ArgumentParser(prog="kill_matrix", description=__doc__.split("\n\n")[0])
    parser.add_argument("names", nargs="*", metavar="counterfeit", help="only these; default: all")
    parser.add_argument("--jobs", type=int, default=8, help="how many at a time (default: 8)")
    parser.add_argument("--all", action="store_true", help="run every spec under each (an hour)")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write the matrix to FILE, too")
    found = parser.parse_args(given)
    try:
        found.fakes = [fake for name in found.names for fake in counterfeits.named(name)]
    except LookupError as error:
        parser.error(str(error))
    return found


def main(given: Sequence[str] | None = None) -> int:
    """Run the kit, print the matrix and what is wrong, and return the exit code."""
    options = arguments(given)
    everything = [fake for fake in counterfeits.everything().values() if fake.breaks and fake.where]
    fakes = sorted(options.fakes or everything, key=lambda fake: fake.name)
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kill-matrix-") as folder:
        kit = Kit(Path(folder), options.jobs)
        plain, unused = kit.unmodified()
        matrix = Matrix(fakes, unused)
        print(f"kill matrix: {len(fakes)} counterfeits, {len(plain)} claims, {interpreter.name()}")
        others = bystanders(fakes, unused)
        claims = [id for id, v in unused.items() if v != UNDECIDED] if options.all else []
        wanted = {fake.name: [*fake.breaks, *(claims or others[fake.name])] for fake in fakes}
        for fake in kit.fill(matrix, wanted):
            print(row(matrix, fake), flush=True)
        kit.confirm(matrix)
        kit.end()
    if options.csv:
        write_csv(matrix, options.csv)
    wrong = findings(matrix, plain)
    if options.fakes:
        del wrong["specs that no counterfeit kills"]  # which only the whole kit can tell
    for heading, lines in wrong.items():
        print(f"\n{heading}: {len(lines) or 'none'}", *lines, sep="\n  ")
    for name, ids in matrix.undecided().items():
        print(f"\nundecided, the machine was too busy: {', '.join(ids)} under {name}")
    print(f"\n{time.monotonic() - begin:.0f} s")
    return 1 if any(wrong.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
