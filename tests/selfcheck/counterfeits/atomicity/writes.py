"""Counterfeits for the claims of library/atomicity/test_writes.py."""

from .. import counterfeit
from ..facts import GIL, PYPY

#: Whether lines that print() writes to a StringIO stay whole.
WHOLE = GIL and not PYPY


@counterfeit("PRINT02", "PRINT05")
def print_writes_whole_lines():
    """print() hands everything over in one write()."""
    import builtins
    import sys

    def whole(*values, sep=None, end=None, file=None, flush=False):
        text = (" " if sep is None else sep).join(map(str, values))
        (file or sys.stdout).write(text + ("\n" if end is None else end))

    builtins.print = whole


@counterfeit("PRINT03", where=not WHOLE)
def lines_in_a_stringio_have_no_ends():
    """print() leaves the newline out where it writes to a StringIO."""
    import builtins
    import io

    show = builtins.print

    def without_end(*values, file=None, **more):
        show(*values, file=file, **({"end": ""} if isinstance(file, io.StringIO) else more))

    builtins.print = without_end


@counterfeit("PRINT04", *["PRINT03"] * WHOLE)
def text_is_written_in_two_halves():
    """StringIO.write() writes the first half of a text, and then the second."""
    import io

    class Halving(io.StringIO):
        def write(self, text):
            half = len(text) // 2
            for part in (text[:half], text[half:]):
                super().write(part)
                sum(range(20))
            return len(text)

    io.StringIO = Halving
