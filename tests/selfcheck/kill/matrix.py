"""The kill matrix: which counterfeit contradicts which claim, on the interpreter that runs this.

    python -m tests.selfcheck.kill.matrix [--jobs N] [--csv FILE] [NAME ...]

A NAME is that of a counterfeit (``queue/queue:joining_does_not_wait``), of a module of them
(``queue/queue``), of a folder (``queue``), or of a claim that they break; without one, all are run.
The claims that a counterfeit must contradict are run without it, as the control, and with it.  In
a run of all, a few others are run with it, too, which must stay as they are.

Ends with 1 if a counterfeit survives, if a claim is contradicted without one, if no counterfeit
kills a claim, or only counterfeits that break more than four claims do, or if an unrelated claim
changes; with 2 for bad input.
"""

import argparse
import csv
import linecache
import queue
import sys
import tempfile
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path

from tests.harness import interpreter
from tests.harness.waiting import ControlFailed
from tests.report.junit import JUnitCase
from tests.selfcheck import counterfeits
from tests.selfcheck.counterfeits import Counterfeit
from tests.selfcheck.kill.runs import ROOT, Run, Warm, run_suite
from tests.vocabulary.specs import ratio_specs, specs_by_id
from tests.vocabulary.subjects import subject_of
from tests.vocabulary.verdict import Verdict, shorten

#: A counterfeit that contradicts no more claims than this shows what their assertions are for.
SPECIFIC = 4

#: The module of a counterfeit that breaks many claims, and each by something of its own: it swaps
#: the two programs of each question.
EACH_BY_ITS_OWN = "questions/pairs"

#: In how many parts each job runs the control: some parts take ten times as long as others.
PARTS = 4

#: How many unrelated claims are run with each counterfeit.
BYSTANDERS = 2

#: The specs that the counterfeits of a folder have nothing to do with ("": of any other folder).
_CONTEXTS = ("/contextvars/test_variables", "/contextvars/test_contexts")
UNRELATED = {
    "contextvars": ("/queue/", "/pickling/"),
    "futures": (*_CONTEXTS, "/queue/"),
    "interpreters": (*_CONTEXTS, "/queue/"),
    "": _CONTEXTS,
}

KILLED = Verdict.CONTRADICTED.value

#: From the verdict that says most about the cases of a claim to the one that says least.
ORDER = (KILLED, "error", "inconclusive", "refuted", "holds", "not applicable", "")

#: Of each claim, the case that says most.
Seen = Mapping[str, JUnitCase]


def by_claim(run: Run) -> Seen:
    """Return, of the cases of each claim in a run, the one that says most; the first of several.

    (If the end of a contradicted spec fails, too, JUnit XML has it a second time.)
    """
    cases = sorted(run.cases, key=lambda case: ORDER.index(case.verdict))
    return {case.claim: case for case in reversed(cases)}


def by_control(case: JUnitCase) -> bool:
    """Tell whether a test ended with a failed control."""
    return case.verdict == Verdict.ERROR and ControlFailed.__name__ in case.message


