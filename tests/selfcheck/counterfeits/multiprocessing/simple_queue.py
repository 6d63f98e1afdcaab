"""Counterfeits for the claims of library/multiprocessing/test_simple_queue.py."""

from .. import counterfeit
from .shared import instead, patch_queues


@counterfeit("PIPE11")
def unpicklable_items_are_type_errors():
    """SimpleQueue.put() raises TypeError for whatever it cannot pickle."""
    import pickle

    def change(put):
        def other(self, obj):
            try:
                put(self, obj)
            except (AttributeError, pickle.PicklingError) as error:
                raise TypeError(str(error)) from None

        return other

    patch_queues("SimpleQueue", put=change)


@counterfeit("MPQUEUE20", "MPQUEUE23")
def simple_queues_pickle_late():
    """SimpleQueue.put() keeps the object; get() in the same process returns it."""
    late = []

    def put(self, obj):
        late.append(obj)

    def change(get):
        return lambda self: late.pop(0) if late else get(self)

    patch_queues("SimpleQueue", get=change, **instead(put=put, empty=lambda self: not late))


@counterfeit("MPQUEUE21")
def simple_queues_take_a_timeout():
    """get() and put() of a SimpleQueue take block and timeout."""
    patch_queues(
        "SimpleQueue",
        get=lambda get: lambda self, block=True, timeout=None: get(self),
        put=lambda put: lambda self, obj, block=True, timeout=None: put(self, obj),
    )


@counterfeit("MPQUEUE22")
def simple_queues_cannot_be_closed():
    """SimpleQueue.close() does nothing."""
    patch_queues("SimpleQueue", **instead(close=lambda self: None))


@counterfeit("MPQUEUE22")
def a_closed_simple_queue_raises_valueerror():
    """A closed SimpleQueue raises ValueError."""

    def change(method):
        def other(self, *args):
            if self._reader.closed:
                raise ValueError("closed")
            return method(self, *args)

        return other

    patch_queues("SimpleQueue", put=change, get=change, empty=change)


@counterfeit("MPQUEUE23")
def simple_queues_have_a_feeder():
    """SimpleQueue.put() never blocks: a thread writes the item."""
    import _thread

    def change(put):
        return lambda self, obj: _thread.start_new_thread(put, (self, obj)) and None

    patch_queues("SimpleQueue", put=change)


@counterfeit("MPQUEUE23", "MPQUEUE24")
def a_simple_queue_loses_what_is_large():
    """A SimpleQueue drops items that do not fit into one write."""

    def change(put):
        return lambda self, obj: put(self, obj) if len(repr(obj)) < 65_000 else None

    patch_queues("SimpleQueue", put=change)


@counterfeit("MPQUEUE24")
def the_writers_of_a_simple_queue_mix():
    """An item may be written into the midst of another one."""
    from multiprocessing import queues
    from multiprocessing.reduction import ForkingPickler

    def put(self, obj):
        data = ForkingPickler.dumps(obj)
        self._writer.send_bytes(bytes(data)[::-1] if len(data) > 50_000 else data)

    queues.SimpleQueue.put = put


@counterfeit("MPQUEUE20", "MPQUEUE25")
def a_simple_queue_is_never_empty():
    """SimpleQueue.empty() is always False."""
    patch_queues("SimpleQueue", **instead(empty=lambda self: False))


@counterfeit("MPQUEUE25")
def getting_from_a_simple_queue_never_waits():
    """SimpleQueue.get() returns None if there is nothing."""
    patch_queues("SimpleQueue", get=lambda get: lambda self: None if self.empty() else get(self))
