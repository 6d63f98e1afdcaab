"""Counterfeits of Managers: their servers, their proxies, and what these stand for."""

import sys
from typing import Any

from . import counterfeit

UNRELATED = ("1.", "2.", "3.", "8.0", "8.10", "8.12")

HAS_SET = sys.version_info >= (3, 14)
HAS_SHUTDOWN = sys.version_info >= (3, 13)

_CHANGES = """
    append extend insert remove sort reverse update setdefault add discard set put
    __setitem__ __delitem__ __setattr__ __delattr__
""".split()


def _in_a_client() -> bool:
    """Tell whether this is neither the first process nor a Manager's."""
    from multiprocessing import current_process, parent_process

    served = getattr(current_process(), "_manager_server", None) is not None
    return parent_process() is not None and not served


@counterfeit("MG01", "MG02", "MG14", "MG15", "MG16", "MG20", "MG21", "MG25", "MG29", "MG40")
def changes_of_a_child_are_lost() -> None:
    """What another process changes through a proxy does not arrive."""
    from multiprocessing import managers

    call = managers.BaseProxy._callmethod

    def keep(self: Any, name: str, args: Any = (), kwds: Any = {}) -> Any:  # noqa: B006
        if name in _CHANGES and _in_a_client():
            return None
        return call(self, name, args, kwds)

    managers.BaseProxy._callmethod = keep


@counterfeit("MG05", "MG08", "MG18", "MG19", where=HAS_SET)
def there_are_no_sets() -> None:
    """A SyncManager has no set()."""
    from multiprocessing import managers

    del managers.SyncManager.set


@counterfeit("MG05", "MG08", where=not HAS_SET)
def there_are_sets() -> None:
    """A SyncManager has set()."""
    from multiprocessing import managers

    names = ("add", "discard", "__getitem__", "__len__")
    managers.SetProxy = managers.MakeProxyType("SetProxy", names)
    managers.SyncManager.register("set", SortedSet, managers.SetProxy)


class SortedSet(list):  # type: ignore[type-arg]
    """As much of a set as is needed."""

    add = list.append
    discard = list.remove


@counterfeit("MG08")
def there_are_deques() -> None:
    """A SyncManager has deque()."""
    from collections import deque
    from multiprocessing import managers

    managers.SyncManager.register("deque", deque)


@counterfeit("MG03", "MG37")
def a_broken_connection_is_no_error() -> None:
    """A proxy without a server returns None."""
    from multiprocessing import managers

    call = managers.BaseProxy._callmethod

    def silent(self: Any, *args: Any) -> Any:
        try:
            return call(self, *args)
        except OSError:
            return None

    managers.BaseProxy._callmethod = silent


@counterfeit("MG04", "MG15", "MG16", "MG25", "MG28", "MG31", "MG32", "MG33")
def every_exception_is_a_remote_error() -> None:
    """An exception of a method is raised as a RemoteError."""
    from multiprocessing import managers

    original = managers.convert_to_error

    def convert(kind: str, result: Any) -> Any:
        return managers.RemoteError(repr(result)) if kind == "#ERROR" else original(kind, result)

    managers.convert_to_error = convert


@counterfeit("MG45", "MG46")
def a_remote_error_is_a_value_error() -> None:
    """What fails in the server itself is a ValueError."""
    from multiprocessing import managers

    original = managers.convert_to_error

    def convert(kind: str, result: Any) -> Any:
        return original(kind, result) if kind == "#ERROR" else ValueError(result)

    managers.convert_to_error = convert


@counterfeit("MG06")
def one_of_the_newer_methods_is_there() -> None:
    """List proxies have copy(), and dict proxies no |."""
    from multiprocessing import managers

    managers.ListProxy.copy = lambda self: self[:]
    managers.DictProxy.__or__ = lambda self, other: NotImplemented


@counterfeit("MG07", "MG03")
def a_proxy_looks_like_its_object() -> None:
    """repr() of a proxy shows what it stands for."""
    from multiprocessing import managers

    managers.BaseProxy.__repr__ = lambda self: self._callmethod("__repr__")


@counterfeit("X01")
def every_proxy_is_a_mapping() -> None:
    """A list proxy is a MutableMapping, too."""
    from collections.abc import MutableMapping
    from multiprocessing import managers

    MutableMapping.register(managers.BaseProxy)


