"""multiprocessing.Array and RawArray: a C array in memory that processes share.

Source: https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Array
"""

import ctypes

from tests.harness import claim, control, joined, outcome, refuted


def write_and_report(numbers, report):
    report(numbers[:])
    numbers[0] = 42
    numbers[-1] += 1


@claim("SV01")
def test_an_array_is_shared_with_a_child(ctx, reports, evidence):
    """What a child writes to an Array is seen by its parent, and the other way round."""
    numbers = ctx.Array("i", [5, 7, 9])
    numbers[1] = -8
    child = ctx.Process(target=write_and_report, args=(numbers, reports.reporter))
    child.start()
    seen = reports.next()
    exit_codes = joined(child)
    evidence(seen_by_the_child=seen, after=numbers[:])
    assert exit_codes == [0]
    assert seen == [5, -8, 9]
    assert numbers[:] == [42, -8, 10]


@claim("SV05")
def test_a_slice_of_an_array_is_a_list(ctx, evidence):
    """A slice of an Array is a list, of "c" bytes; its length is fixed, and indices are checked."""
    numbers, text = ctx.Array("i", [1, 2, 3, 4, 5]), ctx.Array("c", b"hello")
    slices = [numbers[1:3], numbers[::-2], numbers[-2:], numbers[3:1], text[:2], text[1], text[:]]
    numbers[1:3] = [20, 30]
    numbers[-1] = 50
    text[1:3] = b"EL"
    refusals = {
        IndexError: [
            outcome(numbers.__getitem__, 5),
            outcome(numbers.__getitem__, -6),
            outcome(numbers.__setitem__, 5, 0),
        ],
        ValueError: [
            outcome(numbers.__setitem__, slice(0, 2), [1]),
            outcome(numbers.__setitem__, slice(0, 1), [1, 2]),
        ],
        TypeError: [outcome(numbers.__setitem__, 0, "1"), outcome(numbers.__setitem__, 0, 1.5)],
    }
    evidence(slices=slices, after=[numbers[:], text[:]], refusals=refusals)
    assert slices == [[2, 3], [5, 3, 1], [4, 5], [], b"he", b"e", b"hello"]
    assert (numbers[:], text[:]) == ([1, 20, 30, 4, 50], b"hELlo")
    for kind, errors in refusals.items():
        assert [type(error) for error in errors] == [kind] * len(errors)


@claim("X20")
def test_an_array_of_negative_length_is_refused(ctx, evidence):
    """Array("i", -1) raises ValueError, RawArray too; a length of 0 is allowed."""
    refusals = [outcome(make, "i", -1) for make in (ctx.Array, ctx.RawArray)]
    empty = [ctx.Array("i", 0), ctx.RawArray("i", []), ctx.Array("d", [])]
    evidence(refusals=refusals)
    assert [type(refusal) for refusal in refusals] == [ValueError, ValueError]
    assert [len(array) for array in empty] == [0, 0, 0]
    assert [array[:] for array in empty] == [[], [], []]


def reverse_and_report(arrays, report):
    for array in arrays:
        array[:] = array[::-1]
    report([list(array) for array in arrays])


@claim("SV15")
def test_an_array_has_length_and_can_be_iterated(ctx, reports, evidence):
    """An Array is made from a length or from values, has a len() and can be iterated."""
    arrays = [ctx.Array("i", 4), ctx.Array("d", (0.5, 1.5)), ctx.RawArray("B", [1, 2, 3])]
    arrays[0][2] = 7
    child = ctx.Process(target=reverse_and_report, args=(arrays, reports.reporter))
    child.start()
    seen = reports.next()
    exit_codes = joined(child)
    here = [list(array) for array in arrays]
    evidence(child=seen, parent=here)
    assert exit_codes == [0]
    assert [len(array) for array in arrays] == [4, 2, 3]
    assert here == [[0, 7, 0, 0], [1.5, 0.5], [3, 2, 1]]
    assert seen == here


@claim("SV16")
@refuted(because="in CPython and PyPy the wrapper has __len__ and two item methods, no more")
def test_an_array_compares_and_contains_like_a_list(ctx, evidence):
    """An Array is compared by its items, and has the methods of a list that do not resize it.

    One would expect `array == [1, 2]`, `array.index(2)` and `array.reverse()`.  There is no more
    than len(), items and slices: the first is False, the others end in "AttributeError:
    'SynchronizedArray' object has no attribute 'index'".  Instead: work on `array[:]`, a list.
    """
    array = ctx.Array("i", [1, 2])
    answers = [
        array == [1, 2],
        outcome(lambda: array.index(2)),
        outcome(lambda: array.count(2)),
        outcome(lambda: array.reverse()),
    ]
    evidence(answers=answers)
    control((2 in array, 3 in array) == (True, False), "`in` works, by iterating")
    kinds = [type(answer) for answer in answers]
    control(kinds in ([bool] + [AttributeError] * 3, [bool, int, int, type(None)]), repr(kinds))
    assert answers == [True, 1, 1, None]


def change_text(text):
    text.value = b"bye"
    text[4] = b"!"


@claim("SV17")
def test_an_array_of_char_has_value_and_raw(ctx, evidence):
    """An Array of "c" has .value, which ends at the first NUL, and .raw, which has all bytes."""
    text = ctx.Array("c", 8)
    text.raw = b"hello\0\0x"
    before = text.value, text.raw, len(text)
    child = ctx.Process(target=change_text, args=(text,))
    child.start()
    exit_codes = joined(child)
    after = text.value, text.raw, text[:]
    refusals = [outcome(setattr, text, "value", b"123456789"), outcome(setattr, text, "raw", "x")]
    number = outcome(lambda: ctx.Array("i", 3).value)
    evidence(before=before, after=after, refusals=refusals, of_numbers=number)
    assert exit_codes == [0]
    assert before == (b"hello", b"hello\0\0x", 8)
    assert after == (b"bye", b"bye\0!\0\0x", b"bye\0!\0\0x")
    assert [type(refusal) for refusal in refusals] == [ValueError, TypeError]
    assert type(number) is AttributeError


class Item(ctypes.Structure):
    """Two numbers, side by side."""

    _fields_ = [("key", ctypes.c_int), ("weight", ctypes.c_double)]


def swap(items):
    items[0], items[1].weight = Item(7, 0.5), 1.25


@claim("SV18")
def test_an_array_of_structures_is_shared(ctx, evidence):
    """An Array may consist of ctypes Structures; an item is part of the array, not a copy."""
    items = ctx.Array(Item, [(1, 0.1), (2, 0.2), (3, 0.3)])
    child = ctx.Process(target=swap, args=(items,))
    child.start()
    exit_codes = joined(child)
    items[2].key = 30
    after = [(item.key, item.weight) for item in items]
    evidence(after=after)
    assert exit_codes == [0]
    assert after == [(7, 0.5), (2, 1.25), (30, 0.3)]
