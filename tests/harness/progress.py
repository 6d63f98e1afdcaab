"""Progress of a run of tox: what runs, what is next, how long it has taken and may still take.

tox.ini has each environment of the matrix call ``python -m tests.harness.progress begin`` before
its commands and ``end`` after them.  tox itself tells nothing of its plan, so that is read from its
command line and from tox.ini; where the command line is out of reach (Windows), only the order of
tox.ini is told.

What is known of an environment is kept in a file of its own in tox's work directory: environments
that run at the same time (``tox -p``) then never write to the same one.
"""

import argparse
import configparser
import itertools
import json
import math
import os
import re
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path


@dataclass(frozen=True)
class Record:
    """What is known of one environment; times are seconds since the epoch.

    ``run`` is the key of the tox run in which it began and, perhaps, ended; ``last`` is how many
    seconds all of its commands took when they last ended.
    """

    run: str
    began: float
    ended: float | None = None
    last: float | None = None


@dataclass(frozen=True)
class ToxRun:
    """A run of tox: a key that no other run has, when it began, and the arguments it got."""

    key: str
    began: float
    arguments: list[str]

    @property
    def everything(self) -> bool:
        """Whether environments run all of their commands: nothing stands after ``--``."""
        return "--" not in self.arguments


# What this run of tox will run


def expand(names: str) -> list[str]:
    """Return the names in a list of tox, apart at commas and lines, their braces expanded.

    ``py3{10,11}-kill, lint`` are three names; a range such as ``{10-13}`` is not expanded.
    """
    expanded: list[str] = []
    for name in re.split(r"[,\n](?![^{]*\})", names):
        parts = [part.split(",") for part in re.split(r"[{}]", name.strip())]
        expanded += ["".join(p.strip() for p in choice) for choice in itertools.product(*parts)]
    return [name for name in expanded if name]


def configuration(text: str) -> tuple[list[str], dict[str, list[str]]]:
    """Return the ``env_list`` of a tox.ini, and the environments by label."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(text)
    labels: dict[str, list[str]] = {}
    for section in parser.sections():
        kind, _, names = section.partition(":")
        if kind == "testenv":
            for label in expand(parser.get(section, "labels", fallback="")):
                labels.setdefault(label, []).extend(expand(names))
    return expand(parser.get("tox", "env_list", fallback="")), labels


def selection(
    arguments: Sequence[str],
    environ: Mapping[str, str],
    env_list: Sequence[str],
    labels: Mapping[str, Sequence[str]],
) -> list[str] | None:
    """Return the environments that tox with these arguments runs, in its order, or None.

    None is for what only tox can tell: ``-e ALL``, ``-f``.  The matrix has the order of the
    ``env_list``, in whatever order it is asked for, since each waits for those before it.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("-e", dest="names", action="append")
    parser.add_argument("-m", dest="labels", nargs="+")
    parser.add_argument("-f", dest="factors", nargs="+")
    parser.add_argument("--skip-env", default=environ.get("TOX_SKIP_ENV", ""))
    for flag in "qrv":  # so that -re and -vve are understood
        parser.add_argument(f"-{flag}", action="store_true")
    own = list(itertools.takewhile(lambda argument: argument != "--", arguments))
    try:
        found, _ = parser.parse_known_args(own)
        skip = re.compile(found.skip_env or r"(?!)")
    except (argparse.ArgumentError, re.error):
        return None
    if found.labels:
        names = [name for label in found.labels for name in labels.get(label, [])]
    elif found.factors:
        return None
    else:
        names = expand(",".join(found.names or [environ.get("TOXENV", "")])) or list(env_list)
    if "ALL" in names:
        return None
    names = [name for name in dict.fromkeys(names) if not skip.match(name)]
    of_matrix = iter([name for name in env_list if name in names])
    return [next(of_matrix) if name in env_list else name for name in names]


def on_path(environment: str) -> bool:
    """Tell whether the interpreter that the environment is named after is on PATH.

    True as well where none is in the name, and on Windows, where interpreters are registered
    instead.
    """
    named = re.match(r"(py|pypy)3(\d+)(t?)(?:-|$)", environment)
    if not named or os.name == "nt":
        return True
    stem = {"py": "python", "pypy": "pypy"}[named[1]]
    return shutil.which(f"{stem}3.{named[2]}{named[3]}") is not None


# The run of tox that has started this process


def arguments_of_tox(command: Sequence[str]) -> list[str] | None:
    """Return what follows tox in a command line, such as ``python -m tox -e py310``, or None."""
    for at, word in enumerate(command):
        if re.split(r"[/\\]", word)[-1] in {"tox", "tox.exe"}:
            return list(command[at + 1 :])
    return None


