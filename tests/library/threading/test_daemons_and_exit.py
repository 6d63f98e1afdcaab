"""Threads at the end of the program: which are waited for, which are cut off, which may start.

The programs run in fresh interpreters, to their very end.

Source: https://docs.python.org/3/library/threading.html#threading.Thread.daemon
"""

import os
import threading
from subprocess import TimeoutExpired

from tests.harness import (
    FREE_THREADED_BUILD,
    GRACE,
    PATIENCE,
    PYPY,
    before,
    cases,
    claim,
    control,
    in_the_main_thread,
    joined,
    kinds,
    needs_posix,
    outcome,
    predicts,
    refuted,
    since,
    started,
)


@claim("DAEMON01")
@cases(daemon=(True, False))
def test_a_daemon_flag_is_inherited_and_fixed_at_start(daemon, evidence):
    """A thread is a daemon if its creator is, unless daemon=... says otherwise; start() fixes it.

    The daemon property of a thread means that the program does not wait for it when it exits
    (DAEMON02).  The creator is the thread that calls Thread(), not the one that calls start().
    """
    made = []

    def make():
        made.extend(threading.Thread(daemon=asked).daemon for asked in (None, True, False))

    joined(*started([threading.Thread(target=make, daemon=daemon)]))
    assert evidence(inherited_True_False=made) == [daemon, True, False]


@claim("DAEMON01")
@in_the_main_thread
def test_the_main_thread_makes_no_daemons(evidence):
    """The main thread is not a daemon, and neither are the threads that it makes."""
    main, made = threading.current_thread(), threading.Thread()
    assert evidence(main=main.daemon, made=made.daemon) == (False, False)


@claim("DAEMON01")
def test_a_running_thread_keeps_its_daemon_flag(evidence):
    """Thread.daemon can be set before start(); after it that raises RuntimeError.

    "RuntimeError: cannot set daemon status of active thread".
    """
    gate = threading.Event()
    thread = threading.Thread(target=gate.wait, args=(PATIENCE,))
    thread.daemon = True
    thread.start()
    refused = [outcome(setattr, thread, "daemon", value) for value in (True, False)]
    gate.set()
    joined(thread)
    assert kinds(evidence(refused=refused)) == ["RuntimeError"] * 2
    assert evidence(daemon=thread.daemon) is True


#: Two threads that are waited for, one after the other, and two daemons that never end.
AT_EXIT = """\
import atexit, sys, threading

def waiting():
    try:
        running.release()
        threading.Event().wait()
    finally:
        print("the daemon cleans up", flush=True)

def busy():
    running.release()
    while True:
        pass

def first():
    main.join()
    print("first, main is alive:", main.is_alive(), flush=True)

def second():
    first_thread.join()
    print("second", flush=True)

@atexit.register
def at_exit():
    print("atexit", flush=True)
    print(*sorted(thread.name for thread in threading.enumerate()), flush=True)

main = threading.main_thread()
running = threading.Semaphore(0)
for daemon in (waiting, busy):
    threading.Thread(target=daemon, name=daemon.__name__, daemon=True).start()
    running.acquire()
first_thread = threading.Thread(target=first)
first_thread.start()
threading.Thread(target=second).start()
print("main ends", flush=True)
sys.exit(5)
"""


@claim("DAEMON02")
def test_threads_are_joined_before_atexit_handlers_run(programs, evidence):
    """At exit Python waits for the threads that are not daemons, and then runs atexit handlers.

    That is what happens to threads when the main program exits: if the main thread ends before the
    other threads, these go on.  So a program or script hangs indefinitely after main() has
    finished, or pytest hangs after completing its tests, and atexit handlers are not called, while
    threads are still running.  So a handler cannot stop such
    a thread: the program hangs before it gets there.  threading.enumerate() tells which threads are
    left; have them end by an Event, and join() them, or make them daemons.
    """
    program = programs.once(AT_EXIT)
    assert evidence(printed=program.lines[2:4]) == ["second", "atexit"]


@claim("DAEMON03")
def test_exit_in_the_main_thread_waits_for_threads(programs, evidence):
    """sys.exit(n) in the main thread waits for the other threads; then the exit status is n."""
    program = programs.once(AT_EXIT)
    assert evidence(first=program.lines[0], last_thread=program.lines[2]) == ("main ends", "second")
    assert evidence(exit_code=program.exit_code) == 5


