"""queue.Queue and its siblings: order, bounds, waiting, and counting what is unfinished.

multiprocessing's queues are cases of the same specs; a refuted case says where they differ.

Source: https://docs.python.org/3/library/queue.html#queue-objects
"""

import asyncio
import multiprocessing
import pickle
import queue
from contextlib import contextmanager

from tests.harness import (
    DEFAULT_START_METHOD,
    GRACE,
    PATIENCE,
    PYPY,
    cases,
    claim,
    control,
    kinds,
    never,
    outcome,
    refuted,
    until,
)

here = multiprocessing.get_context(DEFAULT_START_METHOD)

#: The queues with a maxsize, task_done() and join(); all queues of threads; all with a maxsize.
JOINABLE = {kind.__name__: kind for kind in (queue.Queue, queue.LifoQueue, queue.PriorityQueue)}
ALL = {**JOINABLE, "SimpleQueue": queue.SimpleQueue}
BOUNDED = {**JOINABLE, "multiprocessing.Queue": here.Queue}


def filled(kind, items, *maxsize):
    """Return a queue of this kind with these items put into it."""
    made = kind(*maxsize)
    for item in items:
        made.put(item)
    return made


@contextmanager
def opened(kind, *maxsize):
    """Make a queue, and close it in the end if it can be closed."""
    made = kind(*maxsize)
    try:
        yield made
    finally:
        getattr(made, "close", int)()


@claim("QUEUE07")
def test_each_queue_has_its_own_order(evidence):
    """Queue and SimpleQueue are first in first out, LifoQueue last in, PriorityQueue lowest.

    A LIFO queue is a stack.  A queue.Queue or a collections.deque?  Threads can use both without a
    lock (ATOM08), but only get() of a queue waits for an item.
    """
    orders = {}
    for name, kind in ALL.items():
        made = filled(kind, [5, 3, 9, 1])
        first = made.get()
        made.put(2)
        orders[name] = [first, *(made.get() for _ in range(4))]
    assert evidence(got=orders) == {
        "Queue": [5, 3, 9, 1, 2],
        "SimpleQueue": [5, 3, 9, 1, 2],
        "LifoQueue": [1, 2, 9, 3, 5],
        "PriorityQueue": [1, 2, 3, 5, 9],
    }


@claim("QUEUE08")
@cases(kind=BOUNDED)
def test_empty_and_full_are_raised_at_once(kind, evidence):
    """Without blocking, get() on an empty queue raises queue.Empty, put() on a full one queue.Full.

    A plain queue.get() hangs forever where no item comes: use get_nowait(), or get(timeout=...).
    multiprocessing's queues raise the same exceptions, for which multiprocessing has no names:
    import queue.  A refused item does not get into the queue.
    """
    with opened(kind, 1) as made:
        empty = [outcome(made.get_nowait), outcome(made.get, False)]
        made.put_nowait(1)
        full = [outcome(made.put_nowait, 2), outcome(made.put, 2, block=False)]
        assert (made.get(), made.empty()) == (1, True)
    assert [type(refusal) for refusal in evidence(empty=empty)] == [queue.Empty] * 2
    assert [type(refusal) for refusal in evidence(full=full)] == [queue.Full] * 2


@claim("QUEUE08")
def test_empty_and_full_are_plain_exceptions(evidence):
    """queue.Empty and queue.Full derive directly from Exception: neither is a LookupError."""
    bases = [queue.Empty.__bases__, queue.Full.__bases__]
    assert evidence(bases=bases) == [(Exception,), (Exception,)]


@claim("QUEUE09")
@cases(kind=JOINABLE)
def test_task_done_too_often_is_an_error(kind, evidence):
    """task_done() can be called once for each put(), before get() too; one more is a ValueError.

    "ValueError: task_done() called too many times": call it once for each get() that returned an
    item, in one finally block, and not after queue.Empty.
    """
    made = filled(kind, "ab")
    answers = [outcome(made.task_done) for _ in range(3)]
    made.put("c")
    answers += [outcome(made.task_done) for _ in range(2)]
    none, error = "NoneType", "ValueError"
    assert evidence(task_done=kinds(answers)) == [none, none, error, none, error]
    assert str(evidence(one_more=answers[-1])) == "task_done() called too many times"


