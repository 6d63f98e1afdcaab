"""Queue.shutdown(): nothing more is put, what is left can still be got, and nobody waits forever.

Source: https://docs.python.org/3/library/queue.html#terminating-queues
"""

import queue

from tests.harness import (
    GRACE,
    PATIENCE,
    before,
    cases,
    claim,
    control,
    kinds,
    never,
    outcome,
    predicts,
    refuted,
)

KINDS = (queue.Queue, queue.LifoQueue, queue.PriorityQueue)

every_spec = [
    refuted(
        where=before("3.13.0"),
        because="3.13 added Queue.shutdown() (gh-96471); PyPy has 3.11's queue",
        by=AttributeError,
    )
]


def blocked(*tasks):
    """Say whether none of the tasks ends by itself."""
    return never(lambda: any(task.finished for task in tasks), during=GRACE / 6)


@claim("QUEUE25")
@cases(kind=KINDS)
def test_a_queue_that_is_shut_down_takes_no_more(kind, evidence):
    """After shutdown() put() raises queue.ShutDown; get() does when it has returned what is left.

    Before 3.13: "AttributeError: 'Queue' object has no attribute 'shutdown'" (gh-96471).  There
    put one sentinel for each consumer.
    """
    made = kind(3)
    made.put(1)
    made.put(1)
    made.shutdown()
    puts = [outcome(made.put_nowait, 2), outcome(made.put, 2, timeout=GRACE)]
    gets = [outcome(made.get_nowait), outcome(made.get), outcome(made.get, timeout=GRACE / 15)]
    assert evidence(put=kinds(puts)) == ["ShutDown", "ShutDown"]
    assert evidence(get=kinds(gets)) == ["int", "int", "ShutDown"]


@claim("QUEUE25")
@cases(kind=KINDS)
def test_an_immediate_shutdown_drops_the_rest(kind, evidence):
    """shutdown(immediate=True) drops what is left: the next get() raises queue.ShutDown."""
    made = kind()
    made.put(1)
    made.shutdown(immediate=True)
    answers = [outcome(made.get_nowait), outcome(made.put, 2)]
    assert evidence(size=made.qsize(), get_put=kinds(answers)) == (0, ["ShutDown", "ShutDown"])


@claim("QUEUE26")
@cases(kind=KINDS)
@predicts("RC45")
def test_shutdown_wakes_who_is_blocked(kind, background, evidence):
    """Queue.shutdown() wakes every blocked get() and put(): they raise queue.ShutDown.

    Before 3.13 only a put() ends a blocked get(): "AttributeError: 'Queue' object has no
    attribute 'shutdown'" (gh-96471, "What's New in Python 3.13").  There put one sentinel for
    each consumer.
    """
    empty, full = kind(), kind(1)
    full.put(0)
    ends = empty.shutdown, full.shutdown  # looked up before anybody waits
    getters = [background(outcome, empty.get, True, t) for t in (None, PATIENCE)]
    putters = [background(outcome, full.put, 1, True, t) for t in (None, PATIENCE)]
    control(blocked(*getters, *putters), "all of them block")
    for shutdown in ends:
        shutdown()
    got, put = ([task.result() for task in tasks] for tasks in (getters, putters))
    assert evidence(get=kinds(got), put=kinds(put)) == (["ShutDown"] * 2, ["ShutDown"] * 2)
    assert full.get_nowait() == 0


@claim("QUEUE27")
@cases(kind=KINDS)
def test_an_immediate_shutdown_releases_join(kind, background, evidence):
    """shutdown(immediate=True) wakes join() as well: what it drops counts as done.

    Before 3.13 join() waits forever for items that nobody takes any more (gh-96471).
    """
    made = kind(1)
    made.put(1)
    shutdown = made.shutdown
    tasks = [background(outcome, made.join) for _ in range(2)]
    tasks.append(background(outcome, made.put, 2))
    control(blocked(*tasks), "all of them block")
    shutdown(immediate=True)
    ends = [task.result() for task in tasks]
    assert evidence(join_join_put=kinds(ends)) == ["NoneType", "NoneType", "ShutDown"]
    assert kinds([made.join(), outcome(made.task_done)]) == ["NoneType", "ValueError"]


