"""multiprocessing.shared_memory.SharedMemory: a block of bytes that processes find by its name.

Source: https://docs.python.org/3/library/multiprocessing.shared_memory.html
"""

import pickle
import sys
from contextlib import contextmanager
from multiprocessing import resource_tracker
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path

from tests.harness import (
    PYPY,
    applies,
    claim,
    control,
    joined,
    outcome,
    predicts,
    refuted,
    since,
)

POSIX = sys.platform != "win32"
HAS_TRACK = since("3.13.0")

needs_posix = applies(where=POSIX, because="Windows removes a block with its last handle")
needs_dev_shm = applies(where=Path("/dev/shm").is_dir(), because="only Linux has /dev/shm")  # noqa: S108


@contextmanager
def block(size, **options):
    """A new block, which is gone afterwards, and of which the resource tracker knows nothing."""
    memory = SharedMemory(create=True, size=size, **options)
    try:
        yield memory
    finally:
        memory.close()
        if isinstance(outcome(memory.unlink), FileNotFoundError) and POSIX and not options:
            resource_tracker.unregister("/" + memory.name, "shared_memory")


def exists(name):
    """Tell whether there is a block of this name, and leave no trace of the question."""
    found = outcome(SharedMemory, name)
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


@claim("SM01")
def test_a_block_is_found_by_its_name(ctx, reports, evidence):
    """Another process attaches to a block by its name, and both see what either writes."""
    with block(4096) as memory:
        memory.buf[:4] = b"help"
        child = ctx.Process(target=change, args=(memory.name, reports.reporter))
        child.start()
        seen = reports.next()
        exit_codes = joined(child)
        after = bytes(memory.buf[:4]), memory.buf[4095], memory.buf[4094]
        evidence(child=seen, parent=after)
        assert exit_codes == [0]
        assert seen == [memory.name, 4096, b"help"]
        assert after == (b"hELp", 200, 0)


@claim("SM02")
def test_a_block_needs_a_size_and_a_free_name(evidence):
    """Size 0 is a ValueError, an unknown name FileNotFoundError, a taken one FileExistsError."""
    with block(16) as memory:
        refusals = [
            outcome(SharedMemory, create=True),
            outcome(SharedMemory, create=True, size=0),
            outcome(SharedMemory, create=True, size=-1),
            outcome(SharedMemory),
            outcome(SharedMemory, memory.name + "x"),
            outcome(SharedMemory, memory.name, create=True, size=16),
        ]
        attached = SharedMemory(memory.name, create=False, size=0)
        attached.close()
    evidence(refusals=refusals)
    kinds = [type(refusal) for refusal in refusals]
    assert kinds == [*[ValueError] * 4, FileNotFoundError, FileExistsError]
    assert attached.name == memory.name


@claim("SM03")
@predicts("RC24")
@refuted(where=not HAS_TRACK, because="3.13 added the parameter track (gh-82300)")
def test_a_block_can_be_opened_untracked(evidence):
    """SharedMemory(track=False) opens a block without telling the resource tracker.

    One would need it where another program owns the block.  Up to 3.12: "TypeError:
    SharedMemory.__init__() got an unexpected keyword argument 'track'".  Since 3.13 there is
    track=False ("What's New in Python 3.13").  Before that: resource_tracker.unregister().
    """
    told = []
    original = resource_tracker.register, resource_tracker.unregister
    resource_tracker.register = resource_tracker.unregister = lambda *about: told.append(about)
    try:
        untracked = outcome(SharedMemory, create=True, size=16, track=False)
        if isinstance(untracked, SharedMemory):
            attached = SharedMemory(untracked.name, track=False)
            attached.close()
            untracked.close()
            untracked.unlink()
    finally:
        resource_tracker.register, resource_tracker.unregister = original
    evidence(made=untracked, tracker_told=told)
    control(type(untracked) in (TypeError, SharedMemory), repr(untracked))
    assert (type(untracked), told) == (SharedMemory, [])


#: What an unrelated program does: it attaches, reads a byte, closes, and ends.
VISITOR = """
from multiprocessing.shared_memory import SharedMemory
memory = SharedMemory({name!r}{options})
print(memory.buf[0])
memory.close()
"""


@claim("SM05")
@predicts("RC24")
@needs_posix
@refuted(because="an attaching process registers the block with its own resource tracker, gh-82300")
def test_a_block_survives_an_unrelated_visitor(programs, evidence):
    """A block is still there after an unrelated program has attached to it, closed it, and ended.

    One would expect that only unlink() removes a block.  But whoever attaches tells its own
    resource tracker, which unlinks the block when the program ends ("resource_tracker: There
    appear to be 1 leaked shared_memory objects to clean up at shutdown"): FileNotFoundError for
    everybody else.  Instead: attach with track=False (3.13), or start visitors as children.
    """
    with block(16) as memory:
        memory.buf[0] = 77
        visitor = programs.run(VISITOR.format(name=memory.name, options=""))
        there = exists(memory.name)
        evidence(visitor=visitor.lines, warning=visitor.err, still_there=there)
        control((visitor.exit_code, visitor.lines) == (0, ["77"]), "the visitor must have read")
        control(("leaked shared_memory" in visitor.err) != there, "it is removed as leaked")
        assert there