@counterfeit("MG19", where=HAS_SET)
def every_proxy_is_a_set() -> None:
    """A set proxy is a MutableSet, beside a MutableMapping."""
    from collections.abc import MutableSet
    from multiprocessing import managers

    MutableSet.register(managers.BaseProxy)


@counterfeit("MG10")
def the_shutdown_timeout_is_ignored() -> None:
    """shutdown() waits for the process for a minute."""
    from multiprocessing import managers

    original = managers.BaseManager._finalize_manager

    def finalize(*arguments: Any) -> None:
        original(*arguments[:5], *(60 for _ in arguments[5:]))

    managers.BaseManager._finalize_manager = staticmethod(finalize)


@counterfeit("MG11")
def a_managers_value_has_a_lock() -> None:
    """A Manager's Value has get_lock()."""
    import threading
    from multiprocessing import managers

    managers.ValueProxy.get_lock = lambda self: threading.RLock()


@counterfeit("MG12", "MG35", "MG03")
def a_manager_before_its_start_is_another_error() -> None:
    """A manager that is not started raises ProcessError."""
    from multiprocessing import ProcessError, managers

    original = managers.BaseManager._create

    def create(self: Any, /, *args: Any, **kwds: Any) -> Any:
        if self._state.value != managers.State.STARTED:
            raise ProcessError("not started")
        return original(self, *args, **kwds)

    managers.BaseManager._create = create


@counterfeit("MG13")
def proxies_are_compared_by_value() -> None:
    """A proxy equals what it stands for."""
    from multiprocessing import managers

    def equal(self: Any, other: Any) -> bool:
        mine, others = (
            one._getvalue() if isinstance(one, managers.BaseProxy) else one for one in (self, other)
        )
        return getattr(mine, "value", mine) == others  # type: ignore[no-any-return]

    managers.BaseProxy.__eq__ = equal
    managers.BaseProxy.__hash__ = object.__hash__


@counterfeit("MX16")
def private_methods_are_exposed() -> None:
    """AutoProxy gives access to the private methods and the operators."""
    from multiprocessing import managers

    def methods(obj: Any) -> list[str]:
        return [
            name
            for name in managers.all_methods(obj)
            if name[0] != "_" or name in ("_hidden", "__getitem__")
        ]

    managers.public_methods = methods


@counterfeit("X10")
def a_namespace_has_no_private_attributes() -> None:
    """An attribute with an underscore is shared as well."""
    from multiprocessing import managers

    kind = managers.NamespaceProxy
    get, put = kind.__getattr__, kind.__setattr__
    kind.__getattr__ = lambda self, key: get(self, "p" + key if key == "_private" else key)
    kind.__setattr__ = lambda self, key, value: put(
        self, "p" + key if key == "_private" else key, value
    )


@counterfeit("X26", where=HAS_SHUTDOWN)
def queues_cannot_be_shut_down() -> None:
    """queue.Queue has no shutdown()."""
    import queue

    del queue.Queue.shutdown


@counterfeit("X27", where=HAS_SET)
def a_lock_is_never_locked() -> None:
    """locked() of a Manager's lock is False."""
    from multiprocessing import managers

    managers.AcquirerProxy.locked = lambda self: False


@counterfeit("X27", where=not HAS_SET)
def a_lock_can_be_asked() -> None:
    """locked() of a Manager's lock tells whether it is locked."""
    from multiprocessing import managers

    managers.AcquirerProxy.locked = lambda self: (
        not self.acquire(False) or self.release() is not None
    )


@counterfeit("MX29", "MG03", "MG37")
def a_manager_has_a_port() -> None:
    """The default address of a Manager is a port."""
    from multiprocessing import managers

    original = managers.BaseManager.__init__

    def __init__(self: Any, address: Any = None, *args: Any, **kwds: Any) -> None:
        original(self, address or ("127.0.0.1", 0), *args, **kwds)

    managers.BaseManager.__init__ = __init__


@counterfeit("MG39", where=not HAS_SET)
def a_long_temporary_folder_is_avoided() -> None:
    """A Manager's socket is in /tmp, whatever the temporary folder is."""
    import tempfile
    from multiprocessing import util

    util.get_temp_dir = lambda: tempfile.gettempdir() if len(tempfile.gettempdir()) < 50 else "/tmp"  # noqa: S108


