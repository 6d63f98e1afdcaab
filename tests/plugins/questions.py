"""The two programs of a question, run as the asker would run them, and told as a screen shows them.

``tests/questions/first_steps/my_list_stays_empty/`` has those of the spec
``test_my_list_stays_empty`` in ``tests/questions/test_01_first_steps.py``.
"""

import os
import re
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.harness.interpreter import PYPY, WINDOWS
from tests.harness.waiting import PATIENCE, NotSeen, outcome
from tests.plugins.marks import PROC, listed, processes, status
from tests.plugins.programs import Programs, flags
from tests.vocabulary.specs import folder_of_programs

#: The start method of which ``broken()`` and ``repaired()`` leave the choice to the interpreter.
DEFAULT = "default"

#: Runs a program as the main module, from its file.  If asked to, it makes a start method the
#: default before, and writes each second into a file where all threads are.
_AS_MAIN = """\
import faulthandler, multiprocessing, os, sys
_, method, told, *sys.argv = sys.argv
if method != "default":
    multiprocessing.set_start_method(method)
if told:
    file = os.open(told, os.O_CREAT | os.O_WRONLY)
    faulthandler.dump_traceback_later(1, repeat=True, file=file)
sys.path[0], __file__ = os.path.dirname(sys.argv[0]), sys.argv[0]
with open(__file__, encoding="utf-8") as file:
    exec(compile(file.read(), __file__, "exec"))
"""

#: A hang shows where it stands, and nothing is coloured.
_ENVIRONMENT = {"PYTHONFAULTHANDLER": "1", "NO_COLOR": "1", "TERM": "dumb"}
if not hasattr(os, "openpty"):  # a file shows nothing until it is flushed
    _ENVIRONMENT["PYTHONUNBUFFERED"] = "1"

#: Seconds from one look at all processes to the next, which takes a millisecond or more.
_BETWEEN_LOOKS = 0.05

#: Looks in a row that see all processes asleep, after which a program is said to hang.  A program
#: that only waits for a busy machine wants to run all the time.  Looks are counted, not seconds:
#: where nobody gets to run for a second, the one who looks does not either.
_ASLEEP = 14

#: The same without any output, where the system does not tell who is awake.
_SILENT = 120

#: What makes a program tell where it stands: faulthandler does, but on PyPy it knows no lines.  On
#: Windows nobody can be asked: programs tell it all the time, and this ends them.
_TELL = signal.SIGTERM if WINDOWS else signal.SIGINT if PYPY else signal.SIGABRT

#: Lines that say only where in the code, or in which part of an object (from 3.14 on), something
#: was raised, or that something follows.
_ON_THE_WAY = re.compile(
    r"\s|$|Traceback \(most|During handling of|The above exception|when serializing |\"\"\"|'{3}"
)

#: An exception whose message begins on the next line, indented, and the first paragraph of that.
_BELOW = re.compile(r"^(\w+Error:) *\n((?:[ \t]+\S.*\n)+)", re.MULTILINE)

#: What differs from run to run, or from place to place, and what stands for it.
_VARYING = (
    (re.compile(r"^\S+\.py:\d+: (?=\w+Warning: )"), ""),
    (re.compile(r"\bpid=\d+"), "pid=N"),
    (re.compile(r"\b0x[0-9a-fA-F]{6,}"), "0x..."),
)


@pytest.fixture
def broken(request: pytest.FixtureRequest, programs: Programs) -> Callable[..., list[str]]:
    """Run the asker's program, and return the lines that a terminal shows of it."""
    return _runner(request, programs, "broken")


@pytest.fixture
def repaired(request: pytest.FixtureRequest, programs: Programs) -> Callable[..., list[str]]:
    """Run the repaired program, and return the lines that a terminal shows of it."""
    return _runner(request, programs, "repaired")


def _runner(
    request: pytest.FixtureRequest, programs: Programs, which: str
) -> Callable[..., list[str]]:
    path = folder_of_programs(request.path, request.function.__name__) / f"{which}.py"
    record: Callable[..., Any] = request.getfixturevalue("evidence")

    def run(start_method: str = DEFAULT, *, within: float = PATIENCE) -> list[str]:
        """Run the program under a start method, and return what a terminal shows of it.

        That is its output and its errors, but of a traceback only the exception; then, of a program
        that hangs, "hangs at: " and the line where its main thread stands, and of one that fails
        "exit code N".  Raises NotSeen if it is still at work after ``within`` seconds.
        """
        lines = shown(programs, path, start_method, within)
        return list(record(**{which: "\n".join(lines)}).splitlines())

    return run


