"""os.fork: what the child has of its parent, what it has not, and how it must leave.

Each spec forks in a fresh interpreter, whose children leave it by os._exit.

Source: https://docs.python.org/3/library/os.html#os.fork
"""

import contextvars
import gc
import os
import random
import signal
import sys
import tempfile
import threading

from tests.harness import (
    FORK,
    PYPY,
    applies,
    before,
    claim,
    control,
    in_a_fork,
    leaving,
    outcome,
    predicts,
    refuted,
    since,
)

needs_fork = applies(where=FORK, because="os.fork() exists only on POSIX")

LEAVING = """
import atexit, os

atexit.register(os.write, 1, b"handler ")
caller = os.getpid()
number = os.fork()
try:
    if os.getpid() != caller:
        print("buffered", end=" ")
        {leave}
    else:
        os.waitpid(number, 0)
finally:
    os.write(1, b"finally ")
"""


@claim("FK02")
@needs_fork
def test_a_forked_child_that_ends_normally_runs_its_parents_exit_handlers(programs, evidence):
    """A forked child that ends normally runs its parent's exit handlers once more; _exit runs none.

    One would expect atexit handlers to run once per program.  The child has a copy of them, and of
    what is in the buffer of stdout.  os._exit() leaves at once: no finally block, no atexit
    handler, no flush.  It is what a forked child should end with (documentation of os._exit).
    """
    by_exit = programs.run(LEAVING.format(leave="os._exit(0)"))
    by_the_end = programs.run(LEAVING.format(leave="pass"))
    evidence(after_os_exit=by_exit.out, after_a_normal_end=by_the_end.out)
    assert (by_exit.exit_code, by_exit.err) == (0, "")
    assert by_exit.out == "finally handler "
    assert (by_the_end.exit_code, by_the_end.err) == (0, "")
    assert by_the_end.out == "finally buffered handler finally handler "


RUNNING_ON = """
import os

caller = os.getpid()

def work():
    number = os.fork()
    if os.getpid() != caller:
        raise KeyError("in the child")
    os.waitpid(number, 0)

try:
    work()
except KeyError:
    os.write(1, b"caught ")
os.write(1, b"tail ")
"""


@claim("FK21")
@needs_fork
def test_an_exception_in_a_forked_child_goes_on_into_its_copy_of_the_callers(programs, evidence):
    """An exception that a forked child does not stop goes on into its copy of the callers.

    One would expect it to end the child.  But the child is a copy of the whole program, with
    every caller's except and finally blocks: the rest of the program (of a test run, say) is run
    twice.  Wrap what the child does in try ... finally: os._exit(code).
    """
    program = programs.run(RUNNING_ON)
    evidence(written=program.out)
    assert (program.exit_code, program.err) == (0, "")
    assert program.out == "caught tail tail "


def read_on_in_a_child():
    """Return what the child, and then the parent, read from one open file; each two bytes."""
    with tempfile.TemporaryFile(buffering=0) as file:
        file.write(b"abcdef")
        file.seek(0)
        return in_a_fork(lambda: file.read(2)), file.read(2)


@claim("FK17")
@needs_fork
def test_parent_and_forked_child_share_the_position_in_open_files(programs, evidence):
    """Parent and forked child share the position in an open file: what one reads, the other skips.

    The descriptor is a copy, but both copies name one open file of the system, as after os.dup().
    Open the file again in the child to read it independently.
    """
    child, parent = programs.call(read_on_in_a_child)
    evidence(child=child, parent=parent)
    assert (child, parent) == (b"ab", b"cd")


def handler_and_alarm_in_a_child():
    """Return whether the child has the parent's handler, and the seconds left to its alarm."""
    signal.signal(signal.SIGALRM, on_alarm)
    signal.setitimer(signal.ITIMER_VIRTUAL, 500)
    before = signal.alarm(1000)

    def look():
        kept = signal.getsignal(signal.SIGALRM) is on_alarm
        return kept, signal.getitimer(signal.ITIMER_VIRTUAL)[0] == 0, signal.alarm(0)

    return before, look(), in_a_fork(look)


def on_alarm(number, frame):
    """Do nothing."""


@claim("FK18")
@needs_fork
def test_a_forked_child_has_the_signal_handlers_but_no_pending_alarm(programs, evidence):
    """A forked child has its parent's signal handlers, but none of its pending alarms and timers.

    So it is fork(2): timers belong to a process.  Ask for a new signal.alarm() in the child.
    """
    before, parent, child = programs.call(handler_and_alarm_in_a_child)
    evidence(parent=parent, child=child)
    assert before == 0
    assert parent[:2] == (True, False)
    assert 990 <= parent[2] <= 1000
    assert child == (True, True, 0)


