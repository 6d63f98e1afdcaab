"""Mutation testing: finds what in the harness, and which assertion of a spec, is there for nothing.

    python -m tests.selfcheck.audits.mutation [--jobs N] [--harness | --asserts] [name ...]

Works on copies of the checkout.  The harness is mutated by cosmic-ray, and the quick tests of the
selfcheck must notice; names are modules of the harness.  Of the assertions of a spec all but one
are taken out, and that one must catch a counterfeit of the claim on its own; names are ids of
claims.  Prints what nothing noticed, and the score.  Ends with 0: what is left over is for somebody
to judge.
"""

import argparse
import ast
import json
import queue
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

from tests.selfcheck import counterfeits
from tests.selfcheck.kill.runs import copy_of_the_checkout, run_suite
from tests.vocabulary.specs import Spec, all_specs
from tests.vocabulary.verdict import Verdict

#: The modules that decide, say or wait for something.  The others, such as leaks, are exercised by
#: whole runs, which take too long to repeat for each mutant.
MODULES = tuple(
    "harness/channel harness/claims harness/interpreter harness/processes harness/specs "
    "harness/threads harness/verdict harness/waiting plugins/ratios plugins/selection "
    "plugins/speedup plugins/summary plugins/verdicts".split()
)

#: Cosmic-ray's operators that say no more than a neighbour does: instead of every other operator,
#: one takes the place of each.  ``|`` stands in annotations, which nothing evaluates.
REDUNDANT = (
    r"core/ReplaceBinaryOperator_BitOr_.*",
    r"core/ReplaceBinaryOperator_Add_(?!Sub).*",
    r"core/ReplaceBinaryOperator_(?!Add)[A-Z]\w*_(?!Add).*",
    r"core/ReplaceComparisonOperator_(Eq|NotEq|Is|IsNot)_(?!NotEq|Eq|Is).*",
    r"core/ReplaceComparisonOperator_(Is|IsNot)_(Eq|NotEq)",
    r"core/ReplaceComparisonOperator_(Eq|NotEq)_(Is|IsNot)",
    r"core/ReplaceComparisonOperator_(Lt|LtE|Gt|GtE)_(Is|IsNot|Eq|NotEq)",
    r"core/ReplaceUnaryOperator_USub_(?!UAdd).*",
)

#: The quick tests of the selfcheck, some 10 s.
QUICK_TESTS = " ".join(
    f"tests/selfcheck/test_{name}.py" for name in "waiting ratios verdicts bad_input".split()
)


@dataclass(frozen=True)
class Outcome:
    """A mutant: what it is, as a reader would see it, and whether anything noticed it."""

    mutant: str
    noticed: bool


#: Mutates something in a copy of the checkout, in the folder that it is given.
Mutate = Callable[[Path], Iterable[Outcome]]


def cosmic_ray(command: str, *options: str, folder: Path) -> str:
    """Run a command of cosmic-ray's in the folder and return what it printed."""
    program = Path(sys.executable).with_name(command)
    done = subprocess.run(
        [program, *options], cwd=folder, check=True, stdout=subprocess.PIPE, encoding="utf-8"
    )
    return done.stdout


def mutate_module(module: str, folder: Path) -> Iterator[Outcome]:
    """Mutate a module of MODULES in a copy of the checkout at ``folder``."""
    (folder / "mutation.toml").write_text(
        "[cosmic-ray]\n"
        f"module-path = {json.dumps(f'tests/{module}.py')}\n"
        "timeout = 60.0\n"
        "excluded-modules = []\n"
        f"test-command = {json.dumps(f'{sys.executable} -m pytest -x -q {QUICK_TESTS}')}\n"
        '[cosmic-ray.distributor]\nname = "local"\n'
        "[cosmic-ray.filters.operators-filter]\n"
        f"exclude-operators = {json.dumps(REDUNDANT)}\n",
        encoding="utf-8",
    )
    database = "mutation.sqlite"
    cosmic_ray("cosmic-ray", "init", "mutation.toml", database, folder=folder)
    cosmic_ray("cr-filter-operators", database, "mutation.toml", folder=folder)
    cosmic_ray("cosmic-ray", "exec", "mutation.toml", database, folder=folder)
    for line in cosmic_ray("cosmic-ray", "dump", database, folder=folder).splitlines():
        [item, result] = json.loads(line)
        if result["worker_outcome"] != "skipped":
            [mutation] = item["mutations"]
            where = f"{mutation['module_path']}:{mutation['start_pos'][0]}"
            noticed = result["test_outcome"] != "survived"
            yield Outcome(f"{where} {mutation['operator_name']}\n{result['diff']}", noticed)


