"""Counterfeits for the claims of library/multiprocessing/test_queue.py."""

from .. import counterfeit
from ..facts import VERSION
from ..patching import patch
from .shared import instead, patch_queues


@counterfeit("MPQUEUE05", "MPQUEUE04")
def put_pickles_in_the_caller():
    """Queue.put() raises what pickling the item raises."""
    from multiprocessing.reduction import ForkingPickler

    def change(put):
        def strict(self, obj, *args, **kwargs):
            if type(obj).__name__ == "Unpicklable":
                ForkingPickler.dumps(obj)
            put(self, obj, *args, **kwargs)

        return strict

    patch_queues("Queue", put=change)


@counterfeit("MPQUEUE05", "MPQUEUE04")
def an_error_ends_the_feeder():
    """After an item that cannot be pickled a Queue delivers nothing more."""
    from multiprocessing import queues

    def end(error, obj):
        raise SystemExit

    queues.Queue._on_queue_feeder_error = staticmethod(end)


@counterfeit("MPQUEUE05")
def a_dropped_item_keeps_its_place():
    """An item that is dropped counts against the maxsize for ever."""
    from multiprocessing import queues

    queues.Queue._on_queue_feeder_error = lambda self, error, obj: self._sem.acquire(False)


@counterfeit("MPQUEUE05", "MPQUEUE04")
def items_are_dropped_without_a_word():
    """The feeder prints nothing about an item that it cannot pickle."""
    from multiprocessing import queues

    queues.Queue._on_queue_feeder_error = staticmethod(lambda error, obj: None)


@counterfeit("MPQUEUE13")
def lists_are_copied_at_put():
    """Queue.put() takes a list as it is."""

    def change(put):
        return lambda self, obj, *rest, **options: put(
            self, list(obj) if type(obj) is list else obj, *rest, **options
        )

    patch_queues("Queue", put=change)


@counterfeit("MPQUEUE06")
def queues_can_be_pickled_anywhere():
    """Pickling a queue or a lock is allowed at any time."""
    from multiprocessing import context

    context.assert_spawning = lambda obj: None


@counterfeit("MPQUEUE06")
def pickling_a_queue_is_a_type_error():
    """Pickling a queue or a lock raises TypeError."""
    from multiprocessing import context

    check = context.assert_spawning

    def other(obj):
        try:
            check(obj)
        except RuntimeError as error:
            raise TypeError(str(error)) from None

    context.assert_spawning = other


@counterfeit("QUEUE08", "QUEUE12", "QUEUE19", "MPQUEUE03")
def putting_waits_for_ever():
    """Queue.put() knows no timeout and always blocks."""
    patch_queues(
        "Queue", put=lambda put: lambda self, obj, block=True, timeout=None: put(self, obj)
    )


@counterfeit("QUEUE08", "QUEUE12", "QUEUE19", "MPQUEUE03")
def a_full_queue_drops_the_item():
    """Queue.put() drops the item where it should raise Full."""
    import queue

    def change(put):
        def forget(self, *args, **kwargs):
            try:
                put(self, *args, **kwargs)
            except queue.Full:
                return

        return forget

    patch_queues("Queue", put=change)


@counterfeit("MPQUEUE07")
def what_was_put_is_there():
    """Queue.empty() knows of what the feeder still has."""
    patch_queues("Queue", empty=lambda empty: lambda self: self.qsize() == 0)


@counterfeit("MPQUEUE08", "MPQUEUE16")
def close_closes_nothing():
    """Queue.close() does nothing."""
    patch_queues("Queue", **instead(close=lambda self: None))


@counterfeit("MPQUEUE08")
def a_closed_queue_raises_oserror():
    """put() and get() of a closed Queue raise OSError."""

    def change(method):
        def other(self, *args, **kwargs):
            if self._closed:
                raise OSError("the queue is closed")
            return method(self, *args, **kwargs)

        return other

    patch_queues("Queue", put=change, get=change)


