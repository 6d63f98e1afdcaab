"""Queue.shutdown(): no more is put, what is there can still be got, and nobody waits for ever.

Source: https://docs.python.org/3/library/queue.html#terminating-queues
"""

import queue

from tests.harness import (
    GRACE,
    PATIENCE,
    PYPY,
    before,
    cases,
    claim,
    control,
    never,
    outcome,
    predicts,
    refuted,
)

KINDS = ("Queue", "LifoQueue", "PriorityQueue")

#: Whether there is no shutdown() at all.
MISSING = before("3.13.0") or PYPY

refuted_before_3_13 = refuted(
    where=MISSING, because="3.13 added Queue.shutdown() (gh-96471); PyPy has 3.11's queue"
)


def shut_down(made, **how):
    """Shut the queue down, and tell whether it can be: before 3.13 nothing but AttributeError."""
    answer = outcome(lambda: made.shutdown(**how))
    control(answer is None or type(answer) is AttributeError, f"shut down or no such: {answer!r}")
    return answer is None


def names(outcomes):
    """Return what was observed: a value, or the name of an exception."""
    return [type(one).__name__ if isinstance(one, Exception) else one for one in outcomes]


@claim("QU05")
@cases(kind=KINDS)
@refuted_before_3_13
def test_a_queue_that_is_shut_down_takes_no_more(kind, evidence):
    """shutdown(): put() raises queue.ShutDown at once, get() first hands out what is left.

    shutdown(immediate=True) drops the rest, so that get() raises at once too.  Before 3.13:
    "AttributeError: 'Queue' object has no attribute 'shutdown'" (gh-96471).  Instead: one
    sentinel for each consumer.
    """
    made, dropped = getattr(queue, kind)(4), getattr(queue, kind)()
    for item in (1, 1, 1):
        made.put(item)
        dropped.put(item)
    can = [shut_down(made), shut_down(dropped, immediate=True)]
    puts = [outcome(made.put, 2), outcome(made.put_nowait, 2), outcome(made.put, 2, True, 0)]
    gets = [made.get(), made.get_nowait(), made.get(timeout=0)]
    gets += [outcome(made.get_nowait), outcome(made.get, timeout=GRACE / 15)]
    at_once = [dropped.qsize(), outcome(dropped.get_nowait), outcome(dropped.put, 2)]
    evidence(put=names(puts), get=names(gets), immediate=names(at_once))
    assert can == [True, True]
    assert names(puts) == ["ShutDown"] * 3
    assert names(gets) == [1, 1, 1, "ShutDown", "ShutDown"]
    assert names(at_once) == [0, "ShutDown", "ShutDown"]
    assert names([outcome(made.get), outcome(dropped.get)]) == ["ShutDown"] * 2


@claim("QU06")
@cases(kind=KINDS)
@predicts("RC45")
@refuted_before_3_13
def test_shutdown_wakes_who_is_blocked(kind, background, evidence):
    """Queue.shutdown() wakes every blocked get() and put(): they raise queue.ShutDown.

    Before 3.13 there is no way to end a blocked get() but to put something: "AttributeError:
    'Queue' object has no attribute 'shutdown'" (gh-96471, "What's New in Python 3.13").
    Instead: one sentinel for each consumer.
    """
    empty, full = getattr(queue, kind)(), getattr(queue, kind)(1)
    full.put(0)
    how = [(), (True, PATIENCE), (True, None)]
    getters = [background(outcome, empty.get, *one) for one in how]
    putters = [background(outcome, full.put, 1, *one) for one in how]
    blocked = never(lambda: any(t.finished for t in getters + putters), during=GRACE / 6)
    can = shut_down(empty) and shut_down(full)
    if not can:  # let them go, one way or another
        for _ in how:
            empty.put(0)
            full.get()
    got = [task.result() for task in getters]
    put = [task.result() for task in putters]
    evidence(get=names(got), put=names(put))
    control(blocked, "all of them block")
    assert names(got) == ["ShutDown"] * 3
    assert names(put) == ["ShutDown"] * 3
    assert full.get_nowait() == 0


@claim("QU32")
@cases(kind=KINDS)
@refuted_before_3_13
def test_an_immediate_shutdown_releases_join(kind, background, evidence):
    """shutdown(immediate=True) wakes blocked get(), put() and join(): the rest counts as done.

    Before 3.13 join() waits for ever for items that nobody takes any more (gh-96471).
    """
    full, empty = getattr(queue, kind)(2), getattr(queue, kind)()
    full.put(1)
    full.put(1)
    tasks = [background(outcome, full.join), background(outcome, full.join)]
    tasks += [background(outcome, full.put, 2), background(outcome, empty.get)]
    blocked = never(lambda: any(task.finished for task in tasks), during=GRACE / 6)
    can = shut_down(full, immediate=True) and shut_down(empty, immediate=True)
    if not can:
        empty.put(0)
        for _ in range(3):
            full.get()
            full.task_done()
    ends = [task.result() for task in tasks]
    evidence(join_join_put_get=names(ends))
    control(blocked, "all of them block")
    assert names(ends) == [None, None, "ShutDown", "ShutDown"]
    assert full.join() is None
    assert type(outcome(full.task_done)) is ValueError


