"""The resource tracker: a helper process that unlinks what programs have left behind.

Source: https://docs.python.org/3/library/multiprocessing.html#multiprocessing-start-methods
and https://docs.python.org/3/library/multiprocessing.shared_memory.html
"""

import ast
import signal
import sys
from multiprocessing import resource_tracker
from multiprocessing.shared_memory import SharedMemory

from tests.harness import (
    FORK,
    GRACE,
    PYPY,
    applies,
    before,
    claim,
    control,
    outcome,
    predicts,
    refuted,
    since,
)

needs_posix = applies(where=sys.platform != "win32", because="Windows has no resource tracker")
needs_fork = applies(where=FORK, because="os.fork() exists only on POSIX")


def exists(name):
    """Tell whether there is a block of this name; the tracker then knows it no more."""
    found = outcome(SharedMemory, name)
    if isinstance(found, FileNotFoundError):
        return False
    found.close()
    resource_tracker.unregister("/" + name, "shared_memory")
    return True


def remove(name):
    """Unlink a block."""
    memory = SharedMemory(name)
    memory.close()
    memory.unlink()


def told(program):
    """Return the literal that a program has printed in its only line."""
    control(program.exit_code in (0, -signal.SIGKILL), program.err)
    (line,) = program.lines
    return ast.literal_eval(line)


#: It leaves a block, a block that its tracker has been told to forget, one that the tracker has
#: only been told of, and semaphores that nobody has ended.
LEAVING = """
import os, signal
from multiprocessing import get_context, resource_tracker
from multiprocessing.shared_memory import SharedMemory

def main():
    left, forgotten, unlinked = (SharedMemory(create=True, size=8) for _ in range(3))
    resource_tracker.unregister("/" + forgotten.name, "shared_memory")
    unlinked.unlink()
    locks = [get_context("spawn").Lock() for _ in range(2)]
    print([left.name, forgotten.name, unlinked.name], flush=True)
    {end}

if __name__ == "__main__":
    main()
"""

_runs = {}


def leaving(programs, end):
    """Run the program with this end, once for all specs that ask for it."""
    if end not in _runs:
        program = programs.run(LEAVING.format(end=end))
        names = told(program)
        there = [exists(name) for name in names]
        for name in names:
            outcome(remove, name)
        _runs[end] = program, names, there
    return _runs[end]


@claim("SM04")
@needs_posix
def test_a_block_left_behind_is_unlinked_at_the_end(programs, evidence):
    """A block that a program has not unlinked is unlinked when it ends, with a warning.

    The warning comes from the resource tracker, a process of its own: "UserWarning:
    resource_tracker: There appear to be 1 leaked shared_memory objects to clean up at shutdown".
    """
    program, _, there = leaving(programs, "os._exit(0)")
    evidence(there=there, warned=program.err)
    assert program.exit_code == 0
    assert there[0] is False
    assert program.err.count("There appear to be 1 leaked shared_memory objects to clean up") == 1


@claim("X04")
@needs_posix
@refuted(where=before("3.13.0"), because="3.13 added the names to the warning")
def test_the_warning_names_what_was_left(programs, evidence):
    """The resource tracker's warning names each of the objects that were left behind.

    One would expect to read which block has leaked.  Up to 3.12 there is only a number: "There
    appear to be 1 leaked shared_memory objects to clean up at shutdown".
    """
    program, names, _ = leaving(programs, "os._exit(0)")
    evidence(names=names, warned=program.err)
    control("1 leaked shared_memory" in program.err, "the warning must be there in any case")
    control(not any(name in program.err for name in names[1:]), "no other block has leaked")
    assert names[0] in program.err


@claim("RT02")
@needs_posix
def test_a_semaphore_left_behind_is_reported(programs, evidence):
    """Semaphores that os._exit() leaves behind are reported as leaked, and unlinked."""
    program, _, _ = leaving(programs, "os._exit(0)")
    evidence(warned=program.err)
    assert program.err.count("There appear to be 2 leaked semaphore objects to clean up") == 1
    assert "No such file" not in program.err


