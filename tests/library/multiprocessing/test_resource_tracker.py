"""The resource tracker: a helper process that unlinks what programs have left behind.

Source: https://docs.python.org/3/library/multiprocessing.html#multiprocessing-start-methods
and https://docs.python.org/3/library/multiprocessing.shared_memory.html
"""

import ast
import importlib
import multiprocessing
import os
import signal
import warnings
from multiprocessing import resource_tracker
from multiprocessing.shared_memory import SharedMemory

from tests.harness import (
    GRACE,
    PATIENCE,
    POSIX,
    PYPY,
    applies,
    before,
    claim,
    control,
    joined,
    kinds,
    needs_fork,
    never,
    outcome,
    predicts,
    refuted,
    since,
    until,
)

every_spec = [applies(where=POSIX, because="Windows has no resource tracker")]

#: It leaves a block, a block that its tracker was told to forget, none, and two semaphores.
LEAVING = """
import os, signal
from multiprocessing import get_context, resource_tracker
from multiprocessing.shared_memory import SharedMemory

left, forgotten, unlinked = (SharedMemory(create=True, size=8) for _ in range(3))
resource_tracker.unregister("/" + forgotten.name, "shared_memory")
unlinked.unlink()
locks = [get_context("spawn").Lock() for _ in range(2)]
print([left.name, forgotten.name, unlinked.name])
print([lock._semlock.name for lock in locks], flush=True)
"""
LEAVE = "os._exit(0)"
BE_KILLED = "os.kill(os.getpid(), signal.SIGKILL)"


def tracker_pid():
    return resource_tracker._resource_tracker._pid  # noqa: SLF001


def exists(name):
    """Tell whether there is a block of this name; its tracker then knows it no more."""
    found = outcome(SharedMemory, name)
    if isinstance(found, FileNotFoundError):
        return False
    found.close()
    resource_tracker.unregister("/" + name, "shared_memory")
    return True


def remove(name):
    memory = SharedMemory(name)
    memory.close()
    memory.unlink()


def left_behind(programs, end):
    """Run the program; return how it ended, its blocks' names, and which are still there."""
    program = programs.run(LEAVING + end)
    names = ast.literal_eval(program.lines[0])
    there = [exists(name) for name in names]
    for name in names:
        outcome(remove, name)
    return program, names, there


@claim("TRACKER01")
def test_a_block_left_behind_is_unlinked_at_the_end(programs, evidence):
    """A block that a program has not unlinked is unlinked when it ends, with a warning.

    The warning comes from the resource tracker, a separate process: "UserWarning:
    resource_tracker: There appear to be 1 leaked shared_memory objects to clean up at shutdown".
    Instead: close() in each process, and unlink() once, in a finally block.
    """
    program, _, (left, _, _) = left_behind(programs, LEAVE)
    evidence(there=left, warned=program.err)
    assert left is False
    assert program.err.count("There appear to be 1 leaked shared_memory objects to clean up") == 1


@claim("TRACKER02")
@refuted(where=before("3.13.0"), because="3.13 added the names to the warning")
def test_the_warning_names_what_was_left(programs, evidence):
    """The resource tracker's warning names each of the objects that were left behind.

    Up to 3.12 it does not say which block has leaked, only how many: "There appear to be 1 leaked
    shared_memory objects to clean up at shutdown".
    """
    program, (left, *others), _ = left_behind(programs, LEAVE)
    evidence(left=left, warned=program.err)
    control("1 leaked shared_memory" in program.err, "there is a warning in any case")
    control(not any(name in program.err for name in others), "no other block has leaked")
    assert left in program.err


@claim("TRACKER03")
def test_a_semaphore_left_behind_is_reported(programs, evidence):
    """Semaphores that os._exit() leaves behind are reported as leaked, and unlinked.

    "UserWarning: resource_tracker: There appear to be 2 leaked semaphore objects to clean up at
    shutdown".  The warning is harmless in itself: the tracker has removed them.  But it tells that
    the program did not end as usual: it was killed (often for lack of memory), crashed, or left by
    os._exit(), with a Lock, a Queue or a Pool in use.  Look for that, and close() and join() pools.
    """
    program, _, _ = left_behind(programs, LEAVE)
    names = ast.literal_eval(program.lines[1])
    unlink = importlib.import_module("_multiprocessing").sem_unlink
    again = [outcome(unlink, name) for name in names]
    evidence(warned=program.err, when_unlinked_again=again)
    assert program.err.count("There appear to be 2 leaked semaphore objects to clean up") == 1
    assert "No such file" not in program.err
    assert kinds(again) == ["FileNotFoundError"] * 2


