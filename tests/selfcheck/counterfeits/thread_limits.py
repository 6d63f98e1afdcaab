"""Counterfeits of what is set for threads: trace functions, stacks, limits, switch intervals."""

import os
import sys

from . import counterfeit

PYPY = sys.implementation.name == "pypy"


def fresh() -> bool:
    """Tell whether this interpreter was started by a spec for a program, or for one function."""
    return sys.orig_argv[-1].endswith("program.py") or "-c" in sys.orig_argv


@counterfeit("TT07")
def a_trace_function_is_for_the_caller_too() -> None:
    """threading.settrace() and setprofile() concern the calling thread as well."""
    import threading

    trace, profile = threading.settrace, threading.setprofile
    threading.settrace = lambda function: (trace(function), sys.settrace(function))
    threading.setprofile = lambda function: (profile(function), sys.setprofile(function))


@counterfeit("TT07")
def a_trace_function_is_for_one_thread() -> None:
    """threading.settrace() and setprofile() concern the next thread only."""
    import threading

    bootstrap = threading.Thread._bootstrap_inner

    def bootstrap_once(self):
        run = self.run

        def run_and_forget():
            threading.settrace(None)
            threading.setprofile(None)
            run()

        self.run = run_and_forget
        bootstrap(self)

    threading.Thread._bootstrap_inner = bootstrap_once


@counterfeit("TH29", where=sys.version_info >= (3, 12))
def running_threads_are_not_traced() -> None:
    """threading.settrace_all_threads() concerns the threads that are started later."""
    import threading

    threading.settrace_all_threads = threading.settrace
    threading.setprofile_all_threads = threading.setprofile


@counterfeit("SS01")
def sys_settrace_is_for_later_threads_too() -> None:
    """sys.settrace() and setprofile() concern the threads that are started later, too."""
    import threading

    trace, profile = sys.settrace, sys.setprofile
    sys.settrace = lambda function: (trace(function), threading.settrace(function))
    sys.setprofile = lambda function: (profile(function), threading.setprofile(function))


@counterfeit("TH45")
def any_size_of_stack_is_accepted() -> None:
    """threading.stack_size() takes a size that is too small for the least that is allowed."""
    import threading

    resize = threading.stack_size

    def stack_size(size=0):
        try:
            return resize(size)
        except ValueError:
            return resize(2**16)

    threading.stack_size = stack_size


@counterfeit("TH45")
def asking_for_the_stack_size_changes_nothing() -> None:
    """threading.stack_size() without a size only tells it."""
    import threading

    resize, present = threading.stack_size, [0]

    def stack_size(size=None):
        before = present[0]
        if size is not None:
            resize(size)
            present[0] = size
        return before

    threading.stack_size = stack_size


@counterfeit("TT09", "X12", "TT16")
def the_size_of_stacks_is_ignored() -> None:
    """threading.stack_size() tells what was set, but each stack is as large as ever."""
    import threading

    sizes = [0]

    def stack_size(size=0):
        sizes.append(size)
        return sizes[-2]

    threading.stack_size = stack_size


@counterfeit("TT08", "TT09", where=not PYPY)
def the_recursion_limit_is_low() -> None:
    """Recursion ends after 300 calls."""
    if fresh():
        sys.setrecursionlimit(300)