@claim("RT04")
@needs_posix
def test_a_killed_programs_block_is_unlinked(programs, evidence):
    """Even when a program is killed by SIGKILL, its resource tracker unlinks its blocks."""
    program, _, there = leaving(programs, "os.kill(os.getpid(), signal.SIGKILL)")
    evidence(exit_code=program.exit_code, there=there, warned=program.err)
    assert program.exit_code == -signal.SIGKILL
    assert there == [False, True, False]
    assert "1 leaked shared_memory" in program.err
    assert "2 leaked semaphore" in program.err


@claim("RT05")
@needs_posix
def test_the_tracker_forgets_what_is_unregistered(programs, evidence):
    """A block that was unregistered stays after the end of its program, without a warning."""
    program, names, there = leaving(programs, "os._exit(0)")
    evidence(there=there, warned=program.err)
    assert there == [False, True, False]
    assert names[1] not in program.err


TRACKING = """
import os, signal, sys, time, warnings
from multiprocessing import get_context, resource_tracker

tracker = resource_tracker._resource_tracker
found = []

def main():
    for method in ("fork", "spawn"):
        found.append(tracker._pid)
        get_context(method).Lock()
        found.append(tracker._pid)
        child = get_context(method).Process(target=print, args=("",))
        child.start()
        child.join()
        found.append(tracker._pid)
    pid = tracker._pid
    for number in (signal.SIGTERM, signal.SIGINT):
        os.kill(pid, number)
    deadline = time.monotonic() + {grace}
    while time.monotonic() < deadline:  # a tracker that has died would be replaced
        resource_tracker.ensure_running()
    fd = resource_tracker.getfd()
    found.append((tracker._pid == pid, fd == resource_tracker.getfd(), os.get_inheritable(fd)))
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT) if hasattr(os, "waitid") else wait(pid)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        lock = get_context("spawn").Lock()
    messages = [str(one.message) for one in caught]
    found.append((tracker._pid not in (None, pid), messages, caught[0].category.__name__))
    print(found)

def wait(pid):
    while " Z " not in open(f"/proc/{{pid}}/stat").read():
        pass

if __name__ == "__main__":
    main()
"""


def tracking(programs):
    """Run the program that watches its tracker, once, and return what it has found."""
    if "tracking" not in _runs:
        program = programs.run(TRACKING.format(grace=GRACE))
        control(program.exit_code == 0, program.err)
        _runs["tracking"] = ast.literal_eval(program.lines[-1])
    return _runs["tracking"]


@claim("RT01")
@needs_fork
def test_a_process_by_fork_starts_no_tracker(programs, evidence):
    """A fork-context Process starts no resource tracker; a spawn-context Process does."""
    found = tracking(programs)
    evidence(tracker_pids=found[:6])
    assert found[:3] == [None, None, None]
    assert type(found[5]) is int


@claim("RT03")
@needs_fork
def test_a_lock_by_fork_starts_no_tracker(programs, evidence):
    """A fork-context Lock starts no resource tracker, a spawn-context Lock does.

    The semaphore of the former has no name that could be left: it is unlinked as it is made.
    """
    found = tracking(programs)
    evidence(tracker_pids=found[:6])
    assert (found[1], found[3]) == (None, None)
    assert type(found[4]) is int
    assert found[5] == found[4]


@claim("X25")
@needs_fork
def test_the_tracker_ignores_polite_signals(programs, evidence):
    """The resource tracker ignores SIGTERM and SIGINT, so that Ctrl-C cannot keep it from its work.

    ensure_running() finds it there, and starts no other.
    """
    found = tracking(programs)
    evidence(same_pid_and_fd=found[6])
    assert found[6] == (True, True, False)


