"""Threads at the end of the program: who is waited for, who is cut off, what may still start.

Each of these programs runs in a fresh interpreter, to its very end.

Source: https://docs.python.org/3/library/threading.html#threading.Thread.daemon
"""

import threading

from tests.harness import (
    FREE_THREADED_BUILD,
    PATIENCE,
    PYPY,
    before,
    claim,
    control,
    joined,
    never,
    outcome,
    predicts,
    refuted,
    since,
    started,
)


def in_thread(function, **options):
    """What the function returns in a thread of its own."""
    returned = []
    joined(*started([threading.Thread(target=lambda: returned.append(function()), **options)]))
    return returned[0]


@claim("TH08")
def test_a_daemon_flag_is_inherited_and_fixed_at_start(evidence):
    """A thread is a daemon if its creator is, unless daemon=... says; start() fixes it.

    The creator is the thread that calls Thread(), not the one that calls start().  Setting
    daemon later is a RuntimeError: cannot set daemon status of active thread.
    """

    def make():
        threads = [threading.Thread(daemon=daemon) for daemon in (None, True, False)]
        return [thread.daemon for thread in (threading.Thread(), *threads)]

    made_by = {
        "main": make(),
        "daemon": in_thread(make, daemon=True),
        "other": in_thread(make, daemon=False),
    }
    gate = threading.Event()
    thread = threading.Thread(target=gate.wait, args=(PATIENCE,))
    thread.daemon = True
    before = thread.daemon
    thread.start()
    attempts = [outcome(setattr, thread, "daemon", value) for value in (True, False)]
    gate.set()
    joined(thread)
    evidence(made_by=made_by, attempts=attempts)
    assert made_by == {
        "main": [False, False, True, False],
        "daemon": [True, True, True, False],
        "other": [False, False, True, False],
    }
    assert [type(each) for each in attempts] == [RuntimeError] * 2
    assert (before, thread.daemon) == (True, True)


#: Two threads that are waited for, the second of which starts when the main thread has ended, and
#: a daemon that never ends.  Nothing is printed by two threads at once.
AT_EXIT = """\
import atexit, sys, threading, _thread

main = threading.main_thread()
for_ever = _thread.allocate_lock()
for_ever.acquire()
second_may_end = threading.Event()

def daemon():
    try:
        running.set()
        for_ever.acquire()
    finally:
        print("the daemon cleans up", flush=True)

def first():
    main.join()
    print("first", main.is_alive(), flush=True)
    second_may_end.set()

def second():
    second_may_end.wait()
    first_thread.join()
    print("second", flush=True)

def at_exit():
    names = sorted(thread.name for thread in threading.enumerate())
    print("atexit", names, flush=True)

atexit.register(at_exit)
for target in (daemon, lambda: (running.set(), busy())):
    running = threading.Event()
    threading.Thread(target=target, daemon=True, name="daemon").start()
    running.wait()
    def busy():
        while True:
            pass
running = threading.Event()
_thread.start_new_thread(daemon, ())
running.wait()
first_thread = threading.Thread(target=first)
first_thread.start()
threading.Thread(target=second).start()
print("main ends", flush=True)
sys.exit({code})
"""
_runs = {}


def at_exit(programs):
    """Run the program once for all specs that look at it."""
    if "run" not in _runs:
        _runs["run"] = programs.run(AT_EXIT.format(code=5))
    return _runs["run"]


@claim("TH31")
def test_threads_are_joined_before_atexit_handlers_run(programs, evidence):
    """At exit the threads that are no daemons are waited for, and then atexit handlers run.

    So a handler cannot tell such a thread to end: the program hangs before it gets there.
    """
    program = at_exit(programs)
    evidence(lines=program.lines)
    assert program.lines[:3] == ["main ends", "first False", "second"]
    assert program.lines[3].startswith("atexit [")
    assert len(program.lines) == 4


@claim("X14")
def test_exit_in_the_main_thread_waits_for_threads(programs, evidence):
    """sys.exit(n) in the main thread first waits for the threads, and the status is n then."""
    program = at_exit(programs)
    evidence(lines=program.lines, exit_code=program.exit_code)
    assert program.lines[:3] == ["main ends", "first False", "second"]
    assert program.exit_code == 5


@claim("Z18")
def test_a_daemon_thread_is_cut_off_without_clean_up(programs, evidence):
    """A daemon thread that runs at exit is cut off in silence: not even its finally blocks run.

    What it had open stays half written.  Better: an Event that tells the thread to end, and join.
    """
    program = at_exit(programs)
    evidence(lines=program.lines, on_stderr=program.err)
    assert program.err == ""
    assert "the daemon cleans up" not in program.lines
    assert program.lines[-1] == "atexit " + str(["Dummy-1", "MainThread", "daemon", "daemon"]) or (
        program.lines[-1] == "atexit " + str(["MainThread", "daemon", "daemon"])
    )
    assert program.exit_code == 5


