"""Counterfeits for the claims of library/stdlib/test_process_wide.py."""

import sys

from .. import counterfeit
from ..facts import VERSION
from ..patching import patch


@counterfeit("STDLIB22")
def the_working_directory_is_a_threads():
    """os.chdir() changes nothing for other threads."""
    import os

    os.chdir = lambda path: None


@counterfeit("STDLIB22")
def the_random_generator_is_a_threads():
    """random.setstate() changes nothing for other threads."""
    import random

    random.setstate = lambda state: None


@counterfeit("STDLIB23")
def the_first_to_leave_ends_all_redirections():
    """redirect_stdout() puts back the stream of the program, whatever it has found."""
    import contextlib

    def leave(old):
        def put_back(self, *args):
            old(self, *args)
            sys.stdout = sys.__stdout__

        return put_back

    class Redirection(contextlib.redirect_stdout):
        """Changed here alone: redirect_stderr() has the same parent."""

    contextlib.redirect_stdout = Redirection
    patch("contextlib.redirect_stdout", __exit__=leave)


INHERITS = bool(getattr(sys.flags, "thread_inherit_context", False))


@counterfeit("STDLIB24", where=not INHERITS)
def a_thread_inherits_the_precision():
    """A new thread computes decimals as its starter does."""
    import decimal

    def remember(start):
        def starting(self):
            self._decimals = decimal.getcontext()
            start(self)

        return starting

    def use(run):
        def running(self):
            decimal.setcontext(self._decimals)
            run(self)

        return running

    patch("threading.Thread", start=remember, run=use)


@counterfeit("STDLIB24", where=INHERITS)
def a_thread_has_the_default_precision():
    """A new thread computes decimals with the default precision."""
    import decimal

    def use(run):
        def running(self):
            decimal.setcontext(decimal.Context())
            run(self)

        return running

    patch("threading.Thread", run=use)


@counterfeit("STDLIB51")
def the_last_to_leave_puts_the_original_back():
    """unittest.mock.patch() puts the class's own attribute back, whatever it has found."""
    from unittest import mock

    kind, first = mock._patch, {}
    enter, leave = kind.__enter__, kind.__exit__

    def enter_and_keep(self):
        new = enter(self)
        first.setdefault(self.attribute, self.temp_original)
        return new

    def leave_and_restore(self, *error):
        leave(self, *error)
        setattr(self.target, self.attribute, first[self.attribute])

    kind.__enter__, kind.__exit__ = enter_and_keep, leave_and_restore


#: Whether a mock's call_count is the length of its call_args_list.
COUNTS = VERSION >= (3, 14, 3) or (3, 13, 12) <= VERSION < (3, 14)


@counterfeit("STDLIB57")
def mocks_count_calls_the_other_way():
    """A Mock adds 1 to its call_count where it took the length of call_args_list, or vice versa."""

    def change(increment):
        def increment_the_other_way(self, *args, **keywords):
            number = self.call_count
            if COUNTS:
                increment(self, *args, **keywords)
                self.call_count = number + 1
            else:
                self.call_count = 0
                increment(self, *args, **keywords)
                self.call_count = len(self.call_args_list)

        return increment_the_other_way

    patch("unittest.mock.CallableMixin", _increment_mock_call=change)