@claim("X24")
@needs_fork
def test_a_killed_tracker_is_started_again(programs, evidence):
    """A killed resource tracker is started again at its next use, with a UserWarning.

    "resource_tracker: process died unexpectedly, relaunching.  Some resources might leak."
    """
    another, messages, category = tracking(programs)[7]
    evidence(another=another, messages=messages, category=category)
    assert another is True
    assert [message.partition(":")[0] for message in messages] == ["resource_tracker"]
    assert "process died unexpectedly, relaunching" in messages[0]
    assert category == "UserWarning"


INHERITING = """
import time
from multiprocessing import get_context, resource_tracker
from multiprocessing.shared_memory import SharedMemory

def leave_a_block(telling):
    memory = SharedMemory(create=True, size=8)
    telling.send((memory.name, resource_tracker._resource_tracker._pid))

def open_it(name):
    try:
        return SharedMemory(name, **untracked)
    except FileNotFoundError:
        return None

try:
    SharedMemory("", track=False)
except (TypeError, OSError, ValueError) as error:
    untracked = {{}} if isinstance(error, TypeError) else {{"track": False}}

if __name__ == "__main__":
    context = get_context({method!r})
    listening, telling = context.Pipe(False)
    child = context.Process(target=leave_a_block, args=(telling,))
    child.start()
    name, own_tracker = listening.recv()
    child.join()
    deadline = time.monotonic() + 10
    memory = open_it(name)
    while memory and own_tracker and time.monotonic() < deadline:
        memory.close()  # the child's tracker may need a moment
        memory = open_it(name)
    if memory:
        memory.close()
        memory.unlink()
        if untracked:
            resource_tracker.unregister("/" + name, "shared_memory")
    print([child.exitcode, bool(memory), bool(own_tracker)])
"""


@claim("RT06")
@refuted(
    start_method="fork",
    because="in CPython and PyPy a forked child has a tracker of its own if its parent had none",
)
@needs_posix
def test_a_block_made_by_a_child_outlives_it(start_method, programs, evidence):
    """A block that a child makes and leaves is there for its parent after the child's end.

    One would expect it to live until unlink().  Under spawn and forkserver they have one common
    resource tracker.  Under fork they have one only if it ran before the child was started; else
    the child starts its own, which unlinks the block at the child's end: FileNotFoundError in the
    parent.  Instead: make the block in the parent, or call resource_tracker.ensure_running() first.
    """
    program = programs.run(INHERITING.format(method=start_method))
    exit_code, there, own_tracker = told(program)
    evidence(exit_code=exit_code, there=there, tracker_of_its_own=own_tracker)
    control(exit_code == 0, program.err)
    control(own_tracker == ("leaked shared_memory" in program.err), program.err)
    assert there


FORKING = """
import os, sys
from multiprocessing.shared_memory import SharedMemory

memory = SharedMemory(create=True, size=8)
pid = os.fork()
if pid == 0:
    memory.buf[0] = 5
    memory.close()
    sys.exit(0)
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
print([code, memory.buf[0]])
memory.close()
memory.unlink()
"""


@claim("RT07")
@predicts("RC51")
@needs_fork
@refuted(
    where=not PYPY
    and (
        (since("3.12.10") and before("3.13.0"))
        or (since("3.13.3") and before("3.13.10"))
        or (since("3.14.0") and before("3.14.1"))
    ),
    because="3.12.10 and 3.13.3 made the copy wait for a tracker not its child (gh-140485)",
)
def test_a_bare_fork_beside_shared_memory_is_silent(programs, evidence):
    """A bare os.fork() child of a program with shared memory ends without any message.

    One would expect so, for the child has only written a byte.  Where ResourceTracker.__del__ waits
    for the tracker, the child prints "Exception ignored in: <function ResourceTracker.__del__ ...
    ChildProcessError: [Errno 10] No child processes": it is no child of its.  The exit code is
    0 all the same.  Instead: leave the child by os._exit(), or use multiprocessing.Process.
    """
    program = programs.run(FORKING)
    evidence(printed=program.lines, err=program.err)
    control((program.exit_code, told(program)) == (0, [0, 5]), program.err)
    control("ChildProcessError" in program.err or not program.err, program.err)
    assert program.err == ""
