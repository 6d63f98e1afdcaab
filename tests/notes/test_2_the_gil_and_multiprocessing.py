"""Section 2 of the notes: the GIL, and what multiprocessing does about it.

The section has no program.  It says:

* GIL means Global Interpreter Lock (2.01).  It is no feature of Python: an implementation, CPython,
  brought it in.  The author adds: "still not understood?" (2.02)
* It is one exclusive lock (2.03): only one thread runs at a time (2.04).
* That costs programs with threads a lot (2.05), which are almost programs of one thread (2.06).
* The multiprocessing library was made to make up for that (2.07).  It copies the whole interface of
  the thread library (2.08, 2.11), and differs only by using processes instead of threads (2.09).
* Each process has a GIL of its own, so processes do not compete for one (2.10).

"Who is inside when" is decided by logic, not by a stopwatch: threads that are released together
loop in pure bytecode until each has seen the others inside.  With a switch interval that never
ends, a lock that only one of them can hold keeps all the others out, whatever the load.

Source: https://docs.python.org/3/glossary.html#term-global-interpreter-lock
"""

import builtins
import importlib
import itertools
import keyword
import mmap
import multiprocessing
import os
import sys
import threading
import time
from functools import partial

from tests.harness import (
    DEFAULT_START_METHOD,
    FREE_THREADED_BUILD,
    NO_GIL,
    PATIENCE,
    PYPY,
    applies,
    claim,
    control,
    gil_enabled,
    joined,
    kinds,
    outcome,
    refuted,
    started,
)

#: A switch interval (in seconds) that never ends while a spec runs: no thread is pre-empted.
NEVER = 1000

#: Seconds in which a thread is interrupted several times where the switch interval is its default.
SEVERAL_TURNS = 0.3 if PYPY else 0.05

WITHOUT_GIL = "PEP 703: this interpreter runs without a GIL, so threads run side by side"


def spin(count, seconds, interval=NEVER):
    """Release threads together into a loop of pure bytecode; return when each was inside.

    Each stays inside until it has seen all the others come in, at most for some seconds.
    Nothing in the loop waits, and the switch interval never ends, so under a GIL the first one
    in has it to itself.
    """
    sys.setswitchinterval(interval)
    all_released = threading.Barrier(count)
    came, windows = [], []

    def come_and_go():
        all_released.wait(PATIENCE)
        begin = time.perf_counter()
        came.append(begin)
        while len(came) < count and time.perf_counter() < begin + seconds:
            pass
        windows.append((begin, time.perf_counter()))

    joined(*started(threading.Thread(target=come_and_go) for _ in range(count)))
    return sorted(windows)


def longest(gil, threads=2):
    """Return the seconds that a thread stays inside at most."""
    # A window that nobody may enter is short; one that all must enter ends as soon as they have.
    return SEVERAL_TURNS if gil else PATIENCE / 2 / threads


def windows_of(programs, *, threads=2, gil=None):
    """Return when each thread of a fresh interpreter was inside, the earliest first."""
    gil = gil_enabled() if gil is None else gil
    options = ["-X", f"gil={int(gil)}"] if FREE_THREADED_BUILD else []
    windows = programs.call(spin, threads, longest(gil, threads), options=options)
    control(len(windows) == threads, "every thread must have been inside")
    return windows


def milliseconds(windows):
    """Return the windows in milliseconds since the first one began, to be shown."""
    return [tuple(round((time - windows[0][0]) * 1000, 3) for time in pair) for pair in windows]


def disjoint(windows):
    """Tell whether no two of the sorted windows overlap."""
    return all(end <= begin for (_, end), (begin, _) in itertools.pairwise(windows))


@claim("2.01")
@refuted(where=NO_GIL, because=WITHOUT_GIL)
def test_there_is_one_global_interpreter_lock(programs, evidence):
    """There is a global interpreter lock, the GIL.

    CPython 3.13 and later say so: sys._is_gil_enabled().  Older ones, and PyPy, always have it.  A
    free-threaded build (3.13t) has none: there, put a lock around what several threads change.
    """
    windows = windows_of(programs)
    evidence(milliseconds_inside=milliseconds(windows))
    assert disjoint(windows)


