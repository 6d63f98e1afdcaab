"""Bounded buffers: producers and consumers that must neither overfill nor empty what they share.

Source: https://en.wikipedia.org/wiki/Producer%E2%80%93consumer_problem
"""

import queue
import threading
from collections import deque

from tests.harness import GRACE, PATIENCE, cases, claim, never, outcome, until

SIZE = 2


class BySemaphores:
    """Two Semaphores count the free and the filled places, and a Lock guards the deque."""

    def __init__(self):
        self.items, self._lock = deque(), threading.Lock()
        self._free, self._filled = threading.Semaphore(SIZE), threading.Semaphore(0)

    def put(self, item):
        """Add the item, when there is room."""
        self._free.acquire()
        with self._lock:
            self.items.append(item)
        self._filled.release()

    def get(self):
        """Return the oldest item, when there is one."""
        self._filled.acquire()
        with self._lock:
            item = self.items.popleft()
        self._free.release()
        return item

    def qsize(self):
        """Return how many items there are."""
        return len(self.items)


class ByCondition:
    """One Condition, which everybody waits for with a predicate."""

    def __init__(self):
        self.items, self._changed = deque(), threading.Condition()

    def put(self, item):
        """Add the item, when there is room."""
        with self._changed:
            self._changed.wait_for(lambda: len(self.items) < SIZE)
            self.items.append(item)
            self._changed.notify_all()

    def get(self):
        """Return the oldest item, when there is one."""
        with self._changed:
            self._changed.wait_for(lambda: self.items)
            self._changed.notify_all()
            return self.items.popleft()

    def qsize(self):
        """Return how many items there are."""
        return len(self.items)


def by_queue():
    return queue.Queue(SIZE)


BUFFERS = {"two Semaphores": BySemaphores, "a Condition": ByCondition, "queue.Queue": by_queue}


@claim("CLASSIC15")
@cases(buffer=BUFFERS)
def test_a_full_buffer_makes_producers_wait(buffer, background, evidence):
    """Two Semaphores and a Lock, or a Condition, make a bounded buffer; queue.Queue(n) is one.

    So there is no reason to write one: Queue(maxsize) blocks producers when it is full, and
    consumers when it is empty, and loses nothing.  That is back-pressure: the fast wait for the
    slow.
    """
    shared, put = buffer(), []

    def produce():
        for number in range(5):
            shared.put(number)
            put.append(number)

    producer = background(produce)
    until(lambda: len(put) >= SIZE, "the buffer to be full")
    waits = never(lambda: len(put) > SIZE or shared.qsize() > SIZE, during=GRACE / 4)
    got = [shared.get() for _ in range(5)]
    producer.result()
    assert evidence(producer_waits=waits, got=got) == (True, [0, 1, 2, 3, 4])


@claim("CLASSIC15")
@cases(buffer=BUFFERS)
def test_an_empty_buffer_makes_consumers_wait(buffer, background, evidence):
    """A consumer of an empty buffer waits; each item goes to exactly one of several consumers."""
    shared, got = buffer(), []

    def consume():
        for _ in range(20):
            got.append(shared.get())

    consumers = [background(consume) for _ in range(2)]
    wait = never(lambda: got, during=GRACE / 4)
    for number in range(40):
        shared.put(number)
    for consumer in consumers:
        consumer.result()
    assert evidence(consumers_wait=wait, got_once=sorted(got) == [*range(40)]) == (True, True)


@claim("CLASSIC16")
@cases(look=("if", "while"))
def test_who_waits_with_if_may_find_nothing(look, background, evidence):
    """A consumer that looks with "if" before wait() may find nothing; with "while" it waits on.

    wait() returns some time after notify(), and another consumer may have taken the item in
    between: a stolen wake-up.  "IndexError: pop from an empty deque".  So look again: "while not
    items: condition.wait()", or condition.wait_for(lambda: items), which is that loop.
    """
    items, changed, waits, ends = deque(), threading.Condition(), [], []

    def consume():
        with changed:
            waits.append("the consumer")  # nobody gets the lock before wait() lets go of it
            if look == "if":
                if not items:
                    changed.wait(PATIENCE)
            else:
                while not items:
                    changed.wait(PATIENCE)
            ends.append("woken")
            return items.popleft()

    consumer = background(outcome, consume)
    until(lambda: waits, "the consumer to wait")
    with changed:
        items.append("an item")
        changed.notify()
        stolen = items.popleft()  # by a consumer that came just now
    waits_on = never(lambda: ends, during=PATIENCE if look == "if" else GRACE / 4)
    with changed:
        if look == "while":
            items.append("another item")
            changed.notify()
    found = evidence(found=repr(consumer.result()))
    in_vain = "IndexError('pop from an empty deque')"
    expected = (False, in_vain) if look == "if" else (True, repr("another item"))
    assert (evidence(waits_on=waits_on), found) == expected
    assert stolen == "an item"