@claim("TRACKER04")
def test_a_killed_programs_block_is_unlinked(programs, evidence):
    """Even when a program is killed by SIGKILL, its resource tracker unlinks its blocks."""
    program, _, (left, _, _) = left_behind(programs, BE_KILLED)
    control(program.exit_code == -signal.SIGKILL, "the program was killed")
    evidence(there=left, warned=program.err)
    assert left is False
    assert "1 leaked shared_memory" in program.err
    assert "2 leaked semaphore" in program.err


@claim("TRACKER05")
def test_the_tracker_forgets_what_is_unregistered(programs, evidence):
    """A block that was unregistered stays after the end of its program, without a warning.

    resource_tracker.unregister() is a remedy for SHM13, in programs that are started on their own.
    A child of multiprocessing has the tracker of its parent: there it makes the tracker print a
    KeyError when the parent unlinks the block (TRACKER13).  Instead: SharedMemory(track=False),
    since 3.13.
    """
    program, (_, forgotten, _), there = left_behind(programs, LEAVE)
    assert evidence(left_forgotten_and_unlinked_are_there=there) == [False, True, False]
    assert forgotten not in program.err


UNLINKING = """
from multiprocessing import resource_tracker
from multiprocessing.shared_memory import SharedMemory

block = SharedMemory(create=True, size=8)
resource_tracker.unregister("/" + block.name, "shared_memory")
block.close()
block.unlink()
"""


@claim("TRACKER13")
@predicts("N153")
@refuted(where=PYPY, because="PyPy's tracker says nothing there")
def test_unlinking_what_is_unregistered_prints_a_key_error(programs, evidence):
    """Unlinking a block after resource_tracker.unregister() makes the tracker print a KeyError.

    "KeyError: '/psm_...'" with a traceback of the tracker, on the screen of the program, which ends
    well.  unlink() unregisters the block once more, and the tracker does not know it.  Instead:
    only who does not unlink() a block calls unregister(); since 3.13 use SharedMemory(track=False).
    """
    program = programs.run(UNLINKING)
    control(program.exit_code == 0, f"the program ends well: {program}")
    assert "KeyError: '/psm_" in evidence(printed=program.err)


def starts_a_tracker(method, kind):
    """Tell whether making a Lock, or starting a Process, starts the tracker."""
    context = multiprocessing.get_context(method)
    control(tracker_pid() is None, "there is none at first")
    made = getattr(context, kind)()
    if kind == "Process":
        made.start()
        joined(made)
    return tracker_pid() is not None


@claim("TRACKER06")
@needs_fork
def test_a_process_by_fork_starts_no_tracker(programs, evidence):
    """A fork-context Process starts no resource tracker; a spawn-context Process does."""
    started = {m: programs.call(starts_a_tracker, m, "Process") for m in ("fork", "spawn")}
    assert evidence(started=started) == {"fork": False, "spawn": True}


@claim("TRACKER07")
@needs_fork
def test_a_lock_by_fork_starts_no_tracker(programs, evidence):
    """A fork-context Lock starts no resource tracker, a spawn-context Lock does.

    The semaphore of a fork-context Lock has no name that could be left behind: it is unlinked as
    soon as it is made.
    """
    started = {m: programs.call(starts_a_tracker, m, "Lock") for m in ("fork", "spawn")}
    assert evidence(started=started) == {"fork": False, "spawn": True}


def outlives_signals():
    """Send polite signals to the tracker; tell whether ensure_running() finds the same one."""
    child = multiprocessing.get_context("spawn").Process()
    child.start()
    joined(child)  # the tracker was started before it, and has begun by now
    pid = tracker_pid()
    for number in (signal.SIGTERM, signal.SIGINT):
        os.kill(pid, number)

    def replaced():
        resource_tracker.ensure_running()
        return tracker_pid() != pid

    return never(replaced)


@claim("TRACKER08")
@needs_fork
def test_the_tracker_ignores_polite_signals(programs, evidence):
    """The resource tracker ignores SIGTERM and SIGINT, so Ctrl-C cannot keep it from its work.

    ensure_running() then finds the same one, and starts no other.
    """
    assert evidence(the_same=programs.call(outlives_signals)) is True


def kill_the_tracker():
    """Kill the tracker and make a Lock; return whether there is another one, and all warnings."""
    resource_tracker.ensure_running()
    pid, pipe = tracker_pid(), resource_tracker.getfd()
    os.kill(pid, signal.SIGKILL)
    probe = b"PROBE:0:noop\n"
    until(lambda: isinstance(outcome(os.write, pipe, probe), BrokenPipeError), "its end")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        multiprocessing.get_context("spawn").Lock()
    warned = [f"{one.category.__name__}: {one.message}" for one in caught]
    return tracker_pid() not in (None, pid), warned


