"""Section 2 of the notes: the GIL, and what multiprocessing does about it.

The words of the specs (ctx, reports, control, until, ...) are explained in tests/notes/__init__.py.

The section has no program.  It says:

* GIL means Global Interpreter Lock (2.01).  It is no feature of Python: an implementation, CPython,
  brought it in.  The author adds: "still not understood?" (2.02)
* It is one exclusive lock (2.03): only one thread runs at a time (2.04).
* That costs programs with threads a lot (2.05), which are almost programs of one thread (2.06).
* The multiprocessing library was made to make up for much of that (2.07).  It copies the whole
  interface of the thread library (2.08, 2.11), and differs only by using processes instead of
  threads (2.09).
* Each process has a GIL of its own, so processes do not compete for one (2.10).

Whether threads run side by side is decided by logic, not by a stopwatch.  Threads that are released
together count themselves in, loop in pure bytecode until all of them are in, and count themselves
out.  The switch interval never ends, so no thread is interrupted.  If the threads run side by side,
all of them are in at once.  If one lock lets only one of them run, each is alone, whatever the
load: it comes, loops until its time is up, and goes before the next one comes.

Source: https://docs.python.org/3/glossary.html#term-global-interpreter-lock
"""

import builtins
import importlib
import keyword
import mmap
import multiprocessing
import os
import sys
import sysconfig
import threading
import time

from tests.harness import (
    DEFAULT_START_METHOD,
    FREE_THREADED_BUILD,
    NO_GIL,
    PATIENCE,
    PYPY,
    applies,
    cases,
    claim,
    control,
    gil_enabled,
    joined,
    outcome,
    refuted,
    started,
)

#: A switch interval (in seconds) that never ends while a spec runs: no thread is pre-empted.
NEVER = 1000

#: Seconds in which a thread is interrupted several times where the switch interval is its default.
SEVERAL_TURNS = 0.3 if PYPY else 0.05

WITHOUT_GIL = "PEP 703: this interpreter runs without a GIL, so threads run side by side"


@claim("2.01")
@refuted(where=NO_GIL, because=WITHOUT_GIL)
def test_there_is_one_global_interpreter_lock(programs, evidence):
    """There is a global interpreter lock, the GIL.

    What is the GIL?  A lock that a thread must hold to run Python code.  It makes no code
    thread-safe: another thread may run after any call, and at the end of any loop.  CPython 3.13
    and later tell whether there is one: sys._is_gil_enabled().  Older ones, and PyPy, always have
    it.  A free-threaded build (3.13t) has none.  With it or without: put a lock around what several
    threads change.
    """
    assert evidence(threads_inside_at_once=programs.once(most_inside_at_once, 2)) == 1


@claim("2.02", notes="answered")
@applies(
    where=FREE_THREADED_BUILD,
    because="only a free-threaded build (PEP 703) runs a program with a GIL or without",
)
def test_the_gil_is_no_feature_of_the_language(programs, evidence):
    """The GIL is no feature of the language: some implementations have one, and others do not.

    The notes say so, and add "still not understood?".  It means that the same program, in the same
    version of the language, may run with a GIL or without.  CPython and PyPy have a GIL; a
    free-threaded build of CPython (3.13 and later) has none, unless -X gil=1 or PYTHON_GIL=1 asks
    for it, or an extension module is imported that does not say that it can do without (GIL03).  So
    does Python 3.14 have a GIL?  The usual build does; python3.14t does not.  A program that needs
    the GIL to be right is wrong: put a lock around what several threads change.
    """
    runs = {("-X", "gil=1"): 1, ("-X", "gil=0"): 2}
    inside = {options: programs.call(most_inside_at_once, 2, options=options) for options in runs}
    assert evidence(threads_inside_at_once=inside) == runs


@claim("2.02")
def test_no_name_of_the_language_is_about_the_gil(evidence):
    """No keyword, built-in function, or function of threading or sys, is named after the GIL.

    sys._is_gil_enabled() is private, and a name of CPython; sys.flags.gil tells what -X gil asked
    for.
    """
    names = {*keyword.kwlist, *dir(builtins), *dir(threading), *dir(sys)}
    about_the_gil = {name for name in names if "gil" in name.lower().split("_")}
    assert evidence(names_with_gil=sorted(about_the_gil - {"_is_gil_enabled"})) == []


