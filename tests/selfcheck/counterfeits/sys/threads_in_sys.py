"""Counterfeits for the claims of library/sys/test_threads_in_sys.py."""

import sys

from .. import counterfeit
from ..facts import FREE_THREADED_BUILD, PYPY, VERSION


@counterfeit("SYS01")
def the_switch_interval_is_one_millisecond():
    """The default switch interval is 0.001."""
    sys.setswitchinterval(0.001)


@counterfeit("SYS02", "SYS03")
def no_switch_interval_is_refused():
    """sys.setswitchinterval() takes the nearest time that it can use."""
    switch = sys.setswitchinterval
    sys.setswitchinterval = lambda seconds: switch(min(max(seconds, 0.001), 10))


@counterfeit("SYS03")
def every_thread_sets_a_switch_interval_of_its_own():
    """sys.setswitchinterval() in another thread than the main one changes nothing."""
    import threading

    switch = sys.setswitchinterval

    def setswitchinterval(seconds):
        if threading.current_thread() is threading.main_thread():
            switch(seconds)

    sys.setswitchinterval = setswitchinterval


@counterfeit("SYS04", "1.04")
def current_frames_misses_a_thread():
    """sys._current_frames() misses the thread with the highest ident."""
    frames = sys._current_frames

    def current_frames():
        told = frames()
        if len(told) > 1:
            del told[max(told)]
        return told

    sys._current_frames = current_frames


@counterfeit("SYS05")
def current_exceptions_tells_of_the_caller_only():
    """sys._current_exceptions() lists no exception but the calling thread's."""
    import _thread

    all_threads = sys._current_exceptions

    def current_exceptions():
        nothing = (None, None, None) if VERSION < (3, 12) else None
        told, own = all_threads(), _thread.get_ident()
        return {ident: told[ident] if ident == own else nothing for ident in told}

    sys._current_exceptions = current_exceptions


@counterfeit("SYS06")
def flags_tell_nothing_of_contexts():
    """The flags of sys that concern contexts are always 0, or follow -X if there are none."""
    new, given = VERSION >= (3, 14), sys._xoptions
    default = "1" if FREE_THREADED_BUILD else "0"

    class Flags:
        real = sys.flags
        thread_inherit_context = 0 if new else int(given.get("thread_inherit_context", default))
        context_aware_warnings = 0 if new else int(given.get("context_aware_warnings", default))

        def __getattr__(self, name):
            return getattr(self.real, name)

    sys.flags = Flags()


@counterfeit("SYS07", where=VERSION >= (3, 13))
def there_is_a_gil_where_there_is_none():
    """sys._is_gil_enabled() returns the opposite of the truth."""
    ask = sys._is_gil_enabled
    sys._is_gil_enabled = lambda: not ask()


@counterfeit("SYS08")
def thread_info_is_mixed_up():
    """sys.thread_info has the kind of locks in the place of the name."""
    import collections

    info = collections.namedtuple("info", "name lock version")
    sys.thread_info = info(sys.thread_info.lock, sys.thread_info.name, sys.thread_info.version)


@counterfeit("SYS09")
def the_build_is_said_to_be_another():
    """sysconfig takes a build with a GIL for a free-threaded one, and the other way round."""
    import sysconfig

    ask = sysconfig.get_config_var

    def ask_for_another(name):
        told = ask(name)
        return (0 if told else 1) if name == "Py_GIL_DISABLED" else told

    sysconfig.get_config_var = ask_for_another


@counterfeit("SYS10", where=not PYPY)
def asking_for_frames_hangs():
    """sys._current_frames() in a program of its own never returns, as faulthandler says."""
    import os
    import sys

    def hang():
        sys.stderr.write("Timeout\n")
        os._exit(1)

    if not any("pytest" in argument for argument in sys.argv):
        sys._current_frames = hang
