"""Counterfeits of module queue: order, bounds, waiting, counting, shutdown."""

import sys
from collections.abc import Callable
from typing import Any

from . import counterfeit

UNRELATED = ("CV2", "TH2", "TH5")

VERSION = sys.version_info[:2]

#: Whether queues can be shut down.
HAS_SHUTDOWN = VERSION >= (3, 13)

Method = Callable[..., Any]


def _change(name: str, change: Callable[[Method], Any], kind: str = "Queue") -> None:
    """Replace a method of one of the queues by what ``change`` makes of it."""
    import queue

    one = getattr(queue, kind)
    setattr(one, name, change(getattr(one, name)))


def _replace_simple_queue(**methods: Any) -> None:
    """Make queue.SimpleQueue a subclass with these methods."""
    import queue

    queue.SimpleQueue = type("SimpleQueue", (queue.SimpleQueue,), methods)


@counterfeit("QU01")
def a_queue_of_threads_is_a_stack() -> None:
    """queue.Queue hands out first what was put last."""
    _change("_get", lambda get: lambda self: self.queue.pop())


@counterfeit("QU01")
def a_lifo_queue_is_a_queue() -> None:
    """LifoQueue hands out first what was put first."""
    _change("_get", lambda get: lambda self: self.queue.pop(0), "LifoQueue")


@counterfeit("QU01", "QU30", "QU31")
def a_priority_queue_hands_out_the_highest() -> None:
    """PriorityQueue hands out the highest first."""

    def change(get: Method) -> Method:
        def highest(self: Any) -> Any:
            self.queue.sort(reverse=True)
            return self.queue.pop(0)

        return highest

    _change("_get", change, "PriorityQueue")


@counterfeit("QU02")
def a_full_queue_drops_what_is_put() -> None:
    """put() on a full queue without blocking drops the item silently."""

    def change(put: Method) -> Method:
        def drop(self: Any, item: Any, block: bool = True, timeout: Any = None) -> None:
            if block or not self.full():
                put(self, item, block, timeout)

        return drop

    _change("put", change)


@counterfeit("QU02")
def empty_is_a_kind_of_lookup_error() -> None:
    """queue.Empty is a LookupError."""
    import queue

    queue.Empty = type("Empty", (LookupError,), {})


@counterfeit("QU03")
def done_is_never_too_often() -> None:
    """task_done() may be called as often as one likes."""

    def change(task_done: Method) -> Method:
        def lenient(self: Any) -> None:
            if self.unfinished_tasks:
                task_done(self)

        return lenient

    _change("task_done", change)


@counterfeit("QU04", "QU21", "QU27")
def getting_is_done() -> None:
    """An item that has been got counts as done; task_done() does nothing."""
    import queue

    task_done, get = queue.Queue.task_done, queue.Queue.get

    def got(self: Any, *args: Any, **kwargs: Any) -> Any:
        item = get(self, *args, **kwargs)
        task_done(self)
        return item

    queue.Queue.get, queue.Queue.task_done = got, lambda self: None


@counterfeit("QU04", "QU21")
def joining_an_ordinary_queue_does_not_wait() -> None:
    """Queue.join() returns at once."""
    _change("join", lambda join: lambda self: None)


@counterfeit("QU08")
def a_negative_timeout_is_zero() -> None:
    """A negative timeout of get() or put() is taken for 0."""

    def change(method: Method) -> Method:
        def zero(self: Any, *args: Any, **kwargs: Any) -> Any:
            *rest, last = args or (None,)
            if isinstance(last, float | int) and not isinstance(last, bool) and last < 0:
                args = (*rest, 0)
            if (kwargs.get("timeout") or 0) < 0:
                kwargs["timeout"] = 0
            return method(self, *args, **kwargs)

        return zero

    _change("get", change)
    _change("put", change)


@counterfeit("X15")
def a_timeout_is_checked_without_blocking() -> None:
    """get(block=False) with a negative timeout is refused."""

    def change(get: Method) -> Method:
        def strict(self: Any, block: bool = True, timeout: Any = None) -> Any:
            if timeout is not None and timeout < 0:
                raise ValueError("'timeout' must be a non-negative number")
            return get(self, block, timeout)

        return strict

    _change("get", change)


