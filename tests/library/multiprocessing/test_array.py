"""multiprocessing.Array and RawArray: a C array in memory that processes share.

Source: https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Array
"""

import ctypes

from tests.harness import cases, claim, control, kinds, outcome, refuted, run_child


def write_and_report(numbers, report):
    report(numbers[:])
    numbers[0] = 42
    numbers[-1] += 1


@claim("VALUE01")
def test_an_array_is_shared_with_a_child(ctx, reports, evidence):
    """A parent sees what its child writes to an Array, and the child what the parent wrote.

    Pass the Array itself.  A NumPy array over it, np.frombuffer(numbers.get_obj()), is pickled as a
    copy unless the child is forked: what the child writes there is lost, and the parent's stays
    blank, without an error.  Make it anew in the child.
    """
    numbers = ctx.Array("i", [5, 7, 9])
    numbers[1] = -8
    run_child(ctx, write_and_report, numbers, reports.reporter)
    assert evidence(seen_by_the_child=reports.next()) == [5, -8, 9]
    assert evidence(afterwards=numbers[:]) == [42, -8, 10]


@claim("VALUE02")
def test_a_slice_of_an_array_is_a_list(ctx, evidence):
    """A slice of an Array is a list, a copy; a slice of an Array of "c" is bytes."""
    numbers, text = ctx.Array("i", [1, 2, 3, 4, 5]), ctx.Array("c", b"hello")
    slices = [numbers[1:3], numbers[::-2], numbers[-2:], numbers[3:1]]
    assert evidence(slices=slices) == [[2, 3], [5, 3, 1], [4, 5], []]
    assert evidence(text=[text[:2], text[1], text[:]]) == [b"he", b"e", b"hello"]


@claim("VALUE02")
def test_items_and_slices_of_an_array_can_be_assigned(ctx, evidence):
    """Items and slices of an Array can be assigned; its length is fixed.

    "ValueError: Can only assign sequence of same size".
    """
    numbers, text = ctx.Array("i", [1, 2, 3, 4, 5]), ctx.Array("c", b"hello")
    numbers[1:3] = [20, 30]
    numbers[-1] = 50
    text[1:3] = b"EL"
    assert evidence(numbers=numbers[:], text=text[:]) == ([1, 20, 30, 4, 50], b"hELlo")
    for index, item in ((slice(0, 2), [1]), (slice(0, 1), [1, 2])):
        refusal = outcome(numbers.__setitem__, index, item)
        assert type(evidence(of_another_length=refusal)) is ValueError


@claim("VALUE02")
def test_an_array_checks_indices_and_types(ctx, evidence):
    """An Array raises IndexError for an index beyond its end, and TypeError for a wrong type.

    "IndexError: invalid index", "TypeError: 'float' object cannot be interpreted as an integer".
    """
    numbers = ctx.Array("i", [1, 2, 3, 4, 5])
    beyond = [outcome(numbers.__getitem__, 5), outcome(numbers.__getitem__, -6)]
    beyond.append(outcome(numbers.__setitem__, 5, 0))
    assert kinds(evidence(beyond=beyond)) == ["IndexError"] * 3
    wrong = [outcome(numbers.__setitem__, 0, "1"), outcome(numbers.__setitem__, 0, 1.5)]
    assert kinds(evidence(wrong_type=wrong)) == ["TypeError"] * 2


@claim("VALUE03")
@cases(make=("Array", "RawArray"))
def test_an_array_of_negative_length_is_refused(ctx, make, evidence):
    """Array("i", -1) and RawArray("i", -1) raise ValueError; a length of 0 is allowed.

    "ValueError: Array length must be >= 0, not -1".
    """
    array = getattr(ctx, make)
    assert type(evidence(refusal=outcome(array, "i", -1))) is ValueError
    assert evidence(empty=[array("i", 0)[:], array("d", [])[:]]) == [[], []]


def reverse_and_report(arrays, report):
    for array in arrays:
        array[:] = array[::-1]
    report([list(array) for array in arrays])


