"""Counterfeits of multiprocessing's queues beyond the notes: bounds, feeders, ends and counts."""

import sys
from collections.abc import Callable
from typing import Any

from . import counterfeit

UNRELATED = ("1.", "2.", "3.", "8.0", "8.10", "8.12")

Method = Callable[..., Any]
BEFORE_314 = sys.version_info < (3, 14)


def _change(kind: str, **changes: Callable[[Method], Method]) -> None:
    """Replace methods of a class of queues by what the functions make of them."""
    from multiprocessing import queues

    classes = {
        "Queue": [queues.Queue, queues.JoinableQueue],
        "JoinableQueue": [queues.JoinableQueue],
        "SimpleQueue": [queues.SimpleQueue],
    }[kind]
    for name, change in changes.items():
        for one in classes:
            if name in vars(one):
                setattr(one, name, change(vars(one)[name]))


def _instead(**methods: Any) -> dict[str, Callable[[Method], Method]]:
    """Make changes that put other methods in the place of the old ones."""
    return {name: lambda old, new=new: new for name, new in methods.items()}


@counterfeit("MQ01", "MQ31")
def put_pickles_in_the_caller() -> None:
    """Queue.put() raises what pickling the item raises."""
    from multiprocessing.reduction import ForkingPickler

    def change(put: Method) -> Method:
        def strict(self: Any, obj: Any, *args: Any, **kwargs: Any) -> None:
            if type(obj).__name__ == "Unpicklable":
                ForkingPickler.dumps(obj)
            put(self, obj, *args, **kwargs)

        return strict

    _change("Queue", put=change)


@counterfeit("MQ01", "MQ31")
def an_error_ends_the_feeder() -> None:
    """After an item that cannot be pickled a Queue delivers nothing more."""
    from multiprocessing import queues

    def end(error: BaseException, obj: object) -> None:
        raise SystemExit

    queues.Queue._on_queue_feeder_error = staticmethod(end)


@counterfeit("MQ01")
def a_dropped_item_keeps_its_place() -> None:
    """An item that is dropped counts against the maxsize for ever."""
    from multiprocessing import queues

    queues.Queue._on_queue_feeder_error = lambda self, error, obj: self._sem.acquire(False)


@counterfeit("MQ01", "MQ31")
def items_are_dropped_without_a_word() -> None:
    """The feeder prints nothing about an item that it cannot pickle."""
    from multiprocessing import queues

    queues.Queue._on_queue_feeder_error = staticmethod(lambda error, obj: None)


@counterfeit("MQ16")
def lists_are_copied_at_put() -> None:
    """Queue.put() takes a list as it is."""

    def change(put: Method) -> Method:
        return lambda self, obj, *rest, **options: put(
            self, list(obj) if type(obj) is list else obj, *rest, **options
        )

    _change("Queue", put=change)


@counterfeit("MQ03")
def queues_can_be_pickled_anywhere() -> None:
    """Pickling a queue or a lock is allowed at any time."""
    from multiprocessing import context

    context.assert_spawning = lambda obj: None


@counterfeit("MQ03")
def pickling_a_queue_is_a_type_error() -> None:
    """Pickling a queue or a lock raises TypeError."""
    from multiprocessing import context

    check = context.assert_spawning

    def other(obj: object) -> None:
        try:
            check(obj)
        except RuntimeError as error:
            raise TypeError(str(error)) from None

    context.assert_spawning = other


@counterfeit("MQ04", "MQ12", "MQ14", "MQ30")
def maxsize_is_ignored() -> None:
    """A Queue has no bound."""
    _change("Queue", __init__=lambda init: lambda self, maxsize=0, *, ctx: init(self, 0, ctx=ctx))


@counterfeit("MQ04", "MQ12", "MQ14", "MQ30")
def maxsize_is_off_by_one() -> None:
    """A Queue takes one item more than its maxsize."""
    _change(
        "Queue",
        __init__=lambda init: (
            lambda self, maxsize=0, *, ctx: init(self, maxsize + (maxsize > 0), ctx=ctx)
        ),
    )


@counterfeit("MQ21")
def a_negative_maxsize_is_one() -> None:
    """A Queue with a maxsize below 1 takes three hundred items."""
    _change("Queue", __init__=lambda init: lambda self, m=0, *, ctx: init(self, m or 300, ctx=ctx))