@claim("DAEMON04")
def test_a_thread_can_join_the_main_thread(programs, evidence):
    """A thread can join() the main thread: join() returns when the main program has ended.

    So a thread can clean up after the main thread; the process waits for it before it ends.
    """
    lines = programs.once(AT_EXIT).lines
    assert evidence(printed=lines[:2]) == ["main ends", "first, main is alive: False"]


@claim("DAEMON05")
def test_a_daemon_thread_is_cut_off_without_clean_up(programs, evidence):
    """A daemon thread that runs at exit is cut off in silence: not even its finally blocks run.

    What is a daemon thread, and what does daemon=True do?  Python does not wait for it at exit.
    That is the difference between daemon and non-daemon threads: for those it waits (DAEMON02).
    What it was writing stays half written.  Instead: let an Event ask the thread to end, and join.
    """
    program = programs.once(AT_EXIT)
    alive_in_atexit, after = program.lines[4], program.lines[5:]
    assert evidence(alive_in_atexit=alive_in_atexit) == "MainThread busy waiting"
    assert evidence(printed_after=after, on_stderr=program.err) == ([], "")


FOREIGN = """\
import _thread

running, never_released = _thread.allocate_lock(), _thread.allocate_lock()
running.acquire()
never_released.acquire()

def foreign():
    try:
        running.release()
        never_released.acquire()
    finally:
        print("cleaned up")

_thread.start_new_thread(foreign, ())
running.acquire()
print("end")
"""


@claim("DAEMON06")
def test_a_thread_of_the_low_level_module_is_not_waited_for(programs, evidence):
    """Threads made by _thread.start_new_thread are cut off at exit, as daemons are."""
    program = programs.run(FOREIGN)
    assert evidence(printed=program.out, on_stderr=program.err) == ("end\n", "")


OS_EXIT = """\
import atexit, os, threading, _thread

def leave():
    try:
        os._exit(7)
    finally:
        os.write(1, b"finally")

atexit.register(os.write, 1, b"at exit")
print("in the buffer")
{call}
threading.Event().wait()
"""


@claim("DAEMON07")
@cases(
    caller={
        "the main thread": "leave()",
        "a Thread": "threading.Thread(target=leave).start()",
        "a thread of _thread": "_thread.start_new_thread(leave, ())",
    }
)
def test_os_exit_in_any_thread_ends_the_process(caller, programs, evidence):
    """os._exit(n) ends the whole process with status n, from any thread, with no clean-up at all.

    Nothing is flushed, and no atexit handler or finally block runs.  It is for forked children, and
    the last resort to exit the entire application, or kill the program, from a thread (EXCEPT02).
    """
    program = programs.run(OS_EXIT.format(call=caller))
    assert evidence(exit_code=program.exit_code, printed=program.out + program.err) == (7, "")


LATE_START = """\
import threading

def first():
    threading.main_thread().join()
    second = threading.Thread(target=print, args=("second",))
    second.start()
    second.join()

threading.Thread(target=first).start()
"""

refuses_at_shutdown = refuted(
    where=since("3.12.0") and before("3.12.3") and not PYPY,
    because="3.12.0 to 3.12.2 take the end of the main thread for shutdown (gh-113964)",
    by="AssertionError: RuntimeError: can't create new thread at interpreter shutdown",
)


def last_line(text):
    """Return the last line of a text, such as the exception below a traceback."""
    return text.strip().rpartition("\n")[2]


@claim("DAEMON08")
@predicts("RC10")
@refuses_at_shutdown
def test_a_thread_can_start_threads_after_the_main_thread(programs, evidence):
    """A thread that still runs when the main thread has ended can start another thread.

    So a main module may start its workers and end.  3.12.0 to 3.12.2 only: "RuntimeError: can't
    create new thread at interpreter shutdown".  Instead: join the workers in the main thread.
    """
    program = programs.run(LATE_START)
    assert evidence(printed=program.out) == "second\n", last_line(program.err)


IN_ATEXIT = """\
import atexit, threading

@atexit.register
def at_exit():
    second = threading.Thread(target=print, args=("second",))
    second.start()
    second.join()
    print("joined")
"""


