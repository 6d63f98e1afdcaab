"""Counterfeits for the claims of library/queue/test_queue.py."""

from .. import counterfeit
from ..facts import VERSION
from ..multiprocessing.shared import instead, patch_queues
from ..patching import patch


@counterfeit("QUEUE07")
def a_queue_of_threads_is_a_stack():
    """queue.Queue hands out first what was put last."""
    patch("queue.Queue", _get=lambda get: lambda self: self.queue.pop())


@counterfeit("QUEUE07")
def a_lifo_queue_is_a_queue():
    """LifoQueue hands out first what was put first."""
    patch("queue.LifoQueue", _get=lambda get: lambda self: self.queue.pop(0))


@counterfeit("QUEUE07", "QUEUE02", "QUEUE03")
def a_priority_queue_hands_out_the_highest():
    """PriorityQueue hands out the highest first."""

    def change(get):
        def highest(self):
            self.queue.sort(reverse=True)
            return self.queue.pop(0)

        return highest

    patch("queue.PriorityQueue", _get=change)


@counterfeit("QUEUE08")
def a_full_queue_drops_what_is_put():
    """put() on a full queue without blocking drops the item silently."""

    def change(put):
        def drop(self, item, block=True, timeout=None):
            if block or not self.full():
                put(self, item, block, timeout)

        return drop

    patch("queue.Queue", put=change)


@counterfeit("QUEUE08")
def empty_is_a_kind_of_lookup_error():
    """queue.Empty is a LookupError."""
    import queue

    queue.Empty = type("Empty", (LookupError,), {})


@counterfeit("QUEUE09")
def done_is_never_too_often():
    """task_done() may be called as often as one likes."""

    def change(task_done):
        def lenient(self):
            if self.unfinished_tasks:
                task_done(self)

        return lenient

    patch("queue.Queue", task_done=change)


@counterfeit("QUEUE10", "QUEUE11", "QUEUE22")
def getting_is_done():
    """An item that has been got counts as done; task_done() does nothing."""
    import queue

    task_done, get = queue.Queue.task_done, queue.Queue.get

    def got(self, *args, **kwargs):
        item = get(self, *args, **kwargs)
        task_done(self)
        return item

    queue.Queue.get, queue.Queue.task_done = got, lambda self: None


@counterfeit("QUEUE10", "QUEUE11")
def joining_an_ordinary_queue_does_not_wait():
    """Queue.join() returns at once."""
    patch("queue.Queue", join=lambda join: lambda self: None)


@counterfeit("QUEUE12")
def a_negative_timeout_is_zero():
    """A negative timeout of get() or put() is taken for 0."""

    def change(method):
        def zero(self, *args, **kwargs):
            *rest, last = args or (None,)
            if isinstance(last, float | int) and not isinstance(last, bool) and last < 0:
                args = (*rest, 0)
            if (kwargs.get("timeout") or 0) < 0:
                kwargs["timeout"] = 0
            return method(self, *args, **kwargs)

        return zero

    patch("queue.Queue", get=change)
    patch("queue.Queue", put=change)


@counterfeit("QUEUE13")
def a_timeout_is_checked_without_blocking():
    """get(block=False) with a negative timeout is refused."""

    def change(get):
        def strict(self, block=True, timeout=None):
            if timeout is not None and timeout < 0:
                raise ValueError("'timeout' must be a non-negative number")
            return get(self, block, timeout)

        return strict

    patch("queue.Queue", get=change)


@counterfeit("QUEUE14")
def a_queue_of_size_zero_holds_a_hundred():
    """Queue(0) has a bound of 100."""

    def change(init):
        def bound(self, maxsize=0):
            init(self, maxsize or 100)

        return bound

    patch("queue.Queue", __init__=change)


@counterfeit("QUEUE15")
def ordinary_queues_pickle():
    """A queue.Queue can be pickled: an empty one comes out."""
    patch("queue.Queue", __reduce__=lambda reduce: lambda self: (type(self), (self.maxsize,)))


@counterfeit("QUEUE16", "QUEUE19")
def putting_never_waits():
    """put() on a full queue raises Full at once, blocking or not."""
    patch(
        "queue.Queue",
        put=lambda put: lambda self, item, block=True, timeout=None: put(self, item, False),
    )


@counterfeit("QUEUE16", "QUEUE17", "QUEUE06")
def a_queue_holds_one_too_many():
    """Queue(n) takes n + 1 items."""

    def change(init):
        def more(self, maxsize=0):
            init(self, maxsize + (maxsize > 0))

        return more

    patch("queue.Queue", __init__=change)


