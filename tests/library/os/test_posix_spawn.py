"""os.posix_spawn and posix_spawnp: start another program without copying this process.

Source: https://docs.python.org/3/library/os.html#os.posix_spawn
"""

import os
import signal
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from tests.harness import PATIENCE, PYPY, applies, before, claim, control, outcome, refuted, until

posix_only = applies(where=os.name == "posix", because="os.posix_spawn() exists only on POSIX")
not_on_pypy = refuted(where=PYPY, because="PyPy has no os.posix_spawn()")


@contextmanager
def pipe():
    """Make a pipe whose writing end a program can be given; close both ends."""
    ends = os.pipe()
    try:
        yield ends
    finally:
        for end in ends:
            outcome(os.close, end)


def spawned(*arguments, spawn="posix_spawn", program="/bin/sh", **keywords):
    """Spawn a program and return its exit code, or the exception that the call raised."""
    function = getattr(os, spawn, None)
    if function is None:
        return AttributeError(f"module 'os' has no attribute {spawn!r}")
    environment = keywords.pop("environment", os.environ)
    pid = outcome(function, program, [program, *arguments], environment, **keywords)
    if isinstance(pid, Exception):
        return pid
    ended = []
    try:
        until(lambda: ended.extend(waited(pid)) or ended, f"{program} to end", within=PATIENCE)
    except BaseException:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        raise
    return ended[0]


def waited(pid):
    """Return the exit code, in a list, if the process has ended."""
    found, status = os.waitpid(pid, os.WNOHANG)
    return [os.waitstatus_to_exitcode(status)] if found else []


def missing(result):
    """Tell whether the function is missing, which is the only failure that is expected."""
    return type(result) is AttributeError and not hasattr(os, "posix_spawn")


#: Prints a line that it reads, an argument, a variable, and which of two descriptors are open.
PRINTING = """
read line
echo "$line" "$1" "$WORD" $(for n in 7 8; do (: >&$n) 2>/dev/null && echo $n; done)
exit 3
"""


@claim("FK13")
@posix_only
@not_on_pypy
def test_posix_spawn_starts_a_program_with_descriptors_as_told(evidence):
    """posix_spawn() starts a program with the arguments, environment and descriptors it is told.

    file_actions open, duplicate and close descriptors in the new process before the program starts.
    Instead, on PyPy: subprocess.Popen.
    """
    with pipe() as (reading, writing), tempfile.TemporaryDirectory(prefix="spec-") as folder:
        path = Path(folder, "input")
        path.write_text("from the file\n")
        actions = [
            (getattr(os, "POSIX_SPAWN_OPEN", None), 0, str(path), os.O_RDONLY, 0),
            *((getattr(os, "POSIX_SPAWN_DUP2", None), writing, new) for new in (1, 7, 8)),
            (getattr(os, "POSIX_SPAWN_CLOSE", None), 7),
        ]
        arguments = ("-c", PRINTING, "sh", "argument")
        code = spawned(*arguments, environment={"WORD": "word"}, file_actions=actions)
        os.close(writing)
        written = os.read(reading, 1000)
    evidence(exit_code=code, written=written)
    control(isinstance(code, int) or missing(code), repr(code))
    assert code == 3
    assert written == b"from the file argument word 8\n"


@claim("FK14")
@posix_only
@not_on_pypy
def test_posix_spawn_of_a_missing_program_raises_in_the_parent(evidence):
    """posix_spawn() of a program that is not there raises FileNotFoundError in the parent.

    As subprocess does, and unlike fork and exec, where the child has to deal with it.  Instead, on
    PyPy: subprocess.Popen.
    """
    kinds = [
        type(spawned(spawn=spawn, program=program))
        for spawn, program in (("posix_spawn", "/no/such"), ("posix_spawnp", "no-such-program"))
    ]
    evidence(raised=[kind.__name__ for kind in kinds])
    control(set(kinds) <= {FileNotFoundError, AttributeError}, kinds)
    assert kinds == [FileNotFoundError, FileNotFoundError]


