"""queue.Queue and its two siblings: order, bounds, waiting, and counting what is unfinished.

Source: https://docs.python.org/3/library/queue.html#queue-objects
"""

import pickle
import queue

from tests.harness import (
    GRACE,
    PATIENCE,
    PYPY,
    cases,
    claim,
    control,
    never,
    outcome,
    refuted,
    until,
)

BOUNDED = ("Queue", "LifoQueue", "PriorityQueue")
ALL = (*BOUNDED, "SimpleQueue")


def filled(kind, items, maxsize=0):
    """Return a queue of this kind with these items put into it."""
    made = getattr(queue, kind)() if kind == "SimpleQueue" else getattr(queue, kind)(maxsize)
    for item in items:
        made.put(item)
    return made


def types(outcomes):
    """Return the exact types of what was observed."""
    return [type(one) for one in outcomes]


@claim("QU01")
def test_each_queue_has_its_own_order(evidence):
    """Queue and SimpleQueue are first in first out, LifoQueue last in, PriorityQueue lowest."""
    items = [5, 3, 9, 1, 7, 3, 2, 8]
    orders = {}
    for kind in ALL:
        made = filled(kind, items[:5])
        order = [made.get(), made.get(block=True)]
        for item in items[5:]:
            made.put(item, True)
        orders[kind] = order + [made.get(timeout=PATIENCE) for _ in range(6)]
    evidence(put=items, got=orders)
    assert orders == {
        "Queue": items,
        "SimpleQueue": items,
        "LifoQueue": [7, 1, 8, 2, 3, 9, 3, 5],
        "PriorityQueue": [1, 3, 2, 3, 5, 7, 8, 9],
    }


@claim("QU02")
@cases(kind=BOUNDED)
def test_empty_and_full_are_raised_at_once(kind, evidence):
    """Without blocking, get() on an empty queue raises queue.Empty, put() on a full one Full.

    It is so for Queue, LifoQueue and PriorityQueue.  Both derive directly from Exception, and
    from nothing else that one might catch.
    """
    made = filled(kind, [])
    empty = [outcome(made.get_nowait), outcome(made.get, False), outcome(made.get, block=False)]
    empty.append(outcome(made.get, timeout=GRACE / 15))
    made = filled(kind, [1, 2], maxsize=2)
    full = [outcome(made.put_nowait, 3), outcome(made.put, 3, False)]
    full += [outcome(made.put, 3, block=False), outcome(made.put, 3, timeout=GRACE / 15)]
    items = sorted(made.get_nowait() for _ in range(2))
    put = [made.put_nowait(4), made.put(5, False), made.qsize()]
    evidence(empty=empty, full=full)
    assert types(empty) == [queue.Empty] * 4
    assert types(full) == [queue.Full] * 4
    assert (items, put) == ([1, 2], [None, None, 2])  # what was refused did not get in
    assert [queue.Empty.__bases__, queue.Full.__bases__] == [(Exception,)] * 2


@claim("QU03")
@cases(kind=BOUNDED)
def test_task_done_too_often_is_an_error(kind, evidence):
    """task_done() more often than items were put raises ValueError, also before any get().

    It is so for Queue, LifoQueue and PriorityQueue.
    """
    made = filled(kind, [])
    outcomes = [outcome(made.task_done)]
    for item in range(3):
        made.put(item)
    made.get()
    outcomes += [outcome(made.task_done) for _ in range(5)]
    made.put(4)
    outcomes += [outcome(made.task_done), outcome(made.task_done)]
    evidence(outcomes=outcomes)
    none = type(None)
    expected = [ValueError, *[none] * 3, ValueError, ValueError, none, ValueError]
    assert types(outcomes) == expected


