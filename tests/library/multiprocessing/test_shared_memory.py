"""multiprocessing.shared_memory.SharedMemory: a block of bytes that processes find by its name.

Source: https://docs.python.org/3/library/multiprocessing.shared_memory.html
"""

import gc
import mmap
import os
import pickle
import sys
from contextlib import contextmanager
from multiprocessing import resource_tracker
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path

from tests.harness import (
    LINUX,
    MACOS,
    POSIX,
    PYPY,
    WINDOWS,
    applies,
    before,
    cases,
    claim,
    control,
    joined,
    kinds,
    needs_posix,
    outcome,
    predicts,
    refuted,
    run_child,
    since,
)

NO_TRACK = "TypeError: SharedMemory.__init__() got an unexpected keyword argument 'track'"


#: The size of a block that is the same everywhere: macOS and Windows round it up to whole pages.
PAGE = mmap.PAGESIZE

#: Why a block is gone sooner, or later, than others think.
WINDOWS_ENDS = "Windows removes a block with the last process that has it open, and not by unlink()"


@contextmanager
def block(size=PAGE, **options):
    """A new block, which is gone afterwards."""
    memory = SharedMemory(create=True, size=size, **options)
    try:
        yield memory
    finally:
        memory.close()
        outcome(memory.unlink)  # which may have been done


def exists(name, **options):
    """Tell whether there is a block of this name, and leave no trace of the question."""
    found = outcome(SharedMemory, name, **options)
    if isinstance(found, FileNotFoundError):
        return False
    found.close()
    return True


def change(name, report):
    memory = SharedMemory(name=name)
    report([memory.name, memory.size, bytes(memory.buf[:4])])
    memory.buf[1:3] = b"EL"
    memory.buf[-1] = 200
    memory.close()


@claim("SHM10")
def test_a_block_is_found_by_its_name(ctx, reports, evidence):
    """Another process attaches to a block by its name, and both see what either one writes.

    Shared-memory objects in multiprocessing hold bytes, not Python objects, which a Manager shares
    (MANAGER21).  So processes share a NumPy array: np.ndarray(shape, dtype, buffer=block.buf).  The
    difference between a Manager and shared memory: a Manager is slower, as each access is a message
    to its process; it takes any object.
    """
    with block() as memory:
        memory.buf[:4] = b"help"
        run_child(ctx, change, memory.name, reports.reporter)
        assert evidence(child=reports.next()) == [memory.name, PAGE, b"help"]
        assert evidence(parent=bytes(memory.buf[:4])) == b"hELp"
        assert (memory.buf[PAGE - 1], memory.buf[PAGE - 2]) == (200, 0)


@claim("SHM11")
def test_a_block_needs_a_size_and_a_free_name(evidence):
    """Size 0 raises ValueError, an unknown name FileNotFoundError, a taken one FileExistsError.

    "ValueError: 'size' must be a positive number different from zero", also of
    SharedMemory(create=True) without a size.  SharedMemory() without a name is "ValueError: 'name'
    can only be None if create=True".  A block of the same name may be left from a run that crashed,
    or was made by another worker: "FileExistsError: [Errno 17] File exists: '/...'".  Attach to it
    without create, unlink() it first, or let the system choose the name.
    """
    no_size = [outcome(SharedMemory, create=True, size=size) for size in (0, -1)]
    no_size += [outcome(SharedMemory, create=True), outcome(SharedMemory)]
    assert kinds(evidence(no_size=no_size)) == ["ValueError"] * 4
    with block(16) as memory:
        unknown = outcome(SharedMemory, memory.name + "x")
        taken = outcome(SharedMemory, memory.name, create=True, size=16)
        evidence(taken=f"{type(taken).__name__}: {taken}")
        assert kinds(evidence(names=[unknown, taken])) == ["FileNotFoundError", "FileExistsError"]
        attached = SharedMemory(memory.name, create=False, size=0)
        attached.close()
        assert attached.name == memory.name


@claim("SHM12")
@predicts("RC24")
@refuted(where=before("3.13.0"), because="3.13 added the parameter track (gh-82300)", by=NO_TRACK)
def test_a_block_can_be_opened_untracked(monkeypatch, evidence):
    """SharedMemory(track=False) opens a block without telling the resource tracker.

    You need it where another program owns the block.  Up to 3.12: "TypeError:
    SharedMemory.__init__() got an unexpected keyword argument 'track'".  There, call
    resource_tracker.unregister(), but not in a child of multiprocessing, whose tracker is the
    parent's.
    """
    told = []
    for name in ("register", "unregister"):
        monkeypatch.setattr(resource_tracker, name, lambda *about: told.append(about))
    untracked = SharedMemory(create=True, size=16, track=False)
    try:
        attached = SharedMemory(untracked.name, track=False)
        attached.close()
    finally:
        untracked.close()
        untracked.unlink()
    assert evidence(tracker_told=told) == []


