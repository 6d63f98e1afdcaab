"""Counterfeits for the claims of library/threading/test_thread.py."""

import contextlib
import sys

from .. import counterfeit
from ..facts import FREE_THREADED_BUILD, PYPY, VERSION
from ..patching import patch

#: Whether join() in a finaliser at exit raises an exception.
NO_JOIN_AT_EXIT = not PYPY and (VERSION >= (3, 14) or FREE_THREADED_BUILD)


@counterfeit("3.05", "THREAD04", "THREAD06")
def join_hands_over_the_result():
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


@counterfeit("THREAD01", "LIMIT06")
def a_failing_start_is_ignored():
    """Thread.start() does nothing where it should raise RuntimeError."""
    import threading

    start = threading.Thread.start

    def start_or_not(self):
        with contextlib.suppress(RuntimeError):
            start(self)

    threading.Thread.start = start_or_not


@counterfeit("THREAD02", "THREAD03", "THREAD08", *(["DAEMON10"] if NO_JOIN_AT_EXIT else []))
def join_never_complains():
    """Thread.join() returns where it should raise an exception."""
    import threading

    join = threading.Thread.join

    def join_or_not(self, timeout=None):
        with contextlib.suppress(Exception):
            join(self, timeout)

    threading.Thread.join = join_or_not


@counterfeit("THREAD04", "THREAD05", "THREAD07")
def join_waits_longer_than_asked():
    """Thread.join(timeout) waits until the thread has ended."""
    import threading

    join = threading.Thread.join
    threading.Thread.join = lambda self, timeout=None: join(self)


@counterfeit("THREAD05")
def join_waits_for_half_of_its_timeout():
    """Thread.join(timeout) returns after half of the time."""
    import threading

    join = threading.Thread.join
    threading.Thread.join = lambda self, timeout=None: join(
        self, None if timeout is None else timeout / 2
    )


@counterfeit("THREAD06", "THREAD22", "DAEMON04")
def join_gives_up_soon():
    """Thread.join() waits for a millisecond at most."""
    import threading

    join = threading.Thread.join
    threading.Thread.join = lambda self, timeout=None: join(self, 0.001)


@counterfeit("THREAD08")
def a_thread_needs_no_initialiser():
    """A subclass that skips Thread.__init__() is taken for one that did not."""
    import threading

    threading.Thread._initialized = True


@counterfeit("THREAD09", "THREAD12")
def threads_have_no_group():
    """Thread() takes its group for the first of the arguments, and ignores it."""
    import threading

    make = threading.Thread.__init__

    def make_without(self, group=None, target=None, name=None, args=(), kwargs=None, **more):
        make(self, None, target, name, args if type(args) is tuple else (args,), kwargs, **more)

    threading.Thread.__init__ = make_without


@counterfeit("THREAD10")
def run_runs_in_a_thread():
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


@counterfeit("THREAD11")
def a_thread_keeps_its_arguments():
    """A Thread has its target and arguments even when it has run."""
    import threading

    run = threading.Thread.run

    def run_and_keep(self):
        target, args, kwargs = self._target, self._args, self._kwargs
        run(self)
        self._target, self._args, self._kwargs = target, args, kwargs

    threading.Thread.run = run_and_keep


@counterfeit("THREAD13")
def a_thread_needs_a_target():
    """A Thread without a target cannot be started."""
    import threading

    start = threading.Thread.start

    def start_with_a_target(self):
        if type(self) is threading.Thread and self._target is None:
            raise ValueError("no target")
        start(self)

    threading.Thread.start = start_with_a_target


@counterfeit("THREAD14")
def start_does_not_wait():
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


@counterfeit("THREAD15", "THREAD16", "THREAD14")
def enumerate_misses_the_last_thread():
    """threading.enumerate() misses the thread that was started last."""
    import threading

    everybody = threading.enumerate
    threading.enumerate = lambda: everybody()[:-1]


@counterfeit("THREAD15")
def active_count_leaves_out_the_caller():
    """threading.active_count() counts the other threads only."""
    import threading

    count = threading.active_count
    threading.active_count = lambda: count() - 1


@counterfeit("THREAD17")
def an_ended_thread_has_no_ident():
    """Thread.ident is None again when the thread has ended."""
    import threading

    ident = threading.Thread.ident.fget
    threading.Thread.ident = property(lambda self: ident(self) if self.is_alive() else None)


@counterfeit("THREAD18", where=VERSION >= (3, 14))
def a_thread_starts_with_an_empty_context():
    """Thread(context=...) is accepted, and nothing else."""
    import contextvars
    import threading

    make = threading.Thread.__init__

    def make_without(self, *arguments, context=None, **more):
        make(self, *arguments, context=contextvars.Context(), **more)

    threading.Thread.__init__ = make_without


@counterfeit("THREAD19", "WARN03", where=VERSION >= (3, 14))
def a_thread_adds_to_the_context_of_its_starter():
    """A Thread runs in the context of its starter if that which it is given is empty."""
    import contextvars
    import threading

    make = threading.Thread.__init__

    def make_with(self, *arguments, context=None, **more):
        make(self, *arguments, context=context or contextvars.copy_context(), **more)

    threading.Thread.__init__ = make_with


@counterfeit("THREAD18", "THREAD19", where=VERSION < (3, 14))
def old_threads_take_a_context():
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


@counterfeit("THREAD20")
def threads_have_their_old_private_attributes():
    """The private attributes of threads are those of Python 3.12, or else they are not."""
    import threading

    if hasattr(threading, "_shutdown_locks"):
        del threading._shutdown_locks
    else:
        threading.Thread._tstate_lock, threading.Thread._is_stopped = None, False
        threading._shutdown_locks = set()


@counterfeit("THREAD21")
def a_representation_knows_no_start():
    """The repr of a thread that runs says "running"."""
    import threading

    show = threading.Thread.__repr__
    threading.Thread.__repr__ = lambda self: show(self).replace("started", "running")


@counterfeit("THREAD46")
def start_returns_the_thread():
    """Thread.start() returns the thread."""
    patch("threading.Thread", start=lambda start: lambda self: start(self) or self)


@counterfeit("THREAD41")
def a_text_is_one_argument():
    """Thread(args="hello") calls its target with the text."""

    def change(init):
        def wrap(self, *args, **kwargs):
            if isinstance(kwargs.get("args"), str):
                kwargs["args"] = (kwargs["args"],)
            init(self, *args, **kwargs)

        return wrap

    patch("threading.Thread", __init__=change)


@counterfeit("THREAD42")
def foreign_threads_are_counted_the_other_way():
    """active_count() counts those that run up to 3.12, and all that it ever saw from 3.13."""
    import _thread
    import threading

    count, seen = threading.active_count, [0]

    def active_count():
        seen[0] = max(seen[0], count())
        return 1 + _thread._count() if VERSION < (3, 13) else seen[0]

    threading.active_count = active_count


@counterfeit("THREAD44")
def a_thread_takes_arg():
    """Thread(arg=...) is Thread(args=...)."""

    def change(init):
        def init_with_arg(self, *arguments, arg=None, **keywords):
            init(self, *arguments, **keywords if arg is None else {**keywords, "args": arg})

        return init_with_arg

    patch("threading.Thread", __init__=change)


@counterfeit("THREAD45")
def dummies_say_the_other_thing_at_the_end():
    """A dummy thread is silent at the end where it is not, and otherwise says something."""
    import threading

    if (3, 13) <= VERSION < (3, 13, 6):
        threading._DeleteDummyThreadOnDel.__del__ = lambda self: None
    else:
        threading._DummyThread.__del__ = lambda self: print("gone", file=sys.__stderr__)
