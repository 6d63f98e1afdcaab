"""os.fork: what the child has of its parent, what it has not, and how it must leave.

Each spec forks in a fresh interpreter, whose children leave it by os._exit.

Source: https://docs.python.org/3/library/os.html#os.fork
"""

import contextvars
import gc
import importlib
import os
import random
import signal
import sys
import tempfile
import threading

from tests.harness import (
    PYPY,
    before,
    claim,
    control,
    in_a_fork,
    leaving,
    needs_fork,
    predicts,
    refuted,
    since,
)

every_spec = [needs_fork]

LEAVING = """
import atexit, os

atexit.register(os.write, 1, b"handler ")
parent = os.getpid()
child = os.fork()
if os.getpid() == parent:
    os.waitpid(child, 0)
else:
    try:
        print("buffered", end=" ")
        {leave}
    finally:
        os.write(1, b"finally ")
"""


@claim("FORK08")
def test_a_forked_child_that_ends_normally_runs_its_parents_exit_handlers(programs, evidence):
    """A forked child that ends normally runs its parent's atexit handlers once more.

    You might expect atexit handlers to run once per program.  But the child has a copy of them, and
    of what is in the buffer of stdout.  So end a forked child by os._exit().
    """
    written = programs.run(LEAVING.format(leave="pass")).out
    assert evidence(written=written) == "finally buffered handler handler "


@claim("FORK08")
def test_os_exit_ends_a_child_without_any_clean_up(programs, evidence):
    """os._exit() ends a forked child with no finally block, no atexit handler and no flush.

    What the child itself has made stays behind: a TemporaryDirectory does not get deleted.
    """
    written = programs.run(LEAVING.format(leave="os._exit(0)")).out
    assert evidence(written_by_the_parent_alone=written) == "handler "


RUNNING_ON = """
import os

def work():
    parent = os.getpid()
    child = os.fork()
    if os.getpid() != parent:
        raise KeyError("in the child")
    os.waitpid(child, 0)

try:
    work()
except KeyError:
    os.write(1, b"caught ")
os.write(1, b"tail ")
"""


@claim("FORK09")
def test_an_exception_in_a_forked_child_goes_on_into_its_copy_of_the_callers(programs, evidence):
    """An exception that a forked child does not stop goes on into its copy of the callers.

    You might expect it to end the child.  But the child is a copy of the whole program, with
    every caller's except and finally blocks: the rest of the program (of a test run, say) runs
    twice.  Wrap what the child does in try ... finally: os._exit(code).
    """
    assert evidence(written=programs.run(RUNNING_ON).out) == "caught tail tail "


def read_by_a_child_and_its_parent():
    with tempfile.TemporaryFile(buffering=0) as file:
        file.write(b"abcdef")
        file.seek(0)
        return in_a_fork(lambda: file.read(2)), file.read(2)


@claim("FORK10")
def test_parent_and_forked_child_share_the_position_in_open_files(programs, evidence):
    """Parent and forked child share the position in an open file: what one reads, the other skips.

    The descriptor is a copy, but both copies name one open file of the system, as after os.dup().
    To read the file independently, open it again in the child.
    """
    child, parent = programs.call(read_by_a_child_and_its_parent)
    assert evidence(child=child, parent=parent) == (b"ab", b"cd")


def on_alarm(number, frame):
    """Do nothing."""


def handlers_and_timers():
    """Return what the parent has, and what its child has."""
    signal.signal(signal.SIGALRM, on_alarm)
    signal.alarm(1000)
    signal.setitimer(signal.ITIMER_VIRTUAL, 500)

    def look():
        return {
            "handler": signal.getsignal(signal.SIGALRM) is on_alarm,
            "alarm": signal.getitimer(signal.ITIMER_REAL)[0] > 0,
            "timer": signal.getitimer(signal.ITIMER_VIRTUAL)[0] > 0,
        }

    return look(), in_a_fork(look)