@claim("2.03")
@refuted(where=NO_GIL, because=WITHOUT_GIL)
def test_the_gil_has_at_most_one_holder_at_a_time(programs, evidence):
    """The GIL is exclusive: of four threads that start together, only one runs at a time.

    Without a GIL all four run side by side.
    """
    assert evidence(threads_inside_at_once=programs.call(most_inside_at_once, 4)) == 1


@claim("2.04", notes="refined")
@refuted(where=NO_GIL, because=WITHOUT_GIL)
def test_only_one_thread_at_a_time_runs_bytecode(programs, evidence):
    """At any moment, only one thread of an interpreter runs Python bytecode.

    The notes say "only one thread is running", which is too strong.  Threads can wait side by side,
    and C code that releases the GIL, such as hashlib on large data, runs side by side.  Without a
    GIL, bytecode does, too.
    """
    assert evidence(threads_inside_at_once=programs.once(most_inside_at_once, 2)) == 1


@claim("2.04")
def test_threads_that_wait_do_so_side_by_side(evidence):
    """Any number of threads can wait at the same time, for they run no bytecode meanwhile.

    Each of ten threads waits here until all ten are waiting.
    """
    all_ten_wait, went_on = threading.Barrier(10), []

    def wait():
        all_ten_wait.wait(PATIENCE)
        went_on.append(True)

    joined(*started(threading.Thread(target=wait) for _ in range(10)))
    assert evidence(threads_that_waited_at_once=len(went_on)) == 10


@claim("2.04")
def test_c_code_that_releases_the_gil_runs_side_by_side(programs, evidence):
    """sha256() of large data runs in two threads at the same time: hashlib releases the GIL."""
    assert evidence(calls_overlapped=programs.call(hash_in_two_threads)) is True


def hash_in_two_threads():
    """Tell whether, while one thread computes a hash, another one has begun to, too."""
    import hashlib  # not for all the children that import this module

    sys.setswitchinterval(NEVER)  # no thread is interrupted: the GIL must be released
    data, calls = bytes(2**23), []

    def hash_data():
        begin = time.perf_counter()
        hashlib.sha256(data).digest()
        calls.append((begin, time.perf_counter()))

    # A busy machine may keep the second thread out of one short call, but not out of each.
    give_up = time.perf_counter() + PATIENCE / 2
    while time.perf_counter() < give_up:
        calls.clear()
        joined(*started(threading.Thread(target=hash_data) for _ in range(2)))
        (_, first_end), (second_begin, _) = sorted(calls)
        if second_begin < first_end:
            return True
    return False


@claim("2.05")
@refuted(where=NO_GIL, because=WITHOUT_GIL)
def test_the_gil_keeps_busy_threads_on_one_core(speedup, evidence):
    """Under the GIL two busy threads use one core at a time, where two processes use two.

    That is concurrency without parallelism: the threads take turns.  So a CPU-bound program gains
    nothing from threads: use processes.  Without a GIL threads use two cores as well.
    """
    cores = speedup.in_cores(count)  # such as: threads 1.00 (0.98 to 1.01), processes 1.93
    evidence(cores_used_by_threads=cores.threads, by_processes=cores.processes)
    control(cores.threads.side_of(0.5) >= 0, "the threads must have been busy for half the time")
    assert evidence(threads_used_more_than_one_core=cores.more_than_one_core) is False


def count(steps):
    i = 0
    for _ in range(steps):
        i += 1


@claim("2.06", notes="refined")
@refuted(where=NO_GIL, because=WITHOUT_GIL)
def test_a_program_computes_almost_in_a_single_thread(programs, evidence):
    """A program with several busy threads computes no faster than a program with one.

    The threads take turns: a busy thread is interrupted after each switch interval (5 ms), so all
    of them make progress, but only one at a time.  Threads that wait, for a file or the network,
    take no turn.  Without a GIL busy threads run side by side.
    """
    assert evidence(threads_inside_at_once=programs.once(most_inside_at_once, 2)) == 1


@claim("2.06")
@applies(where=not NO_GIL, because="PEP 703: without a GIL busy threads take no turns")
def test_busy_threads_take_turns_after_each_switch_interval(programs, evidence):
    """Busy threads take turns: one is interrupted in its loop, and another one gets its turn.

    With the usual switch interval both are inside at once, though under a GIL only one runs.
    """
    inside = programs.call(most_inside_at_once, 2, "the usual switch interval")
    assert evidence(threads_inside_at_once=inside) == 2


