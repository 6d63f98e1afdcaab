"""Counterfeits for the claims of library/atomicity/test_once.py."""

from .. import counterfeit


@counterfeit("AT15")
def cached_properties_are_tuples():
    """functools.cached_property keeps another type of value, for the specs."""
    import functools

    original = functools.cached_property

    class Changed(original):
        def __get__(self, instance, owner=None):
            value = super().__get__(instance, owner)
            return tuple(value) if type(value) is list else value

    functools.cached_property = Changed


@counterfeit("AT16", "AT40")
def cached_functions_are_never_cached():
    """functools.lru_cache remembers nothing, and its cache_info() knows of no call."""
    import functools

    original = functools.lru_cache

    def forgetful(maxsize=128, typed=False):
        return original(0) if not callable(maxsize) else original(0)(maxsize)

    functools.lru_cache = forgetful
