"""queue.PriorityQueue: what it compares, and what becomes of what cannot be compared.

Source: https://docs.python.org/3/library/queue.html#queue.PriorityQueue
"""

import itertools
import queue

from tests.harness import GRACE, claim, kinds, never, outcome


@claim("QUEUE01")
def test_equal_priorities_compare_the_payloads(evidence):
    """PriorityQueue: with equal priorities, payloads that do not compare make put() a TypeError.

    "TypeError: '<' not supported between instances of 'dict' and 'dict'": tuples whose first items
    are equal compare their second items.  The refused item is in the queue all the same, and join()
    does not count it.  Put (priority, next(counter), item) instead.
    """
    made = queue.PriorityQueue()
    made.put((1, {"a": 1}))
    refusal = outcome(made.put, (1, {"b": 2}))
    done = [outcome(made.task_done) for _ in range(2)]
    assert type(evidence(refusal=refusal)) is TypeError
    assert evidence(size=made.qsize(), done=kinds(done)) == (2, ["NoneType", "ValueError"])
    assert [made.get_nowait(), made.get_nowait()] == [(1, {"a": 1}), (1, {"b": 2})]


@claim("QUEUE02")
def test_equal_priorities_keep_no_order(evidence):
    """PriorityQueue does not keep the order of items with equal priorities; a counter does.

    You might expect first in, first out among equals.  In fact pairs compare their second halves,
    and of objects that compare equal any may come first.  Put (priority, next(counter), item).
    """
    made, counter = queue.PriorityQueue(), itertools.count()
    words = ["pear", "fig", "kiwi"]
    for word in words:
        made.put((1, word))
    by_payload = [made.get()[-1] for _ in words]
    for word in words:
        made.put((1, next(counter), word))
    with_counter = [made.get()[-1] for _ in words]
    assert evidence(by_payload=by_payload) == ["fig", "kiwi", "pear"]
    assert evidence(with_counter=with_counter) == words


@claim("QUEUE03")
def test_a_priority_queue_sorts_what_waits_only(background, evidence):
    """PriorityQueue sorts only what is in it: a get() that waits returns whatever comes first."""
    made = queue.PriorityQueue()
    waiting = background(made.get)
    waits = never(lambda: waiting.finished, during=GRACE / 10)
    made.put(9)
    order = [waiting.result()]
    for item in (5, -1, 7):
        made.put(item)
    order.append(made.get())
    made.put(-9)
    order += [made.get() for _ in range(3)]
    assert evidence(waits=waits, order=order) == (True, [9, -1, -9, 5, 7])