@claim("FORK11")
def test_a_forked_child_has_the_signal_handlers_but_no_pending_alarm(programs, evidence):
    """A forked child has its parent's signal handlers, but none of its pending alarms and timers.

    POSIX has it so: timers belong to a process.  Ask for a new signal.alarm() in the child.
    """
    parent, child = programs.call(handlers_and_timers)
    assert evidence(parent=parent) == {"handler": True, "alarm": True, "timer": True}
    assert evidence(child=child) == {"handler": True, "alarm": False, "timer": False}


variable = contextvars.ContextVar("variable", default="unset")
own = threading.local()


def contexts_in_a_child():
    variable.set("set before")
    own.value = "put before"
    return in_a_fork(lambda: (variable.get(), own.value))


@claim("FORK12")
def test_a_forked_child_keeps_context_variables_and_thread_locals(programs, evidence):
    """A forked child has the context variables and threading.local values of the forking thread."""
    assert evidence(child=programs.call(contexts_in_a_child)) == ("set before", "put before")


def hashes():
    """Return the hashes of some texts in the parent, and in two children."""

    def look():
        return [hash(text) for text in ("x", "concurrency", b"x")]

    return look(), in_a_fork(look), in_a_fork(look)


@claim("FORK13")
def test_strings_have_the_same_hash_in_a_forked_child(programs, evidence):
    """Strings have the same hash in a forked child as in its parent: the random seed is copied."""
    parent, *children = programs.call(hashes)
    assert evidence(same=[child == parent for child in children]) == [True, True]


def numbers_drawn():
    """Return what two children, and then the parent, draw: from the module and an instance."""
    random.seed(1)
    instance = random.Random(1)

    def draw():
        return random.getrandbits(64), instance.getrandbits(64)

    return in_a_fork(draw), in_a_fork(draw), draw()


@claim("FORK14")
def test_children_draw_numbers_of_their_own_but_not_from_an_instance(programs, evidence):
    """Each forked child draws other numbers from random, but the same ones from a Random instance.

    The module is seeded anew in every forked child (bpo-16500, Python 3.7), also after
    random.seed().  A random.Random, or a NumPy generator, is just copied: all children draw the
    same "random" numbers.  Make instances in the child, or seed them with the child's pid.
    """
    module, instance = zip(*programs.call(numbers_drawn), strict=True)
    seeded_with_1 = random.Random(1).getrandbits(64)
    assert len(set(evidence(from_the_module=module))) == 3
    assert module[2] == seeded_with_1
    assert set(evidence(from_the_instance=instance)) == {seeded_with_1}


AT_EXIT = """
import atexit, os

@atexit.register
def fork():
    parent = os.getpid()
    try:
        child = os.fork()
    except RuntimeError as error:
        print("RuntimeError:", error)
        return
    if os.getpid() != parent:
        os._exit(7)
    print("child ended with", os.waitpid(child, 0)[1] >> 8)
"""


@claim("FORK15")
@predicts("RC12")
@refuted(
    where=not PYPY and since("3.12.0") and before("3.12.3"),
    because="gh-113964: 3.12.0 to 3.12.2 refuse it as soon as the main thread has ended",
)
def test_a_process_can_fork_in_an_exit_handler(programs, evidence):
    """os.fork() works in an atexit handler.

    In 3.12.0 to 3.12.2 it raises "RuntimeError: can't fork at interpreter shutdown", which also
    broke multiprocessing and subprocess there (gh-113964).  Do the work before the end of the main
    program, or upgrade.
    """
    program = programs.run(AT_EXIT)
    control(program.err == "", program.err)
    assert evidence(printed=program.out) == "child ended with 7\n"


def audited_forks():
    """Return the audit events about forking, with their arguments, that one fork raises."""
    events = []

    def hook(event, arguments):
        if "fork" in event:
            events.append((event, arguments))

    sys.addaudithook(hook)
    os.waitpid(leaving(lambda: None), 0)
    return events


@claim("FORK16")
@refuted(where=PYPY, because="PyPy raises no audit event for os.fork()")
def test_forking_raises_an_audit_event(programs, evidence):
    """os.fork() raises the audit event "os.fork", without arguments.

    PyPy raises none; use os.register_at_fork() there.
    """
    assert evidence(events=programs.call(audited_forks)) == [("os.fork", ())]


