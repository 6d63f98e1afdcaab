"""Counterfeits for the claims of library/multiprocessing/test_sharedctypes.py."""

from .. import counterfeit


@counterfeit("VALUE09")
def a_copy_is_the_object_itself():
    """sharedctypes.copy() copies nothing."""
    from multiprocessing import sharedctypes

    sharedctypes.copy = lambda obj: obj


@counterfeit("VALUE10", "VALUE09")
def a_copy_is_empty():
    """sharedctypes.copy() makes another object of the same type, and leaves it empty."""
    from multiprocessing import sharedctypes

    sharedctypes.copy = lambda obj: sharedctypes.RawValue(type(obj))


@counterfeit("VALUE11")
def a_wrapper_can_be_wrapped():
    """synchronized() of a wrapper returns it, and takes no lock but its own."""
    from multiprocessing import sharedctypes

    original = sharedctypes.synchronized

    def wrap(obj, lock=None, ctx=None):
        return obj if isinstance(obj, sharedctypes.SynchronizedBase) else original(obj, lock, ctx)

    sharedctypes.synchronized = wrap


@counterfeit("VALUE08")
def the_second_field_of_a_structure_is_not_written():
    """Assigning to the field y of a Structure in a Value changes nothing."""
    from multiprocessing import sharedctypes

    make_property = sharedctypes.make_property

    def make_property_but_y(name):
        made = make_property(name)
        return made.setter(lambda self, value: None) if name == "y" else made

    sharedctypes.make_property = make_property_but_y


@counterfeit("VALUE12")
def the_raw_array_of_the_module_begins_with_zeros():
    """multiprocessing.RawArray takes no values."""
    import multiprocessing

    make = multiprocessing.RawArray

    def make_zeros(typecode, values):
        return make(typecode, values if isinstance(values, int) else len(values))

    multiprocessing.RawArray = make_zeros