@claim("DAEMON09")
@predicts("RC11")
@refuses_at_shutdown
def test_a_thread_can_be_started_in_an_atexit_handler(programs, evidence):
    """An atexit handler can start a thread and join it.

    The documentation of atexit says that this is a RuntimeError since 3.12.  In fact it is one in
    3.12.0 to 3.12.2 only: "RuntimeError: can't create new thread at interpreter shutdown".
    Instead: start the thread before the main program ends, or upgrade.
    """
    program = programs.run(IN_ATEXIT)
    assert evidence(printed=program.lines) == ["second", "joined"], last_line(program.err)


#: The defaults of __del__ keep names that may be gone when it runs.
IN_A_FINALISER = """\
import os, threading

class Keeper:
    def __init__(self, thread):
        self.join = thread.join

    def __del__(self, write=os.write, Exception=Exception, type=type, repr=repr):
        try:
            shown = repr(self.join(0.01))
        except Exception as error:
            shown = f"{type(error).__name__}: {error}"
        write(1, shown.encode())

thread = threading.Thread(target=threading.Event().wait, daemon=True)
thread.start()
keeper = Keeper(thread)
"""


@claim("DAEMON10")
@refuted(
    where=since("3.14.0") and not PYPY,
    because="3.14 raises PythonFinalizationError from such a join() (gh-87135)",
    by="AssertionError: PythonFinalizationError: cannot join thread at interpreter shutdown",
)
@refuted(
    where=since("3.13.0") and before("3.14.0") and FREE_THREADED_BUILD,
    because="3.13 without a GIL frees it when threading is torn down",
    by="AssertionError: TypeError",
)
@refuted(where=PYPY, because="PyPy runs no finalisers at exit", by="AssertionError: never called")
def test_a_finaliser_at_exit_can_join_a_daemon_thread(programs, evidence):
    """A __del__ that runs at exit can join a daemon thread, with a timeout.

    The thread never runs again, so without a timeout this may hang.  Since 3.14:
    "PythonFinalizationError: cannot join thread at interpreter shutdown".  Instead: join the
    thread in the program, in a with block or in an atexit handler: it still runs there.
    """
    joins = programs.run(IN_A_FINALISER).out or "never called"
    assert evidence(join=joins) == "None", joins


#: Lets its daemon print when the threads that are waited for have ended, and goes on when it is
#: told that the first byte has come: the daemon is in the middle of a line then, as no pipe holds
#: so many.
WRITER = """\
import atexit, os, threading

def write():
    may_write.wait()
    while True:
        print("x" * 2**24)

@atexit.register
def begin():
    may_write.set()
    os.read(0, 1)

may_write = threading.Event()
threading.Thread(target=write, daemon=True).start()
"""


@claim("DAEMON11")
@predicts("RC14")
@refuted(
    where=not PYPY,
    because="CPython cannot take the lock of stdout from a thread it has cut off",
    by="AssertionError: Fatal Python error: _enter_buffered_busy: could not acquire lock",
)
def test_a_program_may_end_while_a_daemon_thread_prints(programs, background, evidence):
    """A program whose daemon thread is printing when the main thread ends exits with status 0.

    The daemon holds the lock of the buffer for good.  CPython waits for it for a second and aborts
    with status -6 (SIGABRT), on Windows 3: "Fatal Python error: _enter_buffered_busy: could not
    acquire lock for <_io.BufferedWriter name='<stdout>'> at interpreter shutdown, possibly due to
    daemon threads".  So it is for a daemon that waits in sys.stdin.buffer.readline(), with
    "<_io.BufferedReader name='<stdin>'>".  PyPy just exits.  Instead: let the thread end and join
    it, or use os.write() and os.read().
    """
    process = programs.start(WRITER)
    control(background(process.stdout.read, 1).result() == b"x", "the daemon must print")
    process.stdin.write(b".")
    process.stdin.flush()
    alone = GRACE if PYPY else PATIENCE  # PyPy does not end before somebody reads on
    outcome(process.wait, alone)
    program = programs.finish(process)
    evidence(first_line_of_stderr=program.err.partition("\n")[0])
    assert evidence(exit_code=program.exit_code) == 0, program.err


FAILS = """\
import threading

def go_on():
    threading.main_thread().join()
    print("goes on")

threading.Thread(target=go_on).start()
raise ValueError("in the main thread")
"""


@claim("DAEMON12")
def test_threads_go_on_when_the_main_thread_fails(programs, evidence):
    """After an uncaught exception in the main thread Python still waits for the other threads.

    Then the exit status is 1.  A program that seems to hang after its traceback is waiting for its
    threads.
    """
    program = programs.run(FAILS)
    assert evidence(error=last_line(program.err)) == "ValueError: in the main thread"
    assert evidence(printed=program.lines, exit_code=program.exit_code) == (["goes on"], 1)


