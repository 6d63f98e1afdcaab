"""multiprocessing.Value and RawValue: one C value in memory that processes share.

Source: https://docs.python.org/3/library/multiprocessing.html#shared-ctypes-objects
"""

import ctypes
import multiprocessing
import pickle
import threading
from functools import partial

from tests.harness import (
    PATIENCE,
    PYPY,
    cases,
    claim,
    control,
    joined,
    never,
    outcome,
    refuted,
    run_child,
)


class Reporting:
    """A number that reports to the test while it is being added, and waits for permission."""

    def __init__(self, number, report):
        self.number = number
        self.report = report

    def __radd__(self, other):
        self.report.hold(other)
        return other + self.number


def add_in_one_statement(value, report):
    value.value += Reporting(1, report)


def add_with_the_lock(value, report):
    with value.get_lock():
        value.value += Reporting(1, report)
    add_one(value, 300)


def add_one(value, times):
    for _ in range(times):
        with value.get_lock():
            value.value += 1


@claim("VALUE13")
def test_adding_with_its_lock_loses_no_addition(ctx, reports, background, evidence):
    """`with v.get_lock(): v.value += 1` loses no addition, even from several processes.

    That is how to share a counter between processes.  Hold the lock around the read and the write.
    A read or a write alone takes the lock anyway.
    """
    value = ctx.Value("i", 40)
    child = ctx.Process(target=add_with_the_lock, args=(value, reports.reporter))
    child.start()
    assert reports.next() == 40  # it has read, and has not written yet
    entered = background(lambda: value.get_lock().acquire(timeout=0.01)).result()
    assert evidence(another_process_gets_the_lock=entered) is False
    adding = background(add_one, value, 300)
    reports.release()
    adding.result()
    assert joined(child) == [0]
    assert evidence(total=value.value) == 40 + 1 + 300 + 300


def add_a_hundred(value):
    value.value += 100


@claim("VALUE14")
@refuted(because="in CPython and PyPy += reads, adds and writes; only the two ends are locked")
def test_adding_to_a_synchronized_value_is_atomic(ctx, reports, background, evidence):
    """`v.value += 1` on a Value with a lock is atomic.

    You might expect a *synchronized* Value to count.  But `+=` is a read and a write, and each
    takes the lock separately.  Another process may write in between, and its addition is lost
    without an error: a race condition.  Write `with v.get_lock(): v.value += 1`.
    """
    value = ctx.Value("i", 40)
    child = ctx.Process(target=add_in_one_statement, args=(value, reports.reporter))
    child.start()
    control(reports.next() == 40, "the child must have read 40")
    adding = background(add_a_hundred, value)
    outcome(adding.result, within=PATIENCE / 4)  # not before, if it has to wait for the child
    reports.release()
    adding.result()
    control(joined(child) == [0], "the child must have added one")
    control(value.value in (41, 141), f"a total that no lost addition explains: {value.value}")
    assert evidence(total=value.value) == 141


@claim("VALUE15")
def test_a_value_is_given_its_kind_of_lock(ctx, evidence):
    """Value and Array make an RLock, use the lock they are given, or have none (lock=False).

    What is no lock is refused: "AttributeError: 5 has no method 'acquire'".
    """
    for make, argument in ((ctx.Value, 7), (ctx.Array, [7, 8])):
        mine = ctx.Lock()
        kinds_of_lock = (
            type(make("i", argument).get_lock()),
            make("i", argument, lock=mine).get_lock(),
        )
        assert evidence(lock=kinds_of_lock) == (type(ctx.RLock()), mine)
        bare = make("i", argument, lock=False)
        assert evidence(without_a_lock=hasattr(bare, "get_lock")) is False
        assert isinstance(bare, (ctypes.c_int, ctypes.Array))
        assert type(evidence(refusal=outcome(make, "i", argument, lock=5))) is AttributeError
    assert ctx.Value("i", 7).get_lock() is not ctx.Value("i", 7).get_lock()