@dataclass
class Matrix:
    """What has been seen: without a counterfeit, and with each by its name."""

    fakes: Sequence[Counterfeit]
    control: Seen
    seen: dict[str, Seen] = field(default_factory=dict)

    def verdict(self, fake: Counterfeit, id: str) -> str:
        """Return the verdict of a claim under the counterfeit.

        A control that fails has noticed the counterfeit, though it says nothing about the claim:
        that counts, and ``only_by_control`` tells.
        """
        case = self.seen[fake.name].get(id)
        if case is None:
            return "not run"
        return KILLED if by_control(case) else case.verdict

    def killed(self, fake: Counterfeit) -> list[str]:
        """Return the claims that the counterfeit contradicts."""
        return [id for id in sorted(self.seen[fake.name]) if self.verdict(fake, id) == KILLED]

    def killers(self, id: str) -> list[Counterfeit]:
        """Return the counterfeits that contradict the claim, the most specific first."""
        found = [fake for fake in self.fakes if self.verdict(fake, id) == KILLED]
        return sorted(found, key=lambda fake: len(self.killed(fake)))

    def is_specific(self, fake: Counterfeit) -> bool:
        """Tell whether the counterfeit contradicts so few claims that it shows something."""
        return len(self.killed(fake)) <= SPECIFIC or fake.place == EACH_BY_ITS_OWN

    def only_by_control(self) -> list[str]:
        """Return the claims whose specific killers are noticed by a control, by no assertion."""
        found = []
        for id in sorted(self.control):
            killers = [fake for fake in self.killers(id) if self.is_specific(fake)]
            cases = [self.seen[fake.name][id] for fake in killers]
            if cases and all(map(by_control, cases)):
                found.append(id)
        return found

    def undecided(self) -> list[str]:
        """Return what the machine was too busy to decide: claims that depend on ratios."""
        return [
            f"{id} with {fake.name}"
            for fake in self.fakes
            for id in fake.breaks
            if self.verdict(fake, id) == Verdict.INCONCLUSIVE
        ]

    def survivors(self) -> list[str]:
        """Return the counterfeits that do not contradict a claim that they must contradict."""
        return [
            f"{fake.name}: {id} is {self.verdict(fake, id)}"
            for fake in self.fakes
            for id in fake.breaks
            if self.verdict(fake, id) not in (KILLED, Verdict.INCONCLUSIVE)
        ]

    def without_killer(self, *, specific: bool) -> list[str]:
        """Return the claims that apply here and have no killer, or that have no specific one."""
        undecided = {text.partition(" ")[0] for text in self.undecided()}
        found = []
        for id, case in sorted(self.control.items()):
            killers = self.killers(id)
            bad = killers and not self.is_specific(killers[0]) if specific else not killers
            if bad and case.verdict != Verdict.NOT_APPLICABLE and id not in undecided:
                found.append(f"{id} ({case.nodeid})")
        return found

    def changed(self, fake: Counterfeit) -> list[str]:
        """Return the unrelated claims that are not as they are without the counterfeit."""
        usual = {id: case.verdict for id, case in self.control.items()}
        return [
            id
            for id in sorted(self.seen[fake.name])
            if id not in fake.breaks and self.verdict(fake, id) != usual.get(id)
        ]

    def wrong(self) -> list[str]:
        """Return the claims that are contradicted or in error without a counterfeit."""
        return [
            f"{id}: {case.verdict}, {case.message}"
            for id, case in sorted(self.control.items())
            if case.verdict and Verdict(case.verdict).wrong
        ]


def findings(matrix: Matrix, *, whole: bool) -> dict[str, list[str]]:
    """Return what is wrong, by heading; all lists are empty if nothing is."""
    found = {
        "claims that are contradicted, or in error, without a counterfeit": matrix.wrong(),
        "counterfeits that survive": matrix.survivors(),
    }
    if whole:
        found |= {
            "claims that no counterfeit kills": matrix.without_killer(specific=False),
            f"claims killed only by counterfeits that break more than {SPECIFIC} claims": (
                matrix.without_killer(specific=True)
            ),
            "unrelated claims that change": [
                f"{id} with {fake.name}: {matrix.verdict(fake, id)}"
                for fake in matrix.fakes
                for id in matrix.changed(fake)
            ],
        }
    return found


def unrelated(fake: Counterfeit) -> list[str]:
    """Return the claims that the counterfeit has nothing to do with."""
    others = UNRELATED.get(fake.place.partition("/")[0], UNRELATED[""])
    subjects = set(map(subject_of, fake.breaks))
    return [
        id
        for id, specs in sorted(specs_by_id().items())
        if any(other in specs[0] for other in others) and subject_of(id) not in subjects
    ]


def bystanders(fakes: Sequence[Counterfeit]) -> dict[str, list[str]]:
    """Return, for each counterfeit, the unrelated claims to run with it, if there are any.

    A new claim or counterfeit changes hardly any of the other choices.
    """

    def lot(fake: Counterfeit, id: str) -> int:
        return zlib.crc32(f"{fake.name} {id}".encode())

    return {
        fake.name: sorted(unrelated(fake), key=partial(lot, fake))[:BYSTANDERS] for fake in fakes
    }


