"""Threads, processes or asyncio: which one for waiting, for computing, for sharing, for safety.

Source: https://docs.python.org/3/library/concurrency.html
"""

import asyncio
import multiprocessing
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

from tests.harness import (
    NO_GIL,
    PATIENCE,
    Inconclusive,
    cases,
    claim,
    control,
    joined,
    needs_posix,
    refuted,
    started,
)
from tests.library.asyncio.running import own_loop, run, steps

every_spec = [own_loop]

WITHOUT_GIL = "PEP 703: this interpreter runs without a GIL, so threads run side by side"

#: How many workers wait at the same time.
MANY = 2


def meet(barrier, report):
    """Wait until all have come, and report it."""
    barrier.wait(PATIENCE)
    report("met")


def meeting_of_threads(_):
    """Return what threads report that wait for each other."""
    met, barrier = [], threading.Barrier(MANY)
    joined(*started(threading.Thread(target=meet, args=(barrier, met.append)) for _ in range(MANY)))
    return met


def meeting_of_processes(reports):
    """Return what processes report that wait for each other."""
    barrier = multiprocessing.Barrier(MANY)
    arguments = barrier, reports.reporter
    workers = started(multiprocessing.Process(target=meet, args=arguments) for _ in range(MANY))
    met = reports.collect(MANY)
    joined(*workers)
    return met


def meeting_of_tasks(_):
    """Return what tasks report that wait for each other."""
    came = []

    async def come(all_here):
        came.append("met")
        if len(came) == MANY:
            all_here.set()
        await asyncio.wait_for(all_here.wait(), PATIENCE / 2)
        return came[0]

    async def main():
        all_here = asyncio.Event()
        return await asyncio.gather(*(asyncio.create_task(come(all_here)) for _ in range(MANY)))

    return run(main)


@claim("CHOOSE01")
@cases(
    by={"threads": meeting_of_threads, "processes": meeting_of_processes, "tasks": meeting_of_tasks}
)
def test_for_waiting_any_of_the_three_will_do(by, reports, evidence):
    """What waits overlaps with threads, with processes and with asyncio tasks alike, GIL or not.

    Each of two workers waits here for the other, which could not work one after the other.  When
    should I use threads and when processes?  Asyncio vs threading, for many HTTP requests, or for
    multiple API calls in parallel?  For waiting, as for the network, take the cheapest: tasks if
    the libraries await, threads if not; for computing take processes (CHOOSE04).
    """
    assert evidence(met=by(reports)) == ["met"] * MANY


@claim("CHOOSE02")
def test_waiting_tasks_need_one_thread(evidence):
    """A hundred waiting tasks need one thread; a hundred waiting threads are a hundred threads."""

    async def wait(all_here, came):
        came.append(threading.get_ident())
        await all_here.wait()

    async def main():
        all_here, came, before = asyncio.Event(), [], {*threading.enumerate()}
        tasks = [asyncio.create_task(wait(all_here, came)) for _ in range(100)]
        await asyncio.sleep(0)
        more = {*threading.enumerate()} - before
        all_here.set()
        await asyncio.gather(*tasks)
        return len(came), len({*came}), len(more)

    by_tasks, go_on = run(main), threading.Event()
    threads = started(threading.Thread(target=go_on.wait, args=(PATIENCE,)) for _ in range(100))
    by_threads = len({thread.ident for thread in threads if thread.is_alive()})
    go_on.set()
    joined(*threads)
    assert evidence(tasks_threads_more=by_tasks, by_threads=by_threads) == ((100, 1, 0), 100)


def come_and_look(came, me):
    """Compute until the other has come, for a moment at most; tell whether it has."""
    came.append(me)
    end = time.perf_counter() + 0.02
    while len(came) < 2 and time.perf_counter() < end:
        pass
    return len(came) == 2


@claim("CHOOSE03")
def test_tasks_that_compute_run_one_after_the_other(evidence):
    """Tasks of asyncio that compute run one after the other, in any build, with a GIL or without.

    You might expect asyncio to speed up computing, or the free-threaded build to speed up asyncio.
    All tasks of a loop share one thread, and one that does not await keeps all others out.  So
    asyncio does not use multiple cores.
    """
    came = []

    async def compute(me):
        return come_and_look(came, me)

    async def main():
        return await asyncio.gather(*(asyncio.create_task(compute(me)) for me in range(2)))

    assert evidence(saw_the_other=run(main)) == [False, True]


def count(steps):
    """Compute in Python."""
    i = 0
    for _ in range(steps):
        i += 1


@claim("CHOOSE04")
@refuted(where=not NO_GIL, because="a GIL lets one thread at a time run Python code")
def test_threads_speed_up_computing_in_python(speedup, evidence):
    """Two threads compute in Python faster than one after the other, as two processes do.

    Only without a GIL.  With it, threads gain nothing, asyncio.to_thread() and ThreadPoolExecutor
    neither: use processes.
    """
    gain = speedup.in_time(count)
    evidence(speed_up_by_threads=gain.threads, by_processes=gain.processes)
    assert gain.more_than_one_core