@claim("QUEUE10")
@cases(kind={**JOINABLE, "multiprocessing.JoinableQueue": here.JoinableQueue})
def test_join_waits_for_the_last_task_done(kind, background, evidence):
    """Queue.join() returns after the last task_done(), or immediately if nothing is unfinished.

    You might expect it to wait until the queue is empty.  It waits until task_done() has been
    called for every item that was put; without these calls it blocks forever.
    """
    with opened(kind) as made:
        waits = []
        for count in (1, 2):
            background(made.join).result()
            for item in range(count):
                made.put(item)
            joiners = [background(made.join) for _ in range(2)]
            for step in [made.get] * count + [made.task_done] * count:
                waits.append(never(lambda: any(t.finished for t in joiners), during=GRACE / 15))
                step()
            for joiner in joiners:
                joiner.result()
    assert evidence(waits=waits) == [True] * 6


@claim("QUEUE11")
def test_a_put_during_join_prolongs_it(background, evidence):
    """An item that is put while join() waits prolongs the wait: it has to be done as well."""
    made = filled(queue.Queue, ["first"])
    joiner = background(made.join)
    waits = []
    for step in (made.get, lambda: made.put("second"), made.task_done, made.get):
        step()
        waits.append(never(lambda: joiner.finished, during=GRACE / 15))
    made.task_done()
    assert evidence(waits=waits) == [True] * 4
    assert joiner.result() is None


@claim("QUEUE12")
@cases(kind=BOUNDED)
@refuted(
    kind="multiprocessing.Queue",
    because="multiprocessing's queues take a negative timeout for 0, and raise Empty or Full",
)
def test_a_negative_timeout_is_refused(kind, evidence):
    """get() and put() with a negative timeout raise ValueError, even if they need not wait.

    "ValueError: 'timeout' must be a non-negative number".  Only put() into a queue without a
    maxsize ignores the timeout.  In multiprocessing.Queue a negative timeout is like 0.
    """
    with opened(kind, 1) as made:
        get = outcome(made.get, timeout=-1)
        made.put(1)
        put = outcome(made.put, 2, timeout=-1)
        made.get()
    control(
        {type(get), type(put)} in ({ValueError}, {queue.Empty, queue.Full}), f"{get!r}, {put!r}"
    )
    assert kinds(evidence(get=get, put=put)) == ["ValueError", "ValueError"]


@claim("QUEUE12")
@cases(any_kind=ALL)
def test_a_negative_timeout_is_refused_though_an_item_is_there(any_kind, evidence):
    """get() with a negative timeout raises ValueError, even if it need not wait."""
    refusal = outcome(filled(any_kind, [1]).get, timeout=-1)
    assert evidence(get=kinds([refusal])) == ["ValueError"]


@claim("QUEUE12")
@cases(kind=JOINABLE)
def test_a_negative_timeout_is_refused_though_there_is_room(kind, evidence):
    """put() with a negative timeout raises ValueError, even if there is room below a maxsize."""
    bounded, unbounded = outcome(kind(1).put, 2, timeout=-1), outcome(kind().put, 2, timeout=-1)
    assert kinds(evidence(bounded=bounded, unbounded=unbounded)) == ["ValueError", "NoneType"]


@claim("QUEUE13")
@cases(any_kind=ALL)
@refuted(
    where=PYPY,
    any_kind="SimpleQueue",
    because="PyPy's SimpleQueue is the Python one, which checks the timeout first",
    by="ValueError: 'timeout' must be a non-negative number",
)
def test_a_timeout_without_blocking_is_ignored(any_kind, evidence):
    """get(block=False, timeout=-1) ignores the timeout: it returns an item or raises queue.Empty.

    A negative timeout is a ValueError only where get() may block.  PyPy's SimpleQueue raises
    "ValueError: 'timeout' must be a non-negative number" all the same.  Instead: get_nowait().
    """
    made = filled(any_kind, [7])
    assert made.get(False, -1) == 7
    assert type(evidence(empty=outcome(made.get, block=False, timeout=-1))) is queue.Empty


@claim("QUEUE13")
@cases(kind=JOINABLE)
def test_a_timeout_of_put_without_blocking_is_ignored(kind, evidence):
    """put(item, block=False, timeout=-1) ignores the timeout, and raises queue.Full."""
    assert type(evidence(full=outcome(filled(kind, [7], 1).put, 8, False, -1))) is queue.Full


@claim("QUEUE14")
@cases(kind=BOUNDED, maxsize={"no maxsize": (), "0": (0,), "-1": (-1,)})
def test_a_queue_of_size_zero_has_no_bound(kind, maxsize, evidence):
    """Without a maxsize, or with one below 1, put() never blocks and the queue is never full.

    The items of a multiprocessing.Queue, too, wait in the memory of this process, even if they do
    not fit into its pipe.
    """
    items = ["x" * 200] * 1000
    with opened(kind, *maxsize) as made:
        for item in items:
            made.put_nowait(item)
        assert evidence(full=made.full()) is False
        assert [made.get(timeout=PATIENCE) for _ in items] == items


