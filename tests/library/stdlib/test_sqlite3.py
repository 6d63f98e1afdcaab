"""sqlite3 beside threads and in forked children.

Source: https://docs.python.org/3/library/sqlite3.html
"""

import sqlite3
import warnings
from contextlib import closing
from subprocess import TimeoutExpired

from tests.harness import (
    DEBUG,
    GRACE,
    NO_GIL,
    PATIENCE,
    PYPY,
    Inconclusive,
    applies,
    before,
    cases,
    claim,
    concerns,
    control,
    in_a_fork,
    kinds,
    needs_fork,
    never,
    outcome,
    predicts,
    refuted,
    since,
)


@claim("STDLIB01")
@predicts("H38")
def test_a_connection_belongs_to_the_thread_that_made_it(background, evidence):
    """A sqlite3 connection that is used in another thread than its own raises ProgrammingError.

    "sqlite3.ProgrammingError: SQLite objects created in a thread can only be used in that same
    thread. The object was created in thread id ... and this is thread id ..."  You meet it in tasks
    of a thread pool, whatever sqlite3.threadsafety says.  Open a connection in each thread (in a
    threading.local, or a pool's initializer), or pass check_same_thread=False and use a lock.
    """
    with closing(sqlite3.connect(":memory:")) as connection:
        got = background(outcome, connection.execute, "select 1").result()
    assert kinds([evidence(got=got)]) == ["ProgrammingError"]
    assert str(got).startswith("SQLite objects created in a thread can only be used in that same")


@claim("STDLIB02")
@refuted(where=before("3.11.0"), because="it was always 1 before 3.11 (bpo-45613)")
def test_threadsafety_says_how_the_library_was_built(evidence):
    """sqlite3.threadsafety is 3 where SQLite was built thread-safe: threads may share connections.

    Since 3.11 it tells the truth; before, it was always 1, "threads may share the module".  It says
    nothing about check_same_thread, which is on in any case, and does not keep queries apart
    (STDLIB61).
    """
    with closing(sqlite3.connect(":memory:")) as connection:
        options = [row[0] for row in connection.execute("pragma compile_options")]
    if "THREADSAFE=1" not in options:
        raise Inconclusive("this SQLite was not built with THREADSAFE=1")
    assert evidence(threadsafety=sqlite3.threadsafety) == 3


@claim("STDLIB03")
def test_threads_that_share_a_connection_share_its_transaction(background, evidence):
    """Threads that share a sqlite3 connection share its transaction: rollback() undoes all writes.

    A transaction is the connection's, not the thread's.  So rollback() or commit() in one thread
    also concerns what another thread has half written, a race condition that no error reports.
    Give each thread a connection, or hold a lock for the whole transaction.
    """
    with closing(sqlite3.connect(":memory:", check_same_thread=False)) as connection:
        connection.execute("create table numbers (number)")
        connection.commit()
        connection.execute("insert into numbers values (1)")
        background(connection.rollback).result()
        rows = connection.execute("select * from numbers").fetchall()
    assert evidence(rows=rows) == []


@claim("STDLIB04")
def test_a_second_writer_finds_the_database_locked(tmp_path, evidence):
    """While one sqlite3 connection writes, another that writes raises OperationalError.

    "sqlite3.OperationalError: database is locked".  By default it first waits for five seconds
    (connect(timeout=5.0)), for the whole database: SQLite has one writer at a time, be it a thread
    or a process.  Commit soon; a longer timeout, and "pragma journal_mode=wal", help readers.  A
    transaction that has read does not wait (STDLIB70).
    """
    path = tmp_path / "database"
    with closing(sqlite3.connect(path)) as one, closing(sqlite3.connect(path, timeout=0)) as two:
        one.execute("create table numbers (number)")
        one.execute("insert into numbers values (1)")
        during = outcome(two.execute, "create table others (number)")
        one.commit()
        after = outcome(two.execute, "create table others (number)")
    control(not isinstance(after, Exception), f"it must work after the commit: {after!r}")
    assert evidence(during=repr(during)) == "OperationalError('database is locked')"


@claim("STDLIB70")
@predicts("N151")
@cases(journal=("delete", "wal"))
def test_a_transaction_that_has_read_waits_for_nobody(journal, tmp_path, background, evidence):
    """A sqlite3 transaction that has read before it writes does not wait for another writer.

    "sqlite3.OperationalError: database is locked" comes at once, whatever connect(timeout=...)
    says: what the transaction has read would be out of date after the wait, also in WAL mode.
    Until then all works, so it is seen under load only.  Instead: begin what is going to write by
    "begin immediate", which waits; frameworks have an option for it.
    """
    path = tmp_path / "database"

    def connect():
        return sqlite3.connect(
            path, timeout=10 * PATIENCE, isolation_level=None, check_same_thread=False
        )

    with closing(connect()) as one, closing(connect()) as other:
        one.execute(f"pragma journal_mode={journal}").fetchall()
        one.execute("create table numbers (number)")
        one.execute("begin")
        one.execute("select * from numbers").fetchall()
        other.execute("begin immediate")
        refused = background(outcome, one.execute, "insert into numbers values (1)").result()
        one.execute("rollback")
        patient = background(outcome, one.execute, "begin immediate")
        waits = never(lambda: patient.finished, during=GRACE / 6)
        other.execute("rollback")
        begun = patient.result()
    control(not isinstance(begun, Exception), f"it begins after the rollback: {begun!r}")
    assert evidence(refused=repr(refused), begin_immediate_waits=waits) == (
        "OperationalError('database is locked')",
        True,
    )


