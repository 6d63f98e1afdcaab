"""The end of an executor: shutdown(), and the end of the program.

Source: https://docs.python.org/3/library/concurrent.futures.html#concurrent.futures.Executor.shutdown
"""

import threading
from concurrent.futures import CancelledError, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import active_children, get_context

from tests.harness import FORK, PATIENCE, cases, claim, control, joined, never, outcome, until

CHEAP = "fork" if FORK else "spawn"


def options(kind):
    """Return what it takes to make a cheap executor of that kind."""
    return {"mp_context": get_context(CHEAP)} if kind is ProcessPoolExecutor else {}


def hold(report, number):
    report.hold(number)
    return number * number


@claim("CF15")
@cases(kind=[ThreadPoolExecutor, ProcessPoolExecutor])
def test_submit_after_shutdown_is_refused(kind, executors, evidence):
    """submit() and map() after shutdown() raise RuntimeError, in both kinds of executor.

    "cannot schedule new futures after shutdown".  A second shutdown() is no error.
    """
    for wait in (True, False):
        executor = executors(kind, 1, **options(kind))
        ended = [executor.shutdown(wait=wait), executor.shutdown(wait)]
        refused = [outcome(executor.submit, abs, -1), outcome(executor.map, abs, [-1])]
        evidence(wait=wait, refused=refused)
        assert ended == [None, None]
        assert [type(error) for error in refused] == [RuntimeError] * 2
        assert [str(error) for error in refused] == [
            "cannot schedule new futures after shutdown"
        ] * 2


@claim("CF84")
@cases(kind=[ThreadPoolExecutor, ProcessPoolExecutor])
def test_shutdown_waits_for_everything_submitted(kind, executors, reports, background, evidence):
    """shutdown() waits until all tasks, pending ones too, are done and the workers have ended."""
    before = set(active_children())
    executor = executors(kind, 1, **options(kind))
    futures = [executor.submit(hold, reports.reporter, number) for number in range(4)]
    begun = [reports.next()]
    workers = [*set(active_children()) - before]
    ending = background(executor.shutdown)
    waited = never(lambda: ending.finished, during=0.05)
    for _ in range(3):
        reports.release()
        begun.append(reports.next())
    still = not ending.finished
    reports.release()
    got, results = ending.result(), [outcome(future.result, 0) for future in futures]
    evidence(waited=[waited, still], begun=begun, results=results)
    assert [waited, still] == [True, True]
    assert got is None
    assert results == [0, 1, 4, 9]
    assert begun == [0, 1, 2, 3]
    assert len(workers) == (kind is ProcessPoolExecutor)
    assert [worker.exitcode for worker in workers] == [0] * len(workers)


@claim("CF85")
@cases(kind=[ThreadPoolExecutor, ProcessPoolExecutor])
def test_shutdown_without_waiting_returns_at_once(kind, executors, reports, background, evidence):
    """shutdown(wait=False) returns at once; all tasks are run, and then the workers end."""
    before, threads = set(active_children()), set(threading.enumerate())
    executor = executors(kind, 1, **options(kind))
    futures = [executor.submit(hold, reports.reporter, number) for number in range(4)]
    reports.next()
    helpers = [*set(threading.enumerate()) - threads, *set(active_children()) - before]
    returned = background(lambda: executor.shutdown(wait=False)).result()
    done = [future.done() for future in futures]
    for _ in range(3):
        reports.release()
        reports.next()
    reports.release()
    results = [outcome(future.result, PATIENCE) for future in futures]
    joined(*helpers)
    evidence(returned=returned, done_then=done, results=results)
    assert returned is None
    assert done == [False] * 4
    assert results == [0, 1, 4, 9]