@dataclass(frozen=True)
class Assertion:
    """An assert statement of a spec: its lines (from 1), and those of the spec's others."""

    spec: Spec
    lines: tuple[int, int]
    others: tuple[tuple[int, int], ...]


def assertions(spec: Spec) -> Iterator[Assertion]:
    """Yield the asserts of a spec."""
    found = [node for node in ast.walk(spec.node) if isinstance(node, ast.Assert)]
    spans = [(node.lineno, node.end_lineno or node.lineno) for node in found]
    for span in spans:
        yield Assertion(spec, span, tuple(other for other in spans if other != span))


def leave_alone(assertion: Assertion, folder: Path) -> Iterator[Outcome]:
    """Leave the spec this assertion only, in the copy of the checkout; run its counterfeits."""
    spec = assertion.spec
    path = folder / spec.file
    original = path.read_text(encoding="utf-8")
    lines = original.splitlines()
    for first, last in assertion.others:
        indent = len(lines[first - 1]) - len(lines[first - 1].lstrip())
        lines[first - 1 : last] = [" " * indent + "pass"] + [""] * (last - first)
    fakes = [f for f in counterfeits.everything().values() if f.where and spec.id in f.breaks]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    try:
        noticed = any(contradicts(fake.name, spec, folder) for fake in fakes)
    finally:
        path.write_text(original, encoding="utf-8")
    first, last = assertion.lines
    where = f"{spec.file}:{first} of {spec.id}, {len(fakes)} counterfeits"
    yield Outcome("\n".join([where, *lines[first - 1 : last]]), noticed)


def contradicts(fake: str, spec: Spec, folder: Path) -> bool:
    """Tell whether the copy's spec is contradicted under the counterfeit."""
    with tempfile.TemporaryDirectory(dir=folder) as results:
        options = ["-p", "tests.selfcheck.kill.first_kill", spec.nodeid]
        run = run_suite(Path(results), *options, counterfeit=fake, root=folder)
    return any(case.verdict == Verdict.CONTRADICTED for case in run.cases)


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    """Return the command line's arguments."""
    parser = argparse.ArgumentParser(prog="mutation", description=__doc__.split("\n\n")[0])
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--harness", action="store_true", help="only the harness")
    which.add_argument("--asserts", action="store_true", help="only the specs' assertions")
    parser.add_argument("names", nargs="*", metavar="name", help="only these modules or claims")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time (default: 2)")
    return parser.parse_args(given)


def mutants(options: argparse.Namespace) -> Iterator[tuple[str, list[Mutate]]]:
    """Yield what is to be mutated, by title: functions that do it in a copy of the checkout."""
    names = options.names
    if not options.asserts:
        modules = [name for name in MODULES if not names or name.rpartition("/")[2] in names]
        yield "harness", [partial(mutate_module, name) for name in modules]
    if not options.harness:
        chosen = [spec for spec in all_specs() if not names or spec.id in names]
        found = [one for spec in chosen for one in assertions(spec)]
        yield "assertions of the specs", [partial(leave_alone, one) for one in found]


def main(given: Sequence[str] | None = None) -> int:
    """Mutate, print each mutant that was not noticed and the scores, and return 0."""
    options = arguments(given)
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutation-") as parent:
        copies: queue.Queue[Path] = queue.Queue()
        for number in range(options.jobs):
            copies.put(copy_of_the_checkout(Path(parent) / str(number)))

        def in_a_copy(mutate: Mutate) -> list[Outcome]:
            folder = copies.get()
            try:
                return list(mutate(folder))
            finally:
                copies.put(folder)

        with ThreadPoolExecutor(options.jobs) as pool:
            for title, work in mutants(options):
                count = noticed = 0
                for outcome in chain.from_iterable(pool.map(in_a_copy, work)):
                    count += 1
                    noticed += outcome.noticed
                    if not outcome.noticed:
                        print(f"not noticed: {outcome.mutant}", flush=True)
                print(f"{title}: {noticed} of {count} mutants noticed\n", flush=True)
    print(f"{time.monotonic() - begin:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