@claim("QUEUE15")
@cases(any_kind=ALL)
@refuted(
    where=PYPY,
    because="PyPy refuses them by PicklingError",
    by="AssertionError: assert ['PicklingError'] == ['TypeError']",
)
def test_a_queue_of_threads_cannot_be_pickled(any_kind, evidence):
    """No queue of module queue can be pickled: pickle.dumps() raises TypeError.

    "TypeError: cannot pickle '_thread.lock' object", or of a SimpleQueue "TypeError: cannot pickle
    '_queue.SimpleQueue' object", for instance from Process(args=(queue.Queue(),)) under spawn or
    forkserver; PyPy raises PicklingError.  Between processes use multiprocessing.Queue.
    """
    refusal = evidence(refusal=outcome(pickle.dumps, filled(any_kind, [1])))
    assert kinds([refusal]) == ["TypeError"]


@claim("QUEUE16")
@cases(kind=BOUNDED)
def test_a_full_queue_makes_put_wait(kind, background, evidence):
    """put() on a full queue blocks until there is room: each get() lets one put() go on."""
    put, waits = [], []
    with opened(kind, 2) as made:
        made.put("a")
        made.put("a")
        tasks = [background(lambda: put.append(made.put("a"))) for _ in range(2)]
        for count in range(2):
            waits.append(never(lambda: len(put) > count, during=GRACE / 8))
            made.get()
            until(lambda: len(put) > count, "a put() to go on")
        for task in tasks:
            task.result()
        assert evidence(waits=waits, full=made.full()) == ([True, True], True)
        assert [made.get(), made.get(), made.full()] == ["a", "a", False]


@claim("QUEUE17")
@cases(kind=JOINABLE)
def test_size_and_bounds_are_told_exactly(kind, evidence):
    """While one thread uses a queue, its qsize(), empty() and full() are exact.

    With several threads they may be out of date when they return: "while not q.empty(): q.get()"
    hangs, and get_nowait() raises queue.Empty even though the queue was not empty a moment ago,
    when another worker was faster.  Instead: get_nowait() until it raises queue.Empty, or put a
    None per worker at the end.  maxsize is the size that the queue was made with.
    """
    made, states = kind(maxsize=2), []

    def note():
        states.append((made.qsize(), made.empty(), made.full()))

    note()
    for change in (lambda: made.put(1), lambda: made.put(1), made.get, made.get):
        change()
        note()
    empty, half, full = (0, True, False), (1, False, False), (2, False, True)
    assert evidence(size_empty_full=states) == [empty, half, full, half, empty]
    assert made.maxsize == 2


@claim("QUEUE18")
@cases(any_kind={**ALL, "multiprocessing.Queue": here.Queue})
def test_a_timeout_of_get_is_an_upper_bound(any_kind, background, evidence):
    """get(timeout=t) waits at most t seconds: it returns what comes by then, or raises queue.Empty.

    So a thread reads from a queue with a timeout; without one it waits until there is an item.  Up
    to 3.12 the first get() of a SimpleQueue may wait without end if its thread is held up for
    longer than the timeout: its C code then takes the time that is left, which is negative, for
    none.  Instead, there: get_nowait() first.
    """
    with opened(any_kind) as made:
        outcome(made.get, False)
        gave_up = [background(outcome, made.get, True, t).result() for t in (0, GRACE / 6)]
        patient = [background(made.get, True, t) for t in (PATIENCE, None)]
        waits = never(lambda: any(task.finished for task in patient), during=GRACE / 6)
        for item in (1, 2):
            made.put(item)
        got = sorted(task.result() for task in patient)
    assert evidence(gave_up=kinds(gave_up), waits=waits, got=got) == (["Empty"] * 2, True, [1, 2])


@claim("QUEUE19")
@cases(kind=BOUNDED)
def test_a_timeout_of_put_is_an_upper_bound(kind, background, evidence):
    """put(item, timeout=t) waits at most t seconds for room: without any it raises queue.Full."""
    with opened(kind, 1) as made:
        made.put(1)
        gave_up = [background(outcome, made.put, 2, True, t).result() for t in (0, GRACE / 6)]
        patient = background(made.put, 3, True, PATIENCE)
        waits = never(lambda: patient.finished, during=GRACE / 6)
        got = [made.get(), patient.result(), made.get(timeout=PATIENCE)]
    assert evidence(gave_up=kinds(gave_up), waits=waits) == (["Full"] * 2, True)
    assert evidence(got=got) == [1, None, 3]


