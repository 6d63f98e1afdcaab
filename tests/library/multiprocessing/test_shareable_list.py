"""multiprocessing.shared_memory.ShareableList: a list of fixed size in a block of shared memory.

Source: https://docs.python.org/3/library/multiprocessing.shared_memory.html#multiprocessing.shared_memory.ShareableList
"""

import pickle
import struct
from contextlib import contextmanager
from multiprocessing.shared_memory import ShareableList

from tests.harness import claim, control, kinds, outcome, refuted, run_child


@contextmanager
def shareable(values, **options):
    """A ShareableList of the values, whose block is gone afterwards."""
    made = ShareableList(values, **options)
    try:
        yield made
    finally:
        made.shm.close()
        made.shm.unlink()


VALUES = [1, 2.5, "abc", None, True, b"xy", False, -(2**63)]


@claim("SHM01")
def test_a_shareable_list_gives_back_its_values(evidence):
    """A ShareableList holds int, float, bool, str, bytes and None, in a fixed number of slots.

    It has no append(), insert(), pop() or sort().
    """
    with shareable(VALUES) as shared:
        found = evidence(found=list(shared))
        missing = {name for name in dir(list) if name[0] != "_" and not hasattr(shared, name)}
    assert found == VALUES
    assert kinds(found) == kinds(VALUES)
    assert evidence(missing=missing) == set(
        "append clear copy extend insert pop remove reverse sort".split()
    )


@claim("SHM01")
def test_a_slot_of_a_shareable_list_has_a_fixed_size(evidence):
    """Text that is longer than its slot, a multiple of 8 bytes, raises ValueError.

    "ValueError: bytes/str item exceeds available storage".  Give the slot the longest text at the
    beginning.  What counts are the bytes in UTF-8, of which "é" has two.  An index beyond the end
    is "IndexError: index out of range".
    """
    with shareable(VALUES) as shared:
        for index, text in ((2, "123456789"), (2, "ééééé"), (0, "123456789"), (5, b"123456789")):
            refusal = outcome(shared.__setitem__, index, text)
            assert type(evidence(too_long=refusal)) is ValueError
        shared[2], shared[5] = "12345678", b"87654321"
        assert evidence(fits=(shared[2], shared[5])) == ("12345678", b"87654321")
        beyond = [outcome(shared.__getitem__, 8), outcome(shared.__setitem__, 8, 0)]
        assert kinds(evidence(beyond=beyond)) == ["IndexError"] * 2


@claim("SHM02")
@refuted(because="in CPython and PyPy a slot is filled up with NULs, which are cut when it is read")
def test_a_shareable_list_keeps_trailing_nuls(evidence):
    r"""A ShareableList gives back the str and bytes that were put into it.

    But b"cd\0\0" comes back as b"cd", without an error: a ShareableList takes NULs at the end for
    the filling of the slot.  Packed binary data breaks now and then.  Append a byte that is not
    NUL, and cut it off again, as the documentation shows.
    """
    with shareable(["ab\0\0", b"cd\0", b"\0", "a\0b", b"\0x"]) as shared:
        found = list(shared)
    control(found[3:] == ["a\0b", b"\0x"], f"NULs inside must stay: {found}")
    control(found[:1] in (["ab"], ["ab\0\0"]), f"the rest must be there: {found}")
    assert evidence(found=found[:3]) == ["ab\0\0", b"cd\0", b"\0"]


@claim("SHM03")
def test_a_shareable_list_holds_small_numbers_only(evidence):
    """An int beyond 64 bits raises struct.error; a value of another type raises KeyError."""
    with shareable([1, 2]) as shared:
        for too_large in (2**63, -(2**63) - 1):
            refusal = outcome(shared.__setitem__, 0, too_large)
            assert type(evidence(too_large=refusal)) is struct.error
        for unknown in ([1], 1j):
            assert type(evidence(unknown=outcome(shared.__setitem__, 0, unknown))) is KeyError
        shared[1] = 2**63 - 1
        assert evidence(largest=shared[1]) == 2**63 - 1
    assert type(evidence(tuple=outcome(ShareableList, [(1, 2)]))) is KeyError


def double_first(shared, report):
    report([list(shared), shared.shm.name])
    shared[0] *= 2
    shared[2] = "child"
    shared.shm.close()


@claim("SHM04")
def test_a_pickled_shareable_list_shares_its_block(ctx, reports, evidence):
    """A ShareableList is pickled as a handle: the receiver gets the same list, not a copy."""
    with shareable([21, 0.5, "parent", None]) as shared:
        run_child(ctx, double_first, shared, reports.reporter)
        assert evidence(child=reports.next()) == [[21, 0.5, "parent", None], shared.shm.name]
        loaded = pickle.loads(pickle.dumps(shared))
        loaded[1] = 1.5
        loaded.shm.close()
        assert evidence(afterwards=list(shared)) == [42, 1.5, "child", None]