def frozen_objects():
    """Return how many objects are frozen: after gc.freeze(), in a child, and after unfreeze()."""
    gc.freeze()
    after = gc.get_freeze_count()
    child = in_a_fork(gc.get_freeze_count)
    gc.unfreeze()
    return after, child, gc.get_freeze_count()


@claim("FORK17")
@predicts("H46")
@refuted(
    where=PYPY,
    because="PyPy has no gc.freeze(): its collector moves objects",
    by="AttributeError: module 'gc' has no attribute 'get_freeze_count'",
)
def test_a_parent_can_freeze_its_objects_before_it_forks(programs, evidence):
    """gc.freeze() before a fork keeps the collector, in children too, from all objects there are.

    Collections write to objects, and so make the system copy memory that parent and children
    share, by copy-on-write: a preforking server needs that memory once per worker.  Call
    gc.disable() early, gc.freeze() before the fork, gc.enable() in the children.  With the fork
    server, the default since 3.14, only what is frozen in a preloaded module counts.  Counting
    references writes as well: workers that go through a large list, such as those of a PyTorch
    DataLoader, come to copy all of it, and memory grows.  Keep such data in one NumPy array.
    """
    gc.get_freeze_count()  # an AttributeError on PyPy
    after, child, thawed = programs.call(frozen_objects)
    evidence(frozen=after, in_the_child=child, thawed=thawed)
    assert after > 1000
    assert after - 100 < child <= after  # some die in the child
    assert thawed == 0


def inherited_by_fork():
    """Return what a child has of directory, environment and umask, and what it has written."""
    reading, writing = os.pipe()
    os.chdir(tempfile.gettempdir())
    os.environ["SPEC_SET_LATE"] = "set late"
    os.umask(0o027)

    def look():
        os.write(writing, b"by the child")
        return os.getcwd(), os.environ["SPEC_SET_LATE"], os.umask(0)

    child = in_a_fork(look)
    return {"child": child, "directory": os.getcwd(), "received": os.read(reading, 20)}


@claim("FORK18")
def test_a_forked_child_has_descriptors_directory_environment_and_umask(programs, evidence):
    """A forked child has its parent's descriptors, working directory, environment and umask.

    It has even the descriptors that are not inheritable: PEP 446 keeps those only from programs
    that are executed, by exec or spawn.  Close in the child what it does not need: the reader of a
    pipe sees no end as long as any process has the writing end.
    """
    found = programs.call(inherited_by_fork)
    assert evidence(child=found["child"]) == (found["directory"], "set late", 0o027)
    assert evidence(received=found["received"]) == b"by the child"


def relations():
    """Return the ids of a process and its relations, in a parent and in its child."""

    def look():
        ids = {"pid": os.getpid(), "parent": os.getppid()}
        return {**ids, "group": os.getpgrp(), "session": os.getsid(0)}

    return look(), in_a_fork(look)


@claim("FORK19")
def test_a_forked_child_is_another_process_with_the_forker_as_its_parent(programs, evidence):
    """A forked child has its own pid, the forker as its parent, and the same group and session."""
    parent, child = evidence(parent_and_child=programs.call(relations))
    assert child["pid"] not in (0, parent["pid"])
    assert child == {**parent, "pid": child["pid"], "parent": parent["pid"]}


def child_of_forkpty():
    """Return what a child of forkpty says of its terminal and session, and its exit code."""
    parent = os.getpid()
    child, terminal = os.forkpty()
    if os.getpid() != parent:
        print([os.isatty(number) for number in (0, 1, 2)], os.getsid(0) == os.getpid(), flush=True)
        os._exit(4)
    said = os.read(terminal, 1000).decode().strip()
    return said, os.WEXITSTATUS(os.waitpid(child, 0)[1])