#: What an unrelated program does: it attaches, reads a byte, closes, and ends.
VISITOR = """
from multiprocessing.shared_memory import SharedMemory
memory = SharedMemory({name!r}{options})
print(memory.buf[0])
memory.close()
"""


@claim("SHM13")
@predicts("RC24")
@refuted(
    where=POSIX,
    because="POSIX: who attaches registers the block with its own resource tracker (gh-82300)",
)
def test_a_block_survives_an_unrelated_visitor(programs, evidence):
    """Shared memory is still there after an unrelated program has attached to it and ended.

    You might expect that only unlink() removes a block.  But a program that attaches registers the
    block with its own resource tracker, which unlinks it when the program ends ("resource_tracker:
    There appear to be 1 leaked shared_memory objects to clean up at shutdown").  Then everybody
    else gets FileNotFoundError, and who has made the block is warned at the end: "resource_tracker:
    '/psm_...': [Errno 2] No such file or directory: '/psm_...'".  Attach with track=False (3.13),
    or start the visitor as a multiprocessing.Process.  Windows has no resource tracker: there a
    block lives as long as a process has it open.
    """
    with block(16) as memory:
        memory.buf[0] = 77
        visitor = programs.run(VISITOR.format(name=memory.name, options=""))
        there = exists(memory.name)
        if not there:
            resource_tracker.unregister("/" + memory.name, "shared_memory")
        evidence(visitor=visitor.lines, warning=visitor.err)
        control((visitor.exit_code, visitor.lines) == (0, ["77"]), "the visitor must have read")
        control(("leaked shared_memory" in visitor.err) != there, "it is removed as leaked")
        assert evidence(still_there=there)


@claim("SHM14")
@predicts("RC24")
@refuted(where=before("3.13.0"), because="3.13 added the parameter track (gh-82300)")
def test_a_block_survives_a_visitor_that_does_not_track(programs, evidence):
    """A block survives an unrelated program that attaches to it with track=False.

    Before 3.13 that program fails: "TypeError: SharedMemory.__init__() got an unexpected keyword
    argument 'track'".
    """
    with block(16) as memory:
        memory.buf[0] = 78
        visitor = programs.run(VISITOR.format(name=memory.name, options=", track=False"))
        control(visitor.exit_code == 0 or NO_TRACK in visitor.err, visitor.err)
        there = evidence(still_there=exists(memory.name))
        seen = evidence(printed=visitor.lines, error=visitor.err[-200:])
        assert (there, *seen) == (True, ["78"], "")


UNPICKLER = """
import pickle
memory = pickle.loads({pickled!r})
print(memory.buf[0])
memory.close()
"""


@claim("SHM15")
@applies(where=since("3.13.0"), because="the parameter track is new in 3.13")
@refuted(
    where=POSIX,
    because="in CPython a SharedMemory is pickled as name and size, without its track=False",
)
def test_an_untracked_block_is_untracked_where_it_arrives(programs, evidence):
    """A SharedMemory with track=False is untracked in the process that unpickles it, too.

    The receiver gets a tracked one, and its resource tracker may unlink the block when it ends.
    Send the name instead, and attach with track=False.
    """
    with block(16, track=False) as memory:
        memory.buf[0] = 79
        program = programs.run(UNPICKLER.format(pickled=pickle.dumps(memory)))
        there = exists(memory.name, track=False)
        control((program.exit_code, program.lines) == (0, ["79"]), program.err)
        control(("leaked shared_memory" in program.err) != there, "it is removed as leaked")
        assert evidence(still_there=there)


@claim("SHM16")
@refuted(where=PYPY, because="PyPy closes an mmap under its views; only CPython counts them")
def test_a_block_is_not_closed_under_a_view(evidence):
    """close() raises BufferError while a slice of buf is in use.

    "BufferError: cannot close exported pointers exist": memory views and np.frombuffer() cause it.
    Release or delete them first.  np.ndarray(buffer=shm.buf) does not count as a use: close(), or
    the end of the SharedMemory object, raises nothing, and the array's next use crashes the program
    (SIGSEGV): keep the object as long as the array.  PyPy closes the block, and the view is dead.
    """
    with block(16) as memory:
        view = memory.buf[2:6]
        refusal = outcome(memory.close)
        view.release()
        memory.close()
        control(memory.buf is None, "it is closed in the end, everywhere")
        assert type(evidence(with_a_view=refusal)) is BufferError


