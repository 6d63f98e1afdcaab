"""Counterfeits for the claims of library/multiprocessing/test_shareable_list.py."""

from .. import counterfeit
from ..patching import patch


@counterfeit("SHM01")
def long_text_is_cut():
    """A ShareableList cuts what is longer than its slot."""
    from multiprocessing import shared_memory

    original = shared_memory.ShareableList.__setitem__

    def cut(self, position, value):
        original(self, position, value[:8] if isinstance(value, (str, bytes)) else value)

    shared_memory.ShareableList.__setitem__ = cut


@counterfeit("SHM02")
def nuls_at_the_end_are_kept():
    """A ShareableList is made with a mark at the end of each text, which is cut with the NULs."""
    from multiprocessing import shared_memory

    marks = {str: "!", bytes: b"!"}

    def marked(one):
        return one + marks[type(one)] if type(one) in marks else one

    def change(init):
        def mark(self, sequence=None, **options):
            init(self, sequence and [*map(marked, sequence)], **options)

        return mark

    codes = shared_memory.ShareableList._back_transforms_mapping
    codes[1] = lambda value: value.rstrip(b"\0")[:-1].decode()
    codes[2] = lambda value: value.rstrip(b"\0")[:-1]
    patch("multiprocessing.shared_memory.ShareableList", __init__=change)


@counterfeit("SHM03")
def large_numbers_wrap():
    """A ShareableList keeps the last 64 bits of an int."""
    from multiprocessing import shared_memory

    original = shared_memory.ShareableList.__setitem__

    def wrap(self, position, value):
        if type(value) is int:
            value = (value + 2**63) % 2**64 - 2**63
        original(self, position, value)

    shared_memory.ShareableList.__setitem__ = wrap


@counterfeit("SHM05")
def the_last_match_is_found():
    """index() gives the last equal item, and count() counts the types apart."""
    from multiprocessing import shared_memory

    kind = shared_memory.ShareableList
    kind.index = lambda self, value: len(self) - 1 - list(self)[::-1].index(value)
    kind.count = lambda self, value: sum(type(x) is type(value) and x == value for x in self)


@counterfeit("SHM06")
def text_is_latin():
    """A ShareableList encodes text as Latin-1."""
    from multiprocessing import shared_memory

    shared_memory._encoding = "latin-1"


@counterfeit("SHM07")
def a_slot_keeps_its_format():
    """The format of a ShareableList is that of its beginning."""
    from multiprocessing import shared_memory

    kind = shared_memory.ShareableList
    get = kind.format.fget

    def first(self):
        return vars(self).setdefault("first", get(self))

    kind.format = property(first)


@counterfeit("SHM04", "SHM08", "SHM09", "SHM05")
def the_last_item_is_not_iterated():
    """A ShareableList has one item less than it was given."""
    from multiprocessing import shared_memory

    length = shared_memory.ShareableList.__len__
    item = shared_memory.ShareableList.__getitem__

    def get(self, position):
        if position == length(self) - 1:
            raise IndexError
        return item(self, position)

    shared_memory.ShareableList.__getitem__ = get


@counterfeit("SHM01")
def letters_are_counted_and_not_their_bytes():
    """A slot takes as many letters as it has bytes, and of their bytes what fits."""

    def change(setitem):
        def cut(self, position, value):
            if isinstance(value, str) and len(value) < len(value.encode()):
                value = value.encode()[:8].decode(errors="ignore")
            setitem(self, position, value)

        return cut

    patch("multiprocessing.shared_memory.ShareableList", __setitem__=change)