@claim("FORK20")
def test_a_child_of_forkpty_has_a_terminal_of_its_own(programs, evidence):
    """A child of os.forkpty() has a new terminal as its standard streams, and leads a new session.

    The parent gets the child's pid and the descriptor of the terminal's other end.
    """
    said, exit_code = programs.call(child_of_forkpty)
    assert evidence(terminals_and_session=said) == "[True, True, True] True"
    assert exit_code == 4


EXITING = """
import multiprocessing, os, sys

receiving, sending = multiprocessing.Pipe()
context = multiprocessing.get_context("fork")
worker = context.Process(target=receiving.recv, daemon=True)
worker.start()
child = os.fork()
if child == 0:
    sys.exit(0)
os.waitpid(child, 0)
sending.send("the work is done")
worker.join()
print(worker.exitcode)
"""


@claim("FORK36")
@predicts("N15")
def test_sys_exit_in_a_forked_child_ends_the_parents_workers(programs, evidence):
    """sys.exit() in a child of os.fork() ends the parent's daemon processes, by SIGTERM.

    The child has a copy of the list of its parent's processes, and at its end multiprocessing
    terminates those that are daemons.  Then it fails to join one, "AssertionError: can only join a
    child process", on the child's standard error.  Instead: end such a child by os._exit(0), or
    start it by multiprocessing.
    """
    program = programs.run(EXITING)
    control("can only join a child process" in program.err, f"the child has tried: {program}")
    evidence(error=program.err.strip().rpartition("\n")[2])
    assert evidence(exit_code_of_the_worker=program.lines) == [str(-signal.SIGTERM)]


USED = """
import multiprocessing, os, queue

def from_a_fork(letters):
    child = os.fork()
    if child == 0:
        try:
            letters.put("from the child")
            letters.close()
            letters.join_thread()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    try:
        return letters.get(timeout=0.1)
    except queue.Empty:
        return "nothing"

unused, used = multiprocessing.Queue(), multiprocessing.Queue()
used.put("from the parent")
used.get()
print(from_a_fork(unused), from_a_fork(used), sep=chr(10))
"""


@claim("FORK37")
@predicts("N16")
def test_a_forked_child_puts_into_a_used_queue_in_vain(programs, evidence):
    """What a child of os.fork() puts into a multiprocessing.Queue that was used before is lost.

    put() leaves it to a thread, which the parent has, and the child has not; multiprocessing
    repairs its objects in its own children only.  No error is raised.  A Manager's proxies are
    worse: parent and child share one connection, and get each other's answers.  Instead:
    multiprocessing.Process, or make the queue in time and use it in one direction only.
    """
    program = programs.run(USED)
    control("Traceback" not in program.err, f"the program ends well: {program}")
    of_unused, of_used = evidence(received=program.lines)
    control(of_unused == "from the child", "a queue that nobody has used works")
    assert of_used == "nothing"


def terminals_of_forkpty():
    """Return for os.forkpty() and pty.fork() whether the descriptor is inheritable."""
    found = {}
    for module, name in ("os", "forkpty"), ("pty", "fork"):
        child, terminal = getattr(importlib.import_module(module), name)()
        if child == 0:
            os._exit(0)
        found[f"{module}.{name}"] = os.get_inheritable(terminal)
        os.close(terminal)
        os.waitpid(child, 0)
    return found


@claim("FORK39")
@predicts("N98")
@refuted(where=before("3.15.0"), because="3.15 makes it close-on-exec (gh-139184)")
def test_the_terminal_of_forkpty_is_not_inheritable(programs, evidence):
    """The descriptor that os.forkpty() and pty.fork() return is not inheritable.

    Up to 3.14 it leaks into each program that is started by os.system(), os.posix_spawn(), exec, or
    subprocess with close_fds=False: the terminal is not hung up when you close it, so the child
    that has it does not end.  PEP 446 made other descriptors non-inheritable in 3.4.  Instead:
    os.set_inheritable(descriptor, False).
    """
    inheritable = programs.call(terminals_of_forkpty)
    assert evidence(inheritable=inheritable) == {"os.forkpty": False, "pty.fork": False}
