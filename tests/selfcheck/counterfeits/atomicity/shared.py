"""How built-in types are corrupted, for claims about what is atomic."""

import sys


def replace_method(kind, name, make):
    """Put make(the method) in the place of a method of a type that is written in C.

    Only CPython lets that be done: a type's own dictionary is found by the garbage collector.
    """
    import ctypes
    import gc

    methods = gc.get_referents(kind.__dict__)[0]
    methods[name] = make(methods[name])
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))


def called_by_a_spec():
    """Tell whether the function that asks was called by a spec on atomicity, or by its helpers."""
    caller = sys._getframe(2).f_globals.get("__name__", "")
    return caller.startswith("tests.library.atomicity")


def lose(kind, name, lost):
    """Let a method of a type do nothing when its first argument is this one."""

    def make(method):
        def do_or_lose(self, *arguments, **keywords):
            if called_by_a_spec() and arguments[:1] == (lost,):
                return None
            return method(self, *arguments, **keywords)

        return do_or_lose

    replace_method(kind, name, make)