#: The defaults of __del__ keep names that may be gone when it runs; a hang ends after a second.
STARTED_BY_A_FINALISER = """\
import faulthandler, os, threading

class Starter:
    def __init__(self):
        self.thread = threading.Thread(target=os.write, args=(1, b"it runs"))
        self.limit = faulthandler.dump_traceback_later

    def __del__(self, write=os.write, Exception=Exception, type=type):
        self.limit(1, exit=True, file=2)
        try:
            self.thread.start()
            self.thread.join()
        except Exception as error:
            write(1, f"{type(error).__name__}: {error}".encode())

starter = Starter()
"""


@claim("DAEMON13")
@predicts("N63")
@refuted(
    where=before("3.12.0") and not PYPY,
    because="before 3.12 the new thread never runs, and start() waits for it (gh-87950)",
    by="AssertionError: start() hangs",
)
@refuted(
    where=since("3.12.0") and before("3.13.0") and not PYPY,
    because="3.12 refuses threads at exit (gh-104690)",
    by="AssertionError: RuntimeError: can't create new thread at interpreter shutdown",
)
@refuted(
    where=since("3.13.0") and not PYPY,
    because="3.12 refuses threads at exit (gh-104690), by another error since 3.13 (gh-114570)",
    by="AssertionError: PythonFinalizationError: can't create new thread at interpreter shutdown",
)
@refuted(where=PYPY, because="PyPy runs no finalisers at exit", by="AssertionError: never called")
def test_a_finaliser_at_exit_can_start_a_thread(programs, evidence):
    """A __del__ that runs at exit can start a thread.

    On Windows subprocess's communicate() starts some, too.  Before 3.12 start() hangs, and so does
    the program at its end (gh-87950).  3.12 raises "RuntimeError: can't create new thread at
    interpreter shutdown", and since 3.13 it is "PythonFinalizationError: can't create new thread at
    interpreter shutdown", which is a RuntimeError too.  Instead: do it in the program, in a with
    block or in an atexit handler (DAEMON09).
    """
    program = programs.run(STARTED_BY_A_FINALISER)
    hangs = "Timeout (" in program.err and "in start" in program.err
    end = program.out or ("start() hangs" if hangs else "never called")
    assert evidence(start=end) == "it runs", end


#: Presses Ctrl-C again if the main thread was just about to wait, and missed the first.
INTERRUPTED = """\
import signal, threading

handled = []

def handle(number, frame):
    handled.append(number)
    signal.default_int_handler(number, frame)

def run():
    main = threading.main_thread()
    main.join()
    while not handled:
        signal.pthread_kill(main.ident, signal.SIGINT)
        threading.Event().wait(0.1)
    threading.Event().wait()

signal.signal(signal.SIGINT, handle)
threading.Thread(target=run).start()
"""


@claim("DAEMON14")
@needs_posix
@refuted(because="Python prints a KeyboardInterrupt of that time, ignores it, and goes on to exit")
def test_ctrl_c_at_exit_makes_the_exit_status_non_zero(programs, evidence):
    """Ctrl-C while Python waits for its threads at exit makes the exit status other than 0.

    The status is 0, so a shell script or CI goes on as if all were done, though the threads are cut
    off like daemons.  "KeyboardInterrupt" is printed below "Exception ignored in: <module
    'threading' from ...>" (up to 3.12), "Exception ignored while joining a thread in
    _thread._shutdown()" (3.14) or "Exception ignored on threading shutdown".  Instead: join the
    threads in the main program, and there catch KeyboardInterrupt, tell them to end, and
    sys.exit(130).
    """
    program = programs.run(INTERRUPTED)
    control("KeyboardInterrupt" in program.err, f"it must be interrupted: {program}")
    assert evidence(exit_code=program.exit_code) != 0


#: The defaults of __del__ keep names that may be gone when it runs.
CLEANING = """\
import builtins, os, threading

lock, held = threading.Lock(), threading.Event()

def hold():
    with lock:
        held.set()
        threading.Event().wait()

class Cleaner:
    def __del__(self, lock=lock, write=os.write, type=type, Exception=Exception):
        write(1, b"asks")
        try:
            lock.acquire()
        except Exception as error:
            write(1, f" {type(error).__name__}: {error}".encode())

threading.Thread(target=hold, daemon=True).start()
held.wait()
builtins.cleaner = Cleaner()
"""


