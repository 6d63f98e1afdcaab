"""Counterfeits for the claims of library/atomicity/test_writes.py."""

from .. import counterfeit


@counterfeit("AT41", "X33")
def print_writes_whole_lines():
    """print() hands everything over in one write()."""
    import builtins
    import sys

    def whole(*values, sep=None, end=None, file=None, flush=False):
        text = (" " if sep is None else sep).join(map(str, values))
        (file or sys.stdout).write(text + ("\n" if end is None else end))

    builtins.print = whole
