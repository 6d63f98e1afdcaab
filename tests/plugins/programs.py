"""Fresh interpreters: run a program, or one function, in a new process.

For what concerns a whole process: raw forks, the end of the interpreter, ``__main__``, standard
streams, the switch interval.  The environment is that of the test.
"""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import ROOT
from tests.harness import interpreter
from tests.harness.channel import Reports
from tests.harness.waiting import PATIENCE, ControlFailed, NotSeen, outcome, pause, until
from tests.plugins.marks import PROC, lasting, processes

_CALL = """\
import importlib, sys
sys.path.insert(0, {root!r})
from tests.harness.channel import Reporter
function = getattr(importlib.import_module({module!r}), {name!r})
Reporter({port}, {token!r})(function(*{arguments!r}))
"""


@dataclass(frozen=True)
class Finished:
    """How a program ended: its exit code (negative: killed by that signal) and its output."""

    exit_code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """The lines of the standard output."""
        return self.out.splitlines()


#: What programs and functions have answered that are run only once.
_ANSWERS: dict[tuple[Any, str, str], Any] = {}


def flags(options: Sequence[str] = (), environ: Mapping[str, str] | None = None) -> list[str]:
    """Return the options with which a fresh interpreter has the same GIL state as this one.

    None, if the options or the environment say something about the GIL themselves.
    """
    said = "PYTHON_GIL" in (environ or {}) or any(option.startswith("gil=") for option in options)
    if said or not interpreter.FREE_THREADED_BUILD:
        return []
    return ["-X", f"gil={int(interpreter.gil_enabled())}"]