@claim("CF16")
@cases(kind=[ThreadPoolExecutor, ProcessPoolExecutor])
def test_shutdown_can_cancel_what_has_not_begun(kind, executors, reports, background, evidence):
    """shutdown(cancel_futures=True) cancels pending tasks, and lets the running one finish.

    A process pool has handed out one more task than it has workers; that one counts as running.
    """
    for wait in (False, True):
        before, threads = set(active_children()), set(threading.enumerate())
        executor = executors(kind, 1, **options(kind))
        futures = [executor.submit(hold, reports.reporter, number) for number in range(6)]
        reports.next()
        helpers = [*set(threading.enumerate()) - threads, *set(active_children()) - before]
        ending = background(
            lambda executor=executor, wait=wait: executor.shutdown(wait, cancel_futures=True)
        )
        until(futures[-1].cancelled, "the last task to be cancelled")
        if wait:
            returned_early = not never(lambda ending=ending: ending.finished, during=0.05)
        else:
            ending.result()
            returned_early = False
        kept = [number for number, future in enumerate(futures) if not future.cancelled()]
        for _ in kept[1:]:
            reports.release()
            reports.next()
        reports.release()
        results = [outcome(futures[number].result, PATIENCE) for number in kept]
        errors = {type(outcome(one.result, 0)) for one in futures if one.cancelled()}
        ending.result()
        joined(*helpers)
        evidence(wait=wait, kept=kept, results=results)
        assert not returned_early
        assert kept == list(range(len(kept)))
        assert len(kept) == 1 if kind is ThreadPoolExecutor else 1 <= len(kept) <= 3
        assert results == [number * number for number in kept]
        assert errors == {CancelledError}


#: The program ends while tasks are pending, and submits others at its exit.
EXIT = """
import atexit, threading
from concurrent.futures import {kind}

def again():
    for one in (executor, {kind}(1)):
        try:
            one.submit(print, "too late")
        except RuntimeError as error:
            print("at exit:", error, flush=True)

def task(number):
    if {threads} and number == 0:
        gate.wait()
    print(number, flush=True)

if __name__ == "__main__":
    gate = threading.Event()
    atexit.register(again)
    executor = {kind}(1)
    for number in range(40):
        executor.submit(task, number)
    print("end of the program", flush=True)
    gate.set()
"""
runs = {}


def run_to_the_exit(programs, kind):
    """Run the program once for the specs on it; return what it printed."""
    if kind not in runs:
        source = EXIT.format(kind=kind.__name__, threads=kind is ThreadPoolExecutor)
        runs[kind] = programs.run(source)
    control(runs[kind].exit_code == 0, f"it ended with {runs[kind]}")
    return runs[kind].lines


@claim("CF20")
@cases(kind=[ThreadPoolExecutor, ProcessPoolExecutor])
def test_pending_work_is_done_before_the_program_ends(programs, kind, evidence):
    """A program that ends without shutdown() first does all the work that is pending.

    Both kinds of executor wait at exit, so a task that never ends keeps the program alive.
    """
    lines = run_to_the_exit(programs, kind)
    evidence(printed=lines)
    numbers = [int(line) for line in lines if line.isdigit()]
    assert numbers == [*range(40)]
    assert "end of the program" in lines
    assert "too late" not in lines
    if kind is ThreadPoolExecutor:
        assert lines[:2] == ["end of the program", "0"]


@claim("CF21")
@cases(kind=[ThreadPoolExecutor, ProcessPoolExecutor])
def test_submit_at_exit_is_refused(programs, kind, evidence):
    """submit() in an atexit handler raises RuntimeError: executors have ended before.

    "cannot schedule new futures after interpreter shutdown" for a new executor; for one that has
    been used "... after shutdown".  atexit handlers run after executors have been joined, and so do
    the __del__ methods of what lives until then.
    """
    printed = run_to_the_exit(programs, kind)[-2:]
    evidence(printed=printed)
    assert printed == [
        "at exit: cannot schedule new futures after shutdown",
        "at exit: cannot schedule new futures after interpreter shutdown",
    ]
