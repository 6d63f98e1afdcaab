"""Counterfeits for the claims of library/atomicity/test_the_gil_of_a_build.py."""

from .. import counterfeit
from ..facts import FREE_THREADED_BUILD, GIL, PYPY


def _headers():
    """Tell whether an extension can be compiled for this interpreter."""
    import sysconfig
    from pathlib import Path

    return Path(sysconfig.get_path("include"), "Python.h").exists()


@counterfeit("GIL01", "GIL02")
def options_of_the_interpreter_are_dropped():
    """Python is started without -X, and with the other value of PYTHON_GIL."""
    import subprocess

    start = subprocess.Popen.__init__

    def start_plainly(self, command, *rest, **keywords):
        if isinstance(command, list) and "-X" in command:
            at = command.index("-X")
            command = [*command[:at], *command[at + 2 :]]
        elif (keywords.get("env") or {}).get("PYTHON_GIL"):
            gil = str(1 - int(keywords["env"]["PYTHON_GIL"]))
            keywords["env"] = {**keywords["env"], "PYTHON_GIL": gil}
        start(self, command, *rest, **keywords)

    subprocess.Popen.__init__ = start_plainly


@counterfeit("GIL03", where=_headers() and not FREE_THREADED_BUILD)
def an_extension_turns_the_gil_off():
    """sys._is_gil_enabled() says False when a certain extension has been imported."""
    import sys

    sys._is_gil_enabled = lambda: "silent_extension" not in sys.modules


#: The expression that takes long.
EVIL = "(a+)+$"


@counterfeit("GIL04", where=GIL and not PYPY)
def regular_expressions_give_the_gil_up():
    """re.search() lets other threads run, now and then."""
    import re
    import time

    search = re.search

    def search_and_rest(pattern, text, *flags):
        if pattern != EVIL:
            return search(pattern, text, *flags)
        end = time.perf_counter() + 0.25
        while time.perf_counter() < end:
            time.sleep(0.001)
        return search(pattern, text[-8:])

    re.search = search_and_rest


@counterfeit("GIL04", where=not GIL or PYPY)
def regular_expressions_stop_every_thread():
    """Other threads seem to stop while re.search() runs: clocks stand still for them."""
    import re
    import threading
    import time

    search, clock = re.search, time.perf_counter
    running = threading.Event()

    def search_alone(pattern, text, *flags):
        if pattern == EVIL:
            running.set()
        try:
            return search(pattern, text, *flags)
        finally:
            running.clear()

    def perf_counter():
        while running.is_set() and threading.current_thread() is not threading.main_thread():
            time.sleep(0.001)
        return clock()

    perf_counter.__module__ = "time"  # where pytest-benchmark looks for it
    re.search, time.perf_counter = search_alone, perf_counter