@counterfeit("MG39", where=HAS_SET)
def a_long_temporary_folder_is_used() -> None:
    """A Manager's socket is in the temporary folder, however long its path is."""
    import tempfile
    from multiprocessing import util

    util.get_temp_dir = tempfile.gettempdir


@counterfeit("MG17", "MG16")
def a_dict_proxy_has_no_keys() -> None:
    """keys() of a dict proxy is empty."""
    from multiprocessing import managers

    managers.DictProxy.keys = lambda self: []


@counterfeit("MG24")
def a_dict_proxy_is_iterated_by_its_keys() -> None:
    """A dict proxy can be iterated everywhere."""
    from multiprocessing import managers

    managers.DictProxy.__iter__ = lambda self: iter(self.keys())


@counterfeit("MG22")
def a_managers_value_is_typed() -> None:
    """A Manager's Value takes numbers only."""
    from multiprocessing import managers

    def put(self: Any, value: Any) -> None:
        if isinstance(value, str):
            raise TypeError(value)
        self._callmethod("set", (value,))

    managers.ValueProxy.set = put
    managers.ValueProxy.value = property(managers.ValueProxy.get, put)


@counterfeit("MG23")
def a_deep_copy_is_the_proxy() -> None:
    """copy.deepcopy() of a proxy is the proxy."""
    from multiprocessing import managers

    managers.BaseProxy.__deepcopy__ = lambda self, memo: self


@counterfeit("MG25")
def a_managers_queue_is_a_stack() -> None:
    """A Manager's Queue gives the last item first."""
    import queue
    from multiprocessing import managers

    managers.SyncManager.register("Queue", queue.LifoQueue)


@counterfeit("MG26")
def joining_a_managers_queue_does_not_wait() -> None:
    """join() of a queue.Queue returns at once."""
    import queue

    queue.Queue.join = lambda self: None  # type: ignore[method-assign]


@counterfeit("MG27", "MG28")
def a_managers_locks_are_always_taken() -> None:
    """acquire() of a Manager's lock says True, and tries only."""
    from multiprocessing import managers

    def acquire(self: Any, blocking: bool = True, timeout: Any = None) -> bool:
        self._callmethod("acquire", (False,))
        return True

    managers.AcquirerProxy.acquire = acquire


@counterfeit("MG28")
def a_managers_semaphore_is_bounded() -> None:
    """A Manager's Semaphore is a BoundedSemaphore."""
    import threading
    from multiprocessing import managers

    managers.SyncManager.register("Semaphore", threading.BoundedSemaphore, managers.AcquirerProxy)


@counterfeit("MG29")
def a_managers_condition_wakes_everybody() -> None:
    """notify() of a Manager's Condition wakes all."""
    from multiprocessing import managers

    managers.ConditionProxy.notify = managers.ConditionProxy.notify_all


@counterfeit("MG30")
def waiting_for_a_managers_event_tells_nothing() -> None:
    """wait() of a Manager's Event returns None."""
    from multiprocessing import managers

    wait = managers.EventProxy.wait
    managers.EventProxy.wait = lambda self, timeout=None: wait(self, timeout) and None


@counterfeit("MG31", "MG32")
def a_managers_barrier_does_nothing_else() -> None:
    """A Manager's Barrier has no action and no timeout, and is not reset."""
    import threading
    from multiprocessing import managers

    def make(parties: int, action: Any = None, timeout: Any = None) -> Any:
        return threading.Barrier(parties, timeout=30)

    managers.SyncManager.register("Barrier", make, managers.BarrierProxy)
    managers.BarrierProxy.reset = lambda self: None


@counterfeit("MG33")
def a_managers_pool_maps_backwards() -> None:
    """map() of a Manager's Pool gives the last result first."""
    from multiprocessing import managers

    forwards = managers.PoolProxy.map
    managers.PoolProxy.map = lambda self, *args: forwards(self, *args)[::-1]


@counterfeit("MG34")
def leaving_a_managers_pool_does_nothing() -> None:
    """A Manager's Pool works on after its `with` statement."""
    from multiprocessing import managers

    managers.PoolProxy.__exit__ = lambda self, *exception: None


