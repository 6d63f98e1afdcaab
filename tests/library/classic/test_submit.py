"""submit() takes whatever it is given, at once: how to keep the queue of an executor short.

Source: https://docs.python.org/3/library/concurrent.futures.html#concurrent.futures.Executor.submit
"""

import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

from tests.harness import GRACE, claim, control, never, until
from tests.library.futures.scenery import Gate


class Load:
    """What a task is given: stands for something large."""


@claim("CLASSIC29")
def test_submit_takes_any_number_of_tasks(executors, evidence):
    """submit() never waits: all tasks that are pending, and their arguments, are kept in memory.

    Executors have no maxsize.  A loop that submits a million lines of a file fills the memory long
    before the first ones are done, and a process pool does the same.  Bound the number of pending
    tasks with a Semaphore (CLASSIC30), or wait() for some futures after each hundred.
    """
    executor, loads = executors(ThreadPoolExecutor, 2), weakref.WeakSet()
    with Gate() as gate:
        for _ in range(500):
            load = Load()
            loads.add(load)
            executor.submit(gate, load)
        gate.reached(2)
        del load
        gc.collect()
        alive, running = len(loads), len(gate.arrived)
    assert evidence(loads_in_memory=alive, running=running) == (500, 2)


@claim("CLASSIC30")
def test_a_semaphore_bounds_the_number_of_pending_tasks(executors, background, evidence):
    """A Semaphore, acquired before submit() and released when a task is done, bounds the queue.

    "permits.acquire(); executor.submit(f, x).add_done_callback(lambda _: permits.release())".  Who
    submits then waits for the tasks: back-pressure.  A done-callback is called also after an error.
    """
    executor, permits, submitted = executors(ThreadPoolExecutor, 2), threading.Semaphore(5), []

    def submit_all(gate):
        for number in range(50):
            permits.acquire()
            future = executor.submit(gate, number)
            future.add_done_callback(lambda _: permits.release())
            submitted.append(future)

    with Gate() as gate:
        submitting = background(submit_all, gate)
        until(lambda: len(submitted) >= 5, "five tasks to be submitted")
        waits = never(lambda: len(submitted) > 5, during=GRACE / 4)
    submitting.result()
    control([future.result() for future in submitted] == [*range(50)], "all tasks are done")
    assert evidence(waits_after_five=waits, submitted=len(submitted)) == (True, 50)