FOREIGN = """\
import _thread
for_ever, running = _thread.allocate_lock(), _thread.allocate_lock()
for_ever.acquire(), running.acquire()

def foreign():
    try:
        running.release()
        for_ever.acquire()
    finally:
        print("cleaned up")

for _ in range(3):
    _thread.start_new_thread(foreign, ())
    running.acquire()
print("end")
"""


@claim("TH55")
def test_a_thread_of_the_low_level_module_is_not_waited_for(programs, evidence):
    """Threads made by _thread.start_new_thread are not waited for at exit, and not cleaned up."""
    program = programs.run(FOREIGN)
    evidence(printed=program.out)
    assert (program.exit_code, program.out, program.err) == (0, "end\n", "")


OS_EXIT = """\
import atexit, os, sys, threading, _thread
atexit.register(os.write, 1, b"at exit")
print("in the buffer")
def leave():
    try:
        os._exit({code})
    finally:
        os.write(1, b"finally")
{call}
threading.Event().wait()
"""


@claim("X13")
def test_os_exit_in_any_thread_ends_the_process(programs, evidence):
    """os._exit(n) ends the whole process with status n, from any thread, with no clean-up at all.

    Nothing is flushed, no atexit handler and no finally block runs.  It is for forked children.
    """
    calls = {
        7: "threading.Thread(target=leave).start()",
        0: "_thread.start_new_thread(leave, ())",
        255: "leave()",
    }
    ends = {code: programs.run(OS_EXIT.format(code=code, call=calls[code])) for code in calls}
    evidence(exit_codes=[program.exit_code for program in ends.values()])
    assert {code: program.exit_code for code, program in ends.items()} == {7: 7, 0: 0, 255: 255}
    assert [(program.out, program.err) for program in ends.values()] == [("", "")] * 3


LATE_START = """\
import threading

def first():
    threading.main_thread().join()
    try:
        second = threading.Thread(target=print, args=("second",), name="second")
        second.start()
        second.join()
    except RuntimeError as error:
        print(f"{type(error).__name__}: {error}")

threading.Thread(target=first).start()
"""
REFUSED = "RuntimeError: can't create new thread at interpreter shutdown\n"

refuses_at_shutdown = refuted(
    where=since("3.12.0") and before("3.12.3") and not PYPY,
    because="3.12.0 to 3.12.2 take the end of the main thread for shutdown (gh-115533)",
)


@claim("TT03")
@predicts("RC10")
@refuses_at_shutdown
def test_a_thread_can_start_threads_after_the_main_thread(programs, evidence):
    """A thread that still runs when the main thread has ended can start another thread.

    So a main module may start its workers and end.  3.12.0 to 3.12.2 only: RuntimeError: can't
    create new thread at interpreter shutdown.  Instead: join the workers in the main thread.
    """
    program = programs.run(LATE_START)
    control((program.exit_code, program.err) == (0, ""), f"it failed otherwise: {program.err}")
    control(program.out in ("second\n", REFUSED), f"it printed {program.out!r}")
    evidence(printed=program.out)
    assert program.out == "second\n"


IN_ATEXIT = """\
import atexit, threading

@atexit.register
def at_exit():
    try:
        thread = threading.Thread(target=print, args=("second",))
        thread.start()
        thread.join()
    except RuntimeError as error:
        print(f"{type(error).__name__}: {error}")
    else:
        print(thread.is_alive())
"""


@claim("TH30")
@predicts("RC11")
@refuses_at_shutdown
def test_a_thread_can_be_started_in_an_atexit_handler(programs, evidence):
    """An atexit handler can start a thread and join it.

    The documentation of atexit says that since 3.12 it is a RuntimeError; in fact it is so in
    3.12.0 to 3.12.2 alone: can't create new thread at interpreter shutdown.  Instead: start it
    before the end of the main program, or upgrade.
    """
    program = programs.run(IN_ATEXIT)
    control((program.exit_code, program.err) == (0, ""), f"it failed otherwise: {program.err}")
    control(program.out in ("second\nFalse\n", REFUSED), f"it printed {program.out!r}")
    evidence(printed=program.out)
    assert program.out == "second\nFalse\n"


IN_A_FINALISER = """\
import os, threading

class Keeper:
    def __init__(self, thread):
        self.join = thread.join

    def __del__(self, write=os.write, Exception=Exception, type=type):
        try:
            result = self.join({timeout})
        except Exception as error:
            write(1, type(error).__name__.encode())
        else:
            write(1, repr(result).encode())

thread = threading.Thread(target=threading.Event().wait, daemon=True)
thread.start()
keeper = Keeper(thread)
"""


