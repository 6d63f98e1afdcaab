"""Counterfeits for the claims of library/multiprocessing/test_manager_proxies.py."""

from .. import counterfeit


@counterfeit("MANAGER24")
def an_exception_has_a_remote_cause():
    """An exception of a method has the server's RemoteError as its cause."""
    from multiprocessing import managers

    original = managers.convert_to_error

    def convert(kind, result):
        error = original(kind, result)
        error.__cause__ = managers.RemoteError("at home")
        return error

    managers.convert_to_error = convert


@counterfeit("MANAGER23", "MANAGER25")
def a_remote_error_is_a_value_error():
    """What fails in the server itself is a ValueError."""
    from multiprocessing import managers

    original = managers.convert_to_error

    def convert(kind, result):
        return original(kind, result) if kind == "#ERROR" else ValueError(result)

    managers.convert_to_error = convert


@counterfeit("MANAGER21")
def private_methods_are_exposed():
    """AutoProxy gives access to the private methods and the operators."""
    from multiprocessing import managers

    def methods(obj):
        return [
            name
            for name in managers.all_methods(obj)
            if name[0] != "_" or name in ("_hidden", "__getitem__")
        ]

    managers.public_methods = methods


@counterfeit("MANAGER22")
def registrations_expose_what_is_public():
    """register() ignores exposed=."""
    from multiprocessing import managers

    original = managers.BaseManager.register.__func__

    def register(cls, typeid, *args, exposed=None, **kwds):
        original(cls, typeid, *args, **kwds)

    managers.BaseManager.register = classmethod(register)


@counterfeit("MANAGER26")
def what_cannot_be_sent_is_dropped():
    """A call whose arguments cannot be pickled does nothing."""
    from multiprocessing import managers

    call = managers.BaseProxy._callmethod

    def silent(self, *args):
        try:
            return call(self, *args)
        except TypeError:
            return None

    managers.BaseProxy._callmethod = silent


@counterfeit("MANAGER27", "MANAGER01", "MANAGER03")
def a_proxy_is_pickled_as_its_object():
    """What arrives is a copy of what the proxy stands for."""
    import copy
    from multiprocessing import managers

    managers.BaseProxy.__reduce__ = lambda self: (copy.copy, (self._getvalue(),))


@counterfeit("MANAGER28")
def a_token_forgets_its_id():
    """A Token that was pickled has no id."""
    from multiprocessing import managers

    def __setstate__(self, state):
        self.typeid, self.address, _ = state
        self.id = "0"

    managers.Token.__setstate__ = __setstate__


@counterfeit("MANAGER29")
def a_proxy_type_lacks_a_method():
    """MakeProxyType() makes a new type each time, without put()."""
    from multiprocessing import managers

    original = managers.MakeProxyType
    managers.MakeProxyType = lambda name, exposed: original(
        name, [one for one in exposed if one != "put"], {}
    )


@counterfeit("MANAGER30")
def proxies_are_not_generic():
    """ListProxy[int] is ListProxy."""
    from multiprocessing import managers

    managers.ListProxy.__class_getitem__ = classmethod(lambda cls, item: cls)
