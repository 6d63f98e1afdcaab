"""Counterfeits of what atomicity stands on: threads, events, caches, print, finalisers, the GIL."""

from typing import Any

from . import counterfeit


def _headers() -> bool:
    """Tell whether an extension can be compiled for this interpreter."""
    import sysconfig
    from pathlib import Path

    return Path(sysconfig.get_path("include"), "Python.h").exists()


#: Everything that threads do to one thing.
RACES = """
    AT01 AT02 AT03 AT04 AT05 AT06 AT07 AT08 AT09 AT10 AT11 AT12 AT13 AT15 AT16 AT17 AT21 AT22 AT24
    AT25 AT26 AT27 AT28 AT29 AT31 AT32 AT33 AT34 AT35 AT38 AT39 AT40 AT47 AT49 X31 Z17
""".split()


@counterfeit(*RACES)
def threads_end_without_running() -> None:
    """A Thread starts and ends, and never calls its target."""
    import threading

    threading.Thread.run = lambda self: None


@counterfeit("AT01", "AT02", "AT09", "AT21", "AT22", "AT24", "AT27", "AT29", "AT31")
def every_thread_gets_the_arguments_of_the_first() -> None:
    """A Thread whose argument is a number gets 0 instead."""
    import threading

    run = threading.Thread.run

    def first(self: Any) -> None:
        if self._args and type(self._args[0]) is int:
            self._args = (0,)
        run(self)

    threading.Thread.run = first


@counterfeit("AT01", "AT08", "AT13", "AT22", "AT29")
def threads_do_their_work_twice() -> None:
    """A Thread calls its target twice."""
    import threading

    run = threading.Thread.run

    def twice(self: Any) -> None:
        target, args, kwargs = self._target, self._args, self._kwargs
        run(self)
        self._target, self._args, self._kwargs = target, args, kwargs
        run(self)

    threading.Thread.run = twice


@counterfeit("AT07", "AT38")
def locks_let_everybody_in() -> None:
    """threading.Lock() excludes nobody."""
    import _thread
    import threading

    class Open:
        def __init__(self) -> None:
            self.lock = _thread.allocate_lock()

        def acquire(self, *args: Any, **kwargs: Any) -> bool:
            return True

        def release(self) -> None:
            pass

        def locked(self) -> bool:
            return False

        def __enter__(self) -> bool:
            return True

        def __exit__(self, *error: Any) -> None:
            pass

    original = threading.Lock

    def lock() -> Any:
        import sys

        caller = sys._getframe(1).f_globals.get("__name__", "")
        return Open() if caller.startswith("tests.library.atomicity") else original()

    threading.Lock = lock


@counterfeit("AT30", "AT36")
def events_are_never_waited_for() -> None:
    """Event.wait() returns False at once."""
    import threading

    threading.Event.wait = lambda self, timeout=None: False


@counterfeit("AT41", "X33")
def print_writes_whole_lines() -> None:
    """print() hands everything over in one write()."""
    import builtins
    import sys

    def whole(*values: Any, sep: Any = None, end: Any = None, file: Any = None, flush: Any = False):
        text = (" " if sep is None else sep).join(map(str, values))
        (file or sys.stdout).write(text + ("\n" if end is None else end))

    builtins.print = whole


@counterfeit("AT15")
def cached_properties_are_tuples() -> None:
    """functools.cached_property keeps another type of value, for the specs."""
    import functools

    original = functools.cached_property

    class Changed(original):  # type: ignore[type-arg]
        def __get__(self, instance: Any, owner: Any = None) -> Any:
            value = super().__get__(instance, owner)
            return tuple(value) if type(value) is list else value

    functools.cached_property = Changed


@counterfeit("AT16", "AT40")
def cached_functions_are_never_cached() -> None:
    """functools.lru_cache remembers nothing, and its cache_info() knows of no call."""
    import functools

    original = functools.lru_cache

    def forgetful(maxsize: Any = 128, typed: bool = False) -> Any:
        return original(0) if not callable(maxsize) else original(0)(maxsize)

    functools.lru_cache = forgetful


@counterfeit("AT11")
def a_deque_may_grow_in_a_loop() -> None:
    """A loop over a deque runs over a copy of it."""
    import collections

    class Calm(collections.deque):  # type: ignore[type-arg]
        def __iter__(self) -> Any:
            return iter([self[n] for n in range(len(self))])

    collections.deque = Calm


@counterfeit("AT13")
def a_count_skips_a_number() -> None:
    """itertools.count() leaves out every hundredth number."""
    import itertools

    original = itertools.count

    def skipping(start: int = 0, step: int = 1) -> Any:
        return (n for n in original(start, step) if n % 100)

    itertools.count = skipping


@counterfeit("AT46")
def collecting_garbage_does_nothing() -> None:
    """gc.collect() collects nothing."""
    import gc

    gc.collect = lambda generation=2: 0


@counterfeit("AT45", "AT46")
def weak_references_are_strong() -> None:
    """weakref.ref keeps its object alive for the specs."""
    import sys
    import weakref

    original = weakref.ref

    class Strong(original):
        def __new__(cls, thing: Any, *callback: Any) -> Any:
            caller = sys._getframe(1).f_globals.get("__name__", "")
            if caller.startswith("tests.library.atomicity"):
                return lambda: thing
            return original.__new__(cls, thing, *callback)

    weakref.ref = Strong


@counterfeit("AT48")
def ids_are_never_used_again() -> None:
    """id() counts: no two calls give the same number."""
    import builtins
    import itertools

    numbers, original = itertools.count(1), builtins.id

    def new(thing: Any) -> int:
        return next(numbers) if type(thing) is object else original(thing)

    builtins.id = new


@counterfeit("AT49")
def a_weak_dictionary_holds_its_values() -> None:
    """weakref.WeakValueDictionary is an ordinary dict."""
    import weakref

    weakref.WeakValueDictionary = type("Strong", (dict,), {})


@counterfeit("Z23")
def files_stay_open() -> None:
    """A file that was opened stays open and unwritten until the program ends."""
    import builtins

    kept, original = [], builtins.open

    def keep(*args: Any, **kwargs: Any) -> Any:
        kept.append(original(*args, **kwargs))
        return kept[-1]

    import sys

    if sys.argv and not any("pytest" in argument for argument in sys.argv):
        builtins.open = keep


@counterfeit("AT18", "AT43")
def options_of_the_interpreter_are_dropped() -> None:
    """subprocess.run() starts Python without -X, and sets PYTHON_GIL to the other value."""
    import subprocess

    run = subprocess.run

    def plain(command: Any, **keywords: Any) -> Any:
        if isinstance(command, list) and "-X" in command:
            at = command.index("-X")
            command = [*command[:at], *command[at + 2 :]]
        elif "PYTHON_GIL" in keywords.get("env", {}):
            gil = str(1 - int(keywords["env"]["PYTHON_GIL"]))
            keywords["env"] = {**keywords["env"], "PYTHON_GIL": gil}
        return run(command, **keywords)

    subprocess.run = plain


@counterfeit("AT44", where=_headers())
def the_gil_is_reported_to_be_off() -> None:
    """sys._is_gil_enabled() says False, whatever there is."""
    import sys

    sys._is_gil_enabled = lambda: False
