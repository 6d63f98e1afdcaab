"""Facts about the interpreter at hand, and its precise name.

Everything here is read once, from documented attributes; nothing is measured.
"""

import multiprocessing
import os
import sys
from collections.abc import Iterable
from functools import cache

PYPY = sys.implementation.name == "pypy"
LINUX = sys.platform == "linux"
MACOS = sys.platform == "darwin"
WINDOWS = sys.platform == "win32"

#: Python in a browser or under Node: no process can be started, and no thread.
WEBASSEMBLY = sys.platform in ("emscripten", "wasi")

#: A system of processes and signals.  WebAssembly says os.name == "posix", and has neither.
POSIX = os.name == "posix" and not WEBASSEMBLY

#: Linux with musl for its C library, such as Alpine.  The platform's triplet names it.
MUSL = LINUX and "musl" in getattr(sys.implementation, "_multiarch", "")

#: Whether os.fork() forks.  WebAssembly has it in name only.
FORK = hasattr(os, "fork") and not WEBASSEMBLY

# A child knows its own; to look for the default would write a file (gh-155717).  In the session
# get_start_method() would fix it; get_all_start_methods() is documented to begin with it.
_TOLD = multiprocessing.get_start_method(allow_none=True)
START_METHODS = (_TOLD,) if _TOLD else tuple(multiprocessing.get_all_start_methods())
DEFAULT_START_METHOD = START_METHODS[0]

#: A debug build of CPython: it shows all warnings, checks more, and its C frames are larger.
DEBUG = hasattr(sys, "gettotalrefcount")

# As "Python support for free threading" in the documentation says (PEP 703).  sysconfig knows it
# too, but every spawned child would have to import that.
FREE_THREADED_BUILD = "free-threading build" in sys.version

_LEVELS = {"a": "alpha", "b": "beta", "rc": "candidate"}


def _release(text: str) -> tuple[int | str, ...]:
    """Return the release as sys.version_info has it.  No ``re``: children would import it."""
    numbers, level, serial = text, "", "0"  # before all pre-releases, which count as their release
    for mark, name in _LEVELS.items():
        if mark in text:
            numbers, _, serial = text.partition(mark)
            level = name
    parts = [*numbers.split("."), serial]
    if len(parts) != 4 or not all(part.isdecimal() for part in parts):
        raise ValueError(f"{text!r} is no release: write all three numbers, such as 3.12.5")
    major, minor, micro, number = map(int, parts)
    return major, minor, micro, level, number


def since(*releases: str) -> bool:
    """Tell whether this interpreter has a change that reached each branch in one of these releases.

    ``since("3.12.5", "3.13.0")`` is true from 3.12.5 on within 3.12, and from 3.13.0 on; a branch
    before the last one that is not named never had the change.  A pre-release counts as its
    release, unless one is named: ``since("3.14.0b2")``.  Raises ValueError for what is no release.
    """
    return reached(tuple(sys.version_info), releases)


def reached(here: tuple[int | str, ...], releases: Iterable[str]) -> bool:
    """Tell what ``since`` does, of an interpreter whose sys.version_info is ``here``."""
    first = [_release(text) for text in releases]
    if here[:2] > max(first)[:2]:
        return True
    return any(release[:2] == here[:2] and release <= here for release in first)


def before(*releases: str) -> bool:
    """Tell whether this interpreter lacks the change: the opposite of ``since``."""
    return not since(*releases)


def gil_enabled() -> bool:
    """Tell whether this process has a GIL now.

    ``sys._is_gil_enabled()`` exists since CPython 3.13; every older CPython, and PyPy, has a GIL
    that cannot be switched off (PEP 703).
    """
    return bool(getattr(sys, "_is_gil_enabled", lambda: True)())


#: Whether threads run without a GIL here: a free-threaded build that has not switched it on.
NO_GIL = not gil_enabled()


def usable_cores() -> int:
    """Return the number of cores that this process may run on (at least 1).

    ``os.sched_getaffinity`` honours ``taskset`` and cpusets; where it is missing (macOS,
    Windows) the number of cores of the machine stands in.
    """
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def name() -> str:
    """Return the precise name of the interpreter, such as ``CPython 3.13.5 free-threaded``."""
    import platform  # here, so that children need not

    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info.releaselevel != "final":
        version += f"{sys.version_info.releaselevel}{sys.version_info.serial}"
    if PYPY:
        pypy = ".".join(map(str, sys.pypy_version_info[:3]))  # type: ignore[attr-defined]
        return f"PyPy {pypy} (Python {version})"
    threads = " free-threaded" if FREE_THREADED_BUILD else ""
    return f"{platform.python_implementation()} {version}{threads}"


@cache
def build() -> str:
    """Return how the interpreter was built, such as ``GCC 12.2.0, PGO, no LTO, glibc 2.36``.

    What things cost depends on it as much as on the version.
    """
    import platform  # here, so that children need not
    import sysconfig

    jit = getattr(sys, "_jit", None)  # since 3.14
    options = str(sysconfig.get_config_var("CONFIG_ARGS") or "")
    parts = [" ".join(platform.python_compiler().split())]
    if options:  # PyPy and Windows do not tell
        parts += [
            "PGO" if "--enable-optimizations" in options else "no PGO",
            "LTO" if "--with-lto" in options else "no LTO",
            *(["JIT"] if jit is not None and jit.is_enabled() else []),
            *(["debug"] if DEBUG else []),
        ]
    return ", ".join(filter(None, [*parts, " ".join(platform.libc_ver())]))


def environment() -> dict[str, str]:
    """Return what verdicts depend on besides the interpreter, by name."""
    import platform

    return {
        "GIL": "on" if gil_enabled() else "off",
        "default start method": DEFAULT_START_METHOD,
        "start methods": " ".join(sorted(START_METHODS)),
        "usable cores": str(usable_cores()),
        "platform": platform.platform(),
        "build": build(),
    }
