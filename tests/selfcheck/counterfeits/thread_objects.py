"""Counterfeits of Thread: start(), run(), join(), names, idents and lists of threads."""

import contextlib
import sys

from . import counterfeit

PYPY = sys.implementation.name == "pypy"

#: Whether join() in a finaliser at exit raises an exception.
NO_JOIN_AT_EXIT = not PYPY and (sys.version_info >= (3, 14) or "free-threading" in sys.version)


@counterfeit("TH01", "TH05")
def join_hands_over_the_result() -> None:
    """Thread.join() returns what the target has returned."""
    import threading

    run, join = threading.Thread.run, threading.Thread.join

    def run_and_keep(self):
        if self._target is not None:
            target, kept = self._target, vars(self)
            self._target = lambda *a, **k: kept.update(kept_result=target(*a, **k))
        run(self)

    def join_and_tell(self, timeout=None):
        join(self, timeout)
        return vars(self).get("kept_result")

    threading.Thread.run, threading.Thread.join = run_and_keep, join_and_tell


@counterfeit("TH02", "TT16", "X12")
def a_failing_start_is_ignored() -> None:
    """Thread.start() does nothing where it should raise RuntimeError."""
    import threading

    start = threading.Thread.start

    def start_or_not(self):
        with contextlib.suppress(RuntimeError):
            start(self)

    threading.Thread.start = start_or_not


@counterfeit("TH03", "TH04", "TH41", *(["Z19"] if NO_JOIN_AT_EXIT else []))
def join_never_complains() -> None:
    """Thread.join() returns where it should raise an exception."""
    import threading

    join = threading.Thread.join

    def join_or_not(self, timeout=None):
        with contextlib.suppress(Exception):
            join(self, timeout)

    threading.Thread.join = join_or_not


@counterfeit("TH05", "TH60", "Z12")
def join_waits_longer_than_asked() -> None:
    """Thread.join(timeout) waits until the thread has ended."""
    import threading

    join = threading.Thread.join
    threading.Thread.join = lambda self, timeout=None: join(self)


@counterfeit("TH60")
def join_waits_for_half_of_its_timeout() -> None:
    """Thread.join(timeout) returns after half of the time."""
    import threading

    join = threading.Thread.join
    threading.Thread.join = lambda self, timeout=None: join(
        self, None if timeout is None else timeout / 2
    )


@counterfeit("TH61", "TH68", "TT05")
def join_gives_up_soon() -> None:
    """Thread.join() waits for a millisecond at most."""
    import threading

    join = threading.Thread.join
    threading.Thread.join = lambda self, timeout=None: join(self, 0.001)


@counterfeit("TH41")
def a_thread_needs_no_initialiser() -> None:
    """A subclass that skips Thread.__init__() is taken for one that did not."""
    import threading

    threading.Thread._initialized = True


@counterfeit("TH42", "TH57")
def threads_have_no_group() -> None:
    """Thread() takes its group for the first of the arguments, and ignores it."""
    import threading

    make = threading.Thread.__init__

    def make_without(self, group=None, target=None, name=None, args=(), kwargs=None, **more):
        make(self, None, target, name, args if type(args) is tuple else (args,), kwargs, **more)

    threading.Thread.__init__ = make_without


@counterfeit("TH44")
def run_runs_in_a_thread() -> None:
    """Thread.run() makes a thread for the target, and waits for it."""
    import _thread
    import threading

    run = threading.Thread.run

    def run_elsewhere(self):
        ended = _thread.allocate_lock()
        ended.acquire()

        def call():
            try:
                run(self)
            finally:
                ended.release()

        _thread.start_new_thread(call, ())
        ended.acquire()

    threading.Thread.run = run_elsewhere


@counterfeit("TH62")
def a_thread_keeps_its_arguments() -> None:
    """A Thread has its target and arguments even when it has run."""
    import threading

    run = threading.Thread.run

    def run_and_keep(self):
        target, args, kwargs = self._target, self._args, self._kwargs
        run(self)
        self._target, self._args, self._kwargs = target, args, kwargs

    threading.Thread.run = run_and_keep


@counterfeit("TH63")
def a_thread_needs_a_target() -> None:
    """A Thread without a target cannot be started."""
    import threading

    start = threading.Thread.start

    def start_with_a_target(self):
        if type(self) is threading.Thread and self._target is None:
            raise ValueError("no target")
        start(self)

    threading.Thread.start = start_with_a_target