@counterfeit("MPQUEUE09", "MPQUEUE16", "MPQUEUE18")
def nobody_joins_the_feeder():
    """Neither join_thread() nor the end of a process waits for the feeder."""
    from multiprocessing import queues

    queues.Queue._finalize_join = staticmethod(lambda thread: None)


@counterfeit("MPQUEUE15")
def joining_the_feeder_cannot_be_cancelled():
    """cancel_join_thread() does nothing."""
    patch_queues("Queue", **instead(cancel_join_thread=lambda self: None))


@counterfeit("MPQUEUE16")
def join_thread_may_come_first():
    """join_thread() before close() is no error."""

    def change(join):
        return lambda self: join(self) if self._closed else None

    patch_queues("Queue", join_thread=change)


@counterfeit("MPQUEUE10")
def queues_have_what_threads_queues_have():
    """A Queue has shutdown(), task_done() and join(), which do nothing."""
    from multiprocessing import queues

    for name in ("shutdown", "task_done", "join"):
        setattr(queues.Queue, name, lambda self: None)


@counterfeit("MPQUEUE11", "MPQUEUE12", "MPQUEUE14")
def a_queue_doubles_an_item():
    """A Queue delivers each item twice."""

    def change(put):
        def twice(self, obj, *args, **kwargs):
            put(self, obj, *args, **kwargs)
            put(self, obj, *args, **kwargs)

        return twice

    patch_queues("Queue", put=change)


@counterfeit("QUEUE08", "QUEUE12", "QUEUE19", "MPQUEUE03")
def a_full_queue_raises_empty():
    """Queue.put() raises Empty where it should raise Full."""
    import queue
    from multiprocessing import queues

    queues.Full = queue.Empty


@counterfeit("MPQUEUE12")
def qsize_is_that_of_the_buffer():
    """Queue.qsize() counts what this process has put and not yet sent."""
    patch_queues("Queue", **instead(qsize=lambda self: len(self._buffer)))


@counterfeit("MPQUEUE17")
def readers_wait_without_the_lock():
    """Queue.get() takes the lock only once there is something to read."""

    def change(get):
        def wait_first(self, block=True, timeout=None):
            if block and timeout is None:
                self._poll(None)
            return get(self, block, timeout)

        return wait_first

    patch_queues("Queue", get=change)


@counterfeit("MPQUEUE19", where=VERSION < (3, 14))
def semaphores_are_all_made_for_spawn():
    """The semaphores of every context have names that any process may open."""
    from multiprocessing import get_context, synchronize

    init = synchronize.SemLock.__init__
    synchronize.SemLock.__init__ = lambda self, *args, ctx: init(
        self, *args, ctx=get_context("spawn")
    )


@counterfeit("MPQUEUE19", where=VERSION >= (3, 14))
def a_queue_is_for_its_own_context_only():
    """A Queue can be given to a process of its own context only."""
    from multiprocessing import context, queues

    get = queues.Queue.__getstate__

    def strict(self):
        if type(context.get_spawning_popen()).__module__.endswith("spawn_posix"):
            raise RuntimeError("This is not supported.")
        return get(self)

    queues.Queue.__getstate__ = strict


@counterfeit("MPQUEUE26")
def get_gives_up_in_the_middle():
    """Queue.get() with a short timeout returns None."""

    def change(get):
        def get_or_give_up(self, block=True, timeout=None):
            return None if timeout == 0.01 else get(self, block, timeout)

        return get_or_give_up

    patch("multiprocessing.queues.Queue", get=change)


@counterfeit("MPQUEUE06")
def a_simple_queue_leaves_the_refusal_to_its_lock():
    """A SimpleQueue that is pickled where no process starts says that a Lock cannot be shared."""
    from multiprocessing.queues import SimpleQueue

    SimpleQueue.__getstate__ = lambda self: (self._reader, self._rlock, self._wlock)