@claim("2.02", notes="answered")
def test_the_gil_is_no_feature_of_the_language(programs, evidence):
    """The GIL is no feature of the language: an implementation, or a build of it, has one or not.

    The notes say so, and add "still not understood?".  It means that the same program, in the same
    version of the language, may run with a GIL or without.  CPython and PyPy have a GIL; a
    free-threaded build of CPython (3.13 and later) has none, unless -X gil=1 asks for it.  No name
    of the language is about it: CPython's own, sys._is_gil_enabled(), is private.  A program that
    needs the GIL to be right is wrong: put a lock around what several threads change.
    """
    settings = (True, False) if FREE_THREADED_BUILD else (gil_enabled(),)
    windows = {gil: windows_of(programs, gil=gil) for gil in settings}
    evidence(milliseconds_inside={gil: milliseconds(each) for gil, each in windows.items()})
    serialised = {gil: disjoint(each) for gil, each in windows.items()}
    assert evidence(threads_run_in_turn_by_gil=serialised) == {gil: gil for gil in settings}
    names = {*keyword.kwlist, *dir(builtins), *dir(threading), *dir(sys)}
    named = {name for name in names if "gil" in name.lower().split("_")}
    assert evidence(names_with_gil=sorted(named - {"_is_gil_enabled"})) == []


@claim("2.03")
@refuted(where=NO_GIL, because=WITHOUT_GIL)
def test_the_gil_has_at_most_one_holder_at_a_time(programs, evidence):
    """The GIL is exclusive: of four threads that start together, only one runs at a time.

    Without a GIL all four run side by side, and what they change together needs a lock.
    """
    windows = windows_of(programs, threads=4)
    evidence(milliseconds_inside=milliseconds(windows))
    assert disjoint(windows)


def wait_hash_and_spin_together(seconds):
    """Return how many threads met in a wait, if sha256 ran twice at once, and spin's windows."""
    import hashlib  # not for all the children that import this module

    sys.setswitchinterval(NEVER)
    meeting, met = threading.Barrier(10), []
    data, windows = bytes(2**23), []

    def wait():
        met.append(meeting.wait(PATIENCE))

    def hash_data():
        begin = time.perf_counter()
        hashlib.sha256(data).digest()
        windows.append((begin, time.perf_counter()))

    joined(*started(threading.Thread(target=wait) for _ in range(10)))
    # A busy machine may keep the second thread out of one short call, but not out of each.
    give_up = time.perf_counter() + PATIENCE / 2
    while disjoint(sorted(windows)) and time.perf_counter() < give_up:
        windows.clear()
        joined(*started(threading.Thread(target=hash_data) for _ in range(2)))
    return len(met), not disjoint(sorted(windows)), spin(2, seconds)


@claim("2.04", notes="refined")
@refuted(where=NO_GIL, because=WITHOUT_GIL)
def test_only_one_thread_at_a_time_runs_bytecode(programs, evidence):
    """At any moment, only one thread of an interpreter runs Python bytecode.

    The notes say "only one thread is running", which is too strong.  Threads that wait go on side
    by side, and so does C code that releases the GIL, such as hashlib on large data.  Without a
    GIL, bytecode runs side by side, too.
    """
    met, hashed, windows = programs.call(wait_hash_and_spin_together, longest(gil_enabled()))
    evidence(waiting=met, hashing=hashed, milliseconds_inside=milliseconds(windows))
    side_by_side = met == 10 and hashed
    control(
        side_by_side or gil_enabled(), "without a GIL, waiting and hashing overlap all the more"
    )
    assert side_by_side
    assert disjoint(windows)


def count(steps):
    i = 0
    for _ in range(steps):
        i += 1


