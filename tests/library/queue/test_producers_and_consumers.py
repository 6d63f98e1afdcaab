"""Several producers and consumers: which order, and which number, of items a queue promises.

Source: https://docs.python.org/3/library/queue.html
"""

import queue
from collections import Counter
from itertools import pairwise

from tests.harness import PATIENCE, cases, claim, until

FIFO = {"Queue": queue.Queue, "SimpleQueue": queue.SimpleQueue}
ALL = {**FIFO, "LifoQueue": queue.LifoQueue, "PriorityQueue": queue.PriorityQueue}

ITEMS = 150


def put_all(made, producer, begun, parties, items=ITEMS):
    """Put (producer, 0), (producer, 1), ... as soon as all parties have begun."""
    begun.append(producer)
    until(lambda: len(begun) >= parties, "all to begin")
    for number in range(items):
        made.put((producer, number))


@claim("QUEUE04")
@cases(fifo=FIFO)
def test_one_consumer_sees_each_producer_in_order(fifo, background, evidence):
    """One consumer gets each producer's items in the order they were put, each exactly once."""
    made, begun = fifo(), []
    producers = [background(put_all, made, producer, begun, 3) for producer in "abc"]
    got = [made.get(timeout=PATIENCE) for _ in range(3 * ITEMS)]
    for producer in producers:
        producer.result()
    evidence(switches_between_producers=sum(a[0] != b[0] for a, b in pairwise(got)))
    for producer in "abc":
        assert [number for who, number in got if who == producer] == [*range(ITEMS)]
    assert made.empty()


@claim("QUEUE05")
@cases(any_kind=ALL)
def test_each_item_reaches_one_consumer_once(any_kind, background, evidence):
    """With 2 producers and 2 consumers each item is got exactly once, by one of the consumers.

    Is a queue.Queue thread-safe?  Yes: it has a lock of its own.  So to send a variable from one
    thread to another thread, put() it into a Queue that both know.  Nothing waits on several queues
    at once: let all producers put into one queue, each with a mark of its own: put((name, item)).
    """
    made, begun, stop = any_kind(), [], ("zzz", ITEMS)

    def consume():
        begun.append("consumer")
        until(lambda: len(begun) >= 4, "all to begin")
        return [*iter(made.get, stop)]

    consumers = [background(consume) for _ in range(2)]
    for producer in [background(put_all, made, name, begun, 4) for name in "ab"]:
        producer.result()
    until(made.empty, "all items to be got")  # a LifoQueue would hand out the end first
    for _ in consumers:
        made.put(stop)
    shares = [consumer.result() for consumer in consumers]
    evidence(items=[len(share) for share in shares])
    assert Counter(shares[0] + shares[1]) == Counter((p, n) for p in "ab" for n in range(ITEMS))
    assert made.empty()


@claim("QUEUE06")
def test_a_bounded_queue_never_holds_more(background, evidence):
    """Queue(n) never holds more than n items: producers that are too fast wait."""
    made, begun, sizes, got = queue.Queue(2), [], [], []
    producers = [background(put_all, made, producer, begun, 3, 30) for producer in "abc"]
    until(made.full, "the queue to be full")
    for _ in range(90):
        sizes.append(made.qsize())
        got.append(made.get(timeout=PATIENCE))
    for producer in producers:
        producer.result()
    assert evidence(largest=max(sizes)) == 2
    assert Counter(got) == Counter((name, n) for name in "abc" for n in range(30))