@claim("2.07")
def test_processes_run_side_by_side_where_threads_take_turns(ctx, reports, tmp_path, evidence):
    """Processes run Python bytecode side by side, which threads under a GIL cannot do.

    The multiprocessing module was made for that (PEP 371).  Its price: starting a process takes
    longer, and data must be sent.
    """
    told = run_two_processes(ctx, reports, tmp_path / "came")
    assert evidence(each_saw_the_other=[saw for saw, _ in told]) == [True, True]


@claim("2.08", notes="false")
@refuted(because="multiprocessing lacks Timer, local, get_ident and others")
def test_multiprocessing_copies_the_whole_interface_of_threading(evidence):
    """multiprocessing copies the whole interface of threading, for easy migration.

    It copies Thread's methods and the names of the locks, but it lacks Timer, local and others, and
    details differ: acquire(blocking=False) is a TypeError, it is block=False there, and to release
    a Lock that nobody holds is a ValueError, not a RuntimeError: "TypeError: acquire() got an
    unexpected keyword argument 'blocking'" (up to 3.12: "'blocking' is an invalid keyword argument
    for acquire()") and "ValueError: semaphore or lock released too many times".
    """
    missing = {name for name in threading.__all__ if not hasattr(multiprocessing, name)}
    control(COPIED.isdisjoint(missing), "the locks must be copied by name")
    for method in COPIED_METHODS:
        control(hasattr(threading.Thread, method), f"Thread has {method}")
        control(hasattr(multiprocessing.Process, method), f"Process has {method}, too")
    missing.discard("Thread")  # Process stands for it
    assert evidence(missing=sorted(missing)) == []


#: What threading and multiprocessing share by name; the rest of threading has no counterpart.
COPIED = {"Lock", "RLock", "Semaphore", "BoundedSemaphore", "Condition", "Event", "Barrier"}
COPIED_METHODS = ["start", "run", "join", "is_alive", "name", "daemon", "ident"]


@claim("2.08", notes="false")
@cases(
    call={
        "Lock().acquire(blocking=False)": lambda locks: locks.Lock().acquire(blocking=False),
        "Lock().release()": lambda locks: locks.Lock().release(),
        "RLock().release()": lambda locks: locks.RLock().release(),
    }
)
@refuted(because="multiprocessing calls the keyword block, and raises other exceptions")
def test_the_locks_of_multiprocessing_behave_like_those_of_threading(call, evidence):
    """A lock of multiprocessing accepts and raises what the same lock of threading does."""
    ours, theirs = evidence(
        threading=outcome(call, threading),
        multiprocessing=outcome(call, multiprocessing.get_context(DEFAULT_START_METHOD)),
    )
    assert type(theirs) is type(ours)


@claim("2.09", notes="false")
@refuted(because="a process gets copies of its arguments, pickled unless it is forked")
def test_a_process_changes_the_list_it_is_given_as_a_thread_does(ctx, reports, evidence):
    """The only difference from threading is that the workers are processes, not threads.

    There are more differences.  A process changes its own copy of a list, and the caller's list
    stays empty.  A process has an exit code and can be terminated; a thread has no exit code and
    nobody can stop it from outside.
    """
    of_the_thread, of_the_process = [], []
    thread = threading.Thread(target=append_one, args=(reports.reporter, of_the_thread))
    thread.start()
    control(reports.next() == (os.getpid(), [1]), "the thread must have appended in this process")
    process = ctx.Process(target=append_one, args=(reports.reporter, of_the_process))
    process.start()
    control(reports.next() == (process.pid, [1]), "the process must have appended")
    control(joined(thread, process) == [None, 0], "both must end well")
    control(of_the_thread == [1], "the list of the thread is the caller's list")
    assert evidence(list_that_was_given_to_the_process=of_the_process) == [1]


def append_one(report, numbers):
    numbers.append(1)
    report((os.getpid(), numbers))