@counterfeit("MG35")
def a_managers_initializer_is_forgotten() -> None:
    """start() of a manager takes an initializer, and does not run it."""
    from multiprocessing import managers

    start = managers.BaseManager.start
    managers.BaseManager.start = lambda self, initializer=None, initargs=(): start(self)


@counterfeit("MG36")
def leaving_a_manager_does_nothing() -> None:
    """A manager serves on after its `with` statement."""
    from multiprocessing import managers

    managers.BaseManager.__exit__ = lambda self, *exception: None


@counterfeit("MG38")
def a_manager_heeds_the_keyboard() -> None:
    """SIGINT ends a Manager's process."""
    import signal
    import types
    from multiprocessing import managers

    shim = types.SimpleNamespace(**vars(signal))
    shim.signal = lambda number, handler: signal.signal(number, signal.default_int_handler)
    managers.signal = shim


@counterfeit("MG40")
def every_key_is_right() -> None:
    """Connections are not authenticated."""
    from multiprocessing import connection

    connection.deliver_challenge = lambda *args: None
    connection.answer_challenge = lambda *args: None


@counterfeit("MG41")
def a_child_cannot_make_shared_objects() -> None:
    """A manager makes objects in the process that started it only."""
    from multiprocessing import managers

    original = managers.BaseManager._create

    def create(self: Any, /, *args: Any, **kwds: Any) -> Any:
        if _in_a_client():
            raise ValueError("made elsewhere")
        return original(self, *args, **kwds)

    managers.BaseManager._create = create


@counterfeit("MG42")
def what_is_sent_is_counted() -> None:
    """A proxy that is pickled counts for ever."""
    from multiprocessing import managers

    reduce = managers.BaseProxy.__reduce__

    def counted(self: Any) -> Any:
        connection = self._Client(self._token.address, authkey=self._authkey)
        managers.dispatch(connection, None, "incref", (self._id,))
        return reduce(self)

    managers.BaseProxy.__reduce__ = counted


@counterfeit("MG43")
def nothing_is_forgotten() -> None:
    """The end of a proxy is not told to the server."""
    from multiprocessing import managers

    managers.BaseProxy._decref = staticmethod(lambda *args: None)


@counterfeit("MG44")
def registrations_expose_what_is_public() -> None:
    """register() ignores exposed=."""
    from multiprocessing import managers

    original = managers.BaseManager.register.__func__

    def register(cls: Any, typeid: str, *args: Any, exposed: Any = None, **kwds: Any) -> None:
        original(cls, typeid, *args, **kwds)

    managers.BaseManager.register = classmethod(register)


@counterfeit("MG47")
def what_cannot_be_sent_is_dropped() -> None:
    """A call whose arguments cannot be pickled does nothing."""
    from multiprocessing import managers

    call = managers.BaseProxy._callmethod

    def silent(self: Any, *args: Any) -> Any:
        try:
            return call(self, *args)
        except TypeError:
            return None

    managers.BaseProxy._callmethod = silent


@counterfeit("MG48", "MG01", "MG14")
def a_proxy_is_pickled_as_its_object() -> None:
    """What arrives is a copy of what the proxy stands for."""
    import copy
    from multiprocessing import managers

    managers.BaseProxy.__reduce__ = lambda self: (copy.copy, (self._getvalue(),))


@counterfeit("MG49")
def a_token_forgets_its_id() -> None:
    """A Token that was pickled has no id."""
    from multiprocessing import managers

    def __setstate__(self: Any, state: Any) -> None:
        self.typeid, self.address, _ = state
        self.id = "0"

    managers.Token.__setstate__ = __setstate__


@counterfeit("MG50")
def a_proxy_type_lacks_a_method() -> None:
    """MakeProxyType() makes a new type each time, without put()."""
    from multiprocessing import managers

    original = managers.MakeProxyType
    managers.MakeProxyType = lambda name, exposed: original(
        name, [one for one in exposed if one != "put"], {}
    )


@counterfeit("MG51")
def proxies_are_not_generic() -> None:
    """ValueProxy[int] is ValueProxy."""
    from multiprocessing import managers

    managers.ValueProxy.__class_getitem__ = classmethod(lambda cls, item: cls)
