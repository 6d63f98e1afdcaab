"""shelve and dbm beside threads.

Source: https://docs.python.org/3/library/dbm.html
"""

import shelve
from importlib.util import find_spec

from tests.harness import PYPY, claim, refuted, since


@claim("STDLIB07")
@refuted(
    where=since("3.13.0") and not PYPY and find_spec("_sqlite3") is not None,
    because="a new shelf is a dbm.sqlite3 since 3.13 (gh-100414), and that belongs to its thread",
    by="error: SQLite objects created in a thread can only be used in that same thread.",
)
def test_a_shelf_works_in_other_threads(tmp_path, background, evidence):
    """A shelf that one thread has opened can be used in another thread.

    It could be until 3.12, as long as one thread used it at a time.  Since 3.13 shelve.open() and
    dbm.open() make an SQLite file: "dbm.sqlite3.error: SQLite objects created in a thread can only
    be used in that same thread."  (A Python without sqlite3 takes what it has, as before.)  Open
    the shelf in the thread that uses it.
    """
    with shelve.open(str(tmp_path / "shelf")) as shelf:
        background(shelf.__setitem__, "key", "value").result()
        assert evidence(got=shelf["key"]) == "value"