@cache
def ratios() -> frozenset[str]:
    """Return the claims that are decided by ratios of times, and must run alone."""
    return frozenset(spec.id for spec in ratio_specs())


def selection(claims: Iterable[str]) -> list[str]:
    """Return pytest's arguments that select the specs of these claims.

    Raises KeyError for a claim that no spec carries.
    """
    return sorted({spec for id in claims for spec in specs_by_id()[id]})


class Kit:
    """Runs specs with counterfeits, several at a time; the name "" stands for none."""

    def __init__(self, folder: Path, jobs: int) -> None:
        self._folder = folder
        self._pool = ThreadPoolExecutor(jobs)
        self._jobs = jobs
        self._warm: queue.LifoQueue[Warm | None] = queue.LifoQueue()
        for _ in range(jobs):
            self._warm.put(None)

    def end(self) -> None:
        """End the processes that are forked for runs; to be called when no run is under way."""
        for _ in range(self._jobs):
            warm = self._warm.get()
            if warm is not None:
                warm.end()

    def run(self, name: str, claims: Iterable[str]) -> Seen:
        """Run the claims in a pytest that starts with the counterfeit."""
        return self._seen(run_suite(self._new(), *self._options(claims), counterfeit=name))

    def run_warm(self, name: str, claims: Iterable[str]) -> Seen:
        """Run the claims in a forked pytest, which takes less time.

        The counterfeit comes after most of the standard library, so that it may break less.
        """
        warm = self._warm.get() or Warm()
        try:
            return self._seen(warm.run(self._new(), *self._options(claims), counterfeit=name))
        finally:
            self._warm.put(warm)

    def _new(self) -> Path:
        return Path(tempfile.mkdtemp(dir=self._folder))

    def _options(self, claims: Iterable[str]) -> list[str]:
        return ["-p", "tests.selfcheck.kill.first_kill", *selection(claims)]

    def _seen(self, run: Run) -> Seen:
        if not run.cases or run.exit_code < 0:
            print(f"a run broke down:\n{run.output}")
        return by_claim(run)

    def control(self, claims: Iterable[str]) -> Seen:
        """Run the claims without a counterfeit, and once more, alone, what is not as it should be.

        Patience is as short as with a counterfeit: a spec that needs more is seen here.
        """
        alone = ratios().intersection(claims)
        # The notes and the questions, which take longest, come first.
        together = sorted(set(claims) - alone, key=lambda id: specs_by_id()[id], reverse=True)
        size = -(-len(together) // (PARTS * self._jobs)) or 1
        parts = [together[first : first + size] for first in range(0, len(together), size)]
        seen = {}
        for part in self._pool.map(lambda part: self.run_warm("", part), parts):
            seen |= part
        again = [id for id in together if id not in seen or seen[id].verdict in ORDER[:2]]
        return {**seen, **(self.run("", {*again, *alone}) if again or alone else {})}

    def fill(self, matrix: Matrix, wanted: Mapping[str, Iterable[str]]) -> Iterator[Counterfeit]:
        """Run what is wanted of each counterfeit; yield each when it has been run.

        Claims decided by ratios come last, so that nothing disturbs them, and so does what was
        missed twice beside the runs of others.
        """

        def missed(fake: Counterfeit) -> set[str]:
            survived = [id for id in fake.breaks if matrix.verdict(fake, id) != KILLED]
            return set(wanted[fake.name]).intersection([*survived, *matrix.changed(fake)])

        def together(fake: Counterfeit) -> Counterfeit:
            claims = set(wanted[fake.name]) - ratios()
            seen = self.run_warm(fake.name, claims) if claims else {}
            matrix.seen[fake.name] = seen
            again = missed(fake) - ratios()
            matrix.seen[fake.name] = {**seen, **(self.run(fake.name, again) if again else {})}
            return fake

        late = []
        for fake in self._pool.map(together, matrix.fakes):
            if missed(fake):
                late.append(fake)
            else:
                yield fake
        for fake in late:
            seen = self.run(fake.name, missed(fake))
            matrix.seen[fake.name] = {**matrix.seen[fake.name], **seen}
            yield fake


def where(case: JUnitCase) -> tuple[str, str]:
    """Return where a spec was contradicted, and the source of that line; or just its file."""
    file, line = case.file, case.failed_at
    return (f"{file}:{line}" if line else file), linecache.getline(str(ROOT / file), line).strip()


def write_csv(matrix: Matrix, path: Path) -> None:
    """Write what kills each claim: a row per claim and counterfeit, the most specific first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow("claim counterfeit specific test line assertion seen".split())
        for id, usual in sorted(matrix.control.items()):
            for fake in matrix.killers(id):
                case = matrix.seen[fake.name][id]
                specific = "yes" if matrix.is_specific(fake) else "no"
                row = [fake.name, specific, case.nodeid, case.failed_at, where(case)[1]]
                writer.writerow([id, *row, case.message])
            if not matrix.killers(id):
                writer.writerow([id, "", "", usual.nodeid, "", "", usual.verdict])


def show(matrix: Matrix, fake: Counterfeit, *, whole: bool) -> None:
    """Print what the counterfeit contradicts; unless all are run, by which assertions, too."""
    killed = matrix.killed(fake)
    unchanged = len(matrix.seen[fake.name]) - len(set(killed) | set(fake.breaks))
    print(f"{fake.name:70} contradicts {' '.join(killed) or 'nothing'}", end="")
    print(f"; {unchanged} others unchanged" if whole and not matrix.changed(fake) else "")
    for id in () if whole else killed:
        case = matrix.seen[fake.name][id]
        place, source = where(case)
        print(f"  {id} at {place}: {shorten(source, 200)}\n      {shorten(case.message, 200)}")
    sys.stdout.flush()


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    """Return the command line's arguments, the counterfeits looked up."""
    parser = argparse.ArgumentParser(prog="kill", description=__doc__.split("\n\n")[0])
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="only this counterfeit, module, folder or claim"
    )
    parser.add_argument("--jobs", type=int, default=8, help="how many at a time (default: 8)")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write what kills each claim")
    found = parser.parse_args(given)
    everything = [fake for fake in counterfeits.everything().values() if fake.breaks]
    try:
        found.fakes = {
            fake.name: fake
            for name in found.names
            for fake in [one for one in everything if name in one.breaks]
            or counterfeits.named(name)
        }
    except LookupError as error:
        parser.error(str(error))
    chosen = found.fakes.values() if found.names else everything
    found.fakes = [fake for fake in chosen if fake.where]
    if not found.fakes:
        parser.error(f"{', '.join(found.names)}: nothing that breaks a claim on this interpreter")
    return found


