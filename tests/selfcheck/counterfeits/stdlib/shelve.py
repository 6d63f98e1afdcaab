"""Counterfeits for the claims of library/stdlib/test_shelve.py."""

from .. import counterfeit
from ..facts import PYPY, VERSION
from ..patching import patch

SQLITE = VERSION >= (3, 13) and not PYPY


@counterfeit("STDLIB07", where=SQLITE)
def a_new_shelf_is_a_dumb_one():
    """shelve.open() makes a shelf that belongs to no thread."""
    import dbm

    dbm._names = ["dbm.dumb"]


@counterfeit("STDLIB07", where=not SQLITE)
def a_shelf_belongs_to_its_thread():
    """What another thread stores in a shelf is lost."""
    from threading import get_ident

    def change(init):
        def remember(self, *args, **keywords):
            self.ident = get_ident()
            init(self, *args, **keywords)

        return remember

    patch(
        "shelve.Shelf",
        __init__=change,
        __setitem__=lambda old: (
            lambda self, key, value: old(self, key, value) if self.ident == get_ident() else None
        ),
    )
