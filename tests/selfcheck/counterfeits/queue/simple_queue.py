"""Counterfeits for the claims of library/queue/test_simple_queue.py."""

from .. import counterfeit


def _replace_simple_queue(**methods):
    """Make queue.SimpleQueue a subclass with these methods."""
    import queue

    queue.SimpleQueue = type("SimpleQueue", (queue.SimpleQueue,), methods)


@counterfeit("QUEUE34", "QUEUE36")
def a_simple_queue_is_a_queue():
    """queue.SimpleQueue is queue.Queue."""
    import queue

    queue.SimpleQueue = queue.Queue


@counterfeit("QUEUE35")
def a_simple_queue_minds_the_timeout():
    """SimpleQueue.put() refuses a negative timeout."""

    def put(self, item, block=True, timeout=None):
        if timeout is not None and timeout < 0:
            raise ValueError("'timeout' must be a non-negative number")
        self.put_nowait(item)

    _replace_simple_queue(put=put)