@claim("2.05")
@refuted(where=NO_GIL, because=WITHOUT_GIL)
def test_the_gil_keeps_busy_threads_on_one_core(speedup, evidence):
    """The GIL keeps two busy threads on one core, where two processes use two cores.

    So a CPU-bound program gains nothing from threads: use processes.  Without a GIL threads use
    two cores as well.
    """
    cores = speedup.in_cores(count)
    evidence(cores_used_by_threads=cores.threads, by_processes=cores.processes)
    control(cores.threads.side_of(0.5) >= 0, "the threads must have been busy")
    assert not cores.more_than_one_core


def spin_undisturbed_and_preempted(seconds):
    """Return spin's windows with an endless switch interval, and with the usual one."""
    usual = sys.getswitchinterval()
    return spin(2, seconds), spin(2, PATIENCE, usual)


@claim("2.06", notes="refined")
@refuted(where=NO_GIL, because=WITHOUT_GIL)
def test_a_program_computes_almost_in_a_single_thread(programs, evidence):
    """A program with several busy threads computes no faster than a program with one.

    The threads take turns: a busy thread is interrupted after each switch interval (5 ms), so all
    of them make progress, but only one at a time.  Threads that wait, for a file or the network,
    take no turn.  Without a GIL busy threads run side by side.
    """
    undisturbed, preempted = programs.call(spin_undisturbed_and_preempted, longest(gil_enabled()))
    evidence(milliseconds_inside=milliseconds(undisturbed), in_turns=milliseconds(preempted))
    control(not disjoint(preempted), "pre-emption must let both threads make progress")
    assert disjoint(undisturbed)


def enter_and_look_for_the_other(report, path, me, interval):
    """Loop in bytecode until the other process has come in, and report whether it has."""
    if interval:
        sys.setswitchinterval(interval)
    # A mapped file is memory that both see, and no part of multiprocessing.
    with open(path, "r+b") as file, mmap.mmap(file.fileno(), 2) as came:
        came[me] = 1
        give_up = time.perf_counter() + PATIENCE / 2
        while not came[1 - me] and time.perf_counter() < give_up:
            pass
        report((os.getpid(), came[1 - me] == 1, sys.getswitchinterval()))


def run_side_by_side(ctx, reports, path, interval=None):
    """Return two processes' pids with whether each saw the other, and their switch intervals."""
    path.write_bytes(bytes(2))
    children = started(
        ctx.Process(
            target=enter_and_look_for_the_other, args=(reports.reporter, path, me, interval)
        )
        for me in range(2)
    )
    told = reports.collect(2)
    assert joined(*children) == [0, 0]
    pids = {child.pid for child in children}
    assert len(pids - {os.getpid()}) == 2
    return {pid: met for pid, met, _ in told}, pids, [interval for *_, interval in told]


@claim("2.07")
def test_processes_run_side_by_side_where_threads_take_turns(ctx, reports, tmp_path, evidence):
    """Processes run Python bytecode side by side, which threads under a GIL cannot do.

    The multiprocessing module was made for that (PEP 371).  Its price: starting a process takes
    longer, and data must be sent.
    """
    saw_the_other, pids, _ = run_side_by_side(ctx, reports, tmp_path / "came")
    assert evidence(saw_the_other=saw_the_other) == dict.fromkeys(pids, True)


#: What threading and multiprocessing share by name; the rest of threading has no counterpart.
COPIED = {"Lock", "RLock", "Semaphore", "BoundedSemaphore", "Condition", "Event", "Barrier"}
COPIED_METHODS = ["start", "run", "join", "is_alive", "name", "daemon", "ident"]


def behaviour(locks):
    """Return what comes of threading's keyword, and of releasing a lock that nobody holds."""
    calls = partial(locks.Lock().acquire, blocking=False), locks.Lock().release
    return kinds(outcome(call) for call in (*calls, locks.RLock().release))


