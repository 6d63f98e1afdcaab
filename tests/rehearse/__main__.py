"""Runs a project's own tests with the behaviour of a later Python switched on.

    python -m tests.rehearse BEFORE AFTER [--in FOLDER] [--python PYTHON] -- COMMAND ...

The command runs twice in the project's folder, by the project's own interpreter: as it is, and with
what can be switched on of AFTER.  What fails only then is reported under the claim that explains
it.  Ends with 0 if nothing breaks, with 1 if something does, and with 2 for bad input, such as a
command that fails as it is.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from tests.rehearse.explaining import Explained, explained, stops
from tests.rehearse.failures import Failure, failures, where_it_was
from tests.rehearse.running import Ended, run
from tests.rehearse.switches import SWITCHED, Plan, plan
from tests.report.changes import Flip
from tests.report.reading import read
from tests.report.terminal import wrapped
from tests.report.words import many, say
from tests.vocabulary.specs import ROOT
from tests.vocabulary.verdict import shorten
from tests.vocabulary.versions import Version

_NARROWEST, _WIDEST = 70, 100

#: How long the second run may take: so many times as long as the first, and so many seconds.
_TIMES, _SECONDS = 10, 60

#: How many failures of one explanation are shown, and how many lines of an unknown output.
_MOST, _LAST = 10, 15

_UNKNOWN = (
    "No claim has the words of these.  A value may differ: what a child has of its parent is told "
    "by the claims of INHERIT and MAIN (pytest --claim INHERIT --claim MAIN)."
)

_USUAL_NAMES = ("python", "python3")

#: The file name of an interpreter; Windows has its ending in any case.
_IS_PYTHON = re.compile(r"python[\d.]*t?(\.exe)?$", re.IGNORECASE)

_WINDOWS = os.name == "nt"

#: The signals that have asked this program to end.
_asked: list[int] = []


def main(given: Sequence[str] | None = None) -> int:
    """Do what the command line says, and return the exit code."""
    words = sys.argv[1:] if given is None else list(given)
    cut = words.index("--") if "--" in words else len(words)
    parser = argparse.ArgumentParser(
        prog="rehearse",
        usage="rehearse [options] BEFORE AFTER -- COMMAND ...",
        description="Runs a project's tests with the behaviour of a later Python switched on.",
        allow_abbrev=False,
    )
    parser.add_argument("before", help="the Python that the project runs on, such as 3.13")
    parser.add_argument("after", help="the Python that it will run on, such as 3.14 or 3.14t")
    parser.add_argument("--in", dest="folder", type=Path, default=Path(), help="the project")
    parser.add_argument("--python", help="its interpreter; 'python' in COMMAND stands for it")
    parser.add_argument("--limit", type=float, help="the longest that a run may take, in seconds")
    options = parser.parse_args(words[:cut])
    command = words[cut + 1 :]
    old = {number: signal.signal(number, _ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        environ = own_environment(os.environ)
        planned = plan(options.before, options.after, sys.platform)
        command = _command(command, options.folder, options.python, planned, environ)
        # On Windows a child that is left has its output open there.
        own = tempfile.TemporaryDirectory(prefix="rehearse-", ignore_cleanup_errors=True)
        with own as folder:
            return _rehearse(planned, command, options.folder, environ, Path(folder), options.limit)
    except (LookupError, OSError) as error:
        text = error.args[0] if isinstance(error, LookupError) else str(error)
        print(f"rehearse: error: {text}", file=sys.stderr)
        return 2
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
        _asked.clear()


def _ask(number: int, _: object) -> None:
    _asked.append(number)


def own_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without that of a tox that runs this, which is not the project's."""
    found = {name: value for name, value in environ.items() if not name.startswith("TOX_")}
    mine = environ.get("TOX_ENV_DIR")
    if mine:
        found.pop("VIRTUAL_ENV", None)
        places = environ.get("PATH", "").split(os.pathsep)
        others = [place for place in places if not Path(place).is_relative_to(mine)]
        found["PATH"] = os.pathsep.join(others)
    return found


