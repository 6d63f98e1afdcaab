"""The end of an executor: shutdown(), and the end of the program.

Source:
https://docs.python.org/3/library/concurrent.futures.html#concurrent.futures.Executor.shutdown
"""

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

from tests.harness import cases, claim, control, joined, kinds, never, outcome, until
from tests.library.futures.scenery import CHEAP, workers

BOTH = (ThreadPoolExecutor, ProcessPoolExecutor)


def one_worker(executors, kind):
    """Make an executor of that kind with one worker."""
    return executors(kind, 1, **({"mp_context": CHEAP} if kind is ProcessPoolExecutor else {}))


def hold(report, number):
    report.hold(number)
    return number * number


def let_through(reports, tasks):
    """Let the task that holds go on, and so many others after it."""
    for _ in range(tasks):
        reports.release()
        reports.next()
    reports.release()


@claim("EXEC13")
@cases(kind=BOTH, wait=(True, False))
def test_submit_after_shutdown_is_refused(kind, wait, executors, evidence):
    """submit() and map() after shutdown() raise RuntimeError, in both kinds of executor.

    "RuntimeError: cannot schedule new futures after shutdown".  A second shutdown() is no error.
    """
    executor = one_worker(executors, kind)
    executor.shutdown(wait=wait)
    executor.shutdown(wait)
    refused = [outcome(executor.submit, abs, -1), outcome(executor.map, abs, [-1])]
    assert kinds(evidence(submit_map=refused)) == ["RuntimeError"] * 2
    assert {str(error) for error in refused} == {"cannot schedule new futures after shutdown"}


@claim("EXEC14")
@cases(kind=BOTH)
def test_shutdown_waits_for_everything_submitted(kind, executors, reports, background, evidence):
    """shutdown() waits until all tasks, pending ones too, are done and the workers have ended."""
    others = workers()
    executor = one_worker(executors, kind)
    futures = [executor.submit(hold, reports.reporter, number) for number in range(4)]
    reports.next()
    own = workers() - others
    ending = background(executor.shutdown)
    waited = never(lambda: ending.finished, during=0.05)
    let_through(reports, 3)
    ending.result()
    alive = [worker.name for worker in own if worker.is_alive()]
    results = [outcome(future.result, 0) for future in futures]
    assert evidence(waited=waited, results=results) == (True, [0, 1, 4, 9])
    assert evidence(workers_alive=alive) == []


@claim("EXEC15")
@cases(kind=BOTH)
def test_shutdown_without_waiting_returns_at_once(kind, executors, reports, evidence):
    """shutdown(wait=False) returns immediately; all tasks are run, and then the workers end.

    It shuts an executor down without waiting, and cancels nothing: cancel_futures=True does
    (EXEC16).
    """
    others = workers()
    executor = one_worker(executors, kind)
    futures = [executor.submit(hold, reports.reporter, number) for number in range(4)]
    reports.next()
    own = workers() - others
    executor.shutdown(wait=False)
    done = [future.done() for future in futures]
    let_through(reports, 3)
    joined(*own)
    results = [outcome(future.result, 0) for future in futures]
    assert evidence(done_then=done, results=results) == ([False] * 4, [0, 1, 4, 9])


@claim("EXEC16")
@cases(kind=BOTH, wait=(False, True))
def test_shutdown_can_cancel_what_has_not_begun(
    kind, wait, executors, reports, background, evidence
):
    """shutdown(cancel_futures=True) cancels pending tasks, and lets the running one finish.

    A process pool hands out more tasks than it has workers: as many again, and one.  Those count as
    running, and are not cancelled (PEXEC21).
    """
    executor = one_worker(executors, kind)
    futures = [executor.submit(hold, reports.reporter, number) for number in range(6)]
    reports.next()
    ending = background(lambda: executor.shutdown(wait, cancel_futures=True))
    until(futures[-1].cancelled, "the last task to be cancelled")
    kept = [future for future in futures if not future.cancelled()]
    let_through(reports, len(kept) - 1)
    ending.result()
    results = [future.result() for future in kept]
    most = 1 if kind is ThreadPoolExecutor else 3
    assert evidence(results=results) == [0, 1, 4][: len(kept)]
    assert 1 <= evidence(kept=len(kept)) <= most


#: The program ends while tasks are pending, and submits others at its exit.
EXIT = """
import atexit, multiprocessing, threading
from concurrent.futures import {kind}

def keep(event):
    global gate
    gate = event

def again():
    for one in (executor, {kind}(1)):
        try:
            one.submit(print, "too late")
        except RuntimeError as error:
            print(f"{{type(error).__name__}}: {{error}}", flush=True)

def task(number):
    gate.wait()
    print(number, flush=True)

if __name__ == "__main__":
    gate = {module}.Event()
    atexit.register(again)
    executor = {kind}(1, initializer=keep, initargs=(gate,))
    for number in range(40):
        executor.submit(task, number)
    print("end of the program", flush=True)
    gate.set()
"""


def run_to_the_exit(programs, kind):
    """Run the program; return the lines that it printed."""
    module = "threading" if kind is ThreadPoolExecutor else "multiprocessing"
    finished = programs.once(EXIT.format(kind=kind.__name__, module=module))
    control(finished.exit_code == 0, f"it ended with {finished}")
    return finished.lines


@claim("EXEC17")
@cases(kind=BOTH)
def test_pending_work_is_done_before_the_program_ends(programs, kind, evidence):
    """A program that ends without shutdown() first does all the work that is pending.

    Both kinds of executor wait at exit, so a task that never ends keeps the program alive.
    """
    lines = evidence(printed=run_to_the_exit(programs, kind))
    assert [int(line) for line in lines if line.isdigit()] == [*range(40)]
    assert lines.index("end of the program") < lines.index("39")


@claim("EXEC18")
@cases(kind=BOTH)
def test_submit_at_exit_is_refused(programs, kind, evidence):
    """submit() in an atexit handler raises RuntimeError: executors end before atexit handlers run.

    "RuntimeError: cannot schedule new futures after interpreter shutdown" for a new executor; for
    one that has been used "RuntimeError: cannot schedule new futures after shutdown".  atexit
    handlers run after executors have been joined, and so do the __del__ methods of what lives until
    then.  A thread that outlives the main one meets the same error.  Do the work before the main
    thread ends: result() or wait() for it there, or leave a "with" block of the executor.
    """
    assert evidence(printed_last=run_to_the_exit(programs, kind)[-2:]) == [
        "RuntimeError: cannot schedule new futures after shutdown",
        "RuntimeError: cannot schedule new futures after interpreter shutdown",
    ]