@claim("QU04")
@cases(kind=BOUNDED)
def test_join_waits_for_the_last_task_done(kind, background, evidence):
    """Queue.join() returns at once if nothing is unfinished, else after the last task_done().

    One would expect it to wait for an empty queue.  It waits until task_done() has been called
    for every item that was put; without these calls it blocks for ever.  It is so for Queue,
    LifoQueue and PriorityQueue.
    """
    made = filled(kind, [])
    at_once = made.join()
    for item in range(3):
        made.put(item)
    joiners = [background(made.join) for _ in range(3)]
    steps = []
    for step in [made.get] * 3 + [made.task_done] * 2:
        step()
        steps.append(never(lambda: any(task.finished for task in joiners), during=GRACE / 15))
    made.task_done()
    answers = [task.result() for task in joiners] + [made.join()]
    evidence(waited=steps, join=answers)
    assert at_once is None
    assert steps == [True] * 5
    assert answers == [None] * 4


@claim("QU21")
def test_a_put_during_join_prolongs_it(background, evidence):
    """What is put while join() waits is waited for too: it returns when all is done at once."""
    made = filled("Queue", ["first"])
    joiner = background(made.join)
    waits = []
    for step in (made.get, lambda: made.put("second"), made.task_done, made.get):
        step()
        waits.append(never(lambda: joiner.finished, during=GRACE / 15))
    made.task_done()
    evidence(waits=waits)
    assert waits == [True] * 4
    assert joiner.result() is None


@claim("QU08")
def test_a_negative_timeout_is_refused(evidence):
    """A negative timeout of a blocking get() or put() raises ValueError, even if it need not wait.

    Only put() on a queue without a bound takes no notice of it.
    """
    refusals = []
    for kind in ALL:
        refusals += [outcome(filled(kind, []).get, timeout=-1)]
    for kind in BOUNDED:
        refusals += [outcome(filled(kind, [1]).get, True, -0.01)]
        refusals += [outcome(filled(kind, [1], 1).put, 2, timeout=-1)]
        refusals += [outcome(filled(kind, [], 1).put, 2, True, -1)]
    unbounded = [filled(kind, []).put(1, timeout=-1) for kind in ALL]
    evidence(refusals=refusals, unbounded=unbounded)
    assert types(refusals) == [ValueError] * 13
    assert unbounded == [None] * 4


@claim("X15")
@cases(any_kind=ALL)
@refuted(
    where=PYPY,
    any_kind="SimpleQueue",
    because="PyPy's SimpleQueue is the Python one, which checks the timeout first",
)
def test_a_timeout_without_blocking_is_ignored(any_kind, evidence):
    """get(block=False, timeout=-1) ignores the timeout: the item, or queue.Empty.

    A negative timeout is a ValueError only where get() may block.  PyPy's SimpleQueue raises
    "ValueError: 'timeout' must be a non-negative number" all the same.  Instead: get_nowait().
    """
    item = outcome(filled(any_kind, [7]).get, False, -1)
    empty = outcome(filled(any_kind, []).get, block=False, timeout=-1)
    evidence(item=item, empty=empty)
    known = (queue.Empty, ValueError)
    control(type(empty) in known, f"Empty or ValueError: {empty!r}")
    assert item == 7
    assert type(empty) is queue.Empty
    if any_kind != "SimpleQueue":
        assert type(outcome(filled(any_kind, [7], 1).put, 8, False, -1)) is queue.Full


@claim("QU10")
@cases(kind=BOUNDED)
def test_a_queue_of_size_zero_has_no_bound(kind, evidence):
    """maxsize <= 0, the default, means no bound: a Queue(0) takes everything and is never full."""
    seen = {}
    for maxsize in (None, 0, -1, -5):
        made = getattr(queue, kind)() if maxsize is None else getattr(queue, kind)(maxsize=maxsize)
        for item in range(1000):
            made.put_nowait(item)
        seen[maxsize] = (made.full(), made.qsize(), made.maxsize)
    evidence(full_size_maxsize=seen)
    assert seen == {
        None: (False, 1000, 0),
        0: (False, 1000, 0),
        -1: (False, 1000, -1),
        -5: (False, 1000, -5),
    }