@claim("2.08", notes="false")
@refuted(because="multiprocessing lacks Timer, local, get_ident and others, and its locks differ")
def test_multiprocessing_copies_the_whole_interface_of_threading(evidence):
    """multiprocessing copies the whole interface of threading, for easy migration.

    It copies Thread's methods and the names of the locks, but it lacks Timer, local and others,
    and details differ: acquire(blocking=False) is a TypeError, it is block=False there, and to
    release a Lock that nobody holds is a ValueError, not a RuntimeError.
    """
    missing = {name for name in threading.__all__ if not hasattr(multiprocessing, name)}
    ours = behaviour(threading)
    theirs = behaviour(multiprocessing.get_context(DEFAULT_START_METHOD))
    evidence(missing=sorted(missing), threading=ours, multiprocessing=theirs)
    control(COPIED.isdisjoint(missing), "the locks must be copied by name")
    for kind in (threading.Thread, multiprocessing.Process):
        control(all(hasattr(kind, method) for method in COPIED_METHODS), f"{kind} lacks a method")
    control(ours == ["bool", "RuntimeError", "RuntimeError"], "threading must behave as documented")
    assert (missing - {"Thread"}, theirs) == (set(), ours)  # Process stands for Thread


def append_one(report, numbers):
    numbers.append(1)
    report((os.getpid(), numbers))


@claim("2.09", notes="false")
@refuted(because="a process gets copies of its arguments, pickled unless it is forked")
def test_a_process_changes_the_list_it_is_given_as_a_thread_does(ctx, reports, evidence):
    """The only difference is that processes are used instead of threads.

    There are more differences.  A process changes its own copy of a list, and the caller's list
    stays empty.  A process has an exit code and can be terminated; a thread has no exit code and
    nobody can stop it from outside.
    """
    lists = {}
    for kind in (threading.Thread, ctx.Process):
        lists[kind] = []
        workers = started([kind(target=append_one, args=(reports.reporter, lists[kind]))])
        pid, seen = reports.next()
        control(seen == [1], "the worker must have changed its list")
        control((pid == os.getpid()) == (kind is threading.Thread), "a process is no thread")
        control(joined(*workers)[0] in (None, 0), "the worker must end well")
    ours, theirs = evidence(
        list_of_a_thread=lists[threading.Thread], of_a_process=lists[ctx.Process]
    )
    assert ours == theirs


nothing = lambda: None  # noqa: E731 - no name by which a child could import it


@claim("2.09", notes="false")
@applies(start_method=("spawn", "forkserver"), because="fork, on POSIX, copies a lambda as it is")
@refuted(
    because="spawn and forkserver pickle the target: on Windows always, on macOS by default since "
    "3.8, elsewhere since 3.14",
    by="PicklingError: Can't pickle <function <lambda> at",
)
def test_a_process_runs_a_lambda_as_a_thread_does(ctx, evidence):
    """A process can run a lambda, as a thread can: spawn and forkserver cannot pickle it.

    "PicklingError: Can't pickle <function <lambda> at ..." comes from start().
    """
    for kind in (threading.Thread, ctx.Process):
        worker = kind(target=nothing)
        worker.start()
        assert evidence(exit_code=joined(worker)[0]) in (None, 0)


@claim("2.10")
def test_every_process_has_a_gil_of_its_own(ctx, reports, tmp_path, evidence):
    """Every process has its own GIL, so no process waits for the GIL of another.

    Both children set an endless switch interval, so neither would ever give way.  Since 3.12 each
    interpreter within one process can have its own GIL, too (PEP 684); since 3.14 programs can make
    such interpreters (PEP 734).
    """
    saw_the_other, pids, intervals = run_side_by_side(ctx, reports, tmp_path / "came", NEVER)
    control(intervals == [NEVER, NEVER], "neither child may give way")
    assert evidence(saw_the_other=saw_the_other) == dict.fromkeys(pids, True)


@claim("2.11", notes="false")
@refuted(
    because="Python 3.0 renamed thread to _thread (PEP 3108); programs use threading",
    by="ModuleNotFoundError: No module named 'thread'",
)
def test_the_thread_library_is_called_thread():
    """The thread library is called "thread".

    "ModuleNotFoundError: No module named 'thread'".  Programs use threading, which stands on
    _thread, once called thread.
    """
    control(hasattr(threading, "Thread"), "threading must have Thread")
    control(hasattr(importlib.import_module("_thread"), "start_new_thread"), "_thread starts one")
    importlib.import_module("thread")