@claim("STDLIB05")
def test_each_connection_to_memory_is_a_database_of_its_own(background, evidence):
    """Each connect(":memory:") makes another sqlite3 database: threads share nothing by it.

    A table that one thread has made is not there for a thread that has its own connection:
    "sqlite3.OperationalError: no such table: numbers".  Use a file, or share one by
    connect("file:name?mode=memory&cache=shared", uri=True).
    """

    def look():
        with closing(sqlite3.connect(":memory:")) as own:
            return outcome(own.execute, "select * from numbers")

    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("create table numbers (number)")
        got = background(look).result()
    assert evidence(got=repr(got)) == "OperationalError('no such table: numbers')"


def rows_in_child_and_parent():
    """Return what a forked child has after its insert, and what its parent has then."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("create table numbers (number)")

        def rows():
            return connection.execute("select * from numbers").fetchall()

        def insert():
            connection.execute("insert into numbers values (1)")
            return rows()

        return in_a_fork(insert), rows()


@claim("STDLIB06")
@needs_fork
def test_a_forked_child_has_a_copy_of_a_database_in_memory(programs, evidence):
    """A forked child writes into its own copy of a ":memory:" database: the parent sees nothing.

    No error says so, since the thread that forks has the same ident in the child.  With a file it
    is worse: SQLite forbids using a connection after a fork, for it may corrupt the file.  Open a
    connection in the child.
    """
    child, parent = programs.call(rows_in_child_and_parent)
    assert evidence(child=child, parent=parent) == ([(1,)], [])


@claim("STDLIB61")
@predicts("N111")
@applies(where=not DEBUG, because="a debug build aborts when two cursors get one statement")
@refuted(
    where=since("3.12.0") and not PYPY,
    because="3.12 may give both threads the same cached statement (gh-118172)",
)
def test_threads_that_share_a_connection_get_the_rows_of_their_own_queries(background, evidence):
    """Threads that execute the same SQL text on one sqlite3 connection each get their own rows.

    They did until 3.11.  Since 3.12 a race condition gives them wrong rows, those of the other
    query, without an error; or "bad parameter or other API misuse".  Here the second thread comes
    while the first one looks for the value of a parameter.  Instead: a connection for each thread,
    a lock around execute() and fetchone(), or sqlite3.connect(cached_statements=0).
    """
    query, cursors = "select value from numbers where key = ?", []

    class MeanwhileAnother:
        def __conform__(self, protocol):
            cursors.append(background(connection.execute, query, (2,)).result())
            return 1

    with closing(sqlite3.connect(":memory:", check_same_thread=False)) as connection:
        connection.execute("create table numbers (key, value)")
        connection.execute("insert into numbers values (1, 'one'), (2, 'two')")
        first = outcome(connection.execute, query, (MeanwhileAnother(),))
        control(cursors, "the other thread has executed the query")
        rows = [getattr(first, "fetchone", lambda: first)(), cursors[0].fetchone()]
    assert evidence(rows=rows) == [("one",), ("two",)]


@claim("STDLIB65")
@concerns("arguments of a connection")
@predicts("N132")
@refuted(
    where=since("3.15.0") and not PYPY,
    because="CPython takes all but the path by keyword only since 3.15 (gh-133595)",
    by=TypeError,
)
def test_connect_takes_its_timeout_by_position(evidence):
    """sqlite3.connect(path, 30) waits up to 30 s for what another thread or process has locked.

    3.13 and 3.14 warn: "DeprecationWarning: Passing more than 1 positional argument to
    sqlite3.connect() is deprecated.".  3.15 refuses: "TypeError: connect() takes at most 1
    positional arguments (2 given)".  Instead: timeout=30, and check_same_thread=False by name, too.
    """
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        connected = outcome(sqlite3.connect, ":memory:", 30)
    told = {f"{one.category.__name__}: {one.message}" for one in seen}
    if isinstance(connected, Exception):
        raise connected
    with closing(connected):
        assert evidence(rows=connected.execute("select 1").fetchall(), told=told)[0] == [(1,)]


LEFT_OPEN = """
import gc, sqlite3, threading

kept = threading.local()

def work():
    kept.connection = sqlite3.connect(":memory:")

