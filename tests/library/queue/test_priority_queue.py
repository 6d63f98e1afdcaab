"""queue.PriorityQueue: what it compares, and what becomes of what cannot be compared.

Source: https://docs.python.org/3/library/queue.html#queue.PriorityQueue
"""

import itertools
import queue

from tests.harness import GRACE, claim, never, outcome


@claim("QU09")
def test_equal_priorities_compare_the_payloads(evidence):
    """PriorityQueue: with equal priorities, payloads that do not compare make put() a TypeError.

    "'<' not supported between instances of 'dict' and 'dict'", though the priorities compare
    well: tuples go on to compare what follows.  The refused item is in the queue all the same,
    and join() does not count it.  Put (priority, next(counter), item).
    """
    made = queue.PriorityQueue()
    made.put((1, {"a": 1}))
    refusal = outcome(made.put, (1, {"b": 2}))
    sizes = [made.qsize()]
    items = [made.get_nowait(), made.get_nowait()]
    done = [outcome(made.task_done), type(outcome(made.task_done))]
    evidence(refusal=refusal, size=sizes, items=items)
    assert type(refusal) is TypeError
    assert sizes == [2]
    assert sorted(item[1].popitem() for item in items) == [("a", 1), ("b", 2)]
    assert done == [None, ValueError]


@claim("QU30")
def test_equal_priorities_keep_no_order(evidence):
    """PriorityQueue does not keep the order of items with equal priorities; a counter does.

    One would expect first in, first out among equals.  Pairs compare their second halves, and of
    objects that compare equal any may come first.  Put (priority, next(counter), item).
    """
    made, counter = queue.PriorityQueue(), itertools.count()
    words = ["pear", "fig", "kiwi", "apple"]
    for word in words:
        made.put((1, word))
    by_payload = [made.get()[1] for _ in words]
    for priority, word in zip([2, 1, 2, 1], words, strict=True):
        made.put((priority, next(counter), word))
    with_counter = [made.get()[-1] for _ in words]
    evidence(put=words, got=by_payload, with_counter=with_counter)
    assert by_payload == ["apple", "fig", "kiwi", "pear"]
    assert with_counter == ["fig", "apple", "pear", "kiwi"]


@claim("QU31")
def test_a_priority_queue_sorts_what_waits_only(background, evidence):
    """PriorityQueue sorts what is in it at the time: a getter that waits gets whatever comes."""
    made = queue.PriorityQueue()
    waiting = background(made.get)
    blocks = never(lambda: waiting.finished, during=GRACE / 10)
    made.put(9)
    first = waiting.result()
    for item in (5, -1, 7, -3, 5, 0):
        made.put(item)
    order = [made.get() for _ in range(3)]
    made.put(-9)
    order += [made.get() for _ in range(4)]
    evidence(first=first, then=order)
    assert blocks
    assert first == 9
    assert order == [-3, -1, 0, -9, 5, 5, 7]