@claim("SHM17")
@cases(closed_first=(False, True))
@refuted(where=WINDOWS, because=WINDOWS_ENDS)
def test_a_block_can_be_unlinked_once(closed_first, evidence):
    """unlink() removes the name, before close() or after it; a second one: FileNotFoundError.

    On Windows unlink() does nothing: a block is gone when the last process has closed it.
    """
    with block(16) as memory:
        if closed_first:
            memory.close()
        memory.unlink()
        there, second = exists(memory.name), outcome(memory.unlink)
    assert evidence(there=there) is False
    assert type(evidence(second=second)) is FileNotFoundError


def write_when_unlinked(name, report):
    memory = SharedMemory(name)
    report.hold(memory.buf[0])
    memory.buf[1] = memory.buf[0] + 1
    memory.close()


@claim("SHM18")
@refuted(where=WINDOWS, because=WINDOWS_ENDS)
def test_an_unlinked_block_serves_those_who_have_it(ctx, reports, evidence):
    """After unlink(), processes that are attached can use the block; nobody new can attach.

    Who comes too late gets FileNotFoundError, "No such file or directory: '/psm_...'", with the
    name of the shared memory (psm_ and eight digits).  Instead: let its maker wait until all have
    attached, and one process alone call unlink(), at the end.  On Windows unlink() does nothing,
    and others still can.
    """
    with block(16) as memory:
        memory.buf[0] = 5
        child = ctx.Process(target=write_when_unlinked, args=(memory.name, reports.reporter))
        child.start()
        assert reports.next() == 5
        memory.unlink()
        there = exists(memory.name)
        memory.buf[0] = 6
        reports.release()
        assert joined(child) == [0]
        written_by_the_child = memory.buf[1]
    assert evidence(written_by_the_child=written_by_the_child) == 7
    assert evidence(there=there) is False


@claim("SHM19")
@cases(size={"1": 1, "10": 10, "a page less 1": PAGE - 1, "a page": PAGE, "a page and 9": PAGE + 9})
@refuted(
    where=MACOS or WINDOWS,
    size=("1", "10", "a page less 1", "a page and 9"),
    because="macOS and Windows round the size up to whole pages",
)
def test_an_attached_block_has_the_size_it_was_given(size, evidence):
    """A process that attaches to a block sees the size that was asked for.

    On Linux 10 bytes stay 10.  macOS and Windows round up to whole pages, so send the number of
    bytes along.
    """
    with block(size) as memory:
        attached = SharedMemory(memory.name)
        sizes = memory.size, attached.size, len(attached.buf)
        attached.close()
    assert evidence(sizes=sizes) == (size, size, size)


@claim("SHM20")
@applies(where=LINUX, because="only Linux has /dev/shm")
def test_a_block_is_a_file_until_it_is_unlinked(evidence):
    """On Linux a block is a file in /dev/shm, named psm_... by default, until unlink()."""
    with block(16) as memory:
        path = Path("/dev/shm", memory.name)  # noqa: S108
        memory.buf[3] = 9
        content, status = path.read_bytes(), path.stat()
        memory.close()
        there_when_closed = path.exists()
        memory.unlink()
        there_when_unlinked = path.exists()
    assert evidence(name=memory.name).startswith("psm_")
    assert evidence(size=status.st_size, mode=oct(status.st_mode & 0o777)) == (16, "0o600")
    assert content == bytes([0, 0, 0, 9] + [0] * 12)
    assert evidence(closed=there_when_closed, unlinked=there_when_unlinked) == (True, False)


@claim("SHM21")
def test_a_block_may_be_given_a_name(evidence):
    """A block has the name that it is given, or else a new one each time, without a slash.

    macOS takes 30 characters at most, and else raises "[Errno 63] File name too long".
    """
    with block(16) as first, block(16) as second:
        mine = first.name + "_mine"
        with block(16, name=mine) as named:
            attached = SharedMemory(mine)
            attached.buf[0] = 3
            assert evidence(seen=named.buf[0]) == 3
            attached.close()
            if POSIX:
                named.unlink()
        names = evidence(names=[first.name, second.name, named.name])
        assert len(set(names)) == 3
        assert names[2] == attached.name == mine
        assert not any("/" in name for name in names)
        assert evidence(repr=repr(first)) == f"SharedMemory({first.name!r}, size={first.size})"


