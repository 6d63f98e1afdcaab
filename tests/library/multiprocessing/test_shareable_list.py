"""multiprocessing.shared_memory.ShareableList: a list of fixed size in a block of shared memory.

Source: https://docs.python.org/3/library/multiprocessing.shared_memory.html#multiprocessing.shared_memory.ShareableList
"""

import pickle
import struct
from contextlib import contextmanager
from multiprocessing.shared_memory import ShareableList, SharedMemory

from tests.harness import claim, control, joined, outcome, refuted


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


@claim("SM08")
def test_a_shareable_list_has_fixed_slots(evidence):
    """A ShareableList has a fixed length, and each of its str and bytes a fixed size."""
    with shareable(VALUES) as shared:
        found = list(shared)
        refusals = {
            ValueError: [
                outcome(shared.__setitem__, 2, "123456789"),
                outcome(shared.__setitem__, 0, "123456789"),
                outcome(shared.__setitem__, 5, b"123456789"),
            ],
            IndexError: [
                outcome(shared.__getitem__, 8),
                outcome(shared.__setitem__, 8, 0),
            ],
        }
        missing = [name for name in dir(list) if name[0] != "_" and not hasattr(shared, name)]
        shared[2], shared[5] = "12345678", b"87654321"
        after = list(shared)
        evidence(found=found, refusals=refusals, missing=missing, after=after)
        assert found == VALUES
        assert [type(item) for item in found] == [type(item) for item in VALUES]
        for kind, errors in refusals.items():
            assert [type(error) for error in errors] == [kind] * len(errors)
        assert after == [1, 2.5, "12345678", None, True, b"87654321", False, -(2**63)]
        assert missing == "append clear copy extend insert pop remove reverse sort".split()


@claim("SM09")
@refuted(because="in CPython and PyPy a slot is filled up with NULs, which are cut when it is read")
def test_a_shareable_list_keeps_trailing_nuls(evidence):
    r"""A ShareableList gives back the str and bytes that were put into it.

    One would expect so.  But b"cd\0\0" comes back as b"cd", without an error: NULs at the end
    are taken for the filling of the slot.  This breaks packed binary data now and then.  Instead:
    append a byte that is not NUL, and cut it off again, as the documentation shows.
    """
    with shareable(["ab\0\0", b"cd\0", b"\0", "a\0b", b"\0x"]) as shared:
        shared[1] = b"ef\0\0"
        found = list(shared)
    evidence(found=found)
    control(found[3:] == ["a\0b", b"\0x"], f"NULs inside must stay: {found}")
    control(
        [item.rstrip(type(item)(b"\0") if type(item) is bytes else "\0") for item in found[:3]]
        == ["ab", b"ef", b""],
        f"the rest must be there: {found}",
    )
    assert found[:3] == ["ab\0\0", b"ef\0\0", b"\0"]


@claim("SM10")
def test_a_shareable_list_holds_small_numbers_only(evidence):
    """An int beyond 64 bits is a struct.error; a value of another type is a KeyError."""
    with shareable([1, 2]) as shared:
        refusals = [
            outcome(shared.__setitem__, 0, 2**63),
            outcome(shared.__setitem__, 0, -(2**63) - 1),
            outcome(shared.__setitem__, 0, [1]),
            outcome(shared.__setitem__, 0, 1j),
            outcome(ShareableList, [(1, 2)]),
        ]
        shared[1] = 2**63 - 1
        found = shared[1]
    evidence(refusals=refusals, largest=found)
    kinds = [type(refusal) for refusal in refusals]
    assert kinds == [struct.error, struct.error, KeyError, KeyError, KeyError]
    assert found == 2**63 - 1


def double_first(shared, report):
    report([list(shared), shared.shm.name])
    shared[0] *= 2
    shared[2] = "child"
    shared.shm.close()


@claim("SM11")
def test_a_pickled_shareable_list_shares_its_block(ctx, reports, evidence):
    """A ShareableList is pickled as a handle: what arrives is the same list, not a copy."""
    with shareable([21, 0.5, "parent", None]) as shared:
        child = ctx.Process(target=double_first, args=(shared, reports.reporter))
        child.start()
        seen = reports.next()
        exit_codes = joined(child)
        copy = pickle.loads(pickle.dumps(shared))
        copy[1] = 1.5
        copy.shm.close()
        after = list(shared)
        evidence(child=seen, after=after)
        assert exit_codes == [0]
        assert seen == [[21, 0.5, "parent", None], shared.shm.name]
        assert after == [42, 1.5, "child", None]
        assert copy.shm.name == shared.shm.name


