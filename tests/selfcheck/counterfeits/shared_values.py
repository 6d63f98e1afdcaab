"""Counterfeits of multiprocessing's Value, Array and sharedctypes."""

from typing import Any

from . import counterfeit

UNRELATED = ("1.", "2.", "3.", "8.0", "8.10", "8.12")


@counterfeit(
    *("SV01", "SV07", "SV10", "SV13", "SV15", "SV17", "SV18", "SV19", "SV20", "SV21"),
    "SV22",
)
def shared_values_are_copied() -> None:
    """A ctypes object lives in ordinary memory, of which each process has its own."""
    from multiprocessing import sharedctypes

    original = sharedctypes._new_value

    def new_value(kind: Any) -> Any:
        original(kind)
        return kind()

    sharedctypes._new_value = new_value


@counterfeit("SV02", "SV03", "SV11", "SV12", "SV21", "SV23")
def the_lock_of_a_value_excludes_nobody() -> None:
    """Whoever asks for the lock of a Value gets it."""
    from multiprocessing import sharedctypes

    original = sharedctypes.SynchronizedBase.__init__

    class Open:
        def acquire(self, *arguments: Any, **options: Any) -> bool:
            return True

        def release(self) -> None:
            pass

        def __enter__(self) -> bool:
            return True

        def __exit__(self, *exception: object) -> None:
            pass

    def __init__(self: Any, *arguments: Any, **options: Any) -> None:
        original(self, *arguments, **options)
        self._lock = Open()
        self.acquire, self.release = self._lock.acquire, self._lock.release

    sharedctypes.SynchronizedBase.__init__ = __init__


@counterfeit("SV02", "SV03", "SV11")
def the_lock_of_a_value_is_not_recursive() -> None:
    """The default lock of a Value is a Lock."""
    from multiprocessing import sharedctypes

    for name in ("Value", "Array"):
        original = getattr(sharedctypes, name)

        def make(
            *arguments: Any, lock: Any = True, ctx: Any, original: Any = original, **options: Any
        ) -> Any:
            lock = ctx.Lock() if lock is True else lock
            return original(*arguments, lock=lock, ctx=ctx, **options)

        setattr(sharedctypes, name, make)


@counterfeit("SV09")
def setting_a_value_keeps_what_others_have_added() -> None:
    """Assigning to a Value adds what the process has added since it read it."""
    from multiprocessing import sharedctypes

    value = sharedctypes.Synchronized.value
    last = {}

    def get(self: Any) -> Any:
        last[id(self)] = value.fget(self)
        return last[id(self)]

    def set_difference(self: Any, new: Any) -> None:
        now = value.fget(self)
        value.fset(self, now + new - last.get(id(self), now))

    sharedctypes.Synchronized.value = property(get, set_difference)


@counterfeit("SV04")
def a_value_that_is_too_large_is_an_error() -> None:
    """A Value that cannot hold a number raises OverflowError."""
    from multiprocessing import sharedctypes

    value = sharedctypes.Synchronized.value

    def strict(self: Any, new: Any) -> None:
        value.fset(self, new)
        if isinstance(new, int) and value.fget(self) != new:
            raise OverflowError(new)

    sharedctypes.Synchronized.value = property(value.fget, strict)


@counterfeit("SV05", "SV15")
def a_slice_of_an_array_lacks_its_last_item() -> None:
    """A slice of an Array ends one item too early."""
    from multiprocessing import sharedctypes

    original = sharedctypes.SynchronizedArray.__getitem__

    def short(self: Any, index: Any) -> Any:
        found = original(self, index)
        return found[:-1] if isinstance(index, slice) and len(found) > 1 else found

    sharedctypes.SynchronizedArray.__getitem__ = short


@counterfeit("SV06")
def raw_values_can_be_pickled() -> None:
    """Pickling a RawValue or a RawArray gives a copy."""
    from multiprocessing import context, sharedctypes

    def reduce(obj: Any) -> Any:
        if context.get_spawning_popen() is None:
            return int, ()
        return original(obj)

    original = sharedctypes.reduce_ctype
    sharedctypes.reduce_ctype = reduce


