"""Private names of concurrent.futures that daemon thread pools and other pools are made of.

Source: https://docs.python.org/3/library/concurrent.futures.html
"""

import inspect
from concurrent.futures import ThreadPoolExecutor, process, thread

from tests.harness import PYPY, cases, claim, concerns, predicts, refuted, since

CONTEXTS = "3.14 made worker contexts, for pools of interpreters (gh-124694)"


@claim("PRIVATE04")
@concerns("initializer of a thread pool")
@predicts("H08")
@cases(name=("_initializer", "_initargs"))
@refuted(
    where=since("3.14.0") and not PYPY,
    because=CONTEXTS,
    by="AttributeError: 'ThreadPoolExecutor' object has no attribute '_init",
)
def test_a_thread_pool_keeps_its_initializer(name, evidence):
    """A ThreadPoolExecutor keeps initializer and initargs as _initializer and _initargs.

    Subclasses that make daemon threads copy _adjust_thread_count() and need them.  Since 3.14:
    "AttributeError: 'ThreadPoolExecutor' object has no attribute '_initializer'".  Keep your own
    copy in a subclass's __init__(); for daemons, run threading.Thread(daemon=True) on a queue.
    """
    given = {"_initializer": int, "_initargs": ("7",)}
    with ThreadPoolExecutor(1, initializer=int, initargs=("7",)) as executor:
        assert evidence(kept=getattr(executor, name)) == given[name]


@claim("PRIVATE05")
@concerns("parts of a thread pool")
@predicts("H08")
@cases(
    function={
        "_worker": (thread, "_worker", "executor_reference work_queue initializer initargs"),
        "_WorkItem": (thread, "_WorkItem", "future fn args kwargs"),
    }
)
@refuted(where=since("3.14.0") and not PYPY, because=CONTEXTS)
def test_the_parts_of_a_thread_pool_take_these_arguments(function, evidence):
    """thread._worker takes (reference, queue, initializer, initargs), _WorkItem (future, fn, ...).

    Since 3.14 it is _worker(executor_reference, ctx, work_queue) and _WorkItem(future, task).  The
    TypeError of a wrong call of _worker comes in a thread, so that the pool hangs.  Instead:
    submit() to an unchanged executor, and wrap the function.
    """
    module, name, expected = function
    parameters = list(inspect.signature(getattr(module, name)).parameters)
    assert evidence(parameters=" ".join(parameters)) == expected


@claim("PRIVATE06")
@concerns("chunks of a pool")
@refuted(
    where=since("3.13.0") and not PYPY,
    because="3.13 uses itertools.batched() instead",
    by="AttributeError: module 'concurrent.futures.process' has no attribute '_get_chunks'",
)
def test_the_process_pool_has_a_function_for_chunks(evidence):
    """concurrent.futures.process._get_chunks cuts iterables into chunks.

    Other executors import it for their own map().  Since 3.13: "AttributeError: module
    'concurrent.futures.process' has no attribute '_get_chunks'", or an ImportError.  Use
    itertools.batched() (3.12), or map(chunksize=...).
    """
    chunks = getattr(process, "_get_chunks")([1, 2], [3, 4], chunksize=2)
    assert evidence(chunks=list(chunks)) == [((1, 3), (2, 4))]


STUCK = """
import concurrent.futures.thread as pools, threading

main, began = threading.main_thread(), threading.Event()

def work():
    began.set()
    main.join()
    print("the task", flush=True)

pool = pools.ThreadPoolExecutor(1)
pool.submit(work)
began.wait()
pool.shutdown(wait=False)
pools._threads_queues.clear()
print("the main thread ends", flush=True)
"""


@claim("PRIVATE07")
@refuted(because="the threads of pools are no daemons since 3.9 (bpo-39812): all are joined")
def test_a_forgotten_pool_does_not_hold_up_the_program(programs, evidence):
    """After concurrent.futures.thread._threads_queues.clear() a program ends beside a stuck task.

    It did up to 3.8, and the recipe is still copied.  Since 3.9 the program hangs, for it waits for
    the threads as for any other.  Use a threading.Thread(daemon=True) for what may get stuck, or
    os._exit().
    """
    assert evidence(printed=programs.run(STUCK).lines) == ["the main thread ends"]