@claim("MX13")
@predicts("RC24")
@needs_posix
@refuted(where=not HAS_TRACK, because="3.13 added the parameter track (gh-82300)")
def test_a_block_survives_a_visitor_that_does_not_track(programs, evidence):
    """A block survives an unrelated program that attaches to it with track=False.

    One would expect it to survive anyway, see SM05.  track=False is new in 3.13; before, the
    visitor fails: "TypeError: SharedMemory.__init__() got an unexpected keyword argument 'track'".
    """
    with block(16) as memory:
        memory.buf[0] = 78
        visitor = programs.run(VISITOR.format(name=memory.name, options=", track=False"))
        evidence(exit_code=visitor.exit_code, out=visitor.lines, err=visitor.err[-200:])
        control(exists(memory.name), "the block must be there in any case")
        control(visitor.exit_code == 0 or "'track'" in visitor.err, visitor.err)
        assert (visitor.exit_code, visitor.lines, visitor.err) == (0, ["78"], "")


UNPICKLER = """
import pickle
memory = pickle.loads({pickled!r})
print(memory.buf[0])
memory.close()
"""


@claim("SM14")
@applies(where=HAS_TRACK, because="the parameter track is new in 3.13")
@needs_posix
@refuted(because="in CPython a SharedMemory is pickled as name and size, without its track=False")
def test_an_untracked_block_is_untracked_where_it_arrives(programs, evidence):
    """A SharedMemory made with track=False is untracked in the process that unpickles it, too.

    One would expect that track=False is sent along.  What arrives is tracked, and the receiver's
    resource tracker may unlink the block when the receiver ends.  Instead: send the name.
    """
    with block(16, track=False) as memory:
        memory.buf[0] = 79
        program = programs.run(UNPICKLER.format(pickled=pickle.dumps(memory)))
        there = exists_untracked(memory.name)
        evidence(printed=program.lines, err=program.err, still_there=there)
        control((program.exit_code, program.lines) == (0, ["79"]), program.err)
        control(("leaked shared_memory" in program.err) != there, "it is removed as leaked")
        assert there


def exists_untracked(name):
    """Tell whether there is a block of this name, without telling the tracker."""
    found = outcome(SharedMemory, name, track=False)
    if isinstance(found, FileNotFoundError):
        return False
    found.close()
    return True


@claim("SM06")
@refuted(where=PYPY, because="PyPy closes an mmap under its views; only CPython counts them")
def test_a_block_is_not_closed_under_a_view(evidence):
    """close() raises BufferError while a slice of buf is in use; afterwards buf is None.

    "BufferError: cannot close exported pointers exist" is what numpy arrays on a block cause at the
    end of a program.  PyPy closes without a word, and the view is dead.  Instead: release (or
    delete) the views first.
    """
    with block(16) as memory:
        view = memory.buf[2:6]
        refusal = outcome(memory.close)
        view.release()
        closed = outcome(memory.close)
        evidence(with_a_view=refusal, after_its_release=closed, buf=memory.buf)
        control((closed, memory.buf) == (None, None), "it is closed in the end, everywhere")
        control(type(refusal) in (BufferError, type(None)), repr(refusal))
        assert type(refusal) is BufferError


@claim("SM07")
@needs_posix
def test_a_block_can_be_unlinked_once(evidence):
    """unlink() removes the name, before close() or after it; a second one is FileNotFoundError."""
    with block(16) as memory, block(16) as closed_first:
        closed_first.close()
        first = [outcome(memory.unlink), outcome(closed_first.unlink)]
        there = [exists(one.name) for one in (memory, closed_first)]
        second = [outcome(memory.unlink), outcome(closed_first.unlink)]
        for one in (memory, closed_first):  # as unlink() has told the tracker already
            resource_tracker.register("/" + one.name, "shared_memory")
    evidence(first=first, there=there, second=second)
    assert first == [None, None]
    assert there == [False, False]
    assert [type(error) for error in second] == [FileNotFoundError] * 2


def write_when_unlinked(name, report):
    memory = SharedMemory(name)
    report.hold(memory.buf[0])
    memory.buf[1] = memory.buf[0] + 1
    memory.close()


@claim("X21")
@needs_posix
def test_an_unlinked_block_serves_those_who_have_it(ctx, reports, evidence):
    """After unlink() those who are attached may go on using the block; nobody new can attach."""
    with block(16) as memory:
        memory.buf[0] = 5
        child = ctx.Process(target=write_when_unlinked, args=(memory.name, reports.reporter))
        child.start()
        seen = [reports.next()]
        memory.unlink()
        there = exists(memory.name)
        memory.buf[0] = 6
        reports.release()
        exit_codes = joined(child)
        seen.append(memory.buf[1])
        resource_tracker.register("/" + memory.name, "shared_memory")
    evidence(seen=seen, there=there)
    assert exit_codes == [0]
    assert seen == [5, 7]
    assert not there


