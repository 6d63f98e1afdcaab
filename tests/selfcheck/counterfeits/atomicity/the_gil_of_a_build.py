"""Counterfeits for the claims of library/atomicity/test_the_gil_of_a_build.py."""

from .. import counterfeit
from ..facts import FREE_THREADED_BUILD


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