def _command(
    words: Sequence[str], folder: Path, python: str | None, planned: Plan, environ: dict[str, str]
) -> list[str]:
    """Return the command with the interpreter in its place, whose folder comes first on PATH.

    Raises LookupError if one of them is missing, or of a version that was not named.
    """
    if not words:
        raise LookupError("name the command that runs the tests, after --")
    if not folder.is_dir():
        raise LookupError(f"there is no folder {str(folder)!r}")
    first = words[0]
    if python:
        found = shutil.which(python, path=environ.get("PATH"))
        if not found:
            raise LookupError(f"there is no interpreter {python!r}")
        python = str(Path(found).absolute())
        path = [str(Path(python).parent), environ.get("PATH", "")]
        environ["PATH"] = os.pathsep.join(filter(None, path))
        first = python if first in _USUAL_NAMES else first
    place = folder / first if os.path.dirname(first) else first  # noqa: PTH120
    runs = shutil.which(place, path=environ.get("PATH"))
    if not runs:
        raise LookupError(f"there is no command {words[0]!r}")
    runs = str(Path(runs).absolute())
    interpreter = python or (runs if _IS_PYTHON.match(Path(runs).name) else "")
    if interpreter:
        _check(interpreter, planned.pair.before, environ)
    return [runs, *words[1:]]


def _check(python: str, wanted: Version, environ: Mapping[str, str]) -> None:
    """Raise LookupError unless the interpreter is of the version."""
    ask = (
        "import sys; t = 't' * ('free-threading build' in sys.version);"
        "print('%d.%d' % sys.version_info[:2] + t)"
    )
    try:
        done = subprocess.run(
            [python, "-c", ask],
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
            env=dict(environ),
        )
    except (OSError, subprocess.SubprocessError):
        raise LookupError(f"{python} is no interpreter that runs") from None
    if done.stdout.strip() != wanted.name:
        raise LookupError(f"{python} is Python {done.stdout.strip()}, not {wanted.name}")


def _rehearse(
    planned: Plan,
    command: Sequence[str],
    folder: Path,
    environ: Mapping[str, str],
    own: Path,
    limit: float | None,
) -> int:
    """Run the command twice, print what breaks, and return the exit code."""
    width = min(max(shutil.get_terminal_size().columns, _NARROWEST), _WIDEST)
    words, notes, output = _as_typed(command), own / "notes", own / "output"
    say([f"As it is: {words}"])
    longest = float("inf") if limit is None else limit
    control = run(command, folder, environ, output, limit=longest, asked=_asked)
    if _asked:
        return 128 + _asked[0]
    if control.code != 0:
        raise LookupError(_fails_as_it_is(control))
    changed = planned.environ(environ, os.pathsep)
    say([f"As on {planned.pair.after.name}: the same, with what is switched on"])
    ended = run(
        command,
        folder,
        {**environ, **changed, "REHEARSE_NOTES": str(notes)},
        output,
        limit=limit or _TIMES * control.seconds + _SECONDS,
        asked=_asked,
        located=True,
    )
    if _asked:
        return 128 + _asked[0]
    noted = set(_read(notes).splitlines())
    _check_notes(noted, planned)
    names = [version.name for version in planned.pair]
    ending = stops(read([ROOT / "results"], only=names), planned)
    found = [one for one in failures(ended.output) if one.line != "KeyboardInterrupt"]
    if ended.code == 0:  # what a child prints may be all that there is to see of its end
        known = {_without_numbers(one.line) for one in failures(control.output)}
        found = [one for one in found if _without_numbers(one.line) not in known]
    breaks = ended.code != 0 or bool(found)
    say(["", *_switches(planned, noted, ending, width), ""])
    if breaks:
        some = explained(found, planned, ending, folder) if found else []
        say(_breaks(ended, some, where_it_was(_read(own / "notes.where")), width))
    else:
        say(wrapped("Nothing breaks.  That is no proof: what no test does was not tried.", width))
    say(["", "To repeat it:", *_again(words, folder, changed)])
    return int(breaks)


def _as_typed(command: Sequence[str]) -> str:
    return subprocess.list2cmdline(command) if _WINDOWS else shlex.join(command)


def _again(words: str, folder: Path, changed: Mapping[str, str]) -> Iterator[str]:
    """Yield what to type for the second run, in cmd.exe or in another system's shell."""
    yield f"  cd {'/d ' * _WINDOWS}{_as_typed([str(folder.absolute())])}"
    if _WINDOWS:
        yield from (f'  set "{name}={value}"' for name, value in changed.items())
        yield f"  {words}"
    else:
        shown = [f"{name}={shlex.quote(value)}" for name, value in changed.items()]
        yield f"  {' '.join([*shown, words])}"


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def _without_numbers(line: str) -> str:
    return re.sub(r"0x[0-9a-fA-F]+|\d+", "", line)