@claim("QUEUE28")
@cases(kind=KINDS)
def test_what_is_left_can_be_finished(kind, background, evidence):
    """After a plain shutdown() what is left is got and done as before, and join() waits for it."""
    made, waits, items = kind(), [], []
    for item in (1, 2, 3):
        made.put(item)
    made.shutdown()
    joiner = background(made.join)
    for _ in range(3):
        waits.append(never(lambda: joiner.finished, during=GRACE / 15))
        items.append(made.get(timeout=PATIENCE))
        made.task_done()
    joiner.result()
    assert evidence(waits=waits) == [True] * 3
    assert evidence(items=sorted(items)) == [1, 2, 3]


@claim("QUEUE29")
def test_an_immediate_shutdown_finishes_no_task(background, evidence):
    """After shutdown(immediate=True), join() still waits for what was got and is not done.

    What is dropped counts as done; an item that a consumer has taken does not, until its
    task_done().
    """
    made = queue.Queue()
    for item in (1, 2, 3):
        made.put(item)
    made.get()
    made.shutdown(immediate=True)
    joiner = background(made.join)
    waits = never(lambda: joiner.finished, during=GRACE / 2)
    made.task_done()
    joiner.result()
    more = outcome(made.task_done)
    assert evidence(waits=waits, one_more=kinds([more])) == (True, ["ValueError"])


@claim("QUEUE30")
@cases(kind=KINDS, immediate=(False, True))
def test_a_queue_tells_whether_it_is_shut_down(kind, immediate, evidence):
    """Queue.is_shutdown is False, and True after shutdown(), however often that is called.

    "AttributeError: 'Queue' object has no attribute 'is_shutdown'" before 3.13 (gh-96471).
    """
    made = kind()
    at_first = made.is_shutdown
    for _ in range(2):
        made.shutdown(immediate=immediate)
    assert evidence(at_first=at_first, after=made.is_shutdown) == (False, True)


@claim("QUEUE31")
@cases(any_kind={**{kind.__name__: kind for kind in KINDS}, "SimpleQueue": queue.SimpleQueue})
@refuted(
    any_kind="SimpleQueue",
    because="3.13 added shutdown() (gh-96471) to all queues of CPython but SimpleQueue",
    by="AttributeError: '_queue.SimpleQueue' object has no attribute 'shutdown'",
)
def test_every_queue_can_be_shut_down(any_kind, evidence):
    """A queue can be shut down, be it a Queue, LifoQueue, PriorityQueue or SimpleQueue.

    All but one can: "AttributeError: '_queue.SimpleQueue' object has no attribute 'shutdown'".
    Before 3.13 none of them can.  Put a sentinel instead, or use a Queue.
    """
    made = any_kind()
    made.shutdown()
    answers = [outcome(made.get_nowait), outcome(made.put, 1)]
    assert evidence(get_put=kinds(answers)) == ["ShutDown", "ShutDown"]


@claim("QUEUE32")
def test_shut_down_is_neither_empty_nor_full(evidence):
    """queue.ShutDown derives directly from Exception: "except queue.Empty" does not catch it.

    You might expect a loop that ends at Empty to end at a shutdown as well; in fact it raises.
    Write `except (queue.Empty, queue.ShutDown)`.  Before 3.13: "AttributeError: module 'queue' has
    no attribute 'ShutDown'" (gh-96471).
    """
    assert evidence(bases=queue.ShutDown.__bases__) == (Exception,)
    assert (queue.ShutDown.__module__, queue.ShutDown.__qualname__) == ("queue", "ShutDown")


@claim("QUEUE33")
def test_shutdown_ends_the_loops_of_workers(background, evidence):
    """With shutdown(), any number of workers end after the last item, without any sentinel.

    Each calls get() in a loop until queue.ShutDown; no item is lost.  Before 3.13 put as many
    sentinels as there are workers (gh-96471).
    """
    made, got = queue.Queue(5), []
    shutdown = made.shutdown

    def work():
        while True:
            got.append(made.get())

    workers = [background(outcome, work) for _ in range(4)]
    for item in range(50):
        made.put(item)
    shutdown()
    ends = [worker.result() for worker in workers]
    assert evidence(items=len(got), workers=kinds(ends)) == (50, ["ShutDown"] * 4)
    assert sorted(got) == [*range(50)]
