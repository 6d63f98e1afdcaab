"""Section 2 of the notes: the GIL, and what multiprocessing does about it.

"Who is inside when" is decided by logic, not by a stopwatch: threads that are released together
loop in pure bytecode until each has seen the others inside.  With a switch interval that never
ends, a lock that only one of them can hold keeps all the others out, whatever the load.

Source: https://docs.python.org/3/glossary.html#term-global-interpreter-lock
"""

import importlib
import itertools
import mmap
import multiprocessing
import os
import sys
import threading
import time

from tests.harness import (
    DEFAULT_START_METHOD,
    FREE_THREADED_BUILD,
    NO_GIL,
    PATIENCE,
    PYPY,
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
    # A window that nobody must enter is short; one that all must enter ends when they have, and
    # if they do not, then one after the other in half the patience.
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
    """There is a global interpreter lock (GIL), in word and in deed.

    CPython tells by sys._is_gil_enabled() since 3.13; older ones, and PyPy, always have it.
    Instead, without one: guard by a lock what several threads change.
    """
    windows = windows_of(programs)
    evidence(says=gil_enabled(), milliseconds_inside=milliseconds(windows))
    control(gil_enabled() == disjoint(windows), "the interpreter must act as it says")
    assert disjoint(windows)


@claim("2.02")
@refuted(where=NO_GIL, because=WITHOUT_GIL)
def test_this_implementation_runs_threads_in_turn(programs, evidence):
    """The GIL came with the implementation: this one lets threads run in turn only.

    It is no property of the language: the same program on the same version is refuted without the
    GIL.  A build that can do both is made to do the other here too.  Instead, without one: guard by
    a lock what several threads change.
    """
    windows = windows_of(programs)
    evidence(milliseconds_inside=milliseconds(windows))
    if FREE_THREADED_BUILD:
        other = windows_of(programs, gil=NO_GIL)
        evidence(with_the_other_setting_of_the_gil=milliseconds(other))
        control(disjoint(other) != gil_enabled(), "-X gil must decide, on one and the same build")
    else:
        evidence(the_other_verdict="only a free-threaded build can give it")
    assert disjoint(windows)


@claim("2.03")
@refuted(where=NO_GIL, because=WITHOUT_GIL)
def test_the_gil_has_at_most_one_holder_at_a_time(programs, evidence):
    """The GIL is exclusive: of four threads released together one is inside.

    Instead, without one: guard by a lock what several threads change.
    """
    windows = windows_of(programs, threads=4)
    evidence(milliseconds_inside=milliseconds(windows))
    assert disjoint(windows)


def wait_hash_and_spin_together(seconds):
    """Return how many threads met in a wait, if sha256 ran twice at once, and spin's windows."""
    import hashlib  # not for all the children that import this module

    sys.setswitchinterval(NEVER)
    meeting, met = threading.Barrier(10), []
    data, both, windows = bytes(2**23), threading.Barrier(2), []

    def wait():
        met.append(meeting.wait(PATIENCE))

    def hash_data():
        both.wait(PATIENCE)
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


@claim("2.04")
@refuted(where=NO_GIL, because=WITHOUT_GIL)
def test_only_one_thread_at_a_time_runs_bytecode(programs, evidence):
    """At any moment only one thread of an interpreter runs Python bytecode.

    The notes say "is running", which is too strong: threads that wait, and C code that lets go of
    the GIL, such as hashlib on large data, go on side by side.  Instead, without a GIL: guard by a
    lock what several threads change.
    """
    met, hashed, windows = programs.call(wait_hash_and_spin_together, longest(gil_enabled()))
    evidence(waiting_together=met, hashing_together=hashed)
    evidence(milliseconds_inside=milliseconds(windows))
    control(met == 10, "ten threads must be able to wait at the same time")
    control(hashed, "calls that let go of the GIL must overlap")
    assert disjoint(windows)


def count(steps):
    i = 0
    for _ in range(steps):
        i += 1


@claim("2.05")
@refuted(where=NO_GIL, because=WITHOUT_GIL)
def test_the_gil_keeps_busy_threads_on_one_core(speedup, evidence):
    """The GIL costs threads much: two busy ones use one core, where two processes use two.

    Instead, without a GIL: busy threads may take the place of processes.
    """
    cores = speedup.in_cores(count)
    evidence(cores_used_by_threads=cores.threads, by_processes=cores.processes)
    control(cores.threads.side_of(0.5) >= 0, "the threads must have been busy")
    assert not cores.more_than_one_core


def spin_undisturbed_and_preempted(seconds):
    """Return spin's windows with an endless switch interval, and with the usual one."""
    usual = sys.getswitchinterval()
    return spin(2, seconds), spin(2, PATIENCE, usual)


@claim("2.06")
@refuted(where=NO_GIL, because=WITHOUT_GIL)
def test_a_program_computes_almost_in_a_single_thread(programs, evidence):
    """A program computes as if single-threaded: a busy thread goes on only in another's stead.

    "Almost": waiting threads do not count, and a busy one is pre-empted after each switch interval,
    so that all of them get on.  None of them gets on faster for it.  Instead, without a GIL: guard
    by a lock what several threads change.
    """
    undisturbed, preempted = programs.call(spin_undisturbed_and_preempted, longest(gil_enabled()))
    evidence(milliseconds_inside=milliseconds(undisturbed))
    evidence(milliseconds_if_preempted=milliseconds(preempted))
    control(not disjoint(preempted), "pre-emption must let both threads be under way at once")
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
    """Return the pids of two processes and, sorted by pid, what they report."""
    path.write_bytes(bytes(2))
    children = started(
        ctx.Process(
            target=enter_and_look_for_the_other, args=(reports.reporter, path, me, interval)
        )
        for me in range(2)
    )
    told = reports.collect(2)
    assert joined(*children) == [0, 0]
    return sorted(child.pid for child in children), sorted(told)


@claim("2.07")
def test_processes_run_side_by_side_where_threads_take_turns(ctx, reports, folder, evidence):
    """Processes run bytecode side by side, which threads under a GIL cannot.

    To make up for that is what multiprocessing was made for (PEP 371).
    """
    children, told = run_side_by_side(ctx, reports, folder / "came")
    evidence(each_saw_the_other=[met for _, met, _ in told], pids=len({pid for pid, *_ in told}))
    assert [(pid, met) for pid, met, _ in told] == [(pid, True) for pid in children]
    assert os.getpid() not in children


#: What threading and multiprocessing share by name; the rest of threading has no counterpart.
COPIED = {"Lock", "RLock", "Semaphore", "BoundedSemaphore", "Condition", "Event", "Barrier"}
COPIED_METHODS = ["start", "run", "join", "is_alive", "name", "daemon", "ident"]


def manners(locks):
    """Return how locks behave when they are used with threading's keyword, or wrongly."""
    return [
        type(outcome(locks.Lock().acquire, blocking=False)).__name__,
        type(outcome(locks.Lock().release)).__name__,
        type(outcome(locks.RLock().release)).__name__,
    ]


@claim("2.08")
@refuted(because="multiprocessing lacks Timer, local, get_ident and others, and its locks differ")
def test_multiprocessing_copies_the_whole_interface_of_threading(evidence):
    """multiprocessing copies the whole interface of threading, for easy migration.

    It copies Thread's methods and the locks by name, but not all: acquire(block=) is
    acquire(blocking=) in threading, and a wrong release() raises other exceptions.
    """
    offered = set(threading.__all__) - {"Thread"}  # Process stands for it
    missing = sorted(name for name in offered if not hasattr(multiprocessing, name))
    ours, theirs = manners(threading), manners(multiprocessing.get_context(DEFAULT_START_METHOD))
    evidence(missing=missing, threading=ours, multiprocessing=theirs)
    control(COPIED.isdisjoint(missing), "the locks must be copied by name")
    for kind in (threading.Thread, multiprocessing.Process):
        control(all(hasattr(kind, method) for method in COPIED_METHODS), f"{kind} lacks a method")
    control(ours == ["bool", "RuntimeError", "RuntimeError"], "threading must behave as documented")
    assert (missing, theirs) == ([], ours)


def append_one(report, numbers):
    numbers.append(1)
    report((os.getpid(), numbers))


@claim("2.09")
@refuted(because="a process gets copies of its arguments, pickled unless it is forked")
def test_only_the_word_process_instead_of_thread_differs(ctx, start_method, reports, evidence):
    """The only difference is that processes are used instead of threads.

    What a process changes stays with it, and unless it is forked its target must be picklable,
    which a lambda is not; it has an exit code and can be terminated, which a thread cannot.
    """
    lists, lambdas = [], []
    for kind in (threading.Thread, ctx.Process):
        numbers = []
        workers = started([kind(target=append_one, args=(reports.reporter, numbers))])
        pid, seen = reports.next()
        control(seen == [1], "the worker must have changed its list")
        control((pid == os.getpid()) == (kind is threading.Thread), "a process is no thread")
        control(joined(*workers)[0] in (None, 0), "the worker must end well")
        lists.append(numbers)
        worker = kind(target=lambda: None)
        lambdas.append(outcome(worker.start) is None and joined(worker)[0] in (None, 0))
    evidence(lists_of_thread_and_process=lists, lambda_runs_in_them=lambdas)
    control(lambdas == [True, start_method == "fork"], "only a forked child can run a lambda")
    assert lists[0] == lists[1]


@claim("2.10")
def test_every_process_has_a_gil_of_its_own(ctx, reports, folder, evidence):
    """Every process has its own GIL: none waits for another's.

    Both children set an endless switch interval.  Since 3.14 interpreters within one process
    have a GIL each, too (PEP 734).
    """
    children, told = run_side_by_side(ctx, reports, folder / "came", NEVER)
    evidence(each_saw_the_other=[met for _, met, _ in told])
    control([interval for *_, interval in told] == [NEVER, NEVER], "neither child may let go")
    assert [(pid, met) for pid, met, _ in told] == [(pid, True) for pid in children]


@claim("2.11")
@refuted(because="Python 3.0 renamed thread to _thread (PEP 3108); programs use threading")
def test_the_thread_library_is_called_thread(evidence):
    """The thread library is called "thread"."""
    found = {name: outcome(importlib.import_module, name) for name in ("thread", "threading")}
    evidence(**{name: type(module).__name__ for name, module in found.items()})
    low_level = importlib.import_module("_thread")
    control(hasattr(found["threading"], "Thread"), "threading must have Thread")
    control(hasattr(low_level, "start_new_thread"), "_thread must have start_new_thread")
    assert not isinstance(found["thread"], ModuleNotFoundError)
