"""multiprocessing.sharedctypes: ctypes objects in shared memory, and wrappers that lock them.

Source: https://docs.python.org/3/library/multiprocessing.html#module-multiprocessing.sharedctypes
"""

import ctypes
import multiprocessing
from multiprocessing import sharedctypes

from tests.harness import (
    DEFAULT_START_METHOD,
    PYPY,
    cases,
    claim,
    control,
    joined,
    outcome,
    refuted,
    run_child,
)


class Point(ctypes.Structure):
    """A point of the plane, with a name."""

    _fields_ = [("x", ctypes.c_double), ("y", ctypes.c_double), ("name", ctypes.c_char * 4)]


def mirror(*points):
    for point in points:
        point.x, point.y = point.y, point.x


@claim("VALUE08")
@cases(make=("Value", "RawValue"))
def test_a_structure_becomes_a_shared_value(ctx, make, evidence):
    """A ctypes Structure can be a Value: its fields are attributes, and are shared."""
    point = getattr(ctx, make)(Point, 1.5, -2.5, b"here")
    run_child(ctx, mirror, point)
    assert evidence(point=(point.x, point.y, point.name)) == (-2.5, 1.5, b"here")
    assert isinstance(point.get_obj() if make == "Value" else point, Point)
    assert not hasattr(point, "value")


@claim("VALUE09")
def test_a_copy_of_a_shared_object_is_independent(ctx, evidence):
    """sharedctypes.copy() makes another object in shared memory, with the value of the first."""
    point, number = ctx.RawValue(Point, 1.5, -2.5), ctx.RawValue("i", 7)
    copied_point, copied_number = sharedctypes.copy(point), sharedctypes.copy(number)
    run_child(ctx, mirror, copied_point)
    point.x, number.value = 9.5, 8
    assert evidence(point=(point.x, point.y), number=number.value) == ((9.5, -2.5), 8)
    copies = (copied_point.x, copied_point.y), copied_number.value
    assert evidence(copies=copies) == ((-2.5, 1.5), 7)
    assert (type(copied_point), type(copied_number)) == (Point, ctypes.c_int)


@claim("VALUE10")
@refuted(where=PYPY, because="PyPy's ctypes copies the address of an array into it, not the items")
def test_a_copy_of_a_shared_array_has_its_items(evidence):
    """sharedctypes.copy() of an array has the items of the array.

    On PyPy the first items of the copy are garbage, without an error.  Everywhere you can write
    RawArray(typecode, array[:]).
    """
    numbers = multiprocessing.get_context("spawn").RawArray("i", [1, -2, 3, -4])
    copy = sharedctypes.copy(numbers)
    copied, numbers[0], copy[3] = copy[:], 10, 40
    control(numbers[:] == [10, -2, 3, -4], "the original must not change with the copy")
    control((type(copy), copy[3]) == (ctypes.c_int * 4, 40), "the copy must be an array as well")
    assert evidence(copied=copied) == [1, -2, 3, -4]


def add_where_locked(number, point, text, report):
    report.hold([thing.acquire(False) for thing in (number, point, text)])
    number.value += 1  # not inside `with number`, whose lock is not recursive
    with point.get_lock():
        point.x = 0.5
    text.value = b"yes"


@claim("VALUE11")
def test_a_wrapper_synchronizes_an_object_it_is_given(ctx, reports, evidence):
    """sharedctypes.synchronized() wraps a shared object, with a new RLock or the given lock."""
    lock = ctx.Lock()
    number, point, text = ctx.RawValue("i", 7), ctx.RawValue(Point, 1, 2), ctx.RawArray("c", b"no!")
    wrapped = [
        sharedctypes.synchronized(number, lock, ctx=ctx),
        sharedctypes.synchronized(point, ctx=ctx),
        sharedctypes.synchronized(text, lock=ctx.RLock()),
    ]
    assert evidence(lock=wrapped[0].get_lock() is lock, objects=[w.get_obj() for w in wrapped]) == (
        True,
        [number, point, text],
    )
    child = ctx.Process(target=add_where_locked, args=(*wrapped, reports.reporter))
    with lock, wrapped[1], wrapped[2].get_lock():
        child.start()
        assert evidence(acquired_in_the_child=reports.next()) == [False, False, False]
    reports.release()
    assert joined(child) == [0]
    assert evidence(afterwards=[number.value, point.x, text.value]) == [8, 0.5, b"yes"]


@claim("VALUE11")
def test_a_wrapper_cannot_be_wrapped_again(evidence):
    """synchronized() of something that is already wrapped raises AssertionError.

    "AssertionError: object already synchronized".
    """
    ctx = multiprocessing.get_context("spawn")
    wrapped = sharedctypes.synchronized(ctx.RawValue("i", 7), ctx=ctx)
    refusal = outcome(sharedctypes.synchronized, wrapped, ctx.Lock(), ctx=ctx)
    assert type(evidence(refusal=refusal)) is AssertionError


def change_all(value, array, raw_value, raw_array):
    value.value, array[0], raw_value.value, raw_array[0] = 2, 3.5, 4, 5


def use_the_functions(module):
    """Return the default start method, and what a child has changed in values of the module."""
    import importlib

    made = importlib.import_module(module)
    value, array = made.Value("i", 1), made.Array("d", 2)
    raw_value, raw_array = made.RawValue("i", 1), made.RawArray("i", [1, 6])
    child = multiprocessing.Process(target=change_all, args=(value, array, raw_value, raw_array))
    child.start()
    joined(child)
    found = [value.value, array[:], raw_value.value, raw_array[:]]
    return multiprocessing.get_start_method(), found


@claim("VALUE12")
@cases(module=("multiprocessing", "multiprocessing.sharedctypes"))
def test_values_of_the_module_fit_the_default_start_method(programs, module, evidence):
    """Value, Array and the others of the module itself suit the default start method."""
    method, found = programs.call(use_the_functions, module)
    assert evidence(start_method=method) == DEFAULT_START_METHOD
    assert evidence(found=found) == [2, [3.5, 0.0], 4, [5, 6]]