@counterfeit("QU10")
def a_queue_of_size_zero_holds_a_hundred() -> None:
    """Queue(0) has a bound of 100."""

    def change(init: Method) -> Method:
        def bound(self: Any, maxsize: int = 0) -> None:
            init(self, maxsize or 100)

        return bound

    _change("__init__", change)


@counterfeit("QU11")
def ordinary_queues_pickle() -> None:
    """A queue.Queue can be pickled: an empty one comes out."""
    _change("__reduce__", lambda reduce: lambda self: (type(self), (self.maxsize,)))


@counterfeit("QU16", "QU24")
def putting_never_waits() -> None:
    """put() on a full queue raises Full at once, blocking or not."""
    _change("put", lambda put: lambda self, item, block=True, timeout=None: put(self, item, False))


@counterfeit("QU16", "QU22", "QU36")
def a_queue_holds_one_too_many() -> None:
    """Queue(n) takes n + 1 items."""

    def change(init: Method) -> Method:
        def more(self: Any, maxsize: int = 0) -> None:
            init(self, maxsize + (maxsize > 0))

        return more

    _change("__init__", change)


@counterfeit("QU22")
def a_queue_is_full_one_too_early() -> None:
    """full() is True with one place left."""
    _change("full", lambda full: lambda self: 0 < self.maxsize <= self.qsize() + 1)


@counterfeit("QU23", "QU31")
def getting_from_an_ordinary_queue_never_waits() -> None:
    """get() on an empty queue raises Empty at once, blocking or not."""
    _change("get", lambda get: lambda self, block=True, timeout=None: get(self, False))


@counterfeit("QU23")
def getting_ignores_how_long() -> None:
    """get() waits for ever, whatever its timeout."""
    _change("get", lambda get: lambda self, block=True, timeout=None: get(self, block))


@counterfeit("QU24")
def putting_ignores_how_long() -> None:
    """put() waits for ever, whatever its timeout."""
    _change("put", lambda put: lambda self, item, block=True, timeout=None: put(self, item, block))


@counterfeit("QU25", "QU15", "AT19", "QU35", where=HAS_SHUTDOWN)
def every_twentieth_item_is_put_twice() -> None:
    """Every twentieth item is in a queue twice, and every first one."""

    def change(put: Method) -> Method:
        def twice(self: Any, item: Any, *args: Any, **kwargs: Any) -> None:
            self.count = getattr(self, "count", -1) + 1
            put(self, item, *args, **kwargs)
            if self.count % 20 == 0:
                put(self, item, *args, **kwargs)

        return twice

    _change("put", change)


@counterfeit("AT19", "QU36", "QU15")
def an_item_gets_lost() -> None:
    """Every twentieth item that is put is lost."""

    def change(put: Method) -> Method:
        def lose(self: Any, item: Any, *args: Any, **kwargs: Any) -> None:
            self.count = getattr(self, "count", 0) + 1
            if self.count % 20:
                put(self, item, *args, **kwargs)

        return lose

    _change("put", change)


@counterfeit("QU15")
def two_neighbours_change_places() -> None:
    """An item may be overtaken by the next one."""

    def change(put: Method) -> Method:
        def overtake(self: Any, item: Any) -> None:
            put(self, item)
            if len(self.queue) > 5 and len(self.queue) % 7 == 0:
                self.queue[-1], self.queue[-2] = self.queue[-2], self.queue[-1]

        return overtake

    _change("_put", change)


@counterfeit("QU26")
def a_queue_copies() -> None:
    """What is put into a queue is copied."""
    import copy

    _change("_put", lambda put: lambda self, item: put(self, copy.copy(item)))


@counterfeit("QU28")
def join_takes_a_timeout() -> None:
    """Queue.join(timeout) gives up after the timeout."""

    def join(self: Any, timeout: float | None = None) -> None:
        with self.all_tasks_done:
            self.all_tasks_done.wait_for(lambda: not self.unfinished_tasks, timeout)

    _change("join", lambda original: join)


@counterfeit("QU29")
def the_item_type_gets_lost() -> None:
    """queue.Queue[int] is queue.Queue."""
    _change("__class_getitem__", lambda item: classmethod(lambda cls, item: cls))