@claim("FK36")
@posix_only
@not_on_pypy
def test_posix_spawnp_looks_for_the_program_on_the_path(evidence):
    """posix_spawnp() looks for the program in the folders of PATH; posix_spawn() does not.

    Instead, on PyPy: subprocess.Popen, which looks through PATH as well.
    """
    by_path = spawned("-c", "exit 5", spawn="posix_spawnp", program="sh")
    by_name = spawned("-c", "exit 5", program="sh")
    evidence(posix_spawnp=by_path, posix_spawn=by_name)
    control(isinstance(by_path, int) or missing(by_path), repr(by_path))
    assert by_path == 5
    assert type(by_name) is FileNotFoundError


#: Tells its process group, whether SIGUSR1 is blocked, and whether SIGINT and SIGUSR2 are ignored.
TELLING = """
import os, signal
blocked = signal.SIGUSR1 in signal.pthread_sigmask(signal.SIG_BLOCK, ())
ignored = [signal.getsignal(n) == signal.SIG_IGN for n in (signal.SIGUSR2, signal.SIGHUP)]
print(os.getpgrp() == os.getpid(), os.getsid(0) == os.getpid(), blocked, ignored)
"""


def tell(**keywords):
    """Return what a spawned interpreter tells of its group, session and signals."""
    with pipe() as (reading, writing):
        actions = [(getattr(os, "POSIX_SPAWN_DUP2", None), writing, 1)]
        code = spawned("-c", TELLING, program=sys.executable, file_actions=actions, **keywords)
        os.close(writing)
        return code, os.read(reading, 1000).decode().strip()


@claim("FK37")
@posix_only
@not_on_pypy
def test_posix_spawn_sets_group_session_and_signals_of_the_new_process(evidence):
    """posix_spawn() can give the new process a group, a session, a signal mask and default signals.

    By setpgroup, setsid, setsigmask and setsigdef.  Otherwise what the parent ignores stays so.
    Instead, on PyPy: subprocess.Popen.
    """
    kept = [signal.signal(number, signal.SIG_IGN) for number in (signal.SIGUSR2, signal.SIGHUP)]
    try:
        plain = tell()
        with_signals = tell(setsigmask=[signal.SIGUSR1], setsigdef=[signal.SIGUSR2], setpgroup=0)
        with_session = tell(setsid=True)
    finally:
        for number, handler in zip((signal.SIGUSR2, signal.SIGHUP), kept, strict=True):
            signal.signal(number, handler)
    evidence(plain=plain, with_signals=with_signals, with_session=with_session)
    control(isinstance(plain[0], int) or missing(plain[0]), repr(plain))
    assert plain == (0, "False False False [True, True]")
    assert with_signals == (0, "True False True [False, True]")
    assert with_session == (0, "True True False [True, True]")


@claim("FK38")
@posix_only
@refuted(where=before("3.13.0") or PYPY, because="3.13 added os.POSIX_SPAWN_CLOSEFROM (gh-113117)")
def test_posix_spawn_can_close_all_descriptors_from_one_on(evidence):
    """With POSIX_SPAWN_CLOSEFROM posix_spawn() closes all descriptors from a number on.

    Before 3.13: "AttributeError: module 'os' has no attribute 'POSIX_SPAWN_CLOSEFROM'".  Until then
    close each by POSIX_SPAWN_CLOSE, or make them not inheritable, as they are by default (PEP 446).
    """
    with pipe() as (reading, writing):
        actions = [
            (getattr(os, "POSIX_SPAWN_OPEN", None), 0, os.devnull, os.O_RDONLY, 0),
            *((getattr(os, "POSIX_SPAWN_DUP2", None), writing, new) for new in (1, 7, 8)),
        ]
        close_from = outcome(getattr, os, "POSIX_SPAWN_CLOSEFROM")
        if not isinstance(close_from, AttributeError):
            actions.append((close_from, 8))
        code = spawned("-c", PRINTING, "sh", "argument", environment={}, file_actions=actions)
        os.close(writing)
        written = os.read(reading, 1000)
    evidence(exit_code=code, written=written)
    control(code == 3 or missing(code), repr(code))
    control(PYPY or written.split()[1:2] == [b"7"], f"descriptor 7 is not open: {written!r}")
    assert written == b" argument  7\n"
