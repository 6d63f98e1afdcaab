"""multiprocessing.Value and RawValue: one C value in memory that processes share.

Source: https://docs.python.org/3/library/multiprocessing.html#shared-ctypes-objects
"""

import ctypes
import multiprocessing
import pickle
import threading
from functools import partial

from tests.harness import PATIENCE, claim, control, joined, never, outcome, refuted


class Reporting:
    """A number that tells the test while it is being added, and waits for permission."""

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


@claim("SV02")
def test_adding_with_its_lock_loses_no_addition(ctx, reports, background, evidence):
    """`with v.get_lock(): v.value += 1` from several processes at once loses no addition.

    The lock must be held over the reading and the writing: each of them alone is locked anyway.
    """
    value = ctx.Value("i", 40)
    child = ctx.Process(target=add_with_the_lock, args=(value, reports.reporter))
    child.start()
    read_by_the_child = reports.next()  # it has read, and not yet written
    entered = background(lambda: value.get_lock().acquire(timeout=0.01)).result()
    adding = background(add_one, value, 300)
    reports.release()
    adding.result()
    exit_codes = joined(child)
    evidence(child_read=read_by_the_child, parent_entered=entered, total=value.value)
    assert exit_codes == [0]
    assert read_by_the_child == 40
    assert entered is False
    assert value.value == 40 + 1 + 300 + 300


@claim("SV09")
@refuted(because="in CPython and PyPy += reads, adds and writes; only the two ends are locked")
def test_adding_to_a_synchronized_value_is_atomic(ctx, reports, background, evidence):
    """`v.value += 1` on a Value with a lock is atomic.

    One would expect that a *synchronized* Value can count.  But `+=` is a read and a write, each
    locked by itself, and another process may write in between: its addition is lost, without an
    error.  So the total is too small, now and then.  Instead: `with v.get_lock(): v.value += 1`.
    """
    value = ctx.Value("i", 40)
    child = ctx.Process(target=add_in_one_statement, args=(value, reports.reporter))
    child.start()
    read_by_the_child = reports.next()
    adding = background(add_a_hundred, value)
    never(lambda: adding.finished)  # it would have to wait for the child
    reports.release()
    adding.result()
    exit_codes = joined(child)
    evidence(child_read=read_by_the_child, total=value.value)
    control((exit_codes, read_by_the_child) == ([0], 40), "the child must have added one to 40")
    control(value.value in (41, 141), f"a total that no lost addition explains: {value.value}")
    assert value.value == 141


def add_a_hundred(value):
    value.value += 100


@claim("SV03")
def test_a_value_is_given_its_kind_of_lock(ctx, evidence):
    """lock=False gives a bare ctypes object, the default is an RLock, a lock is used as given."""
    bare = ctx.Value("i", 7, lock=False), ctx.Array("i", [7, 8], lock=False)
    locked = ctx.Value("i", 7), ctx.Array("i", [7, 8], lock=True)
    mine = ctx.Lock()
    with_mine = ctx.Value("i", 7, lock=mine), ctx.Array("i", [7, 8], lock=mine)
    refusals = [outcome(ctx.Value, "i", 7, lock=5), outcome(ctx.Array, "i", [7], lock=5)]
    evidence(bare=bare, refusals=refusals)
    assert [type(thing) for thing in bare] == [ctypes.c_int, ctypes.c_int * 2]
    assert [hasattr(thing, "get_lock") for thing in bare] == [False, False]
    assert (bare[0].value, bare[1][:]) == (7, [7, 8])
    assert [type(thing.get_lock()) for thing in locked] == [type(ctx.RLock())] * 2
    assert locked[0].get_lock() is not locked[1].get_lock()
    assert [thing.get_lock() is mine for thing in with_mine] == [True, True]
    assert [type(refusal) for refusal in refusals] == [AttributeError] * 2


@claim("SV04")
def test_a_value_that_is_too_large_wraps_silently(ctx, evidence):
    """A number too large for a Value wraps around silently; what is no number raises TypeError.

    One would expect an OverflowError.  ctypes does as C does: 200 in a signed byte is -56.
    """
    kept = {}
    for typecode, number in (("b", 200), ("B", 257), ("h", 40_000), ("i", 2**31), ("Q", -1)):
        value = ctx.Value(typecode, 1)
        value.value = number
        kept[typecode] = value.value
    text = outcome(setattr, value, "value", "text")
    typecode = outcome(ctx.Value, "x")
    evidence(kept=kept, text=text, typecode=typecode)
    assert kept == {"b": -56, "B": 1, "h": -25_536, "i": -(2**31), "Q": 2**64 - 1}
    assert [type(error) for error in (text, typecode)] == [TypeError] * 2
    assert value.value == 2**64 - 1