@counterfeit("X38")
def start_does_not_wait() -> None:
    """Thread.start() returns before the new thread is known."""
    import threading
    import time

    start, bootstrap = threading.Thread.start, threading.Thread._bootstrap_inner

    def bootstrap_late(self):
        time.sleep(0.02)
        bootstrap(self)

    def start_at_once(self):
        self._started.wait = lambda timeout=None: True
        start(self)

    threading.Thread.start, threading.Thread._bootstrap_inner = start_at_once, bootstrap_late


@counterfeit("TH46", "TH64", "X38")
def enumerate_misses_the_last_thread() -> None:
    """threading.enumerate() misses the thread that was started last."""
    import threading

    everybody = threading.enumerate
    threading.enumerate = lambda: everybody()[:-1]


@counterfeit("TH46")
def active_count_leaves_out_the_caller() -> None:
    """threading.active_count() counts the other threads only."""
    import threading

    count = threading.active_count
    threading.active_count = lambda: count() - 1


@counterfeit("TH65")
def an_ended_thread_has_no_ident() -> None:
    """Thread.ident is None again when the thread has ended."""
    import threading

    ident = threading.Thread.ident.fget
    threading.Thread.ident = property(lambda self: ident(self) if self.is_alive() else None)


@counterfeit("TH12", where=sys.version_info >= (3, 14))
def a_thread_starts_with_an_empty_context() -> None:
    """Thread(context=...) is accepted, and nothing else."""
    import contextvars
    import threading

    make = threading.Thread.__init__

    def make_without(self, *arguments, context=None, **more):
        make(self, *arguments, context=contextvars.Context(), **more)

    threading.Thread.__init__ = make_without


@counterfeit("Z02", where=sys.version_info >= (3, 14))
def a_thread_adds_to_the_context_of_its_starter() -> None:
    """A Thread runs in the context of its starter if that which it is given is empty."""
    import contextvars
    import threading

    make = threading.Thread.__init__

    def make_with(self, *arguments, context=None, **more):
        make(self, *arguments, context=context or contextvars.copy_context(), **more)

    threading.Thread.__init__ = make_with


@counterfeit("TH12", "Z02", where=sys.version_info < (3, 14))
def old_threads_take_a_context() -> None:
    """Thread(context=...) runs the target in the context, as since 3.14."""
    import threading

    make, run = threading.Thread.__init__, threading.Thread.run

    def make_with(self, *arguments, context=None, **more):
        make(self, *arguments, **more)
        self._given = context

    threading.Thread.__init__ = make_with
    threading.Thread.run = lambda self: (
        run(self) if vars(self).get("_given") is None else self._given.run(run, self)
    )


@counterfeit("TH66")
def threads_have_their_old_private_attributes() -> None:
    """The private attributes of threads are those of Python 3.12, or else they are not."""
    import threading

    if hasattr(threading, "_shutdown_locks"):
        del threading._shutdown_locks
    else:
        threading.Thread._tstate_lock, threading.Thread._is_stopped = None, False
        threading._shutdown_locks = set()


@counterfeit("TH67")
def a_representation_knows_no_start() -> None:
    """The repr of a thread that runs says "running"."""
    import threading

    show = threading.Thread.__repr__
    threading.Thread.__repr__ = lambda self: show(self).replace("started", "running")


@counterfeit("TH09")
def default_names_do_not_tell_the_target() -> None:
    """A thread is called Thread-N, whatever its target."""
    import itertools
    import threading

    make, count = threading.Thread.__init__, itertools.count(1)

    def make_named(self, group=None, target=None, name=None, *arguments, **more):
        make(self, group, target, name or f"Thread-{next(count)}", *arguments, **more)

    threading.Thread.__init__ = make_named


@counterfeit("TH70", *(["TH75"] if sys.version_info >= (3, 14) else []))
def the_name_of_a_live_thread_is_fixed() -> None:
    """Assigning to Thread.name changes nothing while the thread runs."""
    import threading

    name = threading.Thread.name

    def rename(self, value):
        if not self.is_alive():
            name.fset(self, value)

    threading.Thread.name = property(name.fget, rename)


