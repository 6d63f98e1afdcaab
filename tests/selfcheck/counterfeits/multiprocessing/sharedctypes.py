"""Counterfeits for the claims of library/multiprocessing/test_sharedctypes.py."""

from .. import counterfeit


@counterfeit("SV20", "SV24")
def a_copy_is_the_object_itself():
    """sharedctypes.copy() copies nothing."""
    from multiprocessing import sharedctypes

    sharedctypes.copy = lambda obj: obj


@counterfeit("SV21")
def a_wrapper_can_be_wrapped():
    """synchronized() of a wrapper returns it, and takes no lock but its own."""
    from multiprocessing import sharedctypes

    original = sharedctypes.synchronized

    def wrap(obj, lock=None, ctx=None):
        return obj if isinstance(obj, sharedctypes.SynchronizedBase) else original(obj, lock, ctx)

    sharedctypes.synchronized = wrap