@claim("SV06")
def test_a_synchronized_value_cannot_be_pickled(ctx, new_pool, evidence):
    """A Value or an Array can only be given to a process that starts: pickling is RuntimeError.

    One would expect `pool.map(f, [value])` or `queue.put(value)` to work.  It ends with
    "RuntimeError: Synchronized objects should only be shared between processes through
    inheritance".  Instead: hand it over in Process(args=...) or Pool(initargs=...).
    """
    things = [ctx.Value("i", 5), ctx.Array("i", 3), ctx.RawValue("i", 5), ctx.RawArray("i", 3)]
    dumps = multiprocessing.reduction.ForkingPickler.dumps
    pool, _ = new_pool(1)
    refusals = [outcome(dumps, thing) for thing in things]
    refusals += [outcome(pickle.dumps, thing) for thing in things[:2]]
    refusals.append(outcome(pool.apply_async(get_value, things[:1]).get, PATIENCE))
    evidence(refusals=refusals)
    assert [type(refusal) for refusal in refusals] == [RuntimeError] * 7


def get_value(value):
    return value.value


def write_text_and_extremes(value, raw, report):
    report([value.value, raw.value])
    value.value, raw.value = -1.5, 2**63 - 1


@claim("SV07")
def test_a_new_value_is_zero_and_accepts_ctypes(ctx, reports, evidence):
    """Values and Arrays begin as zeros, and a ctypes type is as good as a typecode."""
    zeros = [ctx.Value("d").value, ctx.RawValue("q").value, ctx.Value(ctypes.c_char).value]
    zeros += [ctx.Array("d", 3)[:], ctx.RawArray("i", 2)[:]]
    value, raw = ctx.Value(ctypes.c_double, 2.5), ctx.RawValue(ctypes.c_longlong, -3)
    child = ctx.Process(target=write_text_and_extremes, args=(value, raw, reports.reporter))
    child.start()
    seen = reports.next()
    exit_codes = joined(child)
    evidence(zeros=zeros, seen_by_the_child=seen, written_by_it=[value.value, raw.value])
    assert exit_codes == [0]
    assert zeros == [0.0, 0, b"\0", [0.0, 0.0, 0.0], [0, 0]]
    assert seen == [2.5, -3]
    assert [value.value, raw.value] == [-1.5, 2**63 - 1]


@claim("SV08")
def test_a_value_of_typecode_u_holds_a_character(ctx, evidence):
    """Value("u") holds one character; "w", array's new name for it, is a TypeError.

    The array module got "w" in 3.13, and loses "u" in 3.16; multiprocessing has not followed.
    """
    value = ctx.Value("u", "x")
    before, value.value = value.value, "\N{EURO SIGN}"
    refusal = outcome(ctx.Value, "w", "x")
    evidence(before=before, after=value.value, w=refusal)
    assert (before, value.value) == ("x", "\N{EURO SIGN}")
    assert type(refusal) is TypeError


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


@claim("SV10")
def test_each_typecode_stands_for_its_ctypes_type(ctx, evidence):
    """Each typecode stands for its ctypes type, and holds that type's values across processes."""
    values = {typecode: ctx.RawValue(typecode) for typecode in TYPECODES}
    child = ctx.Process(target=fill, args=(values,))
    child.start()
    exit_codes = joined(child)
    found = {typecode: (type(value), value.value) for typecode, value in values.items()}
    evidence(found=found)
    assert exit_codes == [0]
    assert found == TYPECODES


def look_and_write(value, report):
    lock = value.get_lock()
    report.hold([value.acquire(False), lock.acquire(timeout=0.01)])
    value.get_obj().value += 1  # no lock at all, so no waiting
    report(value.acquire(timeout=PATIENCE))
    value.value += 1
    report(value.release())


@claim("SV11")
def test_a_value_is_used_like_its_lock(ctx, reports, evidence):
    """A Value is a context manager of its lock, has its acquire() and release(), and get_obj()."""
    value = ctx.Value("i", 10)
    child = ctx.Process(target=look_and_write, args=(value, reports.reporter))
    with value as entered:
        inside = value.acquire(False), value.release()  # an RLock: its owner may do so
        child.start()
        refused = reports.next()
        reports.release()
    acquired = reports.next()
    released = reports.next()
    exit_codes = joined(child)
    obj = value.get_obj()
    evidence(entered=entered, inside=inside, refused=refused, then=acquired, value=value.value)
    assert exit_codes == [0]
    assert (entered, inside) == (True, (True, None))
    assert refused == [False, False]
    assert (acquired, released) == (True, None)
    assert (type(obj), obj.value, value.value) == (ctypes.c_int, 12, 12)


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