@claim("X22")
def test_a_shareable_list_finds_and_counts_by_equality(evidence):
    """index() gives the first equal item, or ValueError; count() takes 1, 1.0 and True as equal."""
    with shareable([2, "a", 1, True, None, 1.0, "a"]) as shared:
        found = [shared.index(value) for value in (2, "a", True, 1.0, None)]
        counts = [shared.count(value) for value in (1, True, "a", None, 2, 3)]
        missing = outcome(shared.index, 5)
    evidence(index=found, count=counts, missing=missing)
    assert found == [0, 1, 2, 2, 4]
    assert counts == [3, 3, 2, 1, 1, 0]
    assert type(missing) is ValueError


@claim("SM19")
@refuted(because="in CPython and PyPy a slot is as many bytes as the str has characters, and cut")
def test_a_shareable_list_keeps_text_that_is_not_ascii(evidence):
    r"""A ShareableList gives back text that is not ASCII.

    One would expect so.  But a slot has room for as many bytes as the text has characters, rounded
    up to a multiple of 8 (at least one more), while UTF-8 needs more: seven "\u00e9" come back as
    four, without an error, seven "\u20ac" as "UnicodeDecodeError: 'utf-8' codec can't decode
    bytes".  Instead: put text.encode() into the list.
    """
    texts = ["\u00e9" * 7, "\u20ac" * 7, "\u00e9" * 4]
    with shareable([*texts, *(text.encode() for text in texts)]) as shared:
        found = [outcome(shared.__getitem__, index) for index in range(6)]
    evidence(found=found)
    control(found[2:] == [texts[2], *(text.encode() for text in texts)], "what fits is there")
    control(type(found[1]) in (UnicodeDecodeError, str), f"an unknown outcome: {found[1]!r}")
    assert found[:2] == texts[:2]


@claim("SM20")
def test_a_slot_may_change_its_type(evidence):
    """An item may be replaced by one of another type, which fits; format says what is stored."""
    with shareable([1, 2.5, True, None, "text", b"0123456789"]) as shared:
        before = shared.format
        shared[0], shared[1], shared[2], shared[3] = 0.5, None, "eight by", -7
        shared[4], shared[-1] = False, "0123456789abcdef"
        after, found = shared.format, list(shared)
        evidence(before=before, after=after, found=found, repr=repr(shared))
        assert before == "qdxxxxxxx?xxxxxx?x8s16s"
        assert found == [0.5, None, "eight by", -7, False, "0123456789abcdef"]
        assert [type(item) for item in found] == [float, type(None), str, int, bool, str]
        assert after == "dxxxxxx?x8sqxxxxxxx?16s"
        assert repr(shared) == f"ShareableList({found!r}, name={shared.shm.name!r})"


@claim("SM21")
def test_a_shareable_list_is_found_by_its_name(evidence):
    """ShareableList(name=...) attaches to a list; with values, it makes one of that name."""
    with shareable([1, "b", None]) as shared:
        name = shared.shm.name + "_list"
        attached = ShareableList(name=shared.shm.name)
        attached[0] = 5
        with shareable(attached, name=name) as copy:
            copy[1] = "c"
            found = [len(shared), list(shared), list(attached), list(copy), copy.shm.name]
            taken = outcome(ShareableList, [1], name=name)
        unknown = outcome(ShareableList, name=name)
        kinds = [type(one.shm) for one in (shared, attached, copy)]
        attached.shm.close()
    evidence(found=found, taken=taken, unknown=unknown)
    assert found == [3, [5, "b", None], [5, "b", None], [5, "c", None], name]
    assert (type(taken), type(unknown)) == (FileExistsError, FileNotFoundError)
    assert kinds == [SharedMemory] * 3


@claim("SM22")
def test_a_shareable_list_is_read_like_a_sequence(evidence):
    """A ShareableList has len(), indices from both ends, `in`, iteration, but no slices.

    It does not compare with a list by its items: `shared == [1]` is False.
    """
    with shareable([10, "x", 30.5]) as shared, shareable([]) as empty:
        shared[-3] = 11
        found = [len(shared), shared[-1], shared[-3], "x" in shared, "y" in shared]
        orders = [list(shared), list(reversed(shared)), list(empty), len(empty)]
        sliced = outcome(shared.__getitem__, slice(0, 2))
        evidence(found=found, orders=orders, slice=sliced)
        assert found == [3, 30.5, 11, True, False]
        assert orders == [[11, "x", 30.5], [30.5, "x", 11], [], 0]
        assert type(sliced) is TypeError
        assert shared != [11, "x", 30.5]
