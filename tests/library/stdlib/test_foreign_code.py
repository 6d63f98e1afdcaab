"""Code that is not Python's, and what it asks of threads: ctypes, and Tcl for tkinter.

Source: https://docs.python.org/3/library/ctypes.html, https://docs.python.org/3/library/tkinter.html
"""

import ctypes
import os
import struct
import threading

from tests.harness import (
    GRACE,
    NO_GIL,
    PATIENCE,
    PYPY,
    Inconclusive,
    cases,
    claim,
    needs_posix,
    pause,
    refuted,
    since,
)

POLLIN = 1


def seen_while_it_waits(library, seconds):
    """Call poll() of the C library; tell whether another thread wrote into the pipe meanwhile."""
    reader, writer = os.pipe()
    files = ctypes.create_string_buffer(struct.pack("ihh", reader, POLLIN, 0))
    begins = threading.Event()

    def write():
        begins.wait(PATIENCE)
        pause(GRACE / 5)
        os.write(writer, b"x")

    thread = threading.Thread(target=write)
    thread.start()
    begins.set()
    ready = library(None).poll(files, 1, int(seconds * 1000))
    thread.join()
    os.close(reader)
    os.close(writer)
    return bool(ready)


@claim("STDLIB47")
@needs_posix
@cases(library=("CDLL", "PyDLL"))
@refuted(
    where=PYPY,
    library="PyDLL",
    because="PyPy has no PyDLL",
    by="AttributeError: module 'ctypes' has no attribute 'PyDLL'",
)
@refuted(
    where=not NO_GIL and not PYPY,
    library="PyDLL",
    because="a PyDLL keeps the GIL during a call, for functions of Python's own API",
)
def test_a_foreign_function_lets_other_threads_run(library, evidence):
    """While a C function runs that ctypes calls, other threads run.

    A CDLL releases the GIL for each call, so threads that compute in C use several cores, and the
    C code has to be thread-safe.  A PyDLL does not: one call that blocks makes all threads hang.
    """
    seconds, library = PATIENCE if NO_GIL or library == "CDLL" else GRACE, getattr(ctypes, library)
    # Where they do not run, a slow machine may let them by, now and then, before the call begins.
    others_ran = all(seen_while_it_waits(library, seconds) for _ in range(3))
    assert evidence(others_ran=others_ran) is True


TCL = """
import threading, tkinter

def call(method):
    try:
        print("no error", getattr(tcl.tk, method)("pwd"))
    except RuntimeError as error:
        print("RuntimeError:", error)

tcl = tkinter.Tcl()
for name in ("eval", "call"):
    thread = threading.Thread(target=call, args=(name,))
    thread.start()
    thread.join()

kept = []
thread = threading.Thread(target=lambda: kept.append(tkinter.Tcl()))
thread.start()
thread.join()
print("freeing it", flush=True)
kept.clear()
print("freed", flush=True)
"""


def answered_by_tcl(programs):
    """Return how the program about tkinter ended; raise Inconclusive if there is none."""
    try:
        import tkinter
    except ImportError as error:
        raise Inconclusive(f"tkinter is not there: {error}") from None
    tk = tkinter.Tcl().tk
    if not tk.getboolean(tk.eval("info exists tcl_platform(threaded)")):
        raise Inconclusive("this Tcl was built without threads")
    return programs.once(TCL)


@claim("STDLIB48")
@needs_posix
def test_tcl_refuses_other_threads(programs, evidence):
    """tkinter refuses calls from another thread than the one that has made the interpreter.

    "RuntimeError: main thread is not in main loop", after a second of waiting for mainloop(), or
    "RuntimeError: Calling Tcl from different apartment".  Let a thread put into a queue, which the
    main thread empties with after().
    """
    printed = answered_by_tcl(programs).lines
    assert evidence(printed=printed[:2]) == [
        "RuntimeError: Calling Tcl from different apartment",
        "RuntimeError: main thread is not in main loop",
    ]


@claim("STDLIB50")
@needs_posix
@refuted(
    where=since("3.13.15", "3.14.7", "3.15.0b4"),
    because="the interpreter is leaked instead, with a warning (gh-83274)",
)
def test_a_tk_object_that_another_thread_frees_aborts_the_program(programs, evidence):
    """If another thread than its maker frees a Tk interpreter, the program aborts.

    "Tcl_AsyncDelete: async handler deleted by the wrong thread", and the signal SIGABRT.  So end
    plots that a thread draws by matplotlib's tkinter backend, when the collector frees them in
    another thread.  Since 3.13.15 and 3.14.7 it is a RuntimeWarning, "the Tcl interpreter is leaked
    because it was deallocated in a thread other than the one it was created in".  Use a backend
    without windows ("Agg") in threads, or the main thread for Tk.
    """
    program = answered_by_tcl(programs)
    printed, code = program.lines[2:], program.exit_code
    evidence(printed=printed, exit_code=code, error=program.err[:300])
    assert (printed, code) == (["freeing it"], -6)
    assert program.err.startswith("Tcl_AsyncDelete: async handler deleted by the wrong thread")