@claim("Z19")
@refuted(
    where=since("3.14.0") and not PYPY,
    because="3.14 raises PythonFinalizationError from such a join() (gh-123940)",
)
@refuted(
    where=since("3.13.0") and before("3.14.0") and FREE_THREADED_BUILD,
    because="3.13 without a GIL frees it when threading is torn down",
)
@refuted(where=PYPY, because="PyPy runs no finalisers at exit")
def test_a_finaliser_at_exit_can_join_a_daemon_thread(programs, evidence):
    """A __del__ that runs at exit can join a daemon thread, with a timeout.

    Since 3.14: PythonFinalizationError: cannot join thread at interpreter shutdown, for the thread
    will never run again; before, without a timeout, the wait may never end.  Instead: join the
    thread in the program, in a with block or in an atexit handler: there it still runs.
    """
    program = programs.run(IN_A_FINALISER.format(timeout=0.01))
    known = ("None", "PythonFinalizationError", "TypeError", "")
    control((program.exit_code, program.err) == (0, ""), f"it failed otherwise: {program.err}")
    control(program.out in known, f"an outcome of its own: {program.out!r}")
    evidence(join=program.out or "never called")
    assert program.out == "None"


#: Lets its daemon print when the threads that are waited for have ended, and tells on standard
#: error when the pipe is full, so that the daemon is in the middle of a line.
WRITER = """\
import atexit, os, select, threading

def write():
    may_write.wait()
    while True:
        print("x" * 2**20)

@atexit.register
def begin():
    may_write.set()
    while select.select([], [1], [], 0)[1]:
        pass
    os.write(2, b"ends")

may_write = threading.Event()
threading.Thread(target=write, daemon=True).start()
"""


@claim("TT04")
@predicts("RC14")
@refuted(
    where=not PYPY, because="CPython cannot take the lock of stdout from a thread it has cut off"
)
def test_a_program_may_end_while_a_daemon_thread_prints(programs, background, evidence):
    """A program whose daemon thread is printing when the main thread ends exits with status 0.

    CPython waits one second for the lock of the buffer, which the thread can never give back, and
    aborts: Fatal Python error: _enter_buffered_busy: could not acquire lock for
    <_io.BufferedWriter name='<stdout>'> at interpreter shutdown, possibly due to daemon threads;
    the status is -6 (SIGABRT).  Let the thread end, or write with os.write().  PyPy just exits.
    """
    process = programs.start(WRITER)
    control(background(process.stderr.read, 4).result() == b"ends", "it must reach its end")
    never(lambda: process.poll() is not None)  # it comes to the end of the interpreter meanwhile
    program = programs.finish(process)
    aborted = program.exit_code == -6 and "could not acquire lock" in program.err
    control(program.exit_code == 0 or aborted, f"{program.exit_code}: {program.err}")
    evidence(exit_code=program.exit_code)
    assert program.exit_code == 0


MAIN_ENDS = """\
import threading

def watch(told=threading.Event()):
    main = threading.main_thread()
    print(main.is_alive(), main in threading.enumerate(), flush=True)
    watching.set()
    main.join()
    print(main.is_alive(), threading.main_thread() is main, flush=True)

watching = threading.Event()
threading.Thread(target=watch).start()
watching.wait()
for _ in range(20):  # so that the other is in join() when this thread ends
    threading.Event().wait(0.001)
"""


@claim("TT05")
def test_a_thread_can_join_the_main_thread(programs, evidence):
    """A thread can join() the main thread: it returns when that has reached its end.

    So a thread can clean up after the main thread, which waits for it before the process ends.
    """
    program = programs.run(MAIN_ENDS)
    evidence(printed=program.lines)
    assert (program.exit_code, program.err) == (0, "")
    assert program.lines == ["True True", "False True"]


FAILS = """\
import threading
done = threading.Event()
threading.Thread(target=lambda: (threading.main_thread().join(), print("worked on"))).start()
raise ValueError("in the main thread")
"""


@claim("TT06")
def test_threads_go_on_when_the_main_thread_fails(programs, evidence):
    """An uncaught exception in the main thread ends no other thread: they are waited for, status 1.

    A program that seems to hang after its traceback is waiting for its threads.
    """
    program = programs.run(FAILS)
    evidence(exit_code=program.exit_code, printed=program.out)
    assert program.err.splitlines()[-1] == "ValueError: in the main thread"
    assert (program.exit_code, program.out) == (1, "worked on\n")