@claim("VALUE16")
@cases(
    too_large={
        "b": ("b", 200, -56),
        "B": ("B", 257, 1),
        "h": ("h", 40_000, -25_536),
        "i": ("i", 2**31, -(2**31)),
        "Q": ("Q", -1, 2**64 - 1),
    }
)
def test_a_value_that_is_too_large_wraps_silently(too_large, evidence):
    """A number that is too large for a Value wraps around, without an error.

    You might expect an OverflowError.  ctypes does what C does: 200 in a signed byte is -56.  Check
    the range, or take a larger typecode.
    """
    typecode, number, kept = too_large
    value = multiprocessing.get_context("spawn").Value(typecode)
    value.value = number
    assert evidence(kept=value.value) == kept


@claim("VALUE16")
def test_a_value_refuses_what_is_no_number(evidence):
    """A Value of numbers refuses text, and an unknown typecode: TypeError."""
    ctx = multiprocessing.get_context("spawn")
    value = ctx.Value("i", 7)
    assert type(evidence(text=outcome(setattr, value, "value", "text"))) is TypeError
    assert type(evidence(typecode=outcome(ctx.Value, "x"))) is TypeError
    assert value.value == 7


def get_value(value):
    return value.value


@claim("VALUE17")
def test_a_synchronized_value_cannot_be_pickled(ctx, pool, evidence):
    """A Value or an Array can be given only to a process that starts: pickling raises RuntimeError.

    You might expect `pool.map(f, [value])` or `queue.put(value)` to work.  "RuntimeError:
    Synchronized objects should only be shared between processes through inheritance".  Pass it in
    Process(args=...) or Pool(initargs=...).
    """
    locked = ctx.Value("i", 5), ctx.Array("i", 3)
    refusals = [outcome(pickle.dumps, thing) for thing in locked]
    dumps = multiprocessing.reduction.ForkingPickler.dumps
    refusals += [
        outcome(dumps, thing) for thing in (*locked, ctx.RawValue("i"), ctx.RawArray("i", 3))
    ]
    refusals.append(outcome(pool.apply_async(get_value, locked[:1]).get, PATIENCE))
    assert [type(one) for one in evidence(refusals=refusals)] == [RuntimeError] * 7


def write_extremes(value, raw, report):
    report([value.value, raw.value])
    value.value, raw.value = -1.5, 2**63 - 1


@claim("VALUE18")
def test_a_new_value_is_zero(ctx, evidence):
    """Values and Arrays start as zeros; instead of a typecode you can pass a ctypes type."""
    for _ in range(3):  # the memory that is free again is taken first
        ctx.RawArray("b", [7] * 64), ctx.RawArray("b", [7] * 8)
    values = ctx.Value("d"), ctx.RawValue("q"), ctx.Value(ctypes.c_char)
    assert evidence(values=[value.value for value in values]) == [0.0, 0, b"\0"]
    arrays = ctx.Array("d", 3), ctx.RawArray("i", 2)
    assert evidence(arrays=[array[:] for array in arrays]) == [[0.0, 0.0, 0.0], [0, 0]]


@claim("VALUE18")
def test_a_value_of_a_ctypes_type_is_shared(ctx, reports, evidence):
    """A Value of a ctypes type is shared with a child like one of a typecode."""
    value, raw = ctx.Value(ctypes.c_double, 2.5), ctx.RawValue(ctypes.c_longlong, -3)
    run_child(ctx, write_extremes, value, raw, reports.reporter)
    assert evidence(seen_by_the_child=reports.next()) == [2.5, -3]
    assert evidence(written_by_it=[value.value, raw.value]) == [-1.5, 2**63 - 1]


@claim("VALUE19")
def test_a_value_of_typecode_u_holds_a_character(ctx, evidence):
    """Value("u") holds one character; "w", array's new name for it, raises TypeError.

    The array module has "w" since 3.13, and loses "u" in 3.16.  multiprocessing keeps "u".
    """
    value = ctx.Value("u", "x")
    before, value.value = value.value, "\N{EURO SIGN}"
    assert evidence(before=before, after=value.value) == ("x", "\N{EURO SIGN}")
    assert type(evidence(w=outcome(ctx.Value, "w", "x"))) is TypeError