thread = threading.Thread(target=work)
thread.start()
thread.join()
del thread
gc.collect()
print("the end")
"""


@claim("STDLIB66")
@predicts("N133")
@refuted(
    where=since("3.13.0") and not PYPY,
    because="CPython warns of connections that are dropped open since 3.13 (gh-105539)",
)
def test_a_thread_may_end_without_closing_its_connection(programs, evidence):
    """A thread can leave its sqlite3 connection, in a threading.local, to be closed at its end.

    It is closed, and until 3.12 nothing is said.  Since 3.13 "ResourceWarning: unclosed database in
    <sqlite3.Connection object at ...>" is shown by pytest, and by python -X dev.  The connections
    of other threads are not reached by close() in one.  "with connection:" ends a transaction, and
    closes nothing.  Instead: contextlib.closing(connection) in each thread.
    """
    program = programs.run(LEFT_OPEN, options=["-W", "always"])
    control(program.lines == ["the end"], f"printed {program.lines}")
    assert evidence(printed=program.err) == ""


#: The main thread keeps the GIL from set() to the call, as nobody asks it to give the GIL up.
CALLING_BACK = """
import sqlite3, sys, threading

sys.setswitchinterval(100)
connection = sqlite3.connect(":memory:", check_same_thread=False)
called, may_return = threading.Event(), threading.Event()

def wait():
    called.set()
    may_return.wait()

connection.create_function("wait", 0, wait)
thread = threading.Thread(target=lambda: connection.execute("select wait()"), daemon=True)
thread.start()
called.wait()
print("called", flush=True)
may_return.set()
connection.create_function("another", 0, int)
"""


@claim("STDLIB67")
@predicts("N137")
@refuted(where=NO_GIL, because="without a GIL the function returns while the other thread waits")
@refuted(where=PYPY, because="PyPy calls SQLite without its GIL")
def test_a_function_of_sqlite_deadlocks_with_another_thread(programs, background, evidence):
    """A sqlite3 connection that is used while another thread is in a function of it is a deadlock.

    That is a Python function by create_function(), or a progress handler, collation or aggregate.
    SQLite holds the connection's mutex while it calls the function, which needs the GIL to return;
    the other thread holds the GIL, and waits for the mutex.  So all threads hang, and neither a
    timeout nor Ctrl-C gets through; faulthandler and py-spy show where.  Instead: a connection for
    each thread, or a lock around each call of a shared one, create_function() too.
    """
    process = programs.start(CALLING_BACK)
    line = background(process.stdout.readline).result()
    control(line.strip() == b"called", "SQLite calls the function")
    alone = PATIENCE if NO_GIL or PYPY else 10 * GRACE
    ended = outcome(process.wait, alone)
    process.kill()
    programs.finish(process)
    assert evidence(hangs=isinstance(ended, TimeoutExpired)) is True


#: The other thread comes while the first one waits for the next row, as it may for a network.
SHARED_CURSOR = """
import sqlite3, threading

try:
    import resource
except ImportError:
    pass
else:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

cursor = sqlite3.connect(":memory:", check_same_thread=False).cursor()
cursor.execute("create table numbers (number)")

def use():
    try:
        print(cursor.execute("select 1").fetchall(), flush=True)
    except Exception as error:
        print(f"{type(error).__name__}: {error}", flush=True)

def rows():
    yield (1,)
    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    yield (2,)

cursor.executemany("insert into numbers values (?)", rows())
print(cursor.execute("select number from numbers").fetchall())
"""


@claim("STDLIB68")
@predicts("N144")
def test_a_cursor_that_is_in_use_is_refused_to_another_thread(programs, evidence):
    """A sqlite3 cursor that is in use in one thread raises ProgrammingError in another one.

    "ProgrammingError: Recursive use of cursors not allowed."  It comes once in a while, by chance,
    where threads share a cursor (self.cursor of an object, say) and check_same_thread=False; it is
    no recursion of yours.  Since 3.12 CPython crashes as well (STDLIB69).  Instead: a cursor for
    each call, by connection.execute(), which STDLIB61 is about; better a connection for each
    thread, or a lock around execute() and fetchall() together.
    """
    program = programs.once(SHARED_CURSOR)
    control(program.lines, f"the other thread told nothing: {program.err}")
    got = evidence(got=program.lines[0])
    assert got == "ProgrammingError: Recursive use of cursors not allowed."


@claim("STDLIB69")
@predicts("N144")
@refuted(
    where=since("3.12.0") and not PYPY,
    because="the refused call takes the statement away from the other thread (gh-146471)",
)
def test_a_thread_goes_on_with_a_cursor_that_was_refused_to_another(programs, evidence):
    """A thread goes on with its sqlite3 cursor after that has been refused to another thread.

    It does until 3.11.  Since 3.12 the process dies of SIGSEGV (Segmentation fault, exit code -11),
    with a GIL too: the refusal (STDLIB68) has cleared the cursor's statement, which the first
    thread then uses.  So it does not help to catch the error and try again.  Instead: a connection,
    or at least a cursor, for each thread, or a lock around each use of a shared one.
    """
    program = programs.once(SHARED_CURSOR)
    control(program.lines[:1] != ["[(1,)]"], "the cursor must be refused to the other thread")
    evidence(exit_code=program.exit_code)
    assert evidence(printed=program.lines[1:]) == ["[(1,), (2,)]"]
