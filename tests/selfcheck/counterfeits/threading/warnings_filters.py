"""Counterfeits for the claims of library/threading/test_warnings_filters.py."""

import sys

from .. import counterfeit
from ..facts import FREE_THREADED_BUILD, PYPY, VERSION, in_a_program

#: Whether filters are in the context when that is asked for, and by default.
CAN_BE_AWARE = VERSION >= (3, 14) and not PYPY
AWARE = CAN_BE_AWARE and FREE_THREADED_BUILD


@counterfeit(*(["WARN02"] if CAN_BE_AWARE else ["WARN03"]), *([] if AWARE else ["WARN01"]))
def warnings_of_other_threads_are_lost():
    """warnings.warn() does nothing in a thread beside the main one, in programs."""
    import threading
    import warnings

    warn = warnings.warn

    def warn_in_main(*arguments, **keywords):
        if threading.current_thread() is threading.main_thread():
            warn(*arguments, **keywords)

    if in_a_program():
        warnings.warn = warn_in_main


@counterfeit(*([] if AWARE else ["WARN01"]), *([] if CAN_BE_AWARE else ["WARN02"]), where=not AWARE)
def older_threads_are_left_alone():
    """catch_warnings() does not concern a thread that was started before, in programs."""
    import threading
    import warnings

    enter, warn, older = warnings.catch_warnings.__enter__, warnings.warn, set()

    def enter_and_look(self):
        older.update(set(threading.enumerate()) - {threading.main_thread()})
        return enter(self)

    def warn_or_show(message, *arguments, **keywords):
        if threading.current_thread() in older:
            print(message, file=sys.stderr)
        else:
            warn(message, *arguments, **keywords)

    if in_a_program():
        warnings.catch_warnings.__enter__, warnings.warn = enter_and_look, warn_or_show


@counterfeit("WARN01", "WARN02", "WARN03")
def warnings_are_never_caught():
    """catch_warnings() catches nothing, in programs that run from a file."""
    import warnings

    if in_a_program():

        class catch_warnings(warnings.catch_warnings):
            def __enter__(self):
                return []

            def __exit__(self, *exception):
                pass

        warnings.catch_warnings = catch_warnings