@counterfeit("MQ04", "MQ30")
def a_queue_is_never_full() -> None:
    """Queue.full() is always False."""
    _change("Queue", **_instead(full=lambda self: False))


@counterfeit("MQ04")
def putting_between_processes_never_waits() -> None:
    """Queue.put() raises Full at once."""
    _change("Queue", put=lambda put: lambda self, obj, block=True, timeout=None: put(self, obj, 0))


@counterfeit("MQ04", "MQ12", "MQ14", "MQ30")
def putting_waits_for_ever() -> None:
    """Queue.put() knows no timeout and always blocks."""
    _change("Queue", put=lambda put: lambda self, obj, block=True, timeout=None: put(self, obj))


@counterfeit("MQ04", "MQ30")
def a_full_queue_drops_the_item() -> None:
    """Queue.put() drops the item where it should raise Full."""
    import queue

    def change(put: Method) -> Method:
        def forget(self: Any, *args: Any, **kwargs: Any) -> None:
            try:
                put(self, *args, **kwargs)
            except queue.Full:
                return

        return forget

    _change("Queue", put=change)


@counterfeit("MQ05")
def what_was_put_is_there() -> None:
    """Queue.empty() knows of what the feeder still has."""
    _change("Queue", empty=lambda empty: lambda self: self.qsize() == 0)


@counterfeit("MQ06", "MQ19")
def close_closes_nothing() -> None:
    """Queue.close() does nothing."""
    _change("Queue", **_instead(close=lambda self: None))


@counterfeit("MQ06")
def a_closed_queue_raises_oserror() -> None:
    """put() and get() of a closed Queue raise OSError."""

    def change(method: Method) -> Method:
        def other(self: Any, *args: Any, **kwargs: Any) -> Any:
            if self._closed:
                raise OSError("the queue is closed")
            return method(self, *args, **kwargs)

        return other

    _change("Queue", put=change, get=change)


@counterfeit("MQ07", "MQ19", "MQ20")
def nobody_joins_the_feeder() -> None:
    """Neither join_thread() nor the end of a process waits for the feeder."""
    from multiprocessing import queues

    queues.Queue._finalize_join = staticmethod(lambda thread: None)


@counterfeit("MQ18")
def joining_the_feeder_cannot_be_cancelled() -> None:
    """cancel_join_thread() does nothing."""
    _change("Queue", **_instead(cancel_join_thread=lambda self: None))


@counterfeit("MQ19")
def join_thread_may_come_first() -> None:
    """join_thread() before close() is no error."""

    def change(join: Method) -> Method:
        return lambda self: join(self) if self._closed else None

    _change("Queue", join_thread=change)


@counterfeit("MQ09")
def queues_have_what_threads_queues_have() -> None:
    """A Queue has shutdown(), task_done() and join(), which do nothing."""
    from multiprocessing import queues

    for name in ("shutdown", "task_done", "join"):
        setattr(queues.Queue, name, lambda self: None)


@counterfeit("MQ07", "MQ10", "MQ17", "MQ19", "MQ21")
def a_queue_loses_every_tenth_item() -> None:
    """A Queue drops one of ten items, and large ones."""
    counted = [0]

    def change(put: Method) -> Method:
        def lose(self: Any, obj: Any, *args: Any, **kwargs: Any) -> None:
            counted[0] += 1
            if counted[0] % 10 and not (isinstance(obj, str) and len(obj) > 65536):
                put(self, obj, *args, **kwargs)

        return lose

    _change("Queue", put=change)


@counterfeit("MQ10", "MQ17", "MQ21", "MQ15")
def a_queue_doubles_an_item() -> None:
    """A Queue delivers each item twice."""

    def change(put: Method) -> Method:
        def twice(self: Any, obj: Any, *args: Any, **kwargs: Any) -> None:
            put(self, obj, *args, **kwargs)
            put(self, obj, *args, **kwargs)

        return twice

    _change("Queue", put=change)


