"""The process that pytest runs in, made fit for specs."""

import contextlib
import os
import signal
import sys
import threading
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from tests.harness.interpreter import DEBUG
from tests.plugins.scheduling import ask_for_short_slices

#: Variables that change what programs do, print or warn about, and so verdicts (PYTHONUNBUFFERED
#: alone hides the doubled header of 8.06; tox sets PYTHONHASHSEED, with which all hashes agree).
MISLEADING = (
    "FORCE_COLOR",
    "PYTHONASYNCIODEBUG",
    "PYTHONDEVMODE",
    "PYTHONHASHSEED",
    "PYTHONINSPECT",
    "PYTHONOPTIMIZE",
    "PYTHONPERFSUPPORT",
    "PYTHONPROFILEIMPORTTIME",
    "PYTHONSAFEPATH",
    "PYTHONSTARTUP",
    "PYTHONTRACEMALLOC",
    "PYTHONUNBUFFERED",
    "PYTHONVERBOSE",
    "PYTHONWARNINGS",
    "PYTHON_COLORS",
    "PYTHON_CONTEXT_AWARE_WARNINGS",
    "PYTHON_CPU_COUNT",
    "PYTHON_THREAD_INHERIT_CONTEXT",
)

#: Modules of the standard library that many children import.  Where these are not compiled, others
#: are not either.
IMPORTED = ("multiprocessing/context.py", "asyncio/base_events.py")

#: The warnings that release builds show, for children of a debug build, which shows all.  The last
#: one that fits counts.
RELEASE_WARNINGS = (
    "ignore::ResourceWarning",
    "ignore::ImportWarning",
    "ignore::PendingDeprecationWarning",
    "ignore::DeprecationWarning",
    "default::DeprecationWarning:__main__",
)


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


def deal_with_signals() -> None:
    """Ignore and block no signal that specs are about, as in a shell's foreground.

    Children inherit both.  In the background of a script SIGINT is ignored; whoever else starts
    pytest may block signals (perf blocks SIGWINCH), or ignore SIGCHLD, and then no child can be
    waited for.  SIGHUP may stay ignored: that is nohup.
    """
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
    if threading.current_thread() is not threading.main_thread():
        return  # handlers are a matter of the main thread
    for name in ("SIGTERM", "SIGQUIT", "SIGALRM", "SIGCHLD", "SIGUSR1", "SIGUSR2"):
        number = getattr(signal, name, None)  # Windows has but SIGTERM
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def keep_compiled_modules(cache: pytest.Cache | None) -> None:
    """Let pytest's cache receive compiled modules where nothing may be written beside the sources.

    Otherwise every child compiles what it imports, and the suite takes three times as long: with
    PYTHONDONTWRITEBYTECODE, which many images of containers set, and with a read-only standard
    library that came without compiled modules.
    """
    library = Path(os.__file__).parent
    sources = [library / name for name in IMPORTED if (library / name).exists()]
    compiled = all(Path(cache_from_source(str(source))).exists() for source in sources)
    writable = not sys.dont_write_bytecode and os.access(library, os.W_OK)
    if compiled or writable or cache is None:
        return
    with contextlib.suppress(OSError):  # a cache that cannot be written to
        sys.pycache_prefix = os.environ["PYTHONPYCACHEPREFIX"] = str(cache.mkdir("compiled"))
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        sys.dont_write_bytecode = False


def pytest_configure(config: pytest.Config) -> None:
    """Deal with signals as in the foreground; keep pytest and what misleads out of children."""
    for name in MISLEADING:
        os.environ.pop(name, None)
    if DEBUG:
        os.environ["PYTHONWARNINGS"] = ",".join(RELEASE_WARNINGS)
    keep_compiled_modules(getattr(config, "cache", None))
    ask_for_short_slices()
    deal_with_signals()
    # Children started by spawn or forkserver run the main script again, as "__mp_main__".  Where
    # that is pytest's own script, it would import all of pytest into each of them.
    vars(sys.modules["__main__"]).pop("__file__", None)
