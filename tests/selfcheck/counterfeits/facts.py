"""Facts about the interpreter.  Those in tests.harness would import too much in every child."""

import os
import sys

VERSION = sys.version_info[:3]
PYPY = sys.implementation.name == "pypy"
FREE_THREADED_BUILD = "free-threading" in sys.version
GIL = getattr(sys, "_is_gil_enabled", lambda: True)()
WEBASSEMBLY = sys.platform == "emscripten"
FORK = hasattr(os, "fork")
POSIX = os.name == "posix"
#: Whether fork is the default start method.
FORKS_BY_DEFAULT = FORK and sys.platform != "darwin" and (VERSION < (3, 14) or PYPY)


def in_a_program():
    """Tell whether this interpreter runs a program of a spec, from a file."""
    return sys.orig_argv[-1].endswith("program.py")


def in_a_program_or_a_command():
    """Tell whether this interpreter was started by a spec for a program, or for one function."""
    return in_a_program() or "-c" in sys.orig_argv