#: The typecodes that are documented for the array module or taken over from it, with the type in
#: C and a value that only a type of this kind holds.
TYPECODES = {
    "c": (ctypes.c_char, b"z"),
    "u": (ctypes.c_wchar, "\u03c0"),
    "b": (ctypes.c_byte, -128),
    "B": (ctypes.c_ubyte, 255),
    "h": (ctypes.c_short, -32_768),
    "H": (ctypes.c_ushort, 65_535),
    "i": (ctypes.c_int, -(2**31)),
    "I": (ctypes.c_uint, 2**32 - 1),
    "l": (ctypes.c_long, -(2**31)),
    "L": (ctypes.c_ulong, 2**32 - 1),
    "q": (ctypes.c_longlong, -(2**63)),
    "Q": (ctypes.c_ulonglong, 2**64 - 1),
    "f": (ctypes.c_float, 0.5),
    "d": (ctypes.c_double, 0.1),
}


def fill(values):
    for typecode, value in values.items():
        value.value = TYPECODES[typecode][1]


@claim("VALUE20")
def test_each_typecode_stands_for_its_ctypes_type(ctx, evidence):
    """Each typecode stands for its ctypes type, and holds that type's values across processes."""
    values = {typecode: ctx.RawValue(typecode) for typecode in TYPECODES}
    run_child(ctx, fill, values)
    found = {typecode: (type(value), value.value) for typecode, value in values.items()}
    assert evidence(found=found) == TYPECODES


def look_and_write(value, report):
    report.hold([value.acquire(False), value.get_lock().acquire(timeout=0.01)])
    value.get_obj().value += 1  # no lock at all, so no waiting
    report(value.acquire(timeout=PATIENCE))
    value.value += 1
    report(value.release())


@claim("VALUE21")
def test_a_value_is_used_like_its_lock(ctx, reports, evidence):
    """A Value has acquire() and release() of its lock, works in a with block, and has get_obj()."""
    value = ctx.Value("i", 10)
    child = ctx.Process(target=look_and_write, args=(value, reports.reporter))
    with value as entered:
        assert evidence(entered=entered, again=value.acquire(False)) == (True, True)  # an RLock
        value.release()
        child.start()
        assert evidence(refused_in_the_child=reports.next()) == [False, False]
        reports.release()
    assert evidence(acquired=reports.next(), released=reports.next()) == (True, None)
    assert joined(child) == [0]
    assert type(value.get_obj()) is ctypes.c_int
    assert evidence(value=value.value, object=value.get_obj().value) == (12, 12)


class Recorder:
    """A lock that writes down how it is used, and does nothing else."""

    def __init__(self):
        self.used = []
        self.acquire = partial(self.used.append, "acquire")
        self.release = partial(self.used.append, "release")

    def __enter__(self):
        self.acquire()

    def __exit__(self, *exception):
        self.release()


def add_two(value):
    value.value += 2


spawn = multiprocessing.get_context("spawn")


@claim("VALUE22")
@cases(
    access={
        "read": lambda lock: spawn.Value("i", 3, lock=lock).value,
        "write": lambda lock: setattr(spawn.Value("i", 3, lock=lock), "value", 4),
        "failing write": lambda lock: setattr(spawn.Value("i", 3, lock=lock), "value", "x"),
        "item": lambda lock: spawn.Array("i", 3, lock=lock)[1],
        "slice": lambda lock: spawn.Array("i", 3, lock=lock)[:],
        "set item": lambda lock: spawn.Array("i", 3, lock=lock).__setitem__(1, 5),
        "no item": lambda lock: spawn.Array("i", 3, lock=lock)[3],
        "text": lambda lock: spawn.Array("c", 3, lock=lock).value,
        "raw": lambda lock: spawn.Array("c", 3, lock=lock).raw,
    }
)
def test_every_access_of_a_value_takes_its_lock(access, evidence):
    """Each read and each write of a Value or an Array takes the lock once, and releases it."""
    lock = Recorder()
    outcome(access, lock)
    assert evidence(used=lock.used) == ["acquire", "release"]


@claim("VALUE22")
def test_adding_takes_the_lock_twice_and_len_never(evidence):
    """`v.value += 2` takes the lock twice; len(array) and get_obj() do not take it."""
    lock = Recorder()
    add_two(spawn.Value("i", 3, lock=lock))
    assert evidence(used_by_adding=lock.used) == ["acquire", "release"] * 2
    lock = Recorder()
    assert len(spawn.Array("i", 3, lock=lock)) == spawn.Value("i", 3, lock=lock).get_obj().value
    assert evidence(used_otherwise=lock.used) == []


