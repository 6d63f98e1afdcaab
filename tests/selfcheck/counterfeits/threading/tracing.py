"""Counterfeits for the claims of library/threading/test_tracing.py."""

import sys

from .. import counterfeit
from ..facts import VERSION


@counterfeit("TRACE01")
def a_trace_function_is_for_the_caller_too():
    """threading.settrace() and setprofile() concern the calling thread as well."""
    import threading

    trace, profile = threading.settrace, threading.setprofile
    threading.settrace = lambda function: (trace(function), sys.settrace(function))
    threading.setprofile = lambda function: (profile(function), sys.setprofile(function))


@counterfeit("TRACE01")
def a_trace_function_is_for_one_thread():
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


@counterfeit("TRACE02", where=VERSION >= (3, 12))
def running_threads_are_not_traced():
    """threading.settrace_all_threads() concerns the threads that are started later."""
    import threading

    threading.settrace_all_threads = threading.settrace
    threading.setprofile_all_threads = threading.setprofile


@counterfeit("TRACE03")
def sys_settrace_is_for_later_threads_too():
    """sys.settrace() and setprofile() concern the threads that are started later, too."""
    import threading

    trace, profile = sys.settrace, sys.setprofile
    sys.settrace = lambda function: (trace(function), threading.settrace(function))
    sys.setprofile = lambda function: (profile(function), threading.setprofile(function))