@claim("QU11")
@cases(any_kind=ALL)
@refuted(where=PYPY, because="PyPy refuses them by PicklingError")
def test_a_queue_of_threads_cannot_be_pickled(any_kind, evidence):
    """No queue of module queue can be pickled: pickle.dumps() raises TypeError.

    "cannot pickle '_thread.lock' object", for instance from Process(args=(queue.Queue(),)) under
    spawn or forkserver; PyPy raises PicklingError.  Instead, between processes:
    multiprocessing.Queue.
    """
    refusal = outcome(pickle.dumps, filled(any_kind, [1]))
    evidence(refusal=refusal)
    control(type(refusal) in (TypeError, pickle.PicklingError), f"refused: {refusal!r}")
    assert type(refusal) is TypeError


@claim("QU16")
@cases(kind=BOUNDED)
def test_a_full_queue_makes_put_wait(kind, background, evidence):
    """put() on a full queue blocks until get() makes room: one get() for one put().

    It is so for Queue, LifoQueue and PriorityQueue.
    """
    made, put = filled(kind, [1, 2, 3], maxsize=3), []

    def put_and_tell(item):
        made.put(item)
        put.append(item)

    tasks = [background(put_and_tell, item) for item in (4, 5, 6)]
    states = []
    for count in range(3):
        states.append(never(lambda: len(put) > count, during=GRACE / 8))
        states.append((made.full(), made.qsize()))
        made.get()
        until(lambda: len(put) > count, "a put() to go on")
    for task in tasks:
        task.result()
    rest = [made.get() for _ in range(3)]
    evidence(states=states, left=rest)
    assert states == [True, (True, 3)] * 3
    assert made.empty()
    if kind == "Queue":
        assert sorted(rest) == [4, 5, 6]


@claim("QU22")
@cases(kind=BOUNDED)
def test_size_and_bounds_are_told_exactly(kind, evidence):
    """With one thread qsize(), empty() and full() tell exactly how the queue stands.

    It is so for Queue, LifoQueue and PriorityQueue; maxsize is what they were made with.
    """
    made, states = getattr(queue, kind)(3), []
    for step in [None, *[made.put] * 3, *[made.get] * 3]:
        if step is not None:
            step(*[1] * (step == made.put))
        states.append((made.qsize(), made.empty(), made.full()))
    one = filled(kind, [1], maxsize=1)
    evidence(size_empty_full=states)
    up = [(0, True, False), (1, False, False), (2, False, False), (3, False, True)]
    assert states == up + up[2::-1]
    assert (one.full(), one.empty(), one.maxsize, made.maxsize) == (True, False, 1, 3)


@claim("QU23")
@cases(any_kind=ALL)
def test_a_timeout_of_get_is_an_upper_bound(any_kind, background, evidence):
    """get(timeout=t) waits for at most t seconds: queue.Empty then, or the item that came before.

    Without a timeout it waits until there is an item.
    """
    made = filled(any_kind, [])
    zero = outcome(made.get, True, 0)
    gave_up = background(outcome, made.get, True, GRACE / 6).result()
    patient = [background(made.get, True, t) for t in (PATIENCE, None, 2 * PATIENCE)]
    waiting = never(lambda: any(task.finished for task in patient), during=GRACE / 6)
    for item in (1, 2, 3):
        made.put(item)
    got = sorted(task.result() for task in patient)
    evidence(gave_up=gave_up, got=got)
    assert types([zero, gave_up]) == [queue.Empty, queue.Empty]
    assert waiting
    assert got == [1, 2, 3]
    assert made.empty()


@claim("QU24")
@cases(kind=BOUNDED)
def test_a_timeout_of_put_is_an_upper_bound(kind, background, evidence):
    """put(item, timeout=t) waits for at most t seconds: queue.Full then, or room made before."""
    made = filled(kind, [1], maxsize=1)
    zero = outcome(made.put, 2, timeout=0)
    gave_up = background(outcome, made.put, 3, True, GRACE / 6).result()
    patient = background(made.put, 4, True, PATIENCE)
    waiting = never(lambda: patient.finished, during=GRACE / 6)
    got = [made.get(), patient.result(), made.get(timeout=PATIENCE)]
    evidence(gave_up=gave_up, got=got)
    assert types([zero, gave_up]) == [queue.Full, queue.Full]
    assert waiting
    assert got == [1, None, 4]
    assert made.empty()