class Screen:
    """What programs show: a pseudo-terminal, to which Python writes whole lines, each at once.

    Where there is none (Windows), a file takes its place, to which all is written as it comes.
    Marks are shown as well.  On a busy machine a terminal hands on late what was written to it, but
    always in order, so what is before a mark was written before it.
    """

    MARK, END = b"\x05the mark\x05", b"\x05the end\x05"

    def __init__(self) -> None:
        self._read = bytearray()
        self._copying: threading.Thread | None = None
        if hasattr(os, "openpty"):
            self._lead, self.side = os.openpty()
            self._copying = threading.Thread(target=self._copy, name="screen")
            self._copying.start()
        else:
            file = tempfile.TemporaryFile()  # noqa: SIM115
            self._lead = self.side = os.dup(file.fileno())
            file.close()

    def _copy(self) -> None:
        """Read what is shown, up to the end; a child that is left may still print after it."""
        looked = 0
        while self._read.find(self.END, looked) < 0:
            looked = max(0, len(self._read) - len(self.END))
            self._read += os.read(self._lead, 1 << 16)

    @property
    def size(self) -> int:
        """How many bytes have been shown."""
        return len(self._read) if self._copying else os.fstat(self._lead).st_size

    def mark(self) -> None:
        """Divide what has been shown from what will be."""
        os.write(self.side, self.MARK)

    def close(self) -> bytes:
        """Return all that was shown until now."""
        os.write(self.side, self.END)
        if self._copying:
            self._copying.join()
            os.close(self.side)
        else:
            os.lseek(self._lead, 0, os.SEEK_SET)
            self._read += os.read(self._lead, self.size)
        os.close(self._lead)
        return bytes(self._read.partition(self.END)[0])


def shown(programs: Programs, path: Path, start_method: str, within: float) -> list[str]:
    """Run a program and return what a terminal shows of it, as lines."""
    told_in = programs.new_folder() / "told" if WINDOWS else None
    as_it_is = start_method == DEFAULT and not told_in
    runner = [] if as_it_is else ["-c", _AS_MAIN, start_method, str(told_in or "")]
    screen = Screen()
    end: list[str] = []
    try:
        process = programs.begin(
            [*flags(), *runner, str(path)],
            _ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=screen.side,
            stderr=subprocess.STDOUT,
        )
        hangs = not _ends(process, screen, within)
        screen.mark()
        if hangs:
            outcome(process.send_signal, _TELL)
            outcome(process.wait, PATIENCE)
        else:
            programs.finish(process)  # its children, such as a resource tracker, may still print
            end = [f"exit code {process.returncode}"] * bool(process.returncode)
    finally:
        text = screen.close()
    if hangs:
        text, _, told = text.partition(screen.MARK)
        if told_in:
            told = told_in.read_bytes().rpartition(b"Timeout (")[2]
        end = [f"hangs at: {_place(told.decode(errors='replace'), path)}"]
    text = text.replace(screen.MARK, b"")
    return [*_told(text.decode(errors="replace")), *end]


def _ends(process: "subprocess.Popen[bytes]", screen: Screen, within: float) -> bool:
    """Wait until the program has ended, and tell whether it has; it has not once all are asleep.

    A program that prints now and then is not asleep, though it may use no time worth counting.
    """
    begin = time.monotonic()
    before: object = None
    looks = 0
    while isinstance(outcome(process.wait, _BETWEEN_LOOKS), subprocess.TimeoutExpired):
        awake = _awake(process.pid)
        seen = awake, screen.size
        looks = 0 if awake is None or seen != before else looks + 1
        before = seen
        if looks >= (_ASLEEP if PROC else _SILENT):
            return False
        if time.monotonic() - begin > within:
            raise NotSeen(f"the program was still at work after {within:g} s")
    return True


def _awake(program: int) -> object:
    """Return what changes as long as the program, or a child, is at work; None if one is awake."""
    used, family, before = [], {program}, 0
    everyone = list(processes())
    while len(family) > before:  # a child may lead a group of its own, and an orphan has no parent
        before = len(family)
        family |= {one.pid for one in everyone if {one.parent, one.group} & family}
    for member in everyone:
        if member.pid in family and member.alive:
            for thread in listed(f"{member.pid}/task"):
                fields = status(f"{member.pid}/task/{thread}")
                if not fields or fields[0] in (b"R", b"D"):
                    return None
                used.append((thread, fields[11:13]))  # the time that it has used
    return used


def _told(output: str) -> Iterator[str]:
    """Yield the lines of an output that say what happened, with a sign for what varies."""
    output = output.replace("\r\n", "\n")
    for line in _BELOW.sub(lambda m: f"{m[1]} {' '.join(m[2].split())}\n", output).split("\n"):
        if not _ON_THE_WAY.match(line):
            told = line.rstrip()
            for pattern, sign in _VARYING:
                told = pattern.sub(sign, told)
            yield told


def _place(told: str, program: Path) -> str:
    """Return the program's line at which the main thread stands, by what it told when asked.

    That is the thread that executes the program's top level.  (faulthandler names the thread that
    got the signal, which need not be the main one.)
    """
    frames = re.compile(rf'File "[^"]*\b{program.name}", line (\d+),? in (\S+)')
    text = program.read_text("utf-8").splitlines()
    for section in told.replace("\r\n", "\n").split("\n\n"):
        found = frames.findall(section)
        if any(function == "<module>" for _, function in found):
            line, _ = found[-1 if PYPY else 0]  # a traceback has the most recent call last
            return text[int(line) - 1].strip()
    return "its end"