@claim("SHM05")
def test_a_shareable_list_finds_and_counts_by_equality(evidence):
    """index() returns the first equal item, or raises ValueError; 1, 1.0 and True are equal.

    "ValueError: ShareableList.index(x): x not in list".
    """
    with shareable([2, "a", 1, True, None, 1.0, "a"]) as shared:
        indices = [shared.index(value) for value in (2, "a", True, 1.0, None)]
        counts = [shared.count(value) for value in (1, True, "a", None, 2, 3)]
        missing = outcome(shared.index, 5)
    assert evidence(indices=indices) == [0, 1, 2, 2, 4]
    assert evidence(counts=counts) == [3, 3, 2, 1, 1, 0]
    assert type(evidence(missing=missing)) is ValueError


@claim("SHM06")
@refuted(because="in CPython and PyPy a slot is as many bytes as the str has characters, and cut")
def test_a_shareable_list_keeps_text_that_is_not_ascii(evidence):
    r"""A ShareableList gives back text that is not ASCII.

    A slot has the next multiple of 8 bytes above the number of the text's characters, while UTF-8
    needs more: seven "\u00e9" come back as four, without an error, and seven "\u20ac" as
    "UnicodeDecodeError: 'utf-8' codec can't decode bytes ...".  Put text.encode() into the list.
    """
    texts = ["\u00e9" * 7, "\u20ac" * 7, "\u00e9" * 4]
    with shareable([*texts, *(text.encode() for text in texts)]) as shared:
        found = [outcome(shared.__getitem__, index) for index in range(6)]
    control(found[2:] == [texts[2], *(text.encode() for text in texts)], "what fits is there")
    control(isinstance(found[1], (UnicodeDecodeError, str)), f"an unknown outcome: {found[1]!r}")
    evidence(second=f"{type(found[1]).__name__}: {found[1]}")
    assert evidence(found=found[:2]) == texts[:2]


@claim("SHM07")
def test_a_slot_may_change_its_type(evidence):
    """An item may be replaced by one of another type that fits; `format` says what is stored."""
    with shareable([1, 2.5, True, None, "text", b"0123456789"]) as shared:
        assert evidence(before=shared.format) == "qdxxxxxxx?xxxxxx?x8s16s"
        shared[0], shared[1], shared[2], shared[3] = 0.5, None, "eight by", -7
        shared[4], shared[-1] = False, "0123456789abcdef"
        assert evidence(after=shared.format) == "dxxxxxx?x8sqxxxxxxx?16s"
        found = list(shared)
        assert evidence(found=found) == [0.5, None, "eight by", -7, False, "0123456789abcdef"]
        assert kinds(found) == ["float", "NoneType", "str", "int", "bool", "str"]
        assert evidence(repr=repr(shared)) == f"ShareableList({found!r}, name={shared.shm.name!r})"


@claim("SHM08")
def test_a_shareable_list_is_found_by_its_name(evidence):
    """ShareableList(name=...) attaches to a list; with values it makes one of that name."""
    with shareable([1, "b", None]) as shared:
        attached = ShareableList(name=shared.shm.name)
        attached[0] = 5
        assert evidence(shared=list(shared), attached=list(attached)) == ([5, "b", None],) * 2
        name = shared.shm.name + "_list"
        with shareable(attached, name=name) as copy:
            copy[1] = "c"
            assert evidence(copy=list(copy), name=copy.shm.name) == ([5, "c", None], name)
            assert shared[1] == "b"
            assert type(evidence(taken=outcome(ShareableList, [1], name=name))) is FileExistsError
        assert type(evidence(unknown=outcome(ShareableList, name=name))) is FileNotFoundError
        attached.shm.close()


@claim("SHM09")
def test_a_shareable_list_is_read_like_a_sequence(evidence):
    """A ShareableList has len(), indices from both ends, `in` and iteration, but no slices.

    It does not compare with a list by its items: `shared == [1]` is False.
    """
    with shareable([10, "x", 30.5]) as shared, shareable([]) as empty:
        shared[-3] = 11
        assert evidence(items=(shared[-1], shared[-3]), length=len(shared)) == ((30.5, 11), 3)
        assert ("x" in shared, "y" in shared) == (True, False)
        orders = list(shared), list(reversed(shared)), list(empty)
        assert evidence(orders=orders) == ([11, "x", 30.5], [30.5, "x", 11], [])
        assert type(evidence(slice=outcome(shared.__getitem__, slice(0, 2)))) is TypeError
        assert shared != [11, "x", 30.5]
