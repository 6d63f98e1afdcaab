"""The process that pytest runs in, made fit for specs."""

import os
import signal
import sys
import threading

from tests.plugins.scheduling import ask_for_short_slices


def forget_the_dummy_of_this_thread() -> None:
    """Let a child that is forked here have a proper main thread.

    Specs run in a thread that threading knows as a dummy once it is asked for.  Up to 3.12, and on
    PyPy, a child whose main thread is a dummy ends with an AssertionError in threading._shutdown().
    """
    known: dict[int, threading.Thread] = threading._active  # type: ignore[attr-defined]  # noqa: SLF001
    if type(known.get(threading.get_ident())).__name__ == "_DummyThread":
        del known[threading.get_ident()]


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=forget_the_dummy_of_this_thread)


def pytest_configure() -> None:
    """Deal with Ctrl-C as in the foreground, and keep pytest out of children."""
    ask_for_short_slices()
    # In the background of a script the shell has SIGINT ignored, and children inherit that.  Specs
    # are about Ctrl-C as it is in the foreground.
    in_main = threading.current_thread() is threading.main_thread()
    if in_main and signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # Children started by spawn or forkserver run the main script again, as "__mp_main__".  Where
    # that is pytest's own script, it would import all of pytest into each of them.
    vars(sys.modules["__main__"]).pop("__file__", None)