@counterfeit("SV07")
def new_values_are_not_zeroed() -> None:
    """A new Value or Array holds what happens to be in memory."""
    import ctypes
    from multiprocessing import sharedctypes

    raw_value, raw_array = sharedctypes.RawValue, sharedctypes.RawArray

    def spoil(made: Any) -> Any:
        ctypes.memset(ctypes.addressof(made), 1, ctypes.sizeof(made))
        return made

    def value(kind: Any, *arguments: Any) -> Any:
        made = raw_value(kind, *arguments)
        return made if arguments else spoil(made)

    def array(kind: Any, items: Any) -> Any:
        made = raw_array(kind, items)
        return spoil(made) if isinstance(items, int) else made

    sharedctypes.RawValue, sharedctypes.RawArray = value, array


@counterfeit("SV08", "SV10")
def typecodes_are_those_of_the_array_module() -> None:
    """Typecode "w" is a character, and "h" is unsigned."""
    import ctypes
    from multiprocessing import sharedctypes

    sharedctypes.typecode_to_type.update(w=ctypes.c_wchar, h=ctypes.c_ushort)


@counterfeit("SV12")
def reading_a_value_takes_no_lock() -> None:
    """Only writing a Value takes its lock."""
    from multiprocessing import sharedctypes

    value = sharedctypes.Synchronized.value
    sharedctypes.Synchronized.value = property(lambda self: self._obj.value, value.fset)


@counterfeit("SV14")
def a_value_takes_multiprocessings_locks_only() -> None:
    """A Value with any other lock is refused."""
    from multiprocessing import sharedctypes
    from multiprocessing.synchronize import SemLock

    original = sharedctypes.Value

    def value(*arguments: Any, lock: Any = True, **options: Any) -> Any:
        if not isinstance(lock, (bool, SemLock)):
            raise TypeError(lock)
        return original(*arguments, lock=lock, **options)

    sharedctypes.Value = value


@counterfeit("SV16")
def an_array_is_a_sequence() -> None:
    """An Array is compared by its items, and can be searched and reversed."""
    from multiprocessing import sharedctypes

    kind = sharedctypes.SynchronizedArray
    kind.__eq__ = lambda self, other: self[:] == other
    kind.index = lambda self, item: self[:].index(item)
    kind.count = lambda self, item: self[:].count(item)
    kind.reverse = lambda self: self.__setitem__(slice(None), self[::-1])


@counterfeit("SV17")
def the_value_of_an_array_has_its_nuls() -> None:
    """The value of an Array of char does not end at the first NUL."""
    from multiprocessing import sharedctypes

    raw, value = sharedctypes.SynchronizedString.raw, sharedctypes.SynchronizedString.value
    sharedctypes.SynchronizedString.value = property(raw.fget, value.fset)


@counterfeit("SV20", "SV24")
def a_copy_is_the_object_itself() -> None:
    """sharedctypes.copy() copies nothing."""
    from multiprocessing import sharedctypes

    sharedctypes.copy = lambda obj: obj


@counterfeit("SV21")
def a_wrapper_can_be_wrapped() -> None:
    """synchronized() of a wrapper returns it, and takes no lock but its own."""
    from multiprocessing import sharedctypes

    original = sharedctypes.synchronized

    def wrap(obj: Any, lock: Any = None, ctx: Any = None) -> Any:
        return obj if isinstance(obj, sharedctypes.SynchronizedBase) else original(obj, lock, ctx)

    sharedctypes.synchronized = wrap


@counterfeit("X20")
def a_negative_length_is_none() -> None:
    """An Array of negative length is empty."""
    from multiprocessing import sharedctypes

    original = sharedctypes.RawArray

    def array(kind: Any, items: Any) -> Any:
        return original(kind, max(items, 0) if isinstance(items, int) else items)

    sharedctypes.RawArray = array