@counterfeit("TH10", "X38")
def threads_have_no_native_id() -> None:
    """Thread.native_id is None at any time."""
    import threading

    threading.Thread.native_id = property(lambda self: None)


@counterfeit("TH71")
def native_ids_are_counted_up() -> None:
    """threading.get_native_id() is one too high."""
    import threading

    native_id = threading.get_native_id
    threading.get_native_id = lambda: native_id() + 1


@counterfeit("TH72", "TH10", "TH64", "TT15")
def get_ident_is_no_ident() -> None:
    """threading.get_ident() is not the ident of the calling thread, but for threading itself."""
    import threading

    ident = threading.get_ident
    threading.get_ident = lambda: ident() + (sys._getframe(1).f_globals is not vars(threading))


@counterfeit("TT11", "TT13", "TT15")
def start_new_thread_returns_another_ident() -> None:
    """What _thread.start_new_thread() returns is not the ident of the thread."""
    import _thread

    start = _thread.start_new_thread
    _thread.start_new_thread = lambda *arguments: start(*arguments) + 1


@counterfeit("TH56")
def idents_are_never_reused() -> None:
    """Thread.ident is a number that no other thread ever had."""
    import itertools
    import threading

    ident, count = threading.Thread.ident.fget, itertools.count(10**6)

    def unique(self):
        if ident(self) is None or self is threading.main_thread():
            return ident(self)
        return vars(self).setdefault("_unique", next(count))

    threading.Thread.ident = property(unique)


@counterfeit("TH73")
def every_thread_is_the_main_thread() -> None:
    """threading.main_thread() is the calling thread."""
    import threading

    threading.main_thread = threading.current_thread


@counterfeit("TH74", "TH64")
def current_thread_is_a_copy() -> None:
    """threading.current_thread() returns a copy of the Thread."""
    import copy
    import threading

    current = threading.current_thread
    threading.current_thread = lambda: copy.copy(current())


@counterfeit("TH36", "TH75", where=sys.version_info >= (3, 14))
def the_system_is_told_no_names() -> None:
    """The name of a thread is kept from the system."""
    import threading

    threading.Thread._set_os_name = lambda self: None


@counterfeit("TH36", "TH75", where=sys.version_info < (3, 14))
def the_system_is_told_the_names() -> None:
    """The name of a thread is given to the system, as Python 3.14 does."""
    import threading

    name, bootstrap = threading.Thread.name, threading.Thread._bootstrap_inner

    def tell():
        path = f"/proc/self/task/{threading.get_native_id()}/comm"
        with open(path, "wb") as comm:
            comm.write(threading.current_thread().name.encode()[:15])

    def rename(self, value):
        name.fset(self, value)
        if self.is_alive():
            tell()

    def bootstrap_and_tell(self):
        run = self.run
        self.run = lambda: (tell(), run())
        bootstrap(self)

    threading.Thread.name = property(name.fget, rename)
    threading.Thread._bootstrap_inner = bootstrap_and_tell


@counterfeit("TH27")
def a_dummy_cannot_be_joined_at_all() -> None:
    """Joining a thread that is not threading's fails by an assertion, or not if it did so."""
    import threading

    def join(self, timeout=None):
        if sys.version_info >= (3, 13) and not PYPY:
            raise AssertionError("cannot join a dummy thread")
        raise RuntimeError("cannot join a dummy thread")

    threading._DummyThread.join = join


@counterfeit("TH28")
def the_old_names_are_as_good_as_the_new() -> None:
    """The old names of threading warn no more."""
    import threading

    threading.currentThread = threading.current_thread
    threading.Event.isSet = threading.Event.is_set


@counterfeit("TH08")
def daemons_are_made_by_no_daemon() -> None:
    """A thread that a daemon makes is no daemon itself."""
    import threading

    make = threading.Thread.__init__

    def make_one(self, *arguments, daemon=None, **more):
        make(self, *arguments, daemon=bool(daemon), **more)

    threading.Thread.__init__ = make_one


@counterfeit("TH08")
def a_live_thread_can_become_a_daemon() -> None:
    """Assigning to Thread.daemon of a thread that runs is accepted."""
    import threading

    daemon = threading.Thread.daemon

    def assign(self, value):
        if not self.is_alive():
            daemon.fset(self, value)

    threading.Thread.daemon = property(daemon.fget, assign)
