"""fcntl's locks of files, between threads, children and descriptors; positions; replacing a file.

Source: https://docs.python.org/3/library/fcntl.html
"""

import itertools
import os
import tempfile
import threading

from tests.harness import (
    POSIX,
    cases,
    claim,
    in_a_fork,
    kinds,
    needs_posix,
    outcome,
    refuted,
    until,
)

if POSIX:
    import fcntl

LOCKS = ("lockf", "flock")


def try_to_lock(kind, file):
    """Lock the file without waiting; return the name of the type of what comes out."""
    (name,) = kinds([outcome(getattr(fcntl, kind), file, fcntl.LOCK_EX | fcntl.LOCK_NB)])
    return {"NoneType": "locked"}.get(name, name)


#: Prints what another process gets that opens and locks the file.
LOCKING = """
import fcntl
with open({path!r}, "r+b") as file:
    try:
        fcntl.{kind}(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("BlockingIOError")
    else:
        print("locked")
"""


@claim("STDLIB35")
@needs_posix
@cases(kind={"lockf() is the process's": "lockf", "flock() is the open file's": "flock"})
def test_lockf_does_not_keep_out_threads(kind, tmp_path, background, programs, evidence):
    """fcntl.lockf() keeps out other processes, not other threads; flock() keeps out both.

    How to lock a file between processes, to share a lock between two scripts or unrelated
    processes, or to run only one instance of a script?  lockf() locks a file for the whole process:
    a second thread that opens and locks it succeeds at once.  flock() locks an open file: a second
    open() of it is refused with BlockingIOError.  Between threads use a threading.Lock.
    """
    path = tmp_path / "locked"
    path.touch()
    with open(path, "r+b") as one, open(path, "r+b") as other:
        first = try_to_lock(kind, one)
        second = background(try_to_lock, kind, other).result()
        program = programs.run(LOCKING.format(path=str(path), kind=kind))
    assert evidence(first=first, second=second) == (
        "locked",
        "locked" if kind == "lockf" else "BlockingIOError",
    )
    assert evidence(another_process=program.lines) == ["BlockingIOError"]


def lock_by_name(kind, path):
    """Open the file and lock it."""
    with open(path, "r+b") as file:
        return try_to_lock(kind, file)


def locked_by_others():
    """Return, by kind of lock, what others get that lock the file that this process holds.

    First a forked child with the same open file, then another process that opens it, after this
    one has opened and closed it again.
    """
    got = {}
    for kind in LOCKS:
        with tempfile.NamedTemporaryFile() as file:
            getattr(fcntl, kind)(file, fcntl.LOCK_EX)
            child = in_a_fork(lambda: try_to_lock(kind, file))
            with open(file.name, "rb"):
                pass
            other = in_a_fork(lambda: lock_by_name(kind, file.name))
        got[kind] = child, other
    return got


@claim("STDLIB36")
@needs_posix
@cases(kind=LOCKS)
def test_a_forked_child_shares_flock_but_not_lockf(kind, programs, evidence):
    """A forked child holds its parent's flock() as well; of a lockf() it is kept out.

    flock() belongs to the open file, which both share: the child's unlock frees the parent's lock
    too, and the lock lasts until both have closed it.  lockf() belongs to the process: a daemon
    that locks its pid file by lockf() and then forks has lost the lock.
    """
    child, _ = programs.once(locked_by_others)[kind]
    assert evidence(child=child) == ("locked" if kind == "flock" else "BlockingIOError")


@claim("STDLIB37")
@needs_posix
@cases(kind=LOCKS)
def test_closing_the_file_anywhere_ends_a_lockf(kind, programs, evidence):
    """A process loses its lockf() when any of its threads opens and closes the same file.

    POSIX has it so: a library that just reads the file unlocks it, silently, and another process
    gets the lock (mutual exclusion is gone).  flock() stays.  Lock a separate file, which nobody
    else opens.
    """
    _, other = programs.once(locked_by_others)[kind]
    assert evidence(other=other) == ("locked" if kind == "lockf" else "BlockingIOError")


@claim("STDLIB38")
@needs_posix
def test_readers_see_a_replaced_file_whole(tmp_path, background, evidence):
    """os.replace() swaps a file at once: a reader has the old text or the new one, never a mixture.

    A thread, or process, that has the old file open reads it to its end; who opens it later gets
    the new one.  So write to a temporary file in the same folder, then os.replace(): open(path,
    "w") empties the file before anything is written, and readers meet that (a race condition).
    """
    path, new = tmp_path / "file", tmp_path / "new"
    path.write_bytes(b"old text")
    new.write_bytes(b"new")
    with open(path, "rb", buffering=0) as reader:
        start = reader.read(3)
        background(os.replace, new, path).result()
        rest = reader.read()
    assert evidence(reader=start + rest, later=path.read_bytes()) == (b"old text", b"new")
    reads, done, letters = [], threading.Event(), itertools.cycle((b"a" * 9, b"b" * 9))
    path.write_bytes(next(letters))

    def read():
        while not done.is_set():
            reads.append(path.read_bytes())

    def replace():
        new.write_bytes(next(letters))
        os.replace(new, path)
        return reading.finished or (len(reads) > 1000 and len({*reads}) > 1)

    reading = background(read)
    try:
        until(replace, "1000 reads, of both texts, beside somebody who replaces the file")
    finally:
        done.set()
    reading.result()
    assert evidence(read=sorted(set(reads))) == [b"a" * 9, b"b" * 9]


@claim("STDLIB60")
@refuted(because="an open file has one position, and each seek() and read() of any thread moves it")
def test_threads_that_seek_in_one_file_do_not_disturb_each_other(tmp_path, background, evidence):
    """Threads that seek() and read() one file object each read from where they have sought.

    seek() and read() are two steps, and another thread may seek in between: a race condition, in
    which a thread reads the bytes of another place, without an error.  So it is with members of a
    zip archive that share its file, and after a fork (FORK10).  Instead: open the file once in each
    thread, call os.pread(), or hold a lock around both.
    """
    path = tmp_path / "digits"
    path.write_bytes(b"0123456789")
    with open(path, "rb") as file:
        file.seek(2)
        background(file.seek, 7).result()
        assert evidence(read=file.read(1)) == b"2"