@claim("2.09", notes="false")
@applies(start_method=("spawn", "forkserver"), because="fork, on POSIX, copies a lambda as it is")
@refuted(
    because="spawn and forkserver pickle the target: on Windows always, on macOS by default since "
    "3.8, elsewhere since 3.14",
    by="PicklingError: Can't pickle <function <lambda> at",
)
def test_a_process_runs_a_lambda_as_a_thread_does(ctx, evidence):
    """A process can run a lambda, as a thread can: spawn and forkserver cannot pickle it.

    "PicklingError: Can't pickle <function <lambda> at ..." comes from start().  For a lambda inside
    of a function it is an AttributeError up to 3.13 (GIVE02).
    """
    thread, process = (kind(target=NOTHING) for kind in (threading.Thread, ctx.Process))
    thread.start()
    control(joined(thread) == [None], "a thread runs a lambda")
    process.start()
    assert evidence(exit_code=joined(process)) == [0]


NOTHING = lambda: None  # noqa: E731 - no name by which a child could import it


@claim("2.10")
@applies(where=not NO_GIL, because="PEP 703: without a GIL no process has one")
def test_every_process_has_a_gil_of_its_own(ctx, reports, tmp_path, evidence):
    """Every process has its own GIL, so no process waits for the GIL of another.

    Both children set an endless switch interval, so neither would ever give way.  Since 3.12 each
    interpreter within one process can have its own GIL, too (PEP 684); since 3.14 programs can make
    such interpreters (PEP 734).
    """
    told = run_two_processes(ctx, reports, tmp_path / "came", NEVER)
    control([interval for _, interval in told] == [NEVER, NEVER], "neither child may give way")
    assert evidence(each_saw_the_other=[saw for saw, _ in told]) == [True, True]


@claim("2.11", notes="false")
@refuted(
    because="Python 3.0 renamed thread to _thread (PEP 3108); programs use threading",
    by="ModuleNotFoundError: No module named 'thread'",
)
def test_the_thread_library_is_called_thread(monkeypatch):
    """The thread library is called "thread".

    "ModuleNotFoundError: No module named 'thread'".  Programs use threading, which stands on
    _thread, once called thread.
    """
    library = {"threading", "_thread"}
    control(library <= sys.stdlib_module_names, "the library must have threading and _thread")
    # Somebody may have a thread.py, which is no part of the library.
    monkeypatch.setattr(sys, "path", [sysconfig.get_path("stdlib")])
    importlib.import_module("thread")


# What several specs use.


def most_inside_at_once(count, interval="endless"):
    """Let threads enter a loop together; return how many of them were inside at once, at most."""
    if interval == "endless":
        sys.setswitchinterval(NEVER)
    alone = gil_enabled() and interval == "endless"  # then each looks around for a short time
    seconds = SEVERAL_TURNS if alone else PATIENCE / 2 / count  # it ends when all are inside
    all_released = threading.Barrier(count)
    came, gone, seen = [], [], []

    def come_look_and_go():
        all_released.wait(PATIENCE)
        came.append("one more")
        end = time.perf_counter() + seconds
        while len(came) < count and time.perf_counter() < end:
            pass  # nothing in this loop waits or gives way
        seen.append(len(came) - len(gone))
        gone.append("one more")

    joined(*started(threading.Thread(target=come_look_and_go) for _ in range(count)))
    control(len(seen) == count, "every thread must have been inside")
    return max(seen)


def run_two_processes(ctx, reports, path, interval=None):
    """Let two processes look for each other; return whether each saw the other, and its interval.

    They share a mapped file, which is memory that both see and no part of multiprocessing.
    """
    path.write_bytes(bytes(2))
    children = started(
        ctx.Process(target=come_and_look_for_the_other, args=(reports.reporter, path, me, interval))
        for me in range(2)
    )
    told = reports.collect(2)
    assert joined(*children) == [0, 0]
    assert {pid for pid, _, _ in told} == {child.pid for child in children}
    assert len({os.getpid(), *(child.pid for child in children)}) == 3
    return [(saw, interval) for _, saw, interval in told]


def come_and_look_for_the_other(report, path, me, interval):
    if interval:
        sys.setswitchinterval(interval)
    with open(path, "r+b") as file, mmap.mmap(file.fileno(), 2) as came:
        came[me] = 1
        give_up = time.perf_counter() + PATIENCE / 2
        while not came[1 - me] and time.perf_counter() < give_up:
            pass  # nothing in this loop waits or gives way
        report((os.getpid(), came[1 - me] == 1, sys.getswitchinterval()))