def _fails_as_it_is(control: Ended) -> str:
    """Return a line on a command that fails without anything being switched on."""
    how = "does not end" if control.code is None else f"ends with {control.code}"
    found = failures(control.output)
    last = [line for line in control.output.splitlines() if line.strip()][-1:]
    what = "; ".join(f"{one.name} {one.line}".strip() for one in found[:3]) or " ".join(last)
    more = f" and {len(found) - 3} more" * (len(found) > 3)
    return (
        f"the command {how} as it is, so that there is nothing to compare with: "
        f"{shorten(what, 300)}{more}"
    )


def _check_notes(noted: Collection[str], planned: Plan) -> None:
    """Raise LookupError unless interpreters of the version named have taken notes."""
    versions = sorted({line.split()[0] for line in noted})
    wanted = planned.pair.before.name
    if not versions:
        raise LookupError(
            "nothing could be switched on: no interpreter that the command started has run "
            f"{SWITCHED / 'sitecustomize.py'} (options -I, -E and -S, and tools that clear "
            "PYTHONPATH, keep it from that)"
        )
    if wanted not in versions:
        raise LookupError(f"the command runs Python {' and '.join(versions)}, not {wanted}")


def _switches(
    planned: Plan, noted: Collection[str], ending: Sequence[Flip], width: int
) -> Iterator[str]:
    """Yield lines on what was switched on, and what was not."""
    met = {line.split()[1] for line in noted}
    yield f"{planned.pair.name}: switched on"
    for switch in planned.on:
        without = switch.name and switch.name not in met
        idle = f"; nothing that ran has imported {switch.module}" if without else ""
        pins = switch.name == "fork-server" and "pinned" in met
        kept = "; the project chooses fork itself, which was left alone" if pins else ""
        yield from wrapped(f"{switch.title} ({switch.cause}){idle}{kept}", width, "  ", "    ")
    causes = {switch.cause for switch in planned.on}
    rest = [flip.claim.id for flip in ending if flip.cause not in causes]
    if planned.off or rest:
        yield "Not switched on"
    for text in planned.off:
        yield from wrapped(text, width, "  ", "    ")
    if rest:
        names = ", ".join(rest[:5]) + ", ..." * (len(rest) > 5)
        pair = f"{planned.pair.before.name} {planned.pair.after.name}"
        what = f"{many(len(rest), 'other claim')} that {'stops' if len(rest) == 1 else 'stop'}"
        yield from wrapped(
            f"{what} being true ({names}): tox -e changes -- {pair}", width, "  ", "    "
        )


def _breaks(
    ended: Ended, some: Sequence[Explained], where: Sequence[str], width: int
) -> Iterator[str]:
    """Yield lines on what fails only with what was switched on."""
    count = sum(len(one.failures) for one in some)
    if some:
        what = f"{many(count, 'failure')}, none of which is there as it is"
        yield from wrapped(f"{what}{', though it ends with 0' * (ended.code == 0)}:", width)
    for one in some:
        yield ""
        yield from _one(one, width)
    if ended.code is None:
        yield from [""] * bool(some)
        yield f"It hangs, and was ended after {ended.seconds:.0f} seconds, here:"
        said = where or ended.output.splitlines()[-_LAST:]
    elif not some:
        yield f"It ends with {ended.code}, and with 0 as it is.  The last that it says:"
        said = ended.output.splitlines()[-_LAST:]
    else:
        said = []
    yield from (f"  {line}" for line in said[:_LAST])


def _one(one: Explained, width: int) -> Iterator[str]:
    title = one.title or _UNKNOWN
    head = f"{one.id:11}" if one.id else ""
    yield from wrapped(title, width, head)
    for failure in one.failures[:_MOST]:
        yield from _failure(failure, width)
    if len(one.failures) > _MOST:
        yield f"    and {len(one.failures) - _MOST} more"
    if one.instead:
        yield from wrapped(one.instead.removeprefix("Instead: "), width, "  Instead: ", "    ")


def _failure(failure: Failure, width: int) -> Iterator[str]:
    named = " at ".join(filter(None, (failure.name, failure.place)))
    yield from wrapped(named or "a traceback", width, "  ", "    ")
    lines = dict.fromkeys((failure.line, failure.telling))
    for line in filter(None, lines):
        yield from wrapped(shorten(line, 3 * width), width, "    ", "      ")


if __name__ == "__main__":
    sys.exit(main())