@claim("TRACKER09")
@needs_fork
def test_a_killed_tracker_is_started_again(programs, evidence):
    """A killed resource tracker is started again at its next use, with a UserWarning.

    "resource_tracker: process died unexpectedly, relaunching.  Some resources might leak."
    """
    another, warned = programs.call(kill_the_tracker)
    assert evidence(another=another) is True
    beginnings = [text.partition(", relaunching")[0] for text in evidence(warned=warned)]
    assert beginnings == ["UserWarning: resource_tracker: process died unexpectedly"]


def leave_a_block(sending):
    memory = SharedMemory(create=True, size=8)
    sending.send((memory.name, tracker_pid()))
    memory.close()


def block_of_a_child(method):
    """Return whether the block of a child is there after its end, and whether it had a tracker."""
    context = multiprocessing.get_context(method)
    receiving, sending = context.Pipe(duplex=False)
    child = context.Process(target=leave_a_block, args=(sending,))
    child.start()
    name, own_tracker = receiving.recv()
    control(joined(child) == [0], "the child ends well")
    if own_tracker:  # which may need a moment; this program must live on, to remove the block
        outcome(until, lambda: not exists(name), "the end of the block", within=PATIENCE / 2)
    there = exists(name)
    outcome(remove, name)
    return there, own_tracker is not None


@claim("TRACKER10")
@needs_fork
@refuted(
    start_method="fork",
    because="in CPython and PyPy a forked child has a tracker of its own if its parent had none",
)
def test_a_block_made_by_a_child_outlives_it(start_method, programs, evidence):
    """A block that a child makes and leaves is there for its parent after the child's end.

    So it is under spawn and forkserver, where parent and child have one resource tracker.  Under
    fork they have one only if it ran before the child was started; otherwise the child starts its
    own, which unlinks the block when the child ends: FileNotFoundError in the parent.  Instead:
    make the block in the parent, or call resource_tracker.ensure_running() first.
    """
    there, own_tracker = programs.call(block_of_a_child, start_method)
    control(own_tracker is (start_method == "fork"), f"a tracker of its own: {own_tracker}")
    assert evidence(there=there) is True


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


@claim("TRACKER11")
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

    The child has only written a byte.  But where ResourceTracker.__del__ waits for the tracker,
    the child prints "Exception ignored in: <function ResourceTracker.__del__ ...
    ChildProcessError: [Errno 10] No child processes", for the tracker is not its child.  The exit
    code is 0 all the same.  There, up to 3.13.13 and 3.14.4, the parent's end also waits for each
    such child that is still there: it seems to hang (gh-146313).  Instead: leave the child by
    os._exit(), or use multiprocessing.Process.
    """
    program = programs.run(FORKING)
    control((program.exit_code, program.lines) == (0, ["[0, 5]"]), program.err)
    control("ChildProcessError" in program.err or not program.err, program.err)
    assert evidence(printed_as_error=program.err) == ""


FREEING = """
import gc, os, threading
from multiprocessing import get_context, resource_tracker

make_lock = get_context("spawn").Lock
locks = [make_lock()]

def free_one():
    with resource_tracker._resource_tracker._lock:
        locks.clear()
        gc.collect()

thread = threading.Thread(target=free_one, daemon=True)
thread.start()
thread.join({seconds})
if thread.is_alive():
    print("it hangs", flush=True)
    os._exit(0)
locks.append(make_lock())
print("it is freed")
"""

#: Where a second call of the tracker, in the same thread, waits for the first.
WAITS_FOR_ITSELF = before("3.11.6", "3.12.1") and not PYPY


@claim("TRACKER12")
@predicts("N113")
@refuted(
    where=WAITS_FOR_ITSELF,
    because="before 3.11.6 and 3.12.1 the tracker's lock was no RLock (gh-109593)",
)
@refuted(
    where=since("3.11.6", "3.12.1") and before("3.13.7", "3.14.1"),
    because="up to 3.13.6 and 3.14.0 the tracker refused what came meanwhile (gh-131788)",
)
def test_a_lock_may_be_freed_while_the_tracker_is_at_work(programs, evidence):
    """multiprocessing's locks may be freed while the resource tracker is at work, without a word.

    The collector does that, in whatever line a thread is, and so does a free-threaded build, when
    another thread drops what this one has made.  First the program hung; then it printed
    "UserWarning: ResourceTracker called reentrantly for resource cleanup, which is unsupported",
    and the semaphore stayed until the program's end.  Instead: keep locks, queues and pools in
    variables for as long as the program makes others.
    """
    seconds = GRACE if WAITS_FOR_ITSELF else PATIENCE
    program = programs.run(FREEING.format(seconds=seconds))
    warned = program.err == "" or "called reentrantly" in program.err
    control(program.exit_code == 0 and (warned or program.lines == ["it hangs"]), f"{program!r}")
    assert evidence(printed=program.lines, errors=program.err) == (["it is freed"], "")