@claim("SM13")
@refuted(
    where=sys.platform in ("darwin", "win32"),
    because="macOS and Windows round the size up to whole pages",
)
def test_an_attached_block_has_the_size_it_was_given(evidence):
    """Whoever attaches to a block sees the size that was asked for: 10 bytes stay 10.

    One would expect so, and on Linux it is.  The documentation says that the size may be larger
    where the platform rounds to pages, as macOS does: send the number of bytes along.
    """
    sizes = {}
    for size in (1, 10, 4095, 4096, 5000):
        with block(size) as memory:
            attached = SharedMemory(memory.name)
            sizes[size] = (memory.size, attached.size, len(attached.buf))
            attached.close()
    evidence(sizes=sizes)
    control(all(min(found) >= size for size, found in sizes.items()), "never smaller")
    assert sizes == {size: (size,) * 3 for size in sizes}


@claim("Z22")
@needs_dev_shm
def test_a_block_is_a_file_until_it_is_unlinked(evidence):
    """On Linux a block is a file in /dev/shm, named psm_... by default, until unlink()."""
    with block(16) as memory:
        path = Path("/dev/shm", memory.name)  # noqa: S108
        found = [path.exists(), path.stat().st_size, oct(path.stat().st_mode & 0o777)]
        memory.buf[3] = 9
        content = path.read_bytes()
        memory.close()
        found.append(path.exists())
        memory.unlink()
        found.append(path.exists())
        resource_tracker.register("/" + memory.name, "shared_memory")
    evidence(name=memory.name, found=found)
    assert memory.name.startswith("psm_")
    assert len(memory.name) > len("psm_")
    assert found == [True, 16, "0o600", True, False]
    assert content == bytes([0, 0, 0, 9] + [0] * 12)


@claim("SM15")
def test_a_block_may_be_given_a_name(evidence):
    """A block has the name that it is given, or else a new one each time, without a slash."""
    with block(16) as first, block(16) as second:
        mine = first.name + "_mine"
        with block(16, name=mine) as named:
            attached = SharedMemory(mine)
            attached.buf[0] = 3
            seen = named.buf[0]
            attached.close()
            if POSIX:
                named.unlink()
        names = [first.name, second.name, named.name]
    evidence(names=names, repr=repr(first))
    assert names[2] == attached.name == mine
    assert len(set(names)) == 3
    assert not any("/" in name for name in names)
    assert seen == 3
    assert repr(first) == f"SharedMemory({first.name!r}, size=16)"


@claim("SM16")
def test_a_new_block_is_a_memoryview_of_zeros(evidence):
    """buf is a writable memoryview of bytes: zeros at first, of fixed length, and castable."""
    with block(16) as memory:
        first = bytes(memory.buf)
        numbers = memory.buf.cast("i")
        numbers[0], numbers[3] = 1, -1
        numbers.release()
        refusals = [
            outcome(memory.buf.__setitem__, 16, 1),
            outcome(memory.buf.__setitem__, slice(0, 2), b"abc"),
        ]
        found = type(memory.buf), memory.buf.readonly, len(memory.buf), bytes(memory.buf)
        evidence(first=first, found=found, refusals=refusals)
        assert first == bytes(16)
        one = (1).to_bytes(4, sys.byteorder)
        assert found == (memoryview, False, 16, one + bytes(8) + b"\xff" * 4)
        assert [type(refusal) for refusal in refusals] == [IndexError, ValueError]


@claim("SM17")
def test_a_closed_block_remains_until_unlinked(evidence):
    """close() may be called again, ends the use of buf alone, and leaves the block to others."""
    with block(16) as memory:
        other = SharedMemory(memory.name)
        memory.buf[2] = 12
        closed = [memory.close(), memory.close(), memory.buf, memory.size]
        seen = other.buf[2]
        other.close()
        again = SharedMemory(memory.name)
        seen_again = again.buf[2]
        again.close()
        use = outcome(lambda: memory.buf[2])
    evidence(closed=closed, seen_by_others=[seen, seen_again], use=use)
    assert closed == [None, None, None, 16]
    assert (seen, seen_again) == (12, 12)
    assert type(use) is TypeError


def change_pickled(memory, report):
    report([memory.name, memory.size, memory.buf[0]])
    memory.buf[0] += 1
    memory.close()


@claim("SM18")
def test_a_block_can_be_sent_to_a_process(ctx, reports, evidence):
    """A SharedMemory that is pickled arrives attached to the same block."""
    with block(64) as memory:
        memory.buf[0] = 41
        child = ctx.Process(target=change_pickled, args=(memory, reports.reporter))
        child.start()
        seen = reports.next()
        exit_codes = joined(child)
        loaded = pickle.loads(pickle.dumps(memory))
        loaded.buf[1] = loaded.buf[0] + 1
        loaded.close()
        found = bytes(memory.buf[:3])
        evidence(child=seen, after=found)
    assert exit_codes == [0]
    assert seen == [memory.name, 64, 41]
    assert found == bytes([42, 43, 0])