@claim("SHM22")
def test_a_new_block_is_a_memoryview_of_zeros(evidence):
    """buf is a writable memoryview: zeros at first, of fixed length, and you can cast() it."""
    with block() as memory:
        assert evidence(size=len(memory.buf), zeros=bytes(memory.buf) == bytes(PAGE)) == (
            PAGE,
            True,
        )
        assert (type(memory.buf), memory.buf.readonly) == (memoryview, False)
        numbers = memory.buf.cast("i")
        numbers[0], numbers[3] = 1, -1
        numbers.release()
        one = (1).to_bytes(4, sys.byteorder)
        assert evidence(cast=bytes(memory.buf[:20])) == one + bytes(8) + b"\xff" * 4 + bytes(4)
        beyond = outcome(memory.buf.__setitem__, PAGE, 1)
        too_long = outcome(memory.buf.__setitem__, slice(0, 2), b"abc")
        assert kinds(evidence(refusals=[beyond, too_long])) == ["IndexError", "ValueError"]


@claim("SHM23")
@refuted(where=WINDOWS, because=WINDOWS_ENDS, by=FileNotFoundError)
def test_a_closed_block_remains_until_unlinked(evidence):
    """close() ends the use of buf in this process alone: the block remains until unlink().

    close() may be called again.  On Windows a block is gone when the last process has closed it.
    """
    with block() as memory:
        other = SharedMemory(memory.name)
        memory.buf[2] = 12
        memory.close()
        memory.close()
        assert evidence(buf=memory.buf, size=memory.size) == (None, PAGE)
        assert evidence(seen_by_another=other.buf[2]) == 12
        other.close()
        again = SharedMemory(memory.name)
        assert evidence(seen_by_a_third=again.buf[2]) == 12
        again.close()


@claim("SHM23")
@needs_posix
@cases(forgotten={"closed": False, "forgotten": True})
def test_a_closed_block_has_no_descriptor(forgotten, evidence):
    """close() closes the descriptor of the block too, and so does the end of the SharedMemory."""
    memory = SharedMemory(create=True, size=16)
    memory.unlink()
    descriptor = memory._fd  # noqa: SLF001
    control(os.fstat(descriptor).st_size >= 16, "it is the block's")
    if forgotten:
        del memory
        gc.collect()
    else:
        memory.close()
    assert kinds([evidence(then=outcome(os.fstat, descriptor))]) == ["OSError"]


def change_pickled(memory, report):
    report([memory.name, memory.size, memory.buf[0]])
    memory.buf[0] += 1
    memory.close()


@claim("SHM24")
def test_a_block_can_be_sent_to_a_process(ctx, reports, evidence):
    """A SharedMemory that is sent to a process is attached to the same block there.

    A NumPy array (ndarray) over its buf is pickled as a copy of the items, and stops following the
    block, without an error.  Send the SharedMemory or its name, and make the array anew over there.
    """
    with block() as memory:
        memory.buf[0] = 41
        run_child(ctx, change_pickled, memory, reports.reporter)
        assert evidence(child=reports.next()) == [memory.name, PAGE, 41]
        loaded = pickle.loads(pickle.dumps(memory))
        loaded.buf[1] = loaded.buf[0] + 1
        loaded.close()
        assert evidence(afterwards=list(memory.buf[:3])) == [42, 43, 0]


COLON = """
from multiprocessing.shared_memory import SharedMemory

memory = SharedMemory({name!r}, create=True, size=16)
memory.close()
memory.unlink()
print("unlinked")
"""


@claim("SHM25")
@predicts("N93")
@refuted(
    where=POSIX and (PYPY or before("3.13.10", "3.14.1")),
    because="3.13.10 and 3.14.1 tell the resource tracker names in base64 (gh-98896); PyPy: not",
)
def test_the_name_of_a_block_may_have_a_colon(programs, evidence):
    """SharedMemory(name="a:b") can be made and unlinked, and nothing is printed as an error.

    Before 3.13.10 and 3.14.1, except on Windows, the resource tracker prints two tracebacks:
    "ValueError: too many values to unpack (expected 3)".  The block can be used, but nobody
    unlinks it if the program dies (gh-98896).  Instead: names without colons.
    """
    name = f"a:b:{os.getpid()}"
    program = programs.run(COLON.format(name=name))
    control((program.exit_code, program.lines) == (0, ["unlinked"]), f"it is made: {program}")
    error = "ValueError: too many values to unpack (expected 3"
    control(not program.err or program.err.count(error) == 2, f"other errors: {program}")
    assert evidence(errors=program.err.strip().rpartition("\n")[2]) == ""