@claim("QUEUE20")
@cases(any_kind=ALL)
def test_each_put_wakes_one_get(any_kind, background, evidence):
    """Of several threads that block in get(), each put() lets one go on, with the item."""
    made, got, waits = any_kind(), [], []
    tasks = [background(lambda: got.append(made.get())) for _ in range(3)]
    for item in range(3):
        waits.append(never(lambda: len(got) > item, during=GRACE / 15))
        made.put(item)
        until(lambda: len(got) > item, "a get() to go on")
    for task in tasks:
        task.result()
    assert evidence(waits=waits, got=got) == ([True] * 3, [0, 1, 2])
    assert made.empty()


@claim("QUEUE21")
@cases(any_kind=ALL, item={"None": None, "a list": [1, 2], "an object": object()})
def test_the_object_itself_goes_through_a_queue(any_kind, item, background, evidence):
    """get() in another thread returns the very object that was put, no copy of it.

    A queue of multiprocessing hands over a copy.  Here a thread that puts a list and goes on
    changing it changes what the other thread got.
    """
    made = filled(any_kind, [item])
    got = background(made.get).result()
    assert evidence(the_same_object=got is item)


@claim("QUEUE22")
@cases(kind=JOINABLE)
def test_the_insides_of_a_queue_are_in_reach(kind, evidence):
    """Queue.queue holds the items, unfinished_tasks counts, mutex guards both: all undocumented.

    There is no method to clear a queue, or to peek at its first item, which is q.queue[0].  "with
    q.mutex: q.queue.clear()" empties a queue, as is often advised, but unfinished_tasks stays as it
    was, so that join() waits forever.  Call get() and task_done() instead.
    """
    made, states = filled(kind, [1, 2, 3]), []
    for change in (made.get, made.task_done, made.queue.clear):
        change()
        states.append((len(made.queue), made.unfinished_tasks))
    assert evidence(items_and_unfinished=states) == [(2, 3), (2, 2), (0, 2)]


@claim("QUEUE22")
@cases(kind=JOINABLE)
def test_the_mutex_of_a_queue_guards_it(kind, background, evidence):
    """While a thread holds Queue.mutex, which the queue's three conditions share, put() waits."""
    made = kind()
    with made.mutex:
        conditions = (made.not_empty, made.not_full, made.all_tasks_done)
        free = [condition.acquire(blocking=False) for condition in conditions]
        putting = background(made.put, 9)
        waits = never(lambda: putting.finished, during=GRACE / 5)
    putting.result()
    assert evidence(conditions_are_free=free, put_waits=waits) == ([False] * 3, True)


@claim("QUEUE23")
@cases(kind=JOINABLE)
@refuted(
    because="join() has no timeout on CPython and PyPy: it takes no arguments",
    by="TypeError: Queue.join() got an unexpected keyword argument 'timeout'",
)
def test_join_can_be_given_a_timeout(kind):
    """Queue.join(timeout=...) gives up after the timeout.

    You might expect this, as Thread.join() and get() have a timeout.  In fact: "TypeError:
    Queue.join() got an unexpected keyword argument 'timeout'".  Instead: "with
    q.all_tasks_done: q.all_tasks_done.wait_for(lambda: not q.unfinished_tasks, timeout)", or let a
    helper thread join() and set an Event.
    """
    filled(kind, [1]).join(timeout=GRACE / 15)


@claim("QUEUE24")
@cases(any_kind=ALL)
def test_the_item_type_of_a_queue_can_be_written(any_kind, evidence):
    """queue.Queue[int] can be written and called; it makes an ordinary queue and checks nothing."""
    alias = evidence(written=any_kind[int])
    made = filled(alias, ["no int"])
    assert (type(made), alias.__args__, made.get_nowait()) == (any_kind, (int,), "no int")


@claim("QUEUE37")
@cases(kind={**JOINABLE, "multiprocessing.Queue": here.Queue, "asyncio.Queue": asyncio.Queue})
@cases(operation={"for": list, "len()": len})
def test_a_queue_is_no_list(kind, operation, evidence):
    """A queue can be neither iterated by for nor measured by len(): TypeError.

    "TypeError: 'Queue' object is not iterable" and "TypeError: object of type 'Queue' has no
    len()".  Other threads change it all the time.  Instead: get() in a loop that ends at an item
    such as None, for which iter(queue.get, None) is short; qsize() for a guess of the length.
    """
    with opened(kind) as made:
        error = evidence(raised=outcome(operation, made))
    name = type(made).__name__
    texts = (f"'{name}' object is not iterable", f"object of type '{name}' has no len()")
    assert (type(error), str(error)) == (TypeError, texts[operation is len])
