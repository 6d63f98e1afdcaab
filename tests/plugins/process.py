"""The process that pytest runs in, made fit for specs."""

import signal
import sys
import threading

from tests.plugins.scheduling import ask_for_short_slices


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