@counterfeit("QUEUE17")
def a_queue_is_full_one_too_early():
    """full() is True with one place left."""
    patch("queue.Queue", full=lambda full: lambda self: 0 < self.maxsize <= self.qsize() + 1)


@counterfeit("QUEUE18", "QUEUE03")
def getting_from_an_ordinary_queue_never_waits():
    """get() on an empty queue raises Empty at once, blocking or not."""
    patch("queue.Queue", get=lambda get: lambda self, block=True, timeout=None: get(self, False))


@counterfeit("QUEUE18")
def getting_ignores_how_long():
    """get() waits for ever, whatever its timeout."""
    patch("queue.Queue", get=lambda get: lambda self, block=True, timeout=None: get(self, block))


@counterfeit("QUEUE19")
def putting_ignores_how_long():
    """put() waits for ever, whatever its timeout."""
    patch(
        "queue.Queue",
        put=lambda put: lambda self, item, block=True, timeout=None: put(self, item, block),
    )


@counterfeit("QUEUE20", "QUEUE04", "QUEUE05", "QUEUE33", where=VERSION >= (3, 13))
def every_twentieth_item_is_put_twice():
    """Every twentieth item is in a queue twice, and every first one."""

    def change(put):
        def twice(self, item, *args, **kwargs):
            self.count = getattr(self, "count", -1) + 1
            put(self, item, *args, **kwargs)
            if self.count % 20 == 0:
                put(self, item, *args, **kwargs)

        return twice

    patch("queue.Queue", put=change)


@counterfeit("QUEUE21")
def a_queue_copies():
    """What is put into a queue is copied."""
    import copy

    patch("queue.Queue", _put=lambda put: lambda self, item: put(self, copy.copy(item)))


@counterfeit("QUEUE23")
def join_takes_a_timeout():
    """Queue.join(timeout) gives up after the timeout."""

    def join(self, timeout=None):
        with self.all_tasks_done:
            self.all_tasks_done.wait_for(lambda: not self.unfinished_tasks, timeout)

    patch("queue.Queue", join=lambda original: join)


@counterfeit("QUEUE24")
def the_item_type_gets_lost():
    """queue.Queue[int] is queue.Queue."""
    patch("queue.Queue", __class_getitem__=lambda item: classmethod(lambda cls, item: cls))


@counterfeit("QUEUE14")
def a_negative_maxsize_is_one():
    """A Queue with a maxsize below 1 takes three hundred items."""
    patch_queues(
        "Queue", __init__=lambda init: lambda self, m=0, *, ctx: init(self, m or 300, ctx=ctx)
    )


@counterfeit("QUEUE16")
def a_queue_is_never_full():
    """Queue.full() is always False."""
    patch_queues("Queue", **instead(full=lambda self: False))


@counterfeit("QUEUE16", "QUEUE19")
def putting_between_processes_never_waits():
    """Queue.put() raises Full at once."""
    patch_queues(
        "Queue", put=lambda put: lambda self, obj, block=True, timeout=None: put(self, obj, 0)
    )


@counterfeit("QUEUE12")
def a_negative_timeout_is_an_error():
    """get() and put() with a negative timeout raise ValueError, as those of queue.Queue do."""

    def change(method):
        def strict(self, *args, **kwargs):
            if any(type(a) is int and a == -1 for a in [*args[-1:], kwargs.get("timeout")]):
                raise ValueError("'timeout' must be a non-negative number")
            return method(self, *args, **kwargs)

        return strict

    patch_queues("Queue", put=change, get=change)


@counterfeit("QUEUE12", "QUEUE18")
def getting_with_a_timeout_blocks():
    """Queue.get() with a timeout waits until there is an item."""
    patch_queues("Queue", get=lambda get: lambda self, block=True, timeout=None: get(self, block))


@counterfeit("QUEUE18")
def getting_with_a_timeout_gives_up():
    """Queue.get() with a timeout does not wait longer than ten milliseconds."""
    patch_queues(
        "Queue",
        get=lambda get: (
            lambda self, block=True, timeout=None: get(self, block, timeout and min(timeout, 0.01))
        ),
    )


@counterfeit("QUEUE37")
def a_queue_has_a_length():
    """len() of a Queue is its qsize()."""
    from queue import Queue

    Queue.__len__ = Queue.qsize
