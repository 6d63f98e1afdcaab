"""Counterfeits for the claims of library/stdlib/test_foreign_code.py."""

from importlib.util import find_spec

from .. import counterfeit
from ..facts import GIL, POSIX, PYPY, VERSION, in_a_program
from ..patching import patch


@counterfeit("STDLIB47", where=POSIX and GIL and not PYPY)
def every_foreign_function_keeps_the_gil():
    """A CDLL keeps the GIL during a call."""
    import ctypes

    ctypes.CDLL = ctypes.PyDLL


@counterfeit("STDLIB47", where=POSIX and GIL and not PYPY)
def no_foreign_function_keeps_the_gil():
    """A PyDLL releases the GIL during a call."""
    import ctypes

    ctypes.PyDLL = ctypes.CDLL


@counterfeit("STDLIB47", where=POSIX and not GIL)
def no_thread_writes_while_a_foreign_function_waits():
    """The poll() of a C library finds nothing, as if all other threads stood still."""
    import ctypes

    class Waiting(ctypes.CDLL):
        def __getattr__(self, name):
            return (lambda *_: 0) if name == "poll" else super().__getattr__(name)

    ctypes.CDLL = Waiting


@counterfeit("STDLIB48", where=POSIX and find_spec("_tkinter") is not None)
def tcl_is_thread_safe():
    """Tcl answers every thread."""
    if not in_a_program():
        return
    import threading

    main = threading.get_ident()

    class Answering:
        """Stands for the interpreter, and does nothing in other threads."""

        def __init__(self, tk):
            self._tk = tk

        def __getattr__(self, name):
            method = getattr(self._tk, name)
            return method if threading.get_ident() == main else lambda *_: "/"

    def change(init):
        def wrapped(self, *args, **keywords):
            init(self, *args, **keywords)
            if threading.get_ident() == main:
                self.tk = Answering(self.tk)

        return wrapped

    patch("tkinter.Tk", __init__=change)


ABORTS = not any(
    first <= VERSION < end
    for first, end in (
        ((3, 13, 15), (3, 14)),
        ((3, 14, 7), (3, 15)),
        ((3, 15), (4,)),
    )
)


@counterfeit("STDLIB50", where=POSIX and find_spec("_tkinter") is not None and ABORTS)
def a_tcl_of_another_thread_is_leaked():
    """The Tcl interpreter of another thread is never freed."""
    if in_a_program():
        kept = []

        def change(init):
            def keep(self, *args, **keywords):
                init(self, *args, **keywords)
                kept.append(self.tk)
                # What is kept is not freed at the end of the program either.
                __import__("ctypes").pythonapi.Py_IncRef(__import__("ctypes").py_object(self.tk))

            return keep

        patch("tkinter.Tk", __init__=change)


@counterfeit("STDLIB50", where=POSIX and find_spec("_tkinter") is not None and not ABORTS)
def a_tcl_of_another_thread_aborts():
    """The Tcl interpreter of another thread aborts the program when it is freed."""
    if in_a_program():
        import os
        import sys
        import warnings

        def abort(message):
            sys.stderr.write("Tcl_AsyncDelete: async handler deleted by the wrong thread\n")
            sys.stderr.flush()
            os.abort()

        warnings._showwarnmsg = abort