@claim("QU19")
@cases(kind=KINDS)
@refuted_before_3_13
def test_what_is_left_can_be_finished(kind, background, evidence):
    """After a plain shutdown() the rest is got, done and joined as before; join() waits for it.

    Before 3.13 there is no shutdown() (gh-96471).
    """
    made = getattr(queue, kind)()
    for item in (1, 2, 3):
        made.put(item)
    joiner = background(made.join)
    can = shut_down(made)
    waits, items = [], []
    for _ in range(3):
        waits.append(never(lambda: joiner.finished, during=GRACE / 15))
        items.append(made.get(timeout=PATIENCE))
        made.task_done()
    joined = joiner.result()
    evidence(waits=waits, items=items)
    assert can
    assert waits == [True] * 3
    assert items == ([3, 2, 1] if kind == "LifoQueue" else [1, 2, 3])
    assert joined is None


@claim("QU33")
@refuted_before_3_13
def test_an_immediate_shutdown_finishes_no_task(background, evidence):
    """After shutdown(immediate=True), join() still waits for what was got and is not done.

    One would expect that nothing is waited for any more.  What is dropped counts as done; what a
    consumer has taken does not, until its task_done().  Before 3.13: no shutdown() (gh-96471).
    """
    made = queue.Queue()
    for item in (1, 2, 3):
        made.put(item)
    made.get()
    joiner = background(made.join)
    can = shut_down(made, immediate=True)
    waits = never(lambda: joiner.finished, during=GRACE / 2)
    made.task_done()
    if not can:
        made.task_done()
        made.task_done()
    joiner.result()
    more = outcome(made.task_done)
    evidence(waits=waits)
    assert can
    assert waits
    assert type(more) is ValueError


@claim("QU12")
@cases(kind=KINDS)
@refuted_before_3_13
def test_a_queue_tells_whether_it_is_shut_down(kind, evidence):
    """Queue.is_shutdown is False, and True after shutdown(), however often that is called.

    "AttributeError: 'Queue' object has no attribute 'is_shutdown'" before 3.13 (gh-96471).
    """
    states = []
    for how in ({}, {"immediate": True}, {"immediate": False}):
        made = getattr(queue, kind)()
        made.put(1)
        states.append(outcome(lambda: made.is_shutdown))
        shut_down(made, **how)
        states += [outcome(lambda: made.is_shutdown), made.qsize()]
        shut_down(made)
        states += [outcome(lambda: made.is_shutdown), made.qsize()]
        shut_down(made, immediate=True)
        states += [outcome(lambda: made.is_shutdown), made.qsize()]
    evidence(states=names(states))
    told = {type(state) for state in states[::7]}
    control(told in ({bool}, {AttributeError}), f"all tell or none: {told}")
    left = [False, True, 1, True, 1, True, 0]
    assert names(states) == left + [False, True, 0, True, 0, True, 0] + left


@claim("QU20")
@cases(any_kind=(*KINDS, "SimpleQueue"))
@refuted_before_3_13
@refuted(
    any_kind="SimpleQueue",
    because="3.13 added shutdown() (gh-96471) to all queues of CPython but SimpleQueue",
)
def test_every_queue_can_be_shut_down(any_kind, background, evidence):
    """Every kind of queue has shutdown(): Queue, LifoQueue, PriorityQueue and SimpleQueue.

    All but one: "AttributeError: '_queue.SimpleQueue' object has no attribute 'shutdown'".
    Before 3.13 none of them has it.  Instead: a sentinel, or a Queue.
    """
    made = getattr(queue, any_kind)()
    getter = background(outcome, made.get)
    can = shut_down(made)
    if not can:
        made.put(0)
    got = getter.result()
    evidence(can=can, blocked_get=names([got]))
    assert can
    assert names([got, outcome(made.put, 1)]) == ["ShutDown", "ShutDown"]


@claim("QU34")
@refuted_before_3_13
def test_shut_down_is_neither_empty_nor_full(evidence):
    """queue.ShutDown derives directly from Exception: "except queue.Empty" does not catch it.

    One would expect a loop that ends at Empty to end at a shutdown as well; it raises.  Before
    3.13: "AttributeError: module 'queue' has no attribute 'ShutDown'" (gh-96471).
    """
    kind = outcome(lambda: queue.ShutDown)
    evidence(shut_down=kind)
    control(isinstance(kind, type) or type(kind) is AttributeError, f"there or not: {kind!r}")
    assert isinstance(kind, type)
    assert kind.__bases__ == (Exception,)
    assert (kind.__module__, kind.__qualname__) == ("queue", "ShutDown")


@claim("QU35")
@refuted_before_3_13
def test_shutdown_ends_the_loops_of_workers(background, evidence):
    """With shutdown(), any number of workers end after the last item, without any sentinel.

    Each loops over get() until ShutDown; none of the items is lost.  Before 3.13 put as many
    sentinels as there are workers (gh-96471).
    """
    made, got = queue.Queue(5), []

    def work():
        while True:
            item = made.get()
            if item == "sentinel":
                return "sentinel"
            got.append(item)

    workers = [background(outcome, work) for _ in range(4)]
    for item in range(50):
        made.put(item)
    if not shut_down(made):
        for _ in workers:
            made.put("sentinel")
    ends = [worker.result() for worker in workers]
    evidence(items=len(got), workers=names(ends))
    assert sorted(got) == [*range(50)]
    assert names(ends) == ["ShutDown"] * 4