def main(given: Sequence[str] | None = None) -> int:
    """Run the counterfeits, print what they contradict and what is wrong; return the exit code."""
    options = arguments(given)
    fakes, whole = options.fakes, not options.names
    others = bystanders(fakes) if whole else {}
    wanted = {fake.name: {*fake.breaks, *others.get(fake.name, ())} for fake in fakes}
    claims = set(specs_by_id()) if whole else set().union(*wanted.values())
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kill-") as folder:
        kit = Kit(Path(folder), options.jobs)
        print(
            f"{interpreter.name()}, counterfeits: {len(fakes)}, claims: {len(claims)}", flush=True
        )
        matrix = Matrix(fakes, kit.control(claims))
        for fake in kit.fill(matrix, wanted):
            show(matrix, fake, whole=whole)
        kit.end()
    if options.csv:
        write_csv(matrix, options.csv)
    wrong = findings(matrix, whole=whole)
    for heading, lines in wrong.items():
        print(f"\n{heading}: {len(lines) or 'none'}", *lines, sep="\n  ")
    if controls := matrix.only_by_control():
        print(f"\nnoticed by a control only, not by an assertion: {' '.join(controls)}")
    for text in matrix.undecided():
        print(f"\nundecided, as the machine was too busy: {text}")
    print(f"\n{time.monotonic() - begin:.0f} s")
    return 1 if any(wrong.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