@claim("VALUE04")
def test_an_array_has_length_and_can_be_iterated(ctx, reports, evidence):
    """An Array is made from a length or from values; it has a len() and can be iterated."""
    arrays = [ctx.Array("i", 4), ctx.Array("d", (0.5, 1.5)), ctx.RawArray("B", [1, 2, 3])]
    arrays[0][2] = 7
    assert evidence(lengths=[len(array) for array in arrays]) == [4, 2, 3]
    run_child(ctx, reverse_and_report, arrays, reports.reporter)
    reversed_ones = [[0, 7, 0, 0], [1.5, 0.5], [3, 2, 1]]
    assert evidence(parent=[list(array) for array in arrays]) == reversed_ones
    assert evidence(child=reports.next()) == reversed_ones


NO_METHOD = "AttributeError: 'SynchronizedArray' object has no attribute "


@claim("VALUE05")
@refuted(because="in CPython and PyPy the wrapper has no __eq__")
def test_an_array_compares_like_a_list(ctx, evidence):
    """An Array compares by its items, and has the methods of a list that do not resize it.

    You might expect `array == [1, 2]`, `array.index(2)` and `array.reverse()` to work.  But the
    first is False, and the others raise "AttributeError: 'SynchronizedArray' object has no
    attribute 'index'".  Work on `array[:]`, which is a list.
    """
    array = ctx.Array("i", [1, 2])
    control((2 in array, 3 in array) == (True, False), "`in` works, by iterating")
    assert evidence(equal=array == [1, 2])


@claim("VALUE05")
@cases(method={"index": ("index", 2, 1), "count": ("count", 2, 1)})
@refuted(because="in CPython and PyPy the wrapper has len() and items, no more", by=NO_METHOD)
def test_an_array_has_index_and_count(ctx, method, evidence):
    """An Array has the methods index() and count() of a list."""
    name, argument, result = method
    assert evidence(result=getattr(ctx.Array("i", [1, 2]), name)(argument)) == result


@claim("VALUE05")
@refuted(because="in CPython and PyPy the wrapper has len() and items, no more", by=NO_METHOD)
def test_an_array_can_reverse_itself(ctx, evidence):
    """An Array has the method reverse() of a list."""
    array = ctx.Array("i", [1, 2])
    array.reverse()
    assert evidence(reversed=array[:]) == [2, 1]


def change_text(text):
    text.value = b"bye"
    text[4] = b"!"


@claim("VALUE06")
def test_an_array_of_char_has_value_and_raw(ctx, evidence):
    """An Array of "c" has .value, which ends at the first NUL, and .raw, which has all bytes."""
    text = ctx.Array("c", 8)
    text.raw = b"hello\0\0x"
    assert evidence(value=text.value, raw=text.raw) == (b"hello", b"hello\0\0x")
    run_child(ctx, change_text, text)
    assert evidence(value=text.value, raw=text.raw) == (b"bye", b"bye\0!\0\0x")
    assert text[:] == text.raw


@claim("VALUE06")
def test_an_array_of_char_refuses_long_text(ctx, evidence):
    """.value refuses bytes that are too long and .raw refuses str; other Arrays have neither.

    "ValueError: byte string too long", "TypeError: a bytes-like object is required, not 'str'".
    """
    text = ctx.Array("c", 8)
    assert type(evidence(too_long=outcome(setattr, text, "value", b"123456789"))) is ValueError
    assert type(evidence(of_str=outcome(setattr, text, "raw", "x"))) is TypeError
    assert not {"value", "raw"} & {*dir(ctx.Array("i", 3))}


class Item(ctypes.Structure):
    """Two numbers, side by side."""

    _fields_ = [("key", ctypes.c_int), ("weight", ctypes.c_double)]


def swap(items):
    items[0], items[1].weight = Item(7, 0.5), 1.25


@claim("VALUE07")
def test_an_array_of_structures_is_shared(ctx, evidence):
    """An Array may hold ctypes Structures; an item is a part of the array, not a copy."""
    items = ctx.Array(Item, [(1, 0.1), (2, 0.2), (3, 0.3)])
    run_child(ctx, swap, items)
    items[2].key = 30
    found = [(item.key, item.weight) for item in items]
    assert evidence(found=found) == [(7, 0.5), (2, 1.25), (30, 0.3)]
