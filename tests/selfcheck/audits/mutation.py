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

from tests.harness.specs import spec_files
from tests.selfcheck import counterfeits
from tests.selfcheck.kill.matrix import KILLED, by_claim, selection
from tests.selfcheck.kill.runs import ROOT, copy_of_the_checkout, run_suite

#: The harness's modules that decide, say or wait for something.  The others (leaks, programs,
#: fixtures, speedup) are exercised by whole runs, which take too long to repeat for each mutant.
MODULES = tuple(
    "background catalogue children claims interpreter ratios reports selection summary verdicts "
    "waiting".split()
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
    """Mutate a module of the harness in a copy of the checkout at ``folder``."""
    (folder / "mutation.toml").write_text(
        "[cosmic-ray]\n"
        f"module-path = {json.dumps(f'tests/harness/{module}.py')}\n"
        "timeout = 60.0\n"
        "excluded-modules = []\n"
        f"test-command = {json.dumps(f'{sys.executable} -m pytest -x -q {QUICK_TESTS}')}\n"
        '[cosmic-ray.distributor]\nname = "local"\n'
        "[cosmic-ray.filters.operators-filter]\n"
        f"exclude-operators = {json.dumps(REDUNDANT)}\n",
        encoding="utf-8",
    )
    database = f"{module}.sqlite"
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
    """An assert statement of a spec: its file, its lines (from 1), the others', the claim's id."""

    path: Path
    lines: tuple[int, int]
    others: tuple[tuple[int, int], ...]
    claim: str


def assertions(path: Path) -> Iterator[Assertion]:
    """Yield the asserts in the specs of a file."""
    for function in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(function, ast.FunctionDef):
            marks = [ast.unparse(decorator) for decorator in function.decorator_list]
            ids = [mark[7:-2] for mark in marks if mark.startswith("claim('")]
            found = [node for node in ast.walk(function) if isinstance(node, ast.Assert)]
            spans = [(node.lineno, node.end_lineno or node.lineno) for node in found]
            for span in spans:
                others = tuple(other for other in spans if other != span)
                for id in ids:
                    yield Assertion(path.relative_to(ROOT), span, others, id)


def leave_alone(assertion: Assertion, folder: Path) -> Iterator[Outcome]:
    """Leave the spec this assertion only, in the copy of the checkout; run its counterfeits."""
    path = folder / assertion.path
    original = path.read_text(encoding="utf-8")
    lines = original.splitlines()
    for first, last in assertion.others:
        indent = len(lines[first - 1]) - len(lines[first - 1].lstrip())
        lines[first - 1 : last] = [" " * indent + "pass"] + [""] * (last - first)
    fakes = [
        f for f in counterfeits.everything().values() if f.where and assertion.claim in f.breaks
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    try:
        noticed = any(contradicts(fake.name, assertion.claim, folder) for fake in fakes)
    finally:
        path.write_text(original, encoding="utf-8")
    first, last = assertion.lines
    where = f"{assertion.path}:{first} of {assertion.claim}, {len(fakes)} counterfeits"
    yield Outcome("\n".join([where, *lines[first - 1 : last]]), noticed)


def contradicts(fake: str, claim: str, folder: Path) -> bool:
    """Tell whether the copy's spec of the claim is contradicted under the counterfeit."""
    with tempfile.TemporaryDirectory(dir=folder) as results:
        options = ["-p", "tests.selfcheck.kill.first_kill", *selection([claim])]
        run = run_suite(Path(results), *options, counterfeit=fake, root=folder)
    return by_claim(run).get(claim) == KILLED


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
        modules = [name for name in MODULES if not names or name in names]
        yield "harness", [partial(mutate_module, name) for name in modules]
    if not options.harness:
        found = [one for path in spec_files() for one in assertions(path)]
        chosen = [one for one in found if not names or one.claim in names]
        yield "assertions of the specs", [partial(leave_alone, one) for one in chosen]


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