@claim("DAEMON15")
@refuted(
    where=since("3.15.0") and not PYPY,
    because="3.15 raises PythonFinalizationError where nobody can release the lock (gh-87135)",
    by="AssertionError: asks PythonFinalizationError: cannot acquire lock",
)
@refuted(where=PYPY, because="PyPy runs no finalisers at exit", by="AssertionError: never called")
def test_a_finaliser_at_exit_waits_for_the_lock_of_a_daemon_thread(programs, background, evidence):
    """A __del__ that runs at exit waits forever for a lock that a daemon thread holds.

    The daemon thread never runs again, so nobody releases the lock: the program hangs at its end.
    Since 3.15: "PythonFinalizationError: cannot acquire lock at interpreter finalization".
    Instead: clean up in a with block or an atexit handler, or acquire(timeout=...) in __del__.
    """
    process = programs.start(CLEANING)
    told = background(os.read, process.stdout.fileno(), 4).result()  # and no more, as read(4) may
    alone = PATIENCE if since("3.15.0") else 10 * GRACE
    ended = outcome(process.wait, alone)
    process.kill()
    told += programs.finish(process).out.encode()
    assert evidence(hangs=isinstance(ended, TimeoutExpired)), told.decode() or "never called"


#: The daemon's key has a destructor: remove(), with the name of a file.  It is in the middle of a
#: write, as no pipe holds so many, until the finaliser reads the rest and waits for the destructor;
#: the defaults of __del__ keep names that may be gone when it runs.
WITH_A_DESTRUCTOR = """\
import ctypes, os, select, sys, threading, time

libc, key = ctypes.CDLL(None), ctypes.c_ulong()
libc.strdup.restype = ctypes.c_void_p
libc.pthread_setspecific.argtypes = [ctypes.c_ulong, ctypes.c_void_p]
made = libc.pthread_key_create(ctypes.byref(key), ctypes.cast(libc.remove, ctypes.c_void_p))
pipe, written = os.pipe()

def run():
    failed = made or libc.pthread_setspecific(key, libc.strdup({path!r}))
    os.write(written, b"x" * 2**21 if not failed else b"f")
    threading.Event().wait()

class Late:
    def __del__(self, os_=(os.access, os.read, os.write), now=time.monotonic, select=select.select):
        access, read, write = os_
        end = now() + {patience}
        while access({path!r}, 0) and now() < end:
            if select([self.pipe], [], [], 0.001)[0]:
                read(self.pipe, 2**16)
                end = now() + {patience}
        write(1, b"waited")

threading.Thread(target=run, daemon=True).start()
assert os.read(pipe, 1) == b"x"
sys.late = Late()
sys.late.pipe = pipe
"""

#: Whether a thread that is cut off at exit hangs instead of ending.
FROZEN = since("3.13.8", "3.14.0") or PYPY


@claim("DAEMON16")
@predicts("N141")
@needs_posix
@refuted(
    where=not FROZEN,
    because="up to 3.12 and 3.13.7 it ends by pthread_exit() when it wants to go on (gh-87135)",
)
def test_a_daemon_thread_is_frozen_at_exit(programs, evidence):
    """A daemon thread that still runs at exit is frozen: no destructor of its C or C++ code runs.

    Since 3.13.8 and 3.14 it sleeps until the process is gone, so what waits at exit for its end,
    such as an extension that joins its threads, hangs.  Up to 3.12 and 3.13.7 it ends, by
    pthread_exit(), when it next asks for the GIL: destructors of C++ objects and of thread-local
    data run while Python is torn down, and the process may abort: "FATAL: exception not rethrown",
    "terminate called without an active exception".  Instead: let the thread end, and join it.
    """
    destroyed = programs.new_folder() / "destroyed"
    destroyed.touch()
    patience = 3 * GRACE if FROZEN else PATIENCE
    source = WITH_A_DESTRUCTOR.format(path=os.fsencode(destroyed), patience=patience)
    program = programs.run(source, within=2 * PATIENCE)
    waited = program.out == "waited" or PYPY  # which runs no finalisers at exit
    control(waited and program.exit_code == 0, f"its finaliser must have waited: {program}")
    assert evidence(its_destructor_ran=not destroyed.exists()) is False
