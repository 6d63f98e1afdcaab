"""Counterfeits for the claims of library/multiprocessing/test_value.py."""

from .. import counterfeit
from ..facts import FORK


@counterfeit("VALUE13", "VALUE15", "VALUE21")
def the_lock_of_a_value_is_not_recursive():
    """The default lock of a Value is a Lock."""
    from multiprocessing import sharedctypes

    for name in ("Value", "Array"):
        original = getattr(sharedctypes, name)

        def make(*arguments, lock=True, ctx, original=original, **options):
            lock = ctx.Lock() if lock is True else lock
            return original(*arguments, lock=lock, ctx=ctx, **options)

        setattr(sharedctypes, name, make)


@counterfeit("VALUE14")
def setting_a_value_keeps_what_others_have_added():
    """Assigning to a Value adds what the process has added since it read it."""
    from multiprocessing import sharedctypes

    value = sharedctypes.Synchronized.value
    last = {}

    def get(self):
        last[id(self)] = value.fget(self)
        return last[id(self)]

    def set_difference(self, new):
        now = value.fget(self)
        value.fset(self, now + new - last.get(id(self), now))

    sharedctypes.Synchronized.value = property(get, set_difference)


@counterfeit("VALUE16")
def a_value_that_is_too_large_is_an_error():
    """A Value that cannot hold a number raises OverflowError."""
    from multiprocessing import sharedctypes

    value = sharedctypes.Synchronized.value

    def strict(self, new):
        value.fset(self, new)
        if isinstance(new, int) and value.fget(self) != new:
            raise OverflowError(new)

    sharedctypes.Synchronized.value = property(value.fget, strict)


@counterfeit("VALUE17")
def raw_values_can_be_pickled():
    """Pickling a RawValue or a RawArray gives a copy."""
    from multiprocessing import context, sharedctypes

    def reduce(obj):
        if context.get_spawning_popen() is None:
            return int, ()
        return original(obj)

    original = sharedctypes.reduce_ctype
    sharedctypes.reduce_ctype = reduce


@counterfeit("VALUE18")
def new_values_are_not_zeroed():
    """A new Value or Array holds what happens to be in memory."""
    import ctypes
    from multiprocessing import sharedctypes

    raw_value, raw_array = sharedctypes.RawValue, sharedctypes.RawArray

    def spoil(made):
        ctypes.memset(ctypes.addressof(made), 1, ctypes.sizeof(made))
        return made

    def value(kind, *arguments):
        made = raw_value(kind, *arguments)
        return made if arguments else spoil(made)

    def array(kind, items):
        made = raw_array(kind, items)
        return spoil(made) if isinstance(items, int) else made

    sharedctypes.RawValue, sharedctypes.RawArray = value, array


@counterfeit("VALUE18")
def memory_that_was_used_is_not_zeroed():
    """A new Value or Array holds what the one before it had there."""
    import ctypes
    import types
    from multiprocessing import sharedctypes

    sharedctypes.ctypes = types.SimpleNamespace(**vars(ctypes))
    sharedctypes.ctypes.memset = lambda *_: None


@counterfeit("VALUE19", "VALUE20")
def typecodes_are_those_of_the_array_module():
    """Typecode "w" is a character, and "h" is unsigned."""
    import ctypes
    from multiprocessing import sharedctypes

    sharedctypes.typecode_to_type.update(w=ctypes.c_wchar, h=ctypes.c_ushort)


@counterfeit("VALUE22")
def reading_a_value_takes_no_lock():
    """Only writing a Value takes its lock."""
    from multiprocessing import sharedctypes

    value = sharedctypes.Synchronized.value
    sharedctypes.Synchronized.value = property(lambda self: self._obj.value, value.fset)


@counterfeit("VALUE24")
def a_value_takes_multiprocessings_locks_only():
    """A Value with any other lock is refused."""
    from multiprocessing import sharedctypes
    from multiprocessing.synchronize import SemLock

    original = sharedctypes.Value

    def value(*arguments, lock=True, **options):
        if not isinstance(lock, (bool, SemLock)):
            raise TypeError(lock)
        return original(*arguments, lock=lock, **options)

    sharedctypes.Value = value


@counterfeit("VALUE20", "VALUE23")
def typecode_q_is_an_int():
    """Typecode "q" stands for an int of 32 bits."""
    import ctypes
    from multiprocessing import sharedctypes

    sharedctypes.typecode_to_type["q"] = ctypes.c_int


@counterfeit("VALUE26", where=FORK)
def a_forked_child_goes_on_with_its_parents_heap():
    """A forked child makes its Values in memory that its parent takes for free."""
    import os
    from multiprocessing.heap import Heap

    malloc = Heap.malloc

    def in_the_same_memory(self, size):
        self._lastpid = os.getpid()
        return malloc(self, size)

    Heap.malloc = in_the_same_memory


@counterfeit("VALUE22", "VALUE25")
def reading_and_writing_a_value_takes_no_lock():
    """The value of a Value is read and written without its lock."""
    from multiprocessing import sharedctypes

    def write(self, value):
        self._obj.value = value

    sharedctypes.Synchronized.value = property(lambda self: self._obj.value, write)