@claim("QU25")
@cases(any_kind=ALL)
def test_each_put_wakes_one_get(any_kind, background, evidence):
    """Of several threads blocked in get(), each put() lets one go on, with the item."""
    made, got = filled(any_kind, []), []

    def get():
        got.append(made.get())

    tasks = [background(get) for _ in range(4)]
    counts = []
    for item in range(4):
        counts.append(never(lambda: len(got) > item, during=GRACE / 15))
        made.put(item)
        until(lambda: len(got) > item, "a get() to go on")
    for task in tasks:
        task.result()
    evidence(one_at_a_time=counts, got=got)
    assert counts == [True] * 4
    assert got == [0, 1, 2, 3]
    assert made.qsize() == 0


@claim("QU26")
@cases(any_kind=ALL)
def test_the_object_itself_goes_through_a_queue(any_kind, background, evidence):
    """get() in another thread returns the very object that was put, None and mutable ones too.

    One would expect what multiprocessing does, which hands over a copy.  Who puts a list and goes
    on changing it changes what the other thread got.
    """
    made = filled(any_kind, [])
    seen = []
    for item in (None, [1, 2], {"a": 1}, object()):
        made.put(item)
        seen.append(background(made.get).result() is item)
    letters = ["a"]
    made.put(letters)
    letters.append("b")
    evidence(same_object=seen)
    assert seen == [True] * 4
    assert made.get() == ["a", "b"]


@claim("QU27")
@cases(kind=BOUNDED)
def test_the_insides_of_a_queue_are_in_reach(kind, background, evidence):
    """Queue.queue holds the items, unfinished_tasks counts, mutex guards both: all undocumented.

    "with q.mutex: q.queue.clear()" empties a queue, as is often advised, but nobody has told
    join(): unfinished_tasks stays, and it waits for ever.  Call get() and task_done() instead.
    """
    made = filled(kind, [1, 2, 3], maxsize=3)
    states = [len(made.queue), made.unfinished_tasks]
    made.get()
    states += [len(made.queue), made.unfinished_tasks]
    made.task_done()
    states.append(made.unfinished_tasks)
    with made.mutex:
        conditions = (made.not_empty, made.not_full, made.all_tasks_done)
        states.append([one.acquire(blocking=False) for one in conditions])
        stuck = background(made.put, 9)
        states.append(never(lambda: stuck.finished, during=GRACE / 5))
        made.queue.clear()
    stuck.result()
    states += [made.qsize(), made.unfinished_tasks]
    evidence(states=states)
    assert states == [3, 3, 2, 3, 2, [False] * 3, True, 1, 3]


@claim("QU28")
@cases(kind=BOUNDED)
@refuted(because="join() has no timeout on CPython and PyPy: it takes no arguments")
def test_join_can_be_given_a_timeout(kind, evidence):
    """Queue.join(timeout=...) gives up after the timeout.

    One would expect it, for Thread.join() and get() have one.  "TypeError: Queue.join() got an
    unexpected keyword argument 'timeout'".  Wait with "all_tasks_done", or let a helper thread
    join() and set an Event.
    """
    refusal = outcome(lambda: filled(kind, [1]).join(timeout=GRACE / 15))
    evidence(refusal=refusal)
    control(refusal is None or type(refusal) is TypeError, f"known: {refusal!r}")
    assert refusal is None


@claim("QU29")
@cases(any_kind=ALL)
def test_the_item_type_of_a_queue_can_be_written(any_kind, evidence):
    """queue.Queue[int] can be written and called; it makes an ordinary queue and checks nothing."""
    kind = getattr(queue, any_kind)
    made = kind[int]()
    made.put("no int")
    evidence(written=repr(kind[int]))
    assert type(made) is kind
    assert kind[int].__args__ == (int,)
    assert made.get_nowait() == "no int"