@counterfeit("QU09")
def a_refused_item_is_not_in_the_queue() -> None:
    """What PriorityQueue cannot compare it does not keep."""

    def change(put: Method) -> Method:
        def check(self: Any, item: Any) -> None:
            for other in self.queue:
                item < other  # noqa: B015
            put(self, item)

        return check

    _change("_put", change, "PriorityQueue")


@counterfeit("QU30", "QU09")
def equal_priorities_keep_their_order() -> None:
    """PriorityQueue compares nothing but the first half of a pair."""
    import itertools

    counter = itertools.count()

    def put(self: Any, item: Any) -> None:
        key = item[0] if isinstance(item, tuple) else item
        self.queue.append((key, next(counter), item))
        self.queue.sort(key=lambda entry: entry[:2])

    _change("_put", lambda original: put, "PriorityQueue")
    _change("_get", lambda original: lambda self: self.queue.pop(0)[2], "PriorityQueue")


@counterfeit("QU07", "QU13")
def a_simple_queue_is_a_queue() -> None:
    """queue.SimpleQueue is queue.Queue."""
    import queue

    queue.SimpleQueue = queue.Queue


@counterfeit("QU14")
def a_simple_queue_minds_the_timeout() -> None:
    """SimpleQueue.put() refuses a negative timeout."""

    def put(self: Any, item: Any, block: bool = True, timeout: float | None = None) -> None:
        if timeout is not None and timeout < 0:
            raise ValueError("'timeout' must be a non-negative number")
        self.put_nowait(item)

    _replace_simple_queue(put=put)


@counterfeit("QU05", "QU12", where=HAS_SHUTDOWN)
def a_shutdown_does_nothing() -> None:
    """Queue.shutdown() does nothing."""
    _change("shutdown", lambda shutdown: lambda self, immediate=False: None)


@counterfeit("QU06", "QU32", where=HAS_SHUTDOWN)
def a_shutdown_wakes_nobody() -> None:
    """Queue.shutdown() lets those who wait go on waiting."""

    def change(shutdown: Method) -> Method:
        def quiet(self: Any, immediate: bool = False) -> None:
            with self.mutex:
                self.is_shutdown = True

        return quiet

    _change("shutdown", change)


@counterfeit("QU32", where=HAS_SHUTDOWN)
def an_immediate_shutdown_forgets_join() -> None:
    """shutdown(immediate=True) drops the rest, which stays unfinished."""

    def change(shutdown: Method) -> Method:
        def forget(self: Any, immediate: bool = False) -> None:
            unfinished = self.unfinished_tasks
            with self.mutex:
                self.queue.clear()
            shutdown(self)
            self.unfinished_tasks = unfinished

        return forget

    _change("shutdown", change)


@counterfeit("QU05", "QU19", "QU12", where=HAS_SHUTDOWN)
def every_shutdown_is_immediate() -> None:
    """shutdown() drops what is left."""
    _change("shutdown", lambda shutdown: lambda self, immediate=False: shutdown(self, True))


@counterfeit("QU05", "QU12", where=HAS_SHUTDOWN)
def no_shutdown_is_immediate() -> None:
    """shutdown(immediate=True) drops nothing."""
    _change("shutdown", lambda shutdown: lambda self, immediate=False: shutdown(self))


@counterfeit("QU33", where=HAS_SHUTDOWN)
def an_immediate_shutdown_finishes_everything() -> None:
    """After shutdown(immediate=True) nothing is unfinished."""

    def change(shutdown: Method) -> Method:
        def finish(self: Any, immediate: bool = False) -> None:
            if immediate:
                self.unfinished_tasks = 0
            shutdown(self, immediate)

        return finish

    _change("shutdown", change)


@counterfeit("QU20")
def a_simple_queue_can_be_shut_down() -> None:
    """SimpleQueue has shutdown() too."""
    import queue

    queue.SimpleQueue = type("SimpleQueue", (queue.Queue,), {})


@counterfeit("QU34", where=HAS_SHUTDOWN)
def shut_down_is_a_kind_of_empty() -> None:
    """queue.ShutDown is a queue.Empty."""
    import queue

    queue.ShutDown = type("ShutDown", (queue.Empty,), {})
