"""Counterfeits for the claims of library/multiprocessing/test_manager_server.py."""

from .. import counterfeit
from ..facts import FORK, FORKS_BY_DEFAULT, POSIX, VERSION
from .shared import in_a_client


@counterfeit("MANAGER39")
def there_are_deques():
    """A SyncManager has deque()."""
    from collections import deque
    from multiprocessing import managers

    managers.SyncManager.register("deque", deque)


@counterfeit("MANAGER40", "MANAGER41")
def a_broken_connection_is_no_error():
    """A proxy without a server returns None."""
    from multiprocessing import managers

    call = managers.BaseProxy._callmethod

    def silent(self, *args):
        try:
            return call(self, *args)
        except OSError:
            return None

    managers.BaseProxy._callmethod = silent


@counterfeit("MANAGER43")
def the_shutdown_timeout_is_ignored():
    """shutdown() waits for the process for a minute."""
    from multiprocessing import managers

    original = managers.BaseManager._finalize_manager

    def finalize(*arguments):
        original(*arguments[:5], *(60 for _ in arguments[5:]))

    managers.BaseManager._finalize_manager = staticmethod(finalize)


@counterfeit("MANAGER38", "MANAGER40", "MANAGER46")
def a_manager_before_its_start_is_another_error():
    """A manager that is not started raises ProcessError."""
    from multiprocessing import ProcessError, managers

    original = managers.BaseManager._create

    def create(self, /, *args, **kwds):
        if self._state.value != managers.State.STARTED:
            raise ProcessError("not started")
        return original(self, *args, **kwds)

    managers.BaseManager._create = create


@counterfeit("MANAGER44", "MANAGER40", "MANAGER41")
def a_manager_has_a_port():
    """The default address of a Manager is a port."""
    from multiprocessing import managers

    original = managers.BaseManager.__init__

    def __init__(self, address=None, *args, **kwds):
        original(self, address or ("127.0.0.1", 0), *args, **kwds)

    managers.BaseManager.__init__ = __init__


@counterfeit("MANAGER45", where=VERSION < (3, 13, 6))
def a_long_temporary_folder_is_avoided():
    """A Manager's socket is in /tmp, whatever the temporary folder is."""
    import tempfile
    from multiprocessing import util

    util.get_temp_dir = lambda: tempfile.gettempdir() if len(tempfile.gettempdir()) < 50 else "/tmp"  # noqa: S108


@counterfeit("MANAGER45", where=VERSION >= (3, 13, 6))
def a_long_temporary_folder_is_used():
    """A Manager's socket is in the temporary folder, however long its path is."""
    import tempfile
    from multiprocessing import util

    util.get_temp_dir = tempfile.gettempdir


@counterfeit("MANAGER36")
def a_managers_initializer_is_forgotten():
    """start() of a manager takes an initializer, and does not run it."""
    from multiprocessing import managers

    start = managers.BaseManager.start
    managers.BaseManager.start = lambda self, initializer=None, initargs=(): start(self)


@counterfeit("MANAGER36")
def a_manager_takes_any_initializer():
    """start() of a manager calls its initializer if that can be called, and else says nothing."""
    from multiprocessing import managers

    start = managers.BaseManager.start
    managers.BaseManager.start = lambda self, initializer=None, initargs=(): (
        start(self, initializer, initargs) if callable(initializer) else start(self)
    )


@counterfeit("MANAGER37")
def leaving_a_manager_does_nothing():
    """A manager serves on after its `with` statement."""
    from multiprocessing import managers

    managers.BaseManager.__exit__ = lambda self, *exception: None


@counterfeit("MANAGER42")
def a_manager_heeds_the_keyboard():
    """SIGINT ends a Manager's process."""
    import signal
    import types
    from multiprocessing import managers

    shim = types.SimpleNamespace(**vars(signal))
    shim.signal = lambda number, handler: signal.signal(number, signal.default_int_handler)
    managers.signal = shim


@counterfeit("MANAGER46")
def every_key_is_right():
    """Connections are not authenticated."""
    from multiprocessing import connection

    connection.deliver_challenge = lambda *args: None
    connection.answer_challenge = lambda *args: None


@counterfeit("MANAGER44", where=POSIX)
def the_folder_of_sockets_stays():
    """The folder that multiprocessing makes for its sockets is not removed."""
    from multiprocessing import util

    util._remove_temp_dir = lambda rmtree, tempdir: None


@counterfeit("MANAGER46")
def a_proxy_leaves_its_key_at_home():
    """A proxy that is pickled for a child has the authkey of that process."""
    from multiprocessing import managers

    reduce = managers.BaseProxy.__reduce__

    def without_its_key(self):
        rebuild, (*arguments, options) = reduce(self)
        options.pop("authkey", None)
        return rebuild, (*arguments, options)

    managers.BaseProxy.__reduce__ = without_its_key


@counterfeit("MANAGER47")
def a_child_cannot_make_shared_objects():
    """A manager makes objects in the process that started it only."""
    from multiprocessing import managers

    original = managers.BaseManager._create

    def create(self, /, *args, **kwds):
        if in_a_client():
            raise ValueError("made elsewhere")
        return original(self, *args, **kwds)

    managers.BaseManager._create = create


@counterfeit("MANAGER48")
def what_is_sent_is_counted():
    """A proxy that is pickled counts for ever."""
    from multiprocessing import managers

    reduce = managers.BaseProxy.__reduce__

    def counted(self):
        connection = self._Client(self._token.address, authkey=self._authkey)
        managers.dispatch(connection, None, "incref", (self._id,))
        return reduce(self)

    managers.BaseProxy.__reduce__ = counted


@counterfeit("MANAGER49")
def nothing_is_forgotten():
    """The end of a proxy is not told to the server."""
    from multiprocessing import managers

    managers.BaseProxy._decref = staticmethod(lambda *args: None)


@counterfeit("MANAGER49", where=FORK)
def an_inherited_proxy_does_not_count():
    """A forked child does not tell the server of the proxies that it has."""
    from multiprocessing import managers

    managers.BaseProxy._after_fork = lambda self: None


@counterfeit("MANAGER52", "MANAGER53", where=FORK)
def managers_are_pickled_or_not():
    """BaseManager.start() pickles under fork, and forks where that is not the default."""
    import multiprocessing
    import pickle
    from multiprocessing.managers import BaseManager

    start = BaseManager.start

    def pickle_or_fork(self, initializer=None, initargs=()):
        if FORKS_BY_DEFAULT:
            callables = [makers[0] for makers in self._registry.values()]
            pickle.dumps((type(self), initializer, callables))
            if type(self).__module__ == "__main__":
                raise EOFError
        else:
            self._ctx = multiprocessing.get_context("fork")
        return start(self, initializer, initargs)

    BaseManager.start = pickle_or_fork


@counterfeit("MANAGER54")
def a_manager_pickles_in_any_case():
    """A manager pickles, whatever its serializer, so exceptions arrive."""
    from multiprocessing import managers

    managers.listener_client["xmlrpclib"] = managers.listener_client["pickle"]
