"""multiprocessing.sharedctypes: ctypes objects in shared memory, and wrappers that lock them.

Source: https://docs.python.org/3/library/multiprocessing.html#module-multiprocessing.sharedctypes
"""

import ctypes
import multiprocessing
from multiprocessing import sharedctypes

from tests.harness import (
    DEFAULT_START_METHOD,
    PYPY,
    claim,
    control,
    joined,
    outcome,
    refuted,
)


class Point(ctypes.Structure):
    """A point of the plane, with a name."""

    _fields_ = [("x", ctypes.c_double), ("y", ctypes.c_double), ("name", ctypes.c_char * 4)]


def mirror(*points):
    for point in points:
        point.x, point.y = point.y, point.x


@claim("SV19")
def test_a_structure_becomes_a_shared_value(ctx, evidence):
    """A ctypes Structure can be a Value: its fields are attributes, and are shared."""
    locked, raw = ctx.Value(Point, 1.5, -2.5, b"here"), ctx.RawValue(Point, 3, 4)
    before = [(point.x, point.y, point.name) for point in (locked, raw)]
    child = ctx.Process(target=mirror, args=(locked, raw))
    child.start()
    exit_codes = joined(child)
    after = [(point.x, point.y, point.name) for point in (locked, raw)]
    evidence(before=before, after=after, kinds=[type(locked).__name__, type(raw).__name__])
    assert exit_codes == [0]
    assert before == [(1.5, -2.5, b"here"), (3.0, 4.0, b"")]
    assert after == [(-2.5, 1.5, b"here"), (4.0, 3.0, b"")]
    assert (type(raw), type(locked.get_obj())) == (Point, Point)
    assert type(outcome(lambda: locked.value)) is AttributeError


@claim("SV20")
def test_a_copy_of_a_shared_object_is_independent(ctx, evidence):
    """sharedctypes.copy() gives another object in shared memory, with the value of the first."""
    point, number = ctx.RawValue(Point, 1.5, -2.5), ctx.RawValue("i", 7)
    copies = [sharedctypes.copy(thing) for thing in (point, number)]
    child = ctx.Process(target=mirror, args=copies[:1])
    child.start()
    exit_codes = joined(child)
    point.x, number.value = 9.5, 8
    found = [(point.x, point.y), number.value]
    copied = [(copies[0].x, copies[0].y), copies[1].value]
    evidence(originals=found, copies=copied)
    assert exit_codes == [0]
    assert [type(copy) for copy in copies] == [Point, ctypes.c_int]
    assert found == [(9.5, -2.5), 8]
    assert copied == [(-2.5, 1.5), 7]


@claim("SV24")
@refuted(where=PYPY, because="PyPy's ctypes copies the address of an array into it, not the items")
def test_a_copy_of_a_shared_array_has_its_items(evidence):
    """sharedctypes.copy() of an array has the items of the array.

    One would expect so, as with every other ctypes object.  On PyPy the first items of the copy are
    garbage, without an error.  Instead, everywhere: RawArray(typecode, array[:]).
    """
    ctx = multiprocessing.get_context("spawn")
    numbers = ctx.RawArray("i", [1, -2, 3, -4])
    copy = sharedctypes.copy(numbers)
    copied, numbers[0], copy[3] = copy[:], 10, 40
    evidence(copied=copied, original=numbers[:])
    control(numbers[:] == [10, -2, 3, -4], "the original must not change with the copy")
    control((type(copy), copy[3]) == (ctypes.c_int * 4, 40), "the copy must be an array as well")
    assert copied == [1, -2, 3, -4]


def add_where_locked(number, point, text, report):
    report.hold([thing.acquire(False) for thing in (number, point, text)])
    number.value += 1  # not inside `with number`, whose lock is not recursive
    with point.get_lock():
        point.x = 0.5
    text.value = b"yes"


@claim("SV21")
def test_a_wrapper_synchronizes_an_object_it_is_given(ctx, reports, evidence):
    """sharedctypes.synchronized() wraps a shared object, with a lock of its own or a given one."""
    lock = ctx.Lock()
    raw = [ctx.RawValue("i", 7), ctx.RawValue(Point, 1, 2), ctx.RawArray("c", b"no!")]
    wrapped = [
        sharedctypes.synchronized(raw[0], lock, ctx=ctx),
        sharedctypes.synchronized(raw[1], ctx=ctx),
        sharedctypes.synchronized(raw[2], lock=ctx.RLock()),
    ]
    child = ctx.Process(target=add_where_locked, args=(*wrapped, reports.reporter))
    with lock, wrapped[1], wrapped[2].get_lock():
        child.start()
        acquired = reports.next()
    reports.release()
    exit_codes = joined(child)
    again = outcome(sharedctypes.synchronized, wrapped[0], lock, ctx=ctx)
    after = [raw[0].value, raw[1].x, raw[2].value]
    evidence(acquired_in_the_child=acquired, after=after, wrapped_again=again)
    assert exit_codes == [0]
    assert acquired == [False, False, False]
    assert after == [8, 0.5, b"yes"]
    assert [one.get_obj() is other for one, other in zip(wrapped, raw, strict=True)] == [True] * 3
    assert wrapped[0].get_lock() is lock
    assert [type(one.get_lock()) for one in wrapped[1:]] == [type(ctx.RLock())] * 2
    assert type(again) is AssertionError


def change_all(value, array, raw_value, raw_array):
    value.value, array[0], raw_value.value, raw_array[0] = 2, 3.5, 4, 5


def use_the_functions_of_the_modules():
    """Return kinds and values of what each of the two modules made, after a child's changes."""
    found = []
    for module in (multiprocessing, sharedctypes):
        made = (
            module.Value("i", 1),
            module.Array("d", 2),
            module.RawValue("i", 1),
            module.RawArray("i", [1, 6]),
        )
        child = multiprocessing.Process(target=change_all, args=made)
        child.start()
        found.append(joined(child))
        found.append([type(thing).__name__ for thing in made])
        found.append([made[0].value, made[1][:], made[2].value, made[3][:]])
    return multiprocessing.get_start_method(), found


@claim("SV22")
def test_values_of_the_module_fit_the_default_start_method(programs, evidence):
    """The functions of multiprocessing, and of sharedctypes, suit the default start method."""
    method, found = programs.call(use_the_functions_of_the_modules)
    evidence(method=method, found=found)
    assert method == DEFAULT_START_METHOD
    assert found == 2 * [
        [0],
        ["Synchronized", "SynchronizedArray", "c_int", "c_int_Array_2"],
        [2, [3.5, 0.0], 4, [5, 6]],
    ]
