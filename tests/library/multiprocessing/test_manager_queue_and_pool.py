"""A Manager's Queue and Pool: queue.Queue and multiprocessing.Pool, by proxy.

Its locks, Conditions, Events and Barriers are in tests/library/synchronizers.

Source: https://docs.python.org/3/library/multiprocessing.html#multiprocessing.managers.SyncManager
"""

import os
import time
from multiprocessing import parent_process

from tests.harness import GRACE, PATIENCE, before, cases, claim, kinds, never, outcome, refuted


def fill(items):
    got = items.get(), items.get(timeout=PATIENCE)
    for item in ("x", "y", "z"):
        items.put(item)
    return got, (items.qsize(), items.full(), items.empty())


@claim("MANAGER31")
def test_a_managers_queue_is_a_queue(manager, elsewhere, evidence):
    """A Manager's Queue is a queue.Queue for all processes: in order, and bounded."""
    items = manager.Queue(3)
    items.put(1)
    items.put([2])
    got_there, size_full_empty = elsewhere(fill, items)
    got_here = items.get_nowait(), items.get(False), items.get(True, PATIENCE)
    assert evidence(got_there=got_there, got_here=got_here) == ((1, [2]), ("x", "y", "z"))
    assert evidence(size_full_empty=size_full_empty) == (3, True, False)
    assert (items.qsize(), items.full(), items.empty()) == (0, False, True)


@claim("MANAGER31")
def test_a_managers_queue_raises_full_and_empty(manager, evidence):
    """It raises queue.Full and queue.Empty, at once or after a timeout."""
    items = manager.Queue(1)
    empty = [outcome(items.get_nowait), outcome(items.get, True, 0.01)]
    items.put_nowait("x")
    full = [outcome(items.put_nowait, "y"), outcome(items.put, "y", True, 0.01)]
    assert kinds(evidence(errors=empty + full)) == ["Empty", "Empty", "Full", "Full"]


def get_and_finish(items):
    got = items.get(timeout=PATIENCE)
    items.task_done()
    return got


@claim("MANAGER32")
@cases(kind=("Queue", "JoinableQueue"))
def test_joining_a_managers_queue_waits_for_its_tasks(
    manager, kind, elsewhere, background, evidence
):
    """join() of a Manager's Queue or JoinableQueue waits until each item has its task_done()."""
    items = getattr(manager, kind)()
    items.put("a")
    items.put("b")
    joining = background(items.join)
    first = elsewhere(get_and_finish, items)
    waits = never(lambda: joining.finished, during=GRACE / 4)
    second = elsewhere(get_and_finish, items)
    joining.result()
    assert evidence(first=first, join_waits=waits, second=second) == ("a", True, "b")
    assert type(evidence(once_more=outcome(items.task_done))) is ValueError


def shut_down(items):
    items.shutdown()
    return type(outcome(items.put, 1)).__name__


@claim("MANAGER33")
@refuted(
    where=before("3.13.0"),
    because="3.13 added Queue.shutdown(), and so to its proxies",
    by="AttributeError: 'AutoProxy[Queue]' object has no attribute 'shutdown'",
)
def test_a_managers_queue_can_be_shut_down(manager, elsewhere, evidence):
    """shutdown() of a Manager's Queue makes put() and, once it is empty, get() raise ShutDown.

    You might expect it as with a queue.Queue.  Up to 3.12: "AttributeError: 'AutoProxy[Queue]'
    object has no attribute 'shutdown'".  Instead: put a sentinel for each reader.
    """
    items = manager.Queue()
    items.put("left")
    put_there = elsewhere(shut_down, items)
    left, then = items.get(timeout=PATIENCE), type(outcome(items.get_nowait)).__name__
    assert evidence(put=put_there, left=left, get=then) == ("ShutDown", "left", "ShutDown")


def square(number):
    return number * number


def pids_of_worker_and_parent(_):
    return os.getpid(), parent_process().pid


#: What a pool can be asked to do, and what comes out.
WORK = {
    "apply": (lambda pool: pool.apply(square, (3,)), 9),
    "map": (lambda pool: pool.map(square, [1, 2, 3]), [1, 4, 9]),
    "starmap": (lambda pool: pool.starmap(pow, [(2, 3), (3, 2)]), [8, 9]),
    "imap": (lambda pool: list(pool.imap(square, [3, 1, 2])), [9, 1, 4]),
    "imap_unordered": (lambda pool: sorted(pool.imap_unordered(square, [3, 1])), [1, 9]),
    "apply_async": (lambda pool: pool.apply_async(square, (4,)).get(timeout=PATIENCE), 16),
    "map_async": (lambda pool: pool.map_async(square, [4, 5]).get(timeout=PATIENCE), [16, 25]),
    "starmap_async": (lambda pool: pool.starmap_async(pow, [(2, 5)]).get(PATIENCE), [32]),
}


@claim("MANAGER34")
def test_a_managers_pool_works_for_its_clients(manager, evidence):
    """A Manager's Pool runs tasks in processes of the manager's, by every method."""
    with manager.Pool(2) as pool:
        done = {method: call(pool) for method, (call, _) in WORK.items()}
        pids = set(pool.map(pids_of_worker_and_parent, range(4)))
    assert evidence(done=done) == {method: answer for method, (_, answer) in WORK.items()}
    workers, parents = map(set, zip(*pids, strict=True))
    assert 1 <= len(workers) <= 2
    assert len(parents) == 1  # the manager's process
    assert os.getpid() not in workers | parents


@claim("MANAGER34")
def test_a_managers_pool_hands_exceptions_back(manager, evidence):
    """An exception of a task is raised by apply() and by the result's get()."""
    with manager.Pool(1) as pool:
        result = pool.apply_async(int, ("x",))
        errors = [outcome(pool.apply, int, ("x",)), outcome(result.get, PATIENCE)]
    assert kinds(evidence(errors=errors)) == ["ValueError"] * 2


@claim("MANAGER34")
def test_the_results_of_a_managers_pool_can_be_asked(manager, evidence):
    """The results of a Manager's Pool have wait(), ready() and successful()."""
    with manager.Pool(1) as pool:
        result = pool.apply_async(square, (4,))
        result.wait(PATIENCE)
        states = evidence(ready=result.ready(), successful=result.successful())
    assert states == (True, True)


@claim("MANAGER34")
def test_a_closed_pool_of_a_manager_takes_no_task(manager, evidence):
    """After close() and join() a Manager's Pool takes no tasks: ValueError.

    "ValueError: Pool not running".
    """
    with manager.Pool(1) as pool:
        pool.close()
        pool.join()
        assert type(evidence(refusal=outcome(pool.apply, square, (1,)))) is ValueError


def leave(pool):
    with pool:
        pass


ENDS = {"with": leave, "terminate()": lambda pool: pool.terminate()}


@claim("MANAGER35")
@cases(end=tuple(ENDS))
def test_leaving_a_managers_pool_terminates_it(manager, end, background, evidence):
    """`with manager.Pool()` terminates the pool at its end; terminate() does so, too.

    Tasks that still run end with it, and it takes no more.
    """
    pool = manager.Pool(1)
    answer = pool.apply(square, (5,))
    pool.apply_async(time.sleep, (10 * PATIENCE,))
    ENDS[end](pool)
    background(pool.join).result()  # it would wait for the task, had the pool only been closed
    assert evidence(answer=answer) == 25
    assert type(evidence(after=outcome(pool.apply, square, (6,)))) is ValueError
