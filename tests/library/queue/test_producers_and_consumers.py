"""Several producers and consumers: what of the order, and of the number, of items is promised.

Source: https://docs.python.org/3/library/queue.html
"""

import queue
from collections import Counter
from itertools import pairwise

from tests.harness import PATIENCE, cases, claim, outcome, until

KINDS = ("Queue", "SimpleQueue", "LifoQueue", "PriorityQueue")


ITEMS = 150


def put_all(made, producer, begun, producers, items=ITEMS):
    """Put (producer, 0), (producer, 1), ... beside the other producers."""
    begun.append(producer)
    until(lambda: len(begun) >= producers, "all producers to begin")
    for number in range(items):
        made.put((producer, number))


@claim("QU15")
@cases(fifo=KINDS[:2])
def test_one_consumer_sees_each_producer_in_order(fifo, background, evidence):
    """One consumer gets each producer's items in the order they were put, each exactly once."""
    made, begun = getattr(queue, fifo)(), []
    producers = [background(put_all, made, producer, begun, 3) for producer in "abc"]
    got = [made.get(timeout=PATIENCE) for _ in range(3 * ITEMS)]
    for producer in producers:
        producer.result()
    more = outcome(made.get_nowait)
    by_producer = {name: [number for who, number in got if who == name] for name in "abc"}
    switches = sum(one[0] != other[0] for one, other in pairwise(got))
    evidence(items=len(got), switches_between_producers=switches)
    assert by_producer == {name: [*range(ITEMS)] for name in "abc"}
    assert type(more) is queue.Empty


@claim("AT19")
@cases(any_kind=KINDS)
def test_each_item_reaches_one_consumer_once(any_kind, background, evidence):
    """2 producers and 2 consumers: each item is got exactly once, by one of the consumers."""
    made, begun, stop = getattr(queue, any_kind)(), [], ("zzz", ITEMS)

    def consume():
        begun.append("consumer")
        until(lambda: len(begun) >= 4, "all to begin")
        return [*iter(made.get, stop)]

    consumers = [background(consume) for _ in range(2)]
    producers = [background(put_all, made, producer, begun, 4) for producer in "ab"]
    for producer in producers:
        producer.result()
    until(made.empty, "all items to be got")  # a LifoQueue would hand out the end first
    for _ in consumers:
        made.put(stop)
    got = [consumer.result() for consumer in consumers]
    counts = Counter(got[0] + got[1])
    evidence(items=[len(items) for items in got], most_often=counts.most_common(1))
    assert counts == Counter((name, number) for name in "ab" for number in range(ITEMS))
    assert made.empty()


@claim("QU36")
def test_a_bounded_queue_never_holds_more(background, evidence):
    """Queue(n) never holds more than n items: producers that are too fast wait."""
    made, begun, sizes = queue.Queue(2), [], []
    producers = [background(put_all, made, producer, begun, 3, 30) for producer in "abc"]
    until(made.full, "the queue to be full")
    got = []
    while len(got) < 90:
        sizes.append(made.qsize())
        got.append(made.get(timeout=PATIENCE))
    for producer in producers:
        producer.result()
    evidence(largest=max(sizes))
    assert max(sizes) == 2
    assert Counter(got) == Counter((name, n) for name in "abc" for n in range(30))