@counterfeit("TH58", "TT08")
def a_thread_begins_deep_down() -> None:
    """A thread begins with most of its recursion limit used up."""
    import threading

    run = threading.Thread.run

    def deep(self, levels):
        if levels > 0:
            deep(self, levels - 1)
        else:
            run(self)

    threading.Thread.run = lambda self: deep(self, sys.getrecursionlimit() * 7 // 10)


@counterfeit("TT10")
def timeout_max_is_what_fits() -> None:
    """threading.TIMEOUT_MAX is far too long to wait for."""
    import threading

    threading.TIMEOUT_MAX *= 10


@counterfeit("X12")
def a_refused_thread_stays_listed() -> None:
    """A thread that could not be started is listed by threading.enumerate()."""
    import threading

    start = threading.Thread.start

    def start_or_list(self):
        try:
            start(self)
        except RuntimeError:
            threading._limbo[self] = self
            raise

    threading.Thread.start = start_or_list


@counterfeit("TT16", where=sys.version_info >= (3, 13))
def a_refused_thread_gets_a_new_handle() -> None:
    """A thread that could not be started can be started again."""
    import threading

    start = threading.Thread.start

    def start_afresh(self):
        name = "_handle" if hasattr(self, "_handle") else "_os_thread_handle"
        if not self._started.is_set():
            setattr(self, name, threading._ThreadHandle())
        start(self)

    threading.Thread.start = start_afresh


@counterfeit("TT12")
def start_new_thread_takes_any_sequence() -> None:
    """_thread.start_new_thread() takes a list where a tuple is wanted."""
    import _thread

    start = _thread.start_new_thread
    _thread.start_new_thread = lambda function, args=(), *kwargs: start(
        function, tuple(args), *kwargs
    )


@counterfeit("TT13")
def exit_of_the_low_level_module_has_a_code() -> None:
    """_thread.exit() raises SystemExit(0)."""
    import _thread

    _thread.exit = lambda: sys.exit(0)


@counterfeit("TT14")
def allocate_lock_makes_a_lock_that_always_opens() -> None:
    """A lock of _thread.allocate_lock() can be had without waiting, even while it is held."""
    import _thread

    allocate = _thread.allocate_lock

    class Lock:
        def __init__(self):
            self.lock = allocate()
            self.release, self.locked = self.lock.release, self.lock.locked

        def acquire(self, blocking=True, timeout=-1):
            return self.lock.acquire(blocking, timeout) or not blocking

    _thread.allocate_lock = Lock


@counterfeit("TH33")
def interrupt_main_knows_one_signal() -> None:
    """_thread.interrupt_main() simulates SIGINT, whatever signal it is given."""
    import _thread

    interrupt = _thread.interrupt_main
    _thread.interrupt_main = lambda number=2: interrupt()


@counterfeit("TH33")
def interrupt_main_interrupts_nothing() -> None:
    """_thread.interrupt_main() does nothing."""
    import _thread

    _thread.interrupt_main = lambda number=2: None


@counterfeit("TT15")
def the_low_level_native_id_is_the_pid() -> None:
    """_thread.get_native_id() is the pid in every thread."""
    import _thread

    _thread.get_native_id = os.getpid


@counterfeit("TH38")
def the_switch_interval_is_one_millisecond() -> None:
    """The default switch interval is 0.001."""
    sys.setswitchinterval(0.001)


@counterfeit("TH39", "SS02")
def no_switch_interval_is_refused() -> None:
    """sys.setswitchinterval() takes the nearest time that it can use."""
    switch = sys.setswitchinterval
    sys.setswitchinterval = lambda seconds: switch(min(max(seconds, 0.001), 10))


@counterfeit("SS02", "TH39")
def every_thread_sets_a_switch_interval_of_its_own() -> None:
    """sys.setswitchinterval() in another thread than the main one changes nothing."""
    import threading

    switch = sys.setswitchinterval

    def setswitchinterval(seconds):
        if threading.current_thread() is threading.main_thread():
            switch(seconds)

    sys.setswitchinterval = setswitchinterval


@counterfeit("TH40", "1.04")
def current_frames_misses_a_thread() -> None:
    """sys._current_frames() misses the thread with the highest ident."""
    frames = sys._current_frames

    def current_frames():
        told = frames()
        if len(told) > 1:
            del told[max(told)]
        return told

    sys._current_frames = current_frames


@counterfeit("SS03")
def current_exceptions_tells_of_the_caller_only() -> None:
    """sys._current_exceptions() tells of no exception but that of the calling thread."""
    import _thread

    all_threads = sys._current_exceptions

    def current_exceptions():
        nothing = (None, None, None) if sys.version_info < (3, 12) else None
        told, own = all_threads(), _thread.get_ident()
        return {ident: told[ident] if ident == own else nothing for ident in told}

    sys._current_exceptions = current_exceptions


@counterfeit("TH47")
def flags_tell_nothing_of_contexts() -> None:
    """The flags of sys that concern contexts are always 0, or follow -X if there are none."""
    new, given = sys.version_info >= (3, 14), sys._xoptions
    default = "1" if "free-threading" in sys.version else "0"

    class Flags:
        real = sys.flags
        thread_inherit_context = 0 if new else int(given.get("thread_inherit_context", default))
        context_aware_warnings = 0 if new else int(given.get("context_aware_warnings", default))

        def __getattr__(self, name):
            return getattr(self.real, name)

    sys.flags = Flags()


@counterfeit("SS04", where=sys.version_info >= (3, 13))
def there_is_a_gil_where_there_is_none() -> None:
    """sys._is_gil_enabled() tells the opposite of what is."""
    ask = sys._is_gil_enabled
    sys._is_gil_enabled = lambda: not ask()


@counterfeit("SS05")
def thread_info_is_mixed_up() -> None:
    """sys.thread_info has the kind of locks in the place of the name."""
    import collections

    info = collections.namedtuple("info", "name lock version")
    sys.thread_info = info(sys.thread_info.lock, sys.thread_info.name, sys.thread_info.version)