@claim("SV12")
def test_every_access_of_a_value_takes_its_lock(evidence):
    """Each read and each write of a Value or an Array takes the lock once, and gives it back."""
    ctx = multiprocessing.get_context("spawn")
    uses = {}
    for name, access in {
        "read": lambda lock: ctx.Value("i", 3, lock=lock).value,
        "write": lambda lock: setattr(ctx.Value("i", 3, lock=lock), "value", 4),
        "failing write": lambda lock: setattr(ctx.Value("i", 3, lock=lock), "value", "x"),
        "add": lambda lock: add_two(ctx.Value("i", 3, lock=lock)),
        "item": lambda lock: ctx.Array("i", 3, lock=lock)[1],
        "slice": lambda lock: ctx.Array("i", 3, lock=lock)[:],
        "set item": lambda lock: ctx.Array("i", 3, lock=lock).__setitem__(1, 5),
        "no item": lambda lock: ctx.Array("i", 3, lock=lock)[3],
        "text": lambda lock: ctx.Array("c", 3, lock=lock).value,
        "raw": lambda lock: ctx.Array("c", 3, lock=lock).raw,
        "length": lambda lock: len(ctx.Array("i", 3, lock=lock)),
        "object": lambda lock: ctx.Value("i", 3, lock=lock).get_obj().value,
    }.items():
        lock = Recorder()
        outcome(access, lock)
        uses[name] = lock.used
    evidence(uses=uses)
    once = ["acquire", "release"]
    assert uses == {
        **dict.fromkeys(uses, once),
        "add": once * 2,
        "length": [],
        "object": [],
    }


def double(values, numbers):
    for value in values:
        value.value *= 2
    for index in range(len(numbers)):
        numbers[index] *= 2


@claim("SV13")
def test_a_raw_value_is_shared_without_a_lock(ctx, evidence):
    """RawValue and RawArray give ctypes objects in shared memory, which have no lock."""
    values = [ctx.RawValue("i", 21), ctx.RawValue("d", 0.25), ctx.RawValue("q", -(2**40))]
    numbers = ctx.RawArray("h", [1, -2, 3])
    child = ctx.Process(target=double, args=(values, numbers))
    child.start()
    exit_codes = joined(child)
    after = [value.value for value in values]
    evidence(after=after, array=numbers[:])
    assert exit_codes == [0]
    assert after == [42, 0.5, -(2**41)]
    assert numbers[:] == [2, -4, 6]
    for thing in (*values, numbers):
        assert not any(hasattr(thing, name) for name in ("get_lock", "get_obj", "acquire"))


def hold_the_lock(value, report):
    with value:
        report.hold()


@claim("SV14")
@refuted(
    because="a lock of threading is copied under fork, and neither CPython nor PyPy can pickle it"
)
def test_a_threading_lock_guards_a_value(ctx, start_method, reports, evidence):
    """A Value with lock=threading.Lock() is guarded by it in every process.

    One would expect `lock=` to refuse what cannot be shared.  It takes anything with acquire(), and
    only the start of a child fails: "TypeError: cannot pickle '_thread.lock' object".  Under fork
    not even that: each process has a copy of the lock, and all of them may enter at once.
    Instead: leave `lock` alone, or give it the context's Lock() or RLock().
    """
    value = ctx.Value("i", 20, lock=threading.Lock())
    child = ctx.Process(target=hold_the_lock, args=(value, reports.reporter))
    refusal = outcome(child.start)
    if refusal is None:
        reports.next()
        entered = value.acquire(False)
        reports.release()
        control(joined(child) == [0], "the child must have held its lock")
    else:
        entered = None
    evidence(refusal=refusal, entered_beside_the_child=entered)
    known = {"TypeError", "PicklingError"} if start_method != "fork" else {"NoneType"}
    control(type(refusal).__name__ in known, f"an unknown refusal: {refusal!r}")
    assert (refusal, entered) == (None, False)


def add_inside(value):
    with value.get_lock():
        value.value += 1
        return value.value


@claim("SV23")
@refuted(because="in CPython and PyPy .value takes the lock itself, and a Lock is not recursive")
def test_a_value_with_a_plain_lock_can_be_added_to(background, evidence):
    """`with v.get_lock(): v.value += 1` works with a Value that was given a Lock.

    One would expect a Lock to do where a lock is asked for.  But .value takes the lock as well, and
    the same thread waits for itself: a hang, without any message.  Instead: give no lock, so
    that the Value makes its RLock, or give an RLock.
    """
    ctx = multiprocessing.get_context("spawn")
    recursive, plain = (ctx.Value("i", 1, lock=lock) for lock in (ctx.RLock(), ctx.Lock()))
    control(background(add_inside, recursive).result() == 2, "it works with an RLock")
    adding = background(outcome, add_inside, plain)
    stuck = never(lambda: adding.finished)
    if stuck:
        plain.release()  # a Lock may be released by any thread, so the other goes on
    ended = adding.result(within=PATIENCE) if not stuck else "it hung"
    evidence(ended=ended)
    control(ended in (2, "it hung"), repr(ended))
    assert ended == 2
