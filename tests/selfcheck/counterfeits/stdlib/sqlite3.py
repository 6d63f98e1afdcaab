"""Counterfeits for the claims of library/stdlib/test_sqlite3.py."""

from .. import counterfeit
from ..facts import FORK, GIL, PYPY, VERSION, in_a_program_or_a_command


def connections(change):
    """Let sqlite3.connect() be what the function makes of it."""
    import sqlite3

    sqlite3.connect = change(sqlite3.connect)


def connections_that(**methods):
    """Give every connection these methods in place of its own."""
    import sqlite3

    kind = type("Connection", (sqlite3.Connection,), methods)
    connections(lambda connect: lambda *args, **keywords: connect(*args, factory=kind, **keywords))


@counterfeit("STDLIB01")
def a_connection_works_in_every_thread():
    """connect(":memory:") lets all threads use the connection."""
    connections(
        lambda connect: (
            lambda path, **keywords: connect(
                path, **{"check_same_thread": path != ":memory:", **keywords}
            )
        )
    )


@counterfeit("STDLIB02", where=VERSION >= (3, 11))
def threadsafety_is_always_1():
    """sqlite3.threadsafety is 1."""
    import sqlite3

    sqlite3.threadsafety = 1


@counterfeit("STDLIB03")
def a_rollback_is_its_threads():
    """rollback() in another thread than the connection's does nothing."""
    import sqlite3
    from threading import get_ident

    def init(self, *args, **keywords):
        self.ident = get_ident()
        sqlite3.Connection.__init__(self, *args, **keywords)

    def rollback(self):
        if self.ident == get_ident():
            sqlite3.Connection.rollback(self)

    connections_that(__init__=init, rollback=rollback)


@counterfeit("STDLIB04")
def a_locked_database_is_not_told():
    """execute() does nothing where the database is locked."""
    import sqlite3

    def execute(self, *args):
        try:
            return sqlite3.Connection.execute(self, *args)
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise

    connections_that(execute=execute)


@counterfeit("STDLIB05")
def memory_is_one_database():
    """All connections to ":memory:" of a process share one database."""
    connections(
        lambda connect: (
            lambda path, **keywords: connect(
                "file::memory:?cache=shared" if path == ":memory:" else path, uri=True, **keywords
            )
        )
    )


@counterfeit("STDLIB06", where=FORK)
def memory_is_a_file():
    """A database in memory is a file in the working directory, which a child shares."""
    if in_a_program_or_a_command():
        connections(
            lambda connect: (
                lambda path, **keywords: connect(
                    "memory" if path == ":memory:" else path, isolation_level=None, **keywords
                )
            )
        )


@counterfeit("STDLIB61", where=VERSION >= (3, 12) and not PYPY)
def no_statement_is_cached():
    """connect() caches no statements."""
    connections(
        lambda connect: lambda path, **keywords: connect(path, cached_statements=0, **keywords)
    )


@counterfeit("STDLIB61", where=VERSION < (3, 12) or PYPY)
def queries_that_come_together_get_nothing():
    """A query during which another one is executed has no rows."""

    def execute(self, *args):
        before = self.executed = getattr(self, "executed", 0) + 1
        cursor = sqlite3.Connection.execute(self, *args)
        if self.executed != before:
            cursor.fetchall()
        return cursor

    import sqlite3

    connections_that(execute=execute)


@counterfeit("STDLIB65", where=VERSION < (3, 15))
def connect_takes_one_argument_by_position():
    """sqlite3.connect() refuses a second argument without a name."""
    connections(lambda connect: lambda path, **keywords: connect(path, **keywords))


@counterfeit("STDLIB66", where=VERSION >= (3, 13) and not PYPY)
def an_open_connection_is_dropped_in_silence():
    """A connection closes itself when it is dropped."""
    import sqlite3

    def init(self, *args, **keywords):
        sqlite3.Connection.__init__(self, *args, **{"check_same_thread": False, **keywords})

    connections_that(__init__=init, __del__=sqlite3.Connection.close)


@counterfeit("STDLIB67", where=GIL and not PYPY)
def functions_are_made_without_sqlite():
    """create_function() of a second function waits for nobody."""
    import sqlite3

    def create_function(self, name, *arguments):
        if name != "another":
            sqlite3.Connection.create_function(self, name, *arguments)

    connections_that(create_function=create_function)


@counterfeit("STDLIB70")
def an_insert_is_never_refused():
    """execute() of an insert returns nothing where the database is locked."""
    import sqlite3

    def execute(self, statement, *parameters):
        try:
            return sqlite3.Connection.execute(self, statement, *parameters)
        except sqlite3.OperationalError:
            if not statement.startswith("insert"):
                raise

    connections_that(execute=execute)


def cursors_that(**methods):
    """Give every cursor these methods, its connection and the ident of the thread that made it."""
    import sqlite3
    from _thread import get_ident

    def init(self, connection):
        self.made_by, self.ident = connection, get_ident()
        sqlite3.Cursor.__init__(self, connection)

    kind = type("Cursor", (sqlite3.Cursor,), {"__init__": init, **methods})
    connections_that(cursor=lambda self: sqlite3.Connection.cursor(self, kind))


@counterfeit("STDLIB68")
def a_cursor_waits_for_nobody():
    """A cursor uses another one in each other thread."""
    import sqlite3
    from _thread import get_ident

    def execute(self, *args):
        if self.ident != get_ident():
            self = self.made_by.cursor()
        return sqlite3.Cursor.execute(self, *args)

    cursors_that(execute=execute)


@counterfeit("STDLIB69", where=VERSION >= (3, 12) and not PYPY)
def a_cursor_is_refused_without_harm():
    """A cursor refuses each other thread, and stays as it is."""
    import sqlite3
    from _thread import get_ident

    def execute(self, *args):
        if self.ident != get_ident():
            raise sqlite3.ProgrammingError("Recursive use of cursors not allowed.")
        return sqlite3.Cursor.execute(self, *args)

    cursors_that(execute=execute)


@counterfeit("STDLIB69", where=VERSION < (3, 12) or PYPY)
def a_cursor_that_was_refused_crashes():
    """A cursor that has been refused to another thread ends the process."""
    import os
    import sqlite3

    def execute(self, *args):
        try:
            return sqlite3.Cursor.execute(self, *args)
        except sqlite3.ProgrammingError:
            self.refused = True
            raise

    def executemany(self, *args):
        sqlite3.Cursor.executemany(self, *args)
        if hasattr(self, "refused"):
            os._exit(1)

    cursors_that(execute=execute, executemany=executemany)