def from_proc(process: int) -> tuple[str, float, list[str]]:
    """Return when a process began, exactly as Linux says it and as a time, and its command line.

    proc_pid_stat(5): the 22nd field is the start in clock ticks after boot; the second, in
    parentheses, may contain spaces.  Raises OSError if there is no such process.
    """
    folder = Path(f"/proc/{process}")
    stat = (folder / "stat").read_text(encoding="utf-8", errors="replace")
    command = (folder / "cmdline").read_text(encoding="utf-8", errors="replace")
    start = stat.rpartition(")")[2].split()[19]
    uptime = float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
    began = time.time() - uptime + int(start) / os.sysconf("SC_CLK_TCK")
    return start, began, command.split("\0")[:-1]


def from_ps(process: int) -> tuple[str, float, list[str]]:
    """Return the same by ps, to the second; arguments with spaces fall apart.

    Raises OSError without ps, and ValueError if there is no such process.
    """
    import subprocess  # here, since Linux need not wait for its import

    said = subprocess.run(
        ["ps", "-ww", "-o", "lstart=", "-o", "command=", "-p", str(process)],
        env={**os.environ, "LC_ALL": "C"},
        check=False,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=10,
    ).stdout.split()
    start = " ".join(said[:5])
    return start, time.mktime(time.strptime(start)), said[5:]


def tox_run() -> ToxRun | None:
    """Return the run of tox that is the parent of this process, or None if it cannot be told.

    On Windows it cannot: the parent there is what starts the interpreter of the environment.
    """
    if os.name != "posix":
        return None
    parent = os.getppid()
    facts = from_proc if Path("/proc/self/stat").exists() else from_ps
    start, began, command = facts(parent)
    arguments = arguments_of_tox(command)
    return None if arguments is None else ToxRun(f"{parent} {start}", began, arguments)


# What is kept


