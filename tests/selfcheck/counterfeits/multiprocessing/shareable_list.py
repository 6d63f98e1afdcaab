"""Counterfeits for the claims of library/multiprocessing/test_shareable_list.py."""

from .. import counterfeit


@counterfeit("SHM01")
def long_text_is_cut():
    """A ShareableList cuts what is longer than its slot."""
    from multiprocessing import shared_memory

    original = shared_memory.ShareableList.__setitem__

    def cut(self, position, value):
        original(self, position, value[:8] if isinstance(value, (str, bytes)) else value)

    shared_memory.ShareableList.__setitem__ = cut


@counterfeit("SHM02")
def all_nuls_are_dropped():
    """A ShareableList drops the NULs inside of text, too."""
    from multiprocessing import shared_memory

    codes = shared_memory.ShareableList._back_transforms_mapping
    codes[1] = lambda value: value.replace(b"\0", b"").decode()
    codes[2] = lambda value: value.replace(b"\0", b"")


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