def environment(changes: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment for a fresh interpreter: this one's, with the changes."""
    kept = dict(os.environ)
    if "PYTHONPATH" in kept:  # the program has another working directory
        paths = kept["PYTHONPATH"].split(os.pathsep)
        kept["PYTHONPATH"] = os.pathsep.join(map(os.path.abspath, paths))
    return {**kept, **(changes or {})}


class Programs:
    """Starts fresh interpreters and leaves none of them, nor any child of theirs, behind."""

    def __init__(self) -> None:
        self._folders: list[tempfile.TemporaryDirectory[str]] = []
        self._started: list[subprocess.Popen[bytes]] = []
        #: What the programs that were run or called for this spec have printed as errors.
        self.printed: list[str] = []

    def run(
        self,
        source: str,
        *,
        options: Sequence[str] = (),
        environ: Mapping[str, str] | None = None,
        within: float = PATIENCE,
    ) -> Finished:
        """Run a program, given as source text, from a file and return how it ended.

        ``options`` go to the interpreter, ``environ`` changes its environment, the working
        directory is the program's own folder.  Raises NotSeen if the program has not ended
        after ``within`` seconds, and ControlFailed if it left a process behind.
        """
        return self.finish(self.start(source, options=options, environ=environ), within=within)

    def start(
        self,
        source: str,
        *,
        options: Sequence[str] = (),
        environ: Mapping[str, str] | None = None,
        **streams: Any,
    ) -> "subprocess.Popen[bytes]":
        """Start a program, given as source text, and return it while it runs.

        Its standard streams are pipes unless ``streams`` (Popen's keywords) says otherwise.
        """
        folder = self.new_folder()
        path = folder / "program.py"
        path.write_text(source, encoding="utf-8")
        command = [*flags(options, environ), *options, str(path)]
        return self.begin(command, environ, folder, **streams)

    def call(
        self,
        function: Callable[..., Any],
        *arguments: Any,
        options: Sequence[str] = (),
        within: float = PATIENCE,
    ) -> Any:
        """Call a module-level function in a fresh interpreter and return what it returns.

        Arguments and value are literals; ``options`` go to the interpreter.  Raises, with the
        child's standard error, AssertionError if an assertion of the function failed and
        ControlFailed if it raised anything else, and NotSeen if it has not ended after ``within``
        seconds.
        """
        reports = Reports()
        try:
            reporter = reports.reporter
            code = _CALL.format(
                root=ROOT,
                module=function.__module__,
                name=function.__name__,
                arguments=arguments,
                port=reporter.port,
                token=reporter.token,
            )
            command = [*flags(options), *options, "-c", code]
            finished = self.finish(self.begin(command), within=within)
            if finished.exit_code != 0:
                asserted = "\nAssertionError" in finished.err
                raise (AssertionError if asserted else ControlFailed)(
                    f"{function.__name__}() ended with {finished.exit_code} in a fresh "
                    f"interpreter:\n{finished.err}"
                )
            return reports.next(within=1)
        finally:
            reports.close()

    def once(self, what: str | Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
        """Run a program, or call a function, the first time; later return the same answer.

        For a text it is ``run``, for a function ``call``, with the same arguments.
        """
        key = (what, repr(arguments), repr(keywords))
        if key not in _ANSWERS:
            do: Callable[..., Any] = self.run if isinstance(what, str) else self.call
            _ANSWERS[key] = do(what, *arguments, **keywords)
        if isinstance(_ANSWERS[key], Finished):
            self.printed.append(_ANSWERS[key].err)
        return _ANSWERS[key]

    def finish(
        self, process: "subprocess.Popen[bytes]", *, within: float = PATIENCE, send: bytes = b""
    ) -> Finished:
        """Wait for a started program and return how it ended; raises as ``run`` does."""
        try:
            out, err = process.communicate(send or None, timeout=within)
        except subprocess.TimeoutExpired:
            self._kill(process)
            out, err = process.communicate()
            raise NotSeen(
                f"the program had not ended after {within:g} s; so far it printed\n"
                f"{_text(out)}\nand on standard error\n{_text(err)}"
            ) from None
        self.printed.append(_text(err))
        orphans = outcome(until, lambda: not _group_lives(process), "its processes to end")
        if orphans is not None:
            self._kill(process)
            raise ControlFailed(f"the program left a process behind; it printed\n{_text(out)}")
        return Finished(process.returncode, _text(out), _text(err))

    def close(self) -> None:
        """Kill what still runs and remove the programs' folders."""
        for process in self._started:
            if process.poll() is None or _group_lives(process):
                self._kill(process)
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream is not None:
                    outcome(stream.close)
            process.wait()
        for folder in self._folders:
            folder.cleanup()

    def new_folder(self) -> Path:
        """Make a folder for a program, which goes only when the program is gone."""
        self._folders.append(tempfile.TemporaryDirectory(prefix="concurrency-spec-"))
        return Path(self._folders[-1].name)

    def begin(
        self,
        command: Sequence[str],
        environ: Mapping[str, str] | None = None,
        folder: Path | None = None,
        **streams: Any,
    ) -> "subprocess.Popen[bytes]":
        """Start an interpreter with these arguments, in a folder of its own, and return it.

        ``environ`` and ``streams`` are those of ``start``.
        """
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        # A process group of its own (POSIX) lets a clean-up reach the program's children too.
        process = subprocess.Popen(
            [sys.executable, *command],
            env=environment(environ),
            cwd=folder or self.new_folder(),
            start_new_session=True,
            **{**pipes, **streams},
        )
        self._started.append(process)
        return process

    def _kill(self, process: "subprocess.Popen[bytes]") -> None:
        if not hasattr(os, "killpg"):
            process.kill()
            return
        # A resource tracker first gets a moment to remove what the others leave.
        outcome(until, lambda: not _kill_all_but_trackers(process), "the program to end", within=1)
        outcome(until, lambda: not _group_lives(process), "its resource tracker to end", within=2)
        outcome(os.killpg, process.pid, signal.SIGKILL)
        pause()


def _kill_all_but_trackers(process: "subprocess.Popen[bytes]") -> bool:
    """Kill the living members of the program's group, and tell whether there were any."""
    found = [
        member.pid
        for member in processes()
        if member.group == process.pid and member.alive
        if not lasting(member.pid, member.parent)
    ]
    for pid in found:
        outcome(os.kill, pid, signal.SIGKILL)
    return bool(found)


def _group_lives(process: "subprocess.Popen[bytes]") -> bool:
    """Tell whether the program's process group has a living member (never, without groups)."""
    if not hasattr(os, "killpg"):
        return False
    if isinstance(outcome(os.killpg, process.pid, 0), ProcessLookupError):
        return False
    # A member may be a zombie that the machine's init never reaps (common in containers).
    return any(member.group == process.pid and member.alive for member in processes()) or not PROC


def _text(output: bytes | None) -> str:
    return (output or b"").decode(errors="replace").replace("\r\n", "\n")


@pytest.fixture
def programs() -> Iterator[Programs]:
    """Fresh interpreters: ``programs.run(source)``, ``programs.call(function)``."""
    fresh = Programs()
    yield fresh
    fresh.close()
