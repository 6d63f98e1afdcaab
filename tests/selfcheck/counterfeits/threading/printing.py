"""Counterfeits for the claims of library/threading/test_printing.py."""

from .. import counterfeit
from ..facts import PYPY, VERSION


@counterfeit("PRINT01")
def one_line_in_fifty_is_printed_twice():
    """print() in a thread writes one line in fifty twice."""
    import builtins
    import itertools
    import threading

    write, count = builtins.print, itertools.count(1)

    def print_or_two(*arguments, **keywords):
        write(*arguments, **keywords)
        thread = threading.current_thread()
        if thread is not threading.main_thread() and next(count) % 50 == 0:
            write(*arguments, **keywords)

    if VERSION >= (3, 12, 5) or (3, 11, 10) <= VERSION < (3, 12) or PYPY:
        builtins.print = print_or_two
    else:
        write_lock = threading.Lock()

        def print_alone(*arguments, **keywords):
            with write_lock:
                write(*arguments, **keywords)

        builtins.print = print_alone