def read(folder: Path) -> dict[str, Record]:
    """Return the records by environment; a file that is not one of ours counts as none."""
    records = {}
    for path in folder.glob("*.json"):
        try:
            record = Record(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            continue
        times = [t for t in (record.ended, record.last) if t is not None] + [record.began]
        if isinstance(record.run, str) and all(
            isinstance(t, (int, float)) and math.isfinite(t) for t in times
        ):
            records[path.stem] = record
    return records


def write(folder: Path, environment: str, record: Record) -> None:
    """Keep the record of an environment; readers find the old one or the new.  Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    new = folder / f"{environment}.new"
    new.write_text(json.dumps(asdict(record)), encoding="utf-8")
    new.replace(folder / f"{environment}.json")


# What is said


def spelled(seconds: float) -> str:
    """Return a duration in words, to the second, or above an hour to the minute."""
    whole = max(round(seconds), 0)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


def roughly(seconds: float) -> str:
    """Return an estimated duration in words, no finer than it can be."""
    if seconds < 100:
        return f"{max(math.ceil(seconds / 10), 1) * 10} s"
    return f"{round(seconds / 60)} min" if seconds < 7200 else spelled(seconds)


def ordinal(number: int) -> str:
    """Return the place in a row: 1st, 2nd, 3rd, 4th."""
    teens = number % 100 in {11, 12, 13}
    return f"{number}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


@dataclass(frozen=True)
class Progress:
    """What is to be said about one environment at one moment.

    ``plan`` is what tox runs, in its order, or None if that cannot be told, ``run`` the run of tox
    or None likewise, ``missing`` those of the plan whose interpreters are not on PATH.
    """

    environment: str
    now: float
    records: Mapping[str, Record]
    plan: Sequence[str] | None
    run: ToxRun | None
    missing: frozenset[str] = frozenset()

    @property
    def begun(self) -> dict[str, Record]:
        """The environments that have begun in this run of tox, this one included, in order."""
        own = self.records[self.environment]
        of_run = {name: r for name, r in self.records.items() if self.run and r.run == own.run}
        ordered = sorted(of_run.items(), key=lambda item: item[1].began)
        return dict(ordered) or {self.environment: own}

    @property
    def coming(self) -> list[str]:
        """The environments that will run after this one, unless they turn out to be missing."""
        plan = list(self.plan or [])
        after = plan[plan.index(self.environment) + 1 :] if self.environment in plan else []
        return [name for name in after if name not in self.begun and name not in self.missing]

    @property
    def _beside(self) -> list[str]:
        """The other environments that are running now."""
        return [n for n, r in self.begun.items() if r.ended is None and n != self.environment]

    def _durations(self) -> dict[str, float]:
        """Return how long environments took: those of this run now, all others the last time."""
        known = {}
        for name in {*self.begun, *self.coming}:
            record = self.records.get(name)
            if record is None:
                continue
            if name in self.begun and record.ended is not None:
                known[name] = record.ended - record.began
            elif record.last is not None:
                known[name] = record.last
        return known

    def _last_time(self, name: str) -> str:
        record = self.records.get(name)
        if record is None or record.last is None or (self.run and not self.run.everything):
            return ""
        return f" (last time {spelled(record.last)})"

    def _next(self) -> list[str]:
        if not self.coming:
            return []
        condition = ", if installed" if self.run is None else ""
        return [f"next{condition}: {self.coming[0]}{self._last_time(self.coming[0])}"]

    def _to_go(self) -> list[str]:
        """Return the estimate, if there is one: nothing to go by, no estimate."""
        known = self._durations()
        if not known or self._beside or self.plan is None:
            return []
        if self.run is None or not self.run.everything:
            return []
        usual = sum(known.values()) / len(known)
        running = [self.environment] if self.begun[self.environment].ended is None else []
        left = sum(known.get(name, usual) for name in running + self.coming)
        return [f"about {roughly(left)} to go, by earlier durations"] if left else []

    def _joined(self, *parts: str) -> str:
        return "tox: " + " | ".join(part for part in parts if part)

    def at_begin(self) -> str:
        """Return the line for an environment that begins."""
        done = {n: r.ended - r.began for n, r in self.begun.items() if r.ended is not None}
        head, since = self.environment, ""
        if self.run is not None and self.plan is not None:
            count = len(self.begun) + len(self.coming)
            head += f", {ordinal(len(self.begun))} of {count}" if count > 1 else ", the only one"
        if self._beside:
            head += f", beside {', '.join(self._beside)}"
        if self.run is not None and done:
            listed = ", ".join(f"{name} {spelled(took)}" for name, took in done.items())
            since = f"running for {spelled(self.now - self.run.began)}; done: {listed}"
        first = len(self.begun) == 1 and self.missing
        missing = f"not on PATH: {', '.join(n for n in self.plan or [] if n in self.missing)}"
        return self._joined(
            head + self._last_time(self.environment),
            since,
            *self._next(),
            missing if first else "",
            *self._to_go(),
        )

    def at_end(self) -> str:
        """Return the line for an environment that ends."""
        own = self.records[self.environment]
        took = f"{self.environment} took {spelled(self.now - own.began)}"
        last = not self.coming and not self._beside
        if self.run is not None and self.plan is not None and last:
            count = len(self.begun)
            if count > 1:
                all_of_it = spelled(self.now - self.run.began)
                took += f", the last of {count}; all took {all_of_it}"
            return self._joined(took)
        return self._joined(took, *self._next(), *self._to_go())


def main(moment: str, environ: Mapping[str, str] = os.environ) -> str:
    """Keep that an environment begins or ends (``moment``), and return the line that says so.

    Works in the folder of tox.ini, with the variables that tox gives to commands: TOX_ENV_NAME and
    TOX_WORK_DIR.  Raises KeyError without them, and OSError where nothing can be read or kept.
    """
    environment = environ["TOX_ENV_NAME"]
    folder = Path(environ["TOX_WORK_DIR"]) / ".progress"
    run, now = tox_run(), time.time()
    env_list, labels = configuration(Path("tox.ini").read_text(encoding="utf-8"))
    plan = selection(run.arguments, environ, env_list, labels) if run else env_list
    if plan is not None and environment not in plan:
        plan = None  # tox has understood its arguments otherwise
    records = read(folder)
    key = run.key if run else ""
    old = records.get(environment)
    if moment == "begin":
        new = Record(key, now, last=old.last if old else None)
    elif old is None or old.run != key:
        return f"tox: {environment} has ended; it is not known when it began"
    else:
        whole = run is None or run.everything
        new = replace(old, ended=now, last=now - old.began if whole else old.last)
    write(folder, environment, new)
    records[environment] = new
    missing = frozenset(name for name in plan or [] if name != environment and not on_path(name))
    progress = Progress(environment, now, records, plan, run, missing)
    return progress.at_begin() if moment == "begin" else progress.at_end()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Tell how far a run of tox has come.")
    parser.add_argument("moment", choices=["begin", "end"], help="of an environment's commands")
    try:
        print(main(parser.parse_args().moment), flush=True)
    except OSError as error:
        print(f"tox: no progress is told: {error}", flush=True)