variable = contextvars.ContextVar("variable", default="unset")
own = threading.local()


def contexts_in_a_child():
    """Return what a context variable and a thread-local have in a child, set before the fork."""
    variable.set("set before")
    own.value = "put before"
    return in_a_fork(lambda: (variable.get(), own.value))


@claim("FK19")
@needs_fork
def test_a_forked_child_keeps_context_variables_and_thread_locals(programs, evidence):
    """A forked child has the context variables and threading.local values of the forking thread."""
    seen = programs.call(contexts_in_a_child)
    evidence(seen_in_the_child=seen)
    assert seen == ("set before", "put before")


def hashes():
    """Return the hash of some texts in the parent, and in two children."""

    def look():
        return [hash(text) for text in ("x", "concurrency", b"x")]

    return look(), in_a_fork(look), in_a_fork(look)


@claim("FK20")
@needs_fork
def test_strings_have_the_same_hash_in_a_forked_child(programs, evidence):
    """Strings have the same hash in a forked child as in its parent: the random seed is copied."""
    parent, *children = programs.call(hashes)
    evidence(same=[child == parent for child in children])
    assert children == [parent, parent]


def numbers_drawn():
    """Return what two children and then the parent draw: from the module, and from an instance."""
    random.seed(1)
    instance = random.Random(1)

    def draw():
        return random.getrandbits(64), instance.getrandbits(64)

    return in_a_fork(draw), in_a_fork(draw), draw()


@claim("FK11")
@needs_fork
def test_children_draw_numbers_of_their_own_but_not_from_an_instance(programs, evidence):
    """Each forked child draws other numbers from random, but the same ones from a Random instance.

    The module is seeded anew in every forked child (bpo-16500, Python 3.7), also after
    random.seed().  A random.Random, or a NumPy generator, is just copied: all children draw the
    same "random" numbers.  Make instances in the child, or seed them with the child's pid.
    """
    first, second, parent = programs.call(numbers_drawn)
    of_the_module, of_the_instance = zip(first, second, parent, strict=True)
    evidence(of_the_module=of_the_module, of_the_instance=of_the_instance)
    expected = random.Random(1).getrandbits(64)
    assert len(set(of_the_module)) == 3
    assert of_the_module[2] == expected
    assert set(of_the_instance) == {expected}


AT_EXIT = """
import atexit, os

def fork():
    try:
        number = os.fork()
        if number == 0:
            os._exit(7)
        print("child ended with", os.waitpid(number, 0)[1] >> 8)
    except RuntimeError as error:
        print("RuntimeError:", error)

atexit.register(fork)
"""


@claim("FK22")
@predicts("RC12")
@needs_fork
@refuted(
    where=not PYPY and since("3.12.0") and before("3.12.3"),
    because="gh-113964: 3.12.0 to 3.12.2 refuse it as soon as the main thread has ended",
)
def test_a_process_can_fork_in_an_exit_handler(programs, evidence):
    """os.fork() works in an atexit handler.

    One would expect handlers to run in a working interpreter, and so they do, but for 3.12.0 to
    3.12.2: "RuntimeError: can't fork at interpreter shutdown", which also broke multiprocessing and
    subprocess there (gh-113964).  Instead: do the work before the end of the main program, or
    upgrade.
    """
    program = programs.run(AT_EXIT)
    evidence(printed=program.out)
    control((program.exit_code, program.err) == (0, ""), f"the program failed: {program}")
    refusal = "RuntimeError: can't fork at interpreter shutdown\n"
    control(program.out in ("child ended with 7\n", refusal), program.out)
    assert program.out == "child ended with 7\n"


def audited_forks():
    """Return the audit events about forking, with their arguments, that one fork raises."""
    events = []

    def hook(event, arguments):
        if "fork" in event:
            events.append((event, arguments))

    sys.addaudithook(hook)
    leaving(lambda: None)
    os.wait()
    return events


@claim("FK25")
@needs_fork
@refuted(where=PYPY, because="PyPy raises no audit event for os.fork()")
def test_forking_raises_an_audit_event(programs, evidence):
    """os.fork() raises the audit event "os.fork", without arguments.

    PyPy raises none.  Instead: os.register_at_fork().
    """
    events = programs.call(audited_forks)
    evidence(events=events)
    control(events in ([], [("os.fork", ())]), f"unknown events: {events}")
    assert events == [("os.fork", ())]


