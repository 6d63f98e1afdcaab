"""Counterfeits for the claims of library/multiprocessing/test_array.py."""

from .. import counterfeit


@counterfeit("VALUE02")
def a_slice_of_an_array_lacks_its_last_item():
    """A slice of an Array ends one item too early."""
    from multiprocessing import sharedctypes

    original = sharedctypes.SynchronizedArray.__getitem__

    def short(self, index):
        found = original(self, index)
        return found[:-1] if isinstance(index, slice) and len(found) > 1 else found

    sharedctypes.SynchronizedArray.__getitem__ = short


@counterfeit("VALUE04")
def the_length_of_an_array_is_a_number_of_bytes():
    """len() of an Array is its size in bytes."""
    import ctypes
    from multiprocessing import sharedctypes

    sharedctypes.SynchronizedArray.__len__ = lambda self: ctypes.sizeof(self._obj)


@counterfeit("VALUE05")
def an_array_is_a_sequence():
    """An Array is compared by its items, and can be searched and reversed."""
    from multiprocessing import sharedctypes

    kind = sharedctypes.SynchronizedArray
    kind.__eq__ = lambda self, other: self[:] == other
    kind.index = lambda self, item: self[:].index(item)
    kind.count = lambda self, item: self[:].count(item)
    kind.reverse = lambda self: self.__setitem__(slice(None), self[::-1])


@counterfeit("VALUE06")
def the_value_of_an_array_has_its_nuls():
    """The value of an Array of char does not end at the first NUL."""
    from multiprocessing import sharedctypes

    raw, value = sharedctypes.SynchronizedString.raw, sharedctypes.SynchronizedString.value
    sharedctypes.SynchronizedString.value = property(raw.fget, value.fset)


@counterfeit("VALUE03")
def a_negative_length_is_none():
    """An Array of negative length is empty."""
    from multiprocessing import sharedctypes

    original = sharedctypes.RawArray

    def array(kind, items):
        return original(kind, max(items, 0) if isinstance(items, int) else items)

    sharedctypes.RawArray = array


@counterfeit("VALUE01", "VALUE02")
def an_index_from_the_end_is_not_written():
    """Assigning to array[-1] changes nothing."""
    from multiprocessing import sharedctypes

    set_item = sharedctypes.SynchronizedArray.__setitem__

    def set_item_but_the_last(self, index, value):
        if isinstance(index, slice) or index >= 0:
            set_item(self, index, value)

    sharedctypes.SynchronizedArray.__setitem__ = set_item_but_the_last


@counterfeit("VALUE07")
def an_item_that_is_a_structure_is_a_copy():
    """array[1] of an Array of Structures is a copy."""
    import ctypes
    from multiprocessing import sharedctypes

    get_item = sharedctypes.SynchronizedArray.__getitem__

    def get_copy(self, index):
        item = get_item(self, index)
        return type(item).from_buffer_copy(item) if isinstance(item, ctypes.Structure) else item

    sharedctypes.SynchronizedArray.__getitem__ = get_copy