def double(values, numbers):
    for value in values:
        value.value *= 2
    for index in range(len(numbers)):
        numbers[index] *= 2


@claim("VALUE23")
def test_a_raw_value_is_shared_without_a_lock(ctx, evidence):
    """RawValue and RawArray are ctypes objects in shared memory, without a lock.

    That is the difference between Array and RawArray: an Array has one, get_lock().
    """
    values = [ctx.RawValue("i", 21), ctx.RawValue("d", 0.25), ctx.RawValue("q", -(2**40))]
    numbers = ctx.RawArray("h", [1, -2, 3])
    run_child(ctx, double, values, numbers)
    assert evidence(values=[value.value for value in values]) == [42, 0.5, -(2**41)]
    assert evidence(array=numbers[:]) == [2, -4, 6]
    for thing in (*values, numbers):
        assert not any(hasattr(thing, name) for name in ("get_lock", "get_obj", "acquire"))


def hold_the_lock(value, report):
    with value:
        report.hold()


@claim("VALUE24")
@refuted(start_method="fork", because="POSIX: fork copies a lock of threading")
@refuted(
    where=not PYPY,
    start_method=("spawn", "forkserver"),
    because="CPython cannot pickle a lock of threading",
    by="TypeError: cannot pickle '_thread.lock' object",
)
@refuted(
    where=PYPY,
    start_method=("spawn", "forkserver"),
    because="PyPy cannot pickle a lock of threading",
    by="PicklingError: ",
)
def test_a_threading_lock_guards_a_value(ctx, reports, evidence):
    """A Value with lock=threading.Lock() is guarded by it in every process.

    You might expect `lock=` to refuse a lock that cannot be shared.  It takes anything with
    acquire(), and only the start of a child fails: "TypeError: cannot pickle '_thread.lock'
    object".  Under fork nothing fails: each process has a copy of the lock, and all of them may
    enter.  Leave `lock` out, or pass the Lock() or RLock() of multiprocessing.
    """
    value = ctx.Value("i", 20, lock=threading.Lock())
    child = ctx.Process(target=hold_the_lock, args=(value, reports.reporter))
    child.start()
    reports.next()
    entered = value.acquire(False)
    reports.release()
    control(joined(child) == [0], "the child must have held its lock")
    assert evidence(entered_beside_the_child=entered) is False


def make_a_value(report):
    value = multiprocessing.RawValue("i", 1)
    report.hold(value.value)
    report(value.value)


@claim("VALUE26")
def test_a_value_that_a_child_makes_is_its_own(ctx, reports, evidence):
    """A Value that is made in a child is shared with nobody, whatever the parent makes meanwhile.

    To share one make it in the parent, before start(), and give it to the child as an argument.
    """
    earlier = ctx.RawValue("i", 5)
    child = ctx.Process(target=make_a_value, args=(reports.reporter,))
    child.start()
    told = [reports.next()]
    meanwhile = ctx.RawValue("i", 7)
    reports.release()
    told.append(reports.next())
    assert joined(child) == [0]
    assert evidence(child=told, parent=(earlier.value, meanwhile.value)) == ([1, 1], (5, 7))


def add_inside(value, inside):
    with value.get_lock():
        inside.set()
        value.value += 1
        return value.value


@claim("VALUE25")
@refuted(because="in CPython and PyPy .value takes the lock itself, and a Lock is not recursive")
def test_a_value_with_a_plain_lock_can_be_added_to(background, evidence):
    """`with v.get_lock(): v.value += 1` works with a Value that was given a Lock.

    .value takes the lock as well, so the thread waits for itself: a deadlock, without any message.
    Leave `lock` out, so that the Value makes an RLock, or pass an RLock.
    """
    recursive, plain = (spawn.Value("i", 1, lock=lock) for lock in (spawn.RLock(), spawn.Lock()))
    inside = threading.Event()
    control(background(add_inside, recursive, inside).result() == 2, "it works with an RLock")
    inside.clear()
    adding = background(add_inside, plain, inside)
    control(inside.wait(PATIENCE), "it has the Lock")
    hangs = never(lambda: adding.finished)
    if hangs:
        plain.release()  # any thread may release a Lock, so the other one goes on
    outcome(adding.result)
    assert evidence(hangs=hangs) is False