def frozen_objects():
    """Return how many objects are frozen: before gc.freeze(), after, in a child, and thawed."""
    before = gc.get_freeze_count()
    gc.freeze()
    after = gc.get_freeze_count()
    child = in_a_fork(gc.get_freeze_count)
    gc.unfreeze()
    return before, after, child, gc.get_freeze_count()


@claim("FK29")
@needs_fork
@refuted(where=PYPY, because="PyPy has no gc.freeze(): its collector moves objects")
def test_a_parent_can_freeze_its_objects_before_it_forks(programs, evidence):
    """gc.freeze() before a fork keeps the collector, in children too, from all objects there are.

    Collections write to objects, and so make the system copy memory that parent and children
    share.  Call gc.disable() early, gc.freeze() before the fork, gc.enable() in the children.
    """
    control(hasattr(gc, "freeze") != PYPY, "PyPy has it now, or CPython lost it")
    counts = programs.call(frozen_objects) if hasattr(gc, "freeze") else ()
    evidence(frozen_before_after_in_a_child_and_thawed=counts)
    assert len(counts) == 4
    before, after, child, thawed = counts
    assert after > before + 1000
    assert after - 100 < child <= after  # what dies in the child is frozen no more
    assert thawed == 0


def inheritance_by_fork():
    """Return what a child has of descriptors, working directory, environment and umask."""
    listening, telling = os.pipe()  # not inheritable (PEP 446), which concerns exec alone
    os.chdir(tempfile.gettempdir())
    os.environ["SPEC_SET_LATE"] = "set late"
    os.umask(0o027)

    def look():
        written = outcome(os.write, telling, b"by the child")
        return written, os.getcwd(), os.environ["SPEC_SET_LATE"], os.umask(0)

    child = in_a_fork(look)
    return os.read(listening, 20), os.get_inheritable(telling), os.getcwd(), child


@claim("FK30")
@needs_fork
def test_a_forked_child_has_descriptors_directory_environment_and_umask(programs, evidence):
    """A forked child has its parent's descriptors, working directory, environment and umask.

    The descriptors even where they are not inheritable: PEP 446 made new ones so for programs that
    are executed, by exec or spawn.  Close in the child what it does not need: the reader of a pipe
    sees no end as long as anybody has the writing end.
    """
    received, inheritable, directory, child = programs.call(inheritance_by_fork)
    evidence(child=child, received=received)
    assert inheritable is False
    assert received == b"by the child"
    assert child == (12, directory, "set late", 0o027)


@claim("FK31")
@needs_fork
def test_a_forked_child_is_another_process_with_the_forker_as_its_parent(programs, evidence):
    """A forked child has a pid of its own, the forker as its parent, and its group and session."""
    parent, child = programs.call(identities)
    evidence(parent=parent, child=child)
    assert child["pid"] not in (0, parent["pid"])
    assert child["parent"] == parent["pid"]
    assert child["group"] == parent["group"]
    assert child["session"] == parent["session"]


def identities():
    """Return what tells the process and its relations, in a parent and in its child."""

    def look():
        return {
            "pid": os.getpid(),
            "parent": os.getppid(),
            "group": os.getpgrp(),
            "session": os.getsid(0),
        }

    return look(), in_a_fork(look)


def child_of_forkpty():
    """Return what a child of forkpty tells about its terminal, and its exit code."""
    caller = os.getpid()
    number, terminal = os.forkpty()
    if os.getpid() != caller:
        standard = [os.isatty(descriptor) for descriptor in range(3)]
        os.write(1, f"{standard} {number} {os.getsid(0) == os.getpid()}\n".encode())
        os._exit(4)
    told = os.read(terminal, 1000).decode()
    _, status = os.waitpid(number, 0)
    os.close(terminal)
    return told.strip(), os.WEXITSTATUS(status)


@claim("FK26")
@applies(where=hasattr(os, "forkpty"), because="os.forkpty() exists only on POSIX")
def test_a_child_of_forkpty_has_a_terminal_of_its_own(programs, evidence):
    """A child of os.forkpty() has a new terminal as its standard streams, and a session of its own.

    The parent gets the child's pid and the descriptor of the terminal's other end.
    """
    told, exit_code = programs.call(child_of_forkpty)
    evidence(told=told, exit_code=exit_code)
    assert told == "[True, True, True] 0 True"
    assert exit_code == 4