def nothing(number):
    """Do as good as nothing."""
    return number


def spin(seconds):
    """Be busy for so many seconds of this process."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def fastest(function, rounds=3):
    """Return the shortest time that the function takes: what disturbs can only make it longer."""
    times = []
    for _ in range(rounds):
        begin = time.perf_counter()
        function()
        times.append(time.perf_counter() - begin)
    return min(times)


@claim("CHOOSE05")
@cases(executor=(ThreadPoolExecutor, ProcessPoolExecutor))
def test_a_pool_is_slower_than_a_loop_for_tiny_tasks(executor, evidence):
    """A pool takes longer than a plain loop if each task is tiny: what it costs to send exceeds it.

    You might expect more workers to be faster in any case.  A task costs some ten microseconds in a
    pool of threads, and more in one of processes.  Send large pieces, or use chunksize.
    """
    numbers = range(200)
    with executor(1) as pool:
        control([*pool.map(nothing, numbers)] == [*numbers], "the pool must work")
        large = fastest(lambda: pool.submit(spin, 0.01).result(PATIENCE))
        tiny = fastest(lambda: [*pool.map(nothing, numbers)])
    ratios = tiny / fastest(lambda: [*map(nothing, numbers)]), large / fastest(lambda: spin(0.01))
    of_tiny, of_large = evidence(tiny_tasks=ratios[0], large_tasks=ratios[1])
    if of_large > 5:
        raise Inconclusive(f"the machine is too busy: a large task takes {of_large:.1f} times")
    assert of_tiny > 3 * of_large


def append(shared):
    """Change what was given."""
    shared.append("changed")


@claim("CHOOSE06")
@cases(worker=("thread", "task", "process"))
@refuted(
    worker="process", because="a process has memory of its own, and changes a copy of the list"
)
def test_a_worker_changes_the_list_of_its_starter(worker, evidence):
    """A worker that changes a list that it was given changes the one that its starter has.

    Threads and tasks share memory: no copying, and race conditions.  A process has a copy, so what
    it finds must be sent back.
    """
    shared = []

    async def in_a_task():
        append(shared)

    if worker == "task":
        run(in_a_task)
    else:
        kind = {"thread": threading.Thread, "process": multiprocessing.Process}[worker]
        (code,) = joined(*started([kind(target=append, args=(shared,))]))
        control(not code, f"the worker must end well, not with {code}")
    assert evidence(seen_by_the_starter=shared) == ["changed"]


CRASH = """
import asyncio, multiprocessing, os, threading

async def task():
    os.abort()

if __name__ == "__main__":
    {start}
    print("still alive")
"""

STARTS = {
    "thread": "thread = threading.Thread(target=os.abort); thread.start(); thread.join()",
    "task": "asyncio.run(task())",
    "process": "child = multiprocessing.Process(target=os.abort); child.start(); child.join()",
}


@claim("CHOOSE07")
@needs_posix
@cases(worker=STARTS)
@refuted(worker=("thread", "task"), because="a crash ends the whole process, with all its threads")
def test_a_program_survives_a_crash_of_its_worker(worker, programs, evidence):
    """A program survives a worker that crashes, as C code may: a segmentation fault, an abort.

    It survives a process, and sees its exit code.  A thread, or a task, takes the whole program
    with it: no exception, no finally block.  For code that may crash, use a process.
    """
    program = programs.run(CRASH.format(start=worker))
    evidence(exit_code=program.exit_code)
    assert program.lines == ["still alive"]


def compute_until(began, stop):
    """Compute until there is a file, for some seconds at most; tell whether there is."""
    began.touch()
    end = time.monotonic() + PATIENCE / 4
    while time.monotonic() < end:
        count(1000)
        if stop.exists():
            return True
    return False


@claim("CHOOSE08")
@cases(executor=(ThreadPoolExecutor, ProcessPoolExecutor))
def test_a_loop_goes_on_while_an_executor_computes(executor, tmp_path, evidence):
    """run_in_executor() keeps an event loop going while a thread or a process computes.

    To use asyncio with multiprocessing, a process pool: await loop.run_in_executor(pool, f, x) of a
    ProcessPoolExecutor, with the pool made under `if __name__ == "__main__":`.  With a thread under
    a GIL the loop gets its turns, every 5 ms; with a process it has a core to itself.  A coroutine
    that computes stops the loop.
    """
    began, stop = tmp_path / "began", tmp_path / "stop"

    async def main():
        with executor(1) as pool:
            computing = asyncio.get_running_loop().run_in_executor(pool, compute_until, began, stop)
            while not began.exists():
                await asyncio.sleep(0.001)
            await steps()
            stop.touch()
            return await computing

    assert evidence(the_loop_went_on=run(main))