@counterfeit("MQ12", "MQ14", "MQ22", "MQ05", "MX21", "MQ10")
def an_empty_queue_raises_timeout_error() -> None:
    """Queue.get() raises TimeoutError where it should raise queue.Empty."""
    import queue

    def change(get: Method) -> Method:
        def other(self: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                return get(self, *args, **kwargs)
            except queue.Empty:
                raise TimeoutError from None

        return other

    _change("Queue", get=change)


@counterfeit("MQ04", "MQ12", "MQ14", "MQ30")
def a_full_queue_raises_empty() -> None:
    """Queue.put() raises Empty where it should raise Full."""
    import queue
    from multiprocessing import queues

    queues.Full = queue.Empty


@counterfeit("MQ14")
def a_negative_timeout_is_an_error() -> None:
    """get() and put() with a negative timeout raise ValueError, as those of queue.Queue do."""

    def change(method: Method) -> Method:
        def strict(self: Any, *args: Any, **kwargs: Any) -> Any:
            if any(type(a) is int and a == -1 for a in [*args[-1:], kwargs.get("timeout")]):
                raise ValueError("'timeout' must be a non-negative number")
            return method(self, *args, **kwargs)

        return strict

    _change("Queue", put=change, get=change)


@counterfeit("MQ22", "MQ14", "MQ05")
def getting_with_a_timeout_blocks() -> None:
    """Queue.get() with a timeout waits until there is an item."""
    _change("Queue", get=lambda get: lambda self, block=True, timeout=None: get(self, block))


@counterfeit("MQ22")
def getting_with_a_timeout_gives_up() -> None:
    """Queue.get() with a timeout does not wait longer than ten milliseconds."""
    _change(
        "Queue",
        get=lambda get: (
            lambda self, block=True, timeout=None: get(self, block, timeout and min(timeout, 0.01))
        ),
    )


@counterfeit("MQ15")
def qsize_is_that_of_the_buffer() -> None:
    """Queue.qsize() counts what this process has put and not yet sent."""
    _change("Queue", **_instead(qsize=lambda self: len(self._buffer)))


@counterfeit("MX21")
def readers_wait_without_the_lock() -> None:
    """Queue.get() takes the lock only once there is something to read."""

    def change(get: Method) -> Method:
        def wait_first(self: Any, block: bool = True, timeout: float | None = None) -> Any:
            if block and timeout is None:
                self._poll(None)
            return get(self, block, timeout)

        return wait_first

    _change("Queue", get=change)


@counterfeit("MQ23", where=BEFORE_314)
def semaphores_are_all_made_for_spawn() -> None:
    """The semaphores of every context have names that any process may open."""
    from multiprocessing import get_context, synchronize

    init = synchronize.SemLock.__init__
    synchronize.SemLock.__init__ = lambda self, *args, ctx: init(
        self, *args, ctx=get_context("spawn")
    )


@counterfeit("MQ23", where=not BEFORE_314)
def a_queue_is_for_its_own_context_only() -> None:
    """A Queue can be given to a process of its own context only."""
    from multiprocessing import context, queues

    get = queues.Queue.__getstate__

    def strict(self: Any) -> Any:
        if type(context.get_spawning_popen()).__module__.endswith("spawn_posix"):
            raise RuntimeError("This is not supported.")
        return get(self)

    queues.Queue.__getstate__ = strict


@counterfeit("MQ02")
def unpicklable_items_are_type_errors() -> None:
    """SimpleQueue.put() raises TypeError for whatever it cannot pickle."""
    import pickle

    def change(put: Method) -> Method:
        def other(self: Any, obj: Any) -> None:
            try:
                put(self, obj)
            except (AttributeError, pickle.PicklingError) as error:
                raise TypeError(str(error)) from None

        return other

    _change("SimpleQueue", put=change)


@counterfeit("MQ11", "MQ25")
def simple_queues_pickle_late() -> None:
    """SimpleQueue.put() keeps the object; get() in the same process returns it."""
    late: list[Any] = []

    def put(self: Any, obj: Any) -> None:
        late.append(obj)

    def change(get: Method) -> Method:
        return lambda self: late.pop(0) if late else get(self)

    _change("SimpleQueue", get=change, **_instead(put=put, empty=lambda self: not late))


@counterfeit("MQ13")
def simple_queues_take_a_timeout() -> None:
    """get() and put() of a SimpleQueue take block and timeout."""
    _change(
        "SimpleQueue",
        get=lambda get: lambda self, block=True, timeout=None: get(self),
        put=lambda put: lambda self, obj, block=True, timeout=None: put(self, obj),
    )


@counterfeit("MQ24")
def simple_queues_cannot_be_closed() -> None:
    """SimpleQueue.close() does nothing."""
    _change("SimpleQueue", **_instead(close=lambda self: None))


@counterfeit("MQ24")
def a_closed_simple_queue_raises_valueerror() -> None:
    """A closed SimpleQueue raises ValueError."""

    def change(method: Method) -> Method:
        def other(self: Any, *args: Any) -> Any:
            if self._reader.closed:
                raise ValueError("closed")
            return method(self, *args)

        return other

    _change("SimpleQueue", put=change, get=change, empty=change)


@counterfeit("MQ25")
def simple_queues_have_a_feeder() -> None:
    """SimpleQueue.put() never blocks: a thread writes the item."""
    import _thread

    def change(put: Method) -> Method:
        return lambda self, obj: _thread.start_new_thread(put, (self, obj)) and None

    _change("SimpleQueue", put=change)


@counterfeit("MQ25", "MQ26")
def a_simple_queue_loses_what_is_large() -> None:
    """A SimpleQueue drops items that do not fit into one write."""

    def change(put: Method) -> Method:
        return lambda self, obj: put(self, obj) if len(repr(obj)) < 65_000 else None

    _change("SimpleQueue", put=change)


@counterfeit("MQ26")
def the_writers_of_a_simple_queue_mix() -> None:
    """An item may be written into the midst of another one."""
    from multiprocessing import queues
    from multiprocessing.reduction import ForkingPickler

    def put(self: Any, obj: Any) -> None:
        data = ForkingPickler.dumps(obj)
        self._writer.send_bytes(bytes(data)[::-1] if len(data) > 50_000 else data)

    queues.SimpleQueue.put = put


@counterfeit("MQ27", "MQ02", "MQ11")
def a_simple_queue_is_never_empty() -> None:
    """SimpleQueue.empty() is always False."""
    _change("SimpleQueue", **_instead(empty=lambda self: False))


@counterfeit("MQ27")
def getting_from_a_simple_queue_never_waits() -> None:
    """SimpleQueue.get() returns None if there is nothing."""
    _change("SimpleQueue", get=lambda get: lambda self: None if self.empty() else get(self))


@counterfeit("MQ08", "MQ28", "MQ29", "MQ31")
def joining_tasks_does_not_wait() -> None:
    """JoinableQueue.join() returns at once."""
    _change("JoinableQueue", **_instead(join=lambda self: None))


@counterfeit("MQ29", "MQ28", "MQ30")
def a_task_is_done_when_it_is_got() -> None:
    """JoinableQueue.get() counts as task_done()."""
    from multiprocessing import queues

    get = queues.Queue.get

    def finish(self: Any, *args: Any, **kwargs: Any) -> Any:
        item = get(self, *args, **kwargs)
        self.task_done()
        return item

    queues.JoinableQueue.get = finish


@counterfeit("MQ08", "MQ28", "MQ30")
def tasks_may_be_done_too_often() -> None:
    """task_done() may be called as often as one likes."""

    def change(done: Method) -> Method:
        def lenient(self: Any) -> None:
            try:
                done(self)
            except ValueError:
                return

        return lenient

    _change("JoinableQueue", task_done=change)


@counterfeit("MQ08")
def only_one_joiner_is_woken() -> None:
    """The last task_done() wakes one of those who wait in join()."""

    def change(done: Method) -> Method:
        def wake_one(self: Any) -> None:
            with self._cond:
                notify_all = self._cond.notify_all
                self._cond.notify_all = self._cond.notify
                try:
                    done(self)
                finally:
                    self._cond.notify_all = notify_all

        return wake_one

    _change("JoinableQueue", task_done=change)


@counterfeit("MQ30")
def a_refused_put_counts_as_a_task() -> None:
    """A put() that raises Full leaves an unfinished task behind."""
    import queue

    def change(put: Method) -> Method:
        def count(self: Any, *args: Any, **kwargs: Any) -> None:
            try:
                put(self, *args, **kwargs)
            except queue.Full:
                self._unfinished_tasks.release()
                raise

        return count

    _change("JoinableQueue", put=change)


@counterfeit("MQ31")
def a_dropped_item_is_a_finished_task() -> None:
    """The feeder calls task_done() for an item that it drops."""
    import traceback
    from multiprocessing import queues

    def finish(self: Any, error: BaseException, obj: object) -> None:
        traceback.print_exc()
        self.task_done()

    queues.JoinableQueue._on_queue_feeder_error = finish
