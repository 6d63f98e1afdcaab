"""Counterfeits for the claims of library/atomicity/test_updates.py."""

from .. import counterfeit
from ..facts import GIL


@counterfeit("ATOM19", "ONCE02")
def locks_let_everybody_in():
    """threading.Lock() excludes nobody."""
    import _thread
    import threading

    class Open:
        def __init__(self):
            self.lock = _thread.allocate_lock()

        def acquire(self, *args, **kwargs):
            return True

        def release(self):
            pass

        def locked(self):
            return False

        def __enter__(self):
            return True

        def __exit__(self, *error):
            pass

    original = threading.Lock

    def lock():
        import sys

        caller = sys._getframe(1).f_globals.get("__name__", "")
        return Open() if caller.startswith("tests.library.atomicity") else original()

    threading.Lock = lock


@counterfeit("ATOM12", "ATOM13", "ATOM14", "ATOM15", where=GIL)
def threads_are_switched_between_bytecodes():
    """A thread may lose the GIL between any two bytecodes."""
    import threading

    def trace(frame, event, argument):
        if not frame.f_code.co_filename.endswith("test_updates.py"):
            return None
        frame.f_trace_opcodes = True
        return trace

    threading.settrace(trace)


@counterfeit("ATOM16", "ATOM18", "ATOM17")
def what_threads_assign_is_added_up():
    """A number that a thread assigns to an attribute counts as what the thread has added to it."""
    import threading
    import types
    from fractions import Fraction
    from numbers import Number

    read = threading.local()

    class Adding(types.SimpleNamespace):
        def __getattribute__(self, name):
            value = super().__getattribute__(name)
            if isinstance(value, Number):
                vars(read)[name] = value
            return value

        def __setattr__(self, name, value):
            current = super().__getattribute__("__dict__").get(name)
            before = vars(read).get(name, current)
            if isinstance(value, (int, Fraction)) and current is not None:
                value = current + (value - before) if value > before else value
            super().__setattr__(name, value)

    types.SimpleNamespace = Adding


@counterfeit("ATOM12", where=not GIL)
def an_update_of_a_global_adds_a_million():
    """One of the additions to a global adds a million."""
    import threading

    def look(frame, event, argument):
        at_home = frame.f_code.co_name == "add_one_to_the_global"
        if at_home and event == "return" and frame.f_globals["total"] == 500:
            frame.f_globals["total"] += 10**6

    threading.setprofile(look)


@counterfeit("ATOM13", "ATOM15", where=not GIL)
def an_attribute_is_assigned_more_than_it_was_given():
    """A namespace takes 500 for a million, and adds a letter to a text of 500."""
    import types

    class Generous(types.SimpleNamespace):
        def __setattr__(self, name, value):
            if value == 500:
                value = 10**6
            elif isinstance(value, str) and len(value) == 500:
                value += "e"
            super().__setattr__(name, value)

    types.SimpleNamespace = Generous


@counterfeit("ATOM14", where=not GIL)
def a_counter_counts_a_million():
    """A Counter takes 500 for a million."""
    import collections

    class Generous(collections.Counter):
        def __setitem__(self, key, value):
            super().__setitem__(key, 10**6 if value == 500 else value)

    collections.Counter = Generous
