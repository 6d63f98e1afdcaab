"""Counterfeits for the claims of library/multiprocessing/test_manager_containers.py."""

from .. import counterfeit
from ..facts import VERSION


@counterfeit("MANAGER02")
def a_nested_list_is_assigned_when_it_changes():
    """What append() does to a list that is taken from a dict proxy arrives."""
    from multiprocessing import managers

    get = managers.DictProxy.__getitem__

    class Kept(list):
        def __init__(self, items, mapping, key):
            super().__init__(items)
            self.home = mapping, key

        def append(self, item):
            super().append(item)
            mapping, key = self.home
            mapping[key] = self

        def __reduce__(self):
            return list, (list(self),)

    def get_kept(self, key):
        value = get(self, key)
        return Kept(value, self, key) if type(value) is list else value

    managers.DictProxy.__getitem__ = get_kept


@counterfeit("MANAGER07")
def insertions_are_at_the_end():
    """insert() of a list proxy is append()."""
    from multiprocessing import managers

    managers.ListProxy.insert = lambda self, index, value: self.append(value)


@counterfeit("MANAGER16")
def nothing_is_deleted_from_a_namespace():
    """`del namespace.x` does nothing."""
    from multiprocessing import managers

    managers.NamespaceProxy.__delattr__ = lambda self, name: None


@counterfeit("MANAGER17")
def an_array_is_measured_in_bytes():
    """len() of a Manager's Array is the number of its bytes."""
    from multiprocessing import managers

    managers.ArrayProxy.__len__ = lambda self: self._getvalue().itemsize * len(self._getvalue())


@counterfeit("MANAGER12", "MANAGER39", "MANAGER13", "MANAGER14", where=VERSION >= (3, 14))
def there_are_no_sets():
    """A SyncManager has no set()."""
    from multiprocessing import managers

    del managers.SyncManager.set


@counterfeit("MANAGER12", "MANAGER39", where=VERSION < (3, 14))
def there_are_sets():
    """A SyncManager has set()."""
    from multiprocessing import managers

    names = ("add", "discard", "__getitem__", "__len__")
    managers.SetProxy = managers.MakeProxyType("SetProxy", names)
    managers.SyncManager.register("set", SortedSet, managers.SetProxy)


class SortedSet(list):
    """As much of a set as is needed."""

    add = list.append
    discard = list.remove


@counterfeit("MANAGER11")
def one_of_the_newer_methods_is_there():
    """List proxies have copy(), and dict proxies no |."""
    from multiprocessing import managers

    managers.ListProxy.copy = lambda self: self[:]
    managers.DictProxy.__or__ = lambda self, other: NotImplemented


@counterfeit("MANAGER04", "MANAGER40")
def a_proxy_looks_like_its_object():
    """repr() of a proxy shows what it stands for."""
    from multiprocessing import managers

    managers.BaseProxy.__repr__ = lambda self: self._callmethod("__repr__")


@counterfeit("MANAGER05")
def every_proxy_is_a_mapping():
    """A list proxy is a MutableMapping, too."""
    from collections.abc import MutableMapping
    from multiprocessing import managers

    MutableMapping.register(managers.BaseProxy)


@counterfeit("MANAGER14", where=VERSION >= (3, 14))
def every_proxy_is_a_set():
    """A set proxy is a MutableSet, beside a MutableMapping."""
    from collections.abc import MutableSet
    from multiprocessing import managers

    MutableSet.register(managers.BaseProxy)


@counterfeit("MANAGER18")
def a_managers_value_has_a_lock():
    """A Manager's Value has get_lock()."""
    import threading
    from multiprocessing import managers

    managers.ValueProxy.get_lock = lambda self: threading.RLock()


@counterfeit("MANAGER06")
def proxies_are_compared_by_value():
    """A proxy equals what it stands for."""
    from multiprocessing import managers

    def equal(self, other):
        mine, others = (
            one._getvalue() if isinstance(one, managers.BaseProxy) else one for one in (self, other)
        )
        return getattr(mine, "value", mine) == others

    managers.BaseProxy.__eq__ = equal
    managers.BaseProxy.__hash__ = object.__hash__


@counterfeit("MANAGER15")
def a_namespace_has_no_private_attributes():
    """An attribute with an underscore is shared as well."""
    from multiprocessing import managers

    kind = managers.NamespaceProxy
    get, put = kind.__getattr__, kind.__setattr__
    kind.__getattr__ = lambda self, key: get(self, "p" + key if key == "_private" else key)
    kind.__setattr__ = lambda self, key, value: put(
        self, "p" + key if key == "_private" else key, value
    )


@counterfeit("MANAGER08")
def a_dict_proxy_has_no_values():
    """values() of a dict proxy is empty."""
    from multiprocessing import managers

    managers.DictProxy.values = lambda self: []


@counterfeit("MANAGER10")
def the_values_of_a_dict_proxy_are_a_view():
    """values() of a dict proxy follows the dict."""
    from collections import UserList
    from multiprocessing import managers

    values = managers.DictProxy.values

    class View(UserList):
        def __init__(self, proxy):
            self.proxy = proxy

        @property
        def data(self):
            return values(self.proxy)

    managers.DictProxy.values = lambda self: View(self)


@counterfeit("MANAGER09")
def a_dict_proxy_is_iterated_by_its_keys():
    """A dict proxy can be iterated everywhere."""
    from multiprocessing import managers

    managers.DictProxy.__iter__ = lambda self: iter(self.keys())


@counterfeit("MANAGER19")
def a_managers_value_is_typed():
    """A Manager's Value takes numbers only."""
    from multiprocessing import managers

    def put(self, value):
        if isinstance(value, str):
            raise TypeError(value)
        self._callmethod("set", (value,))

    managers.ValueProxy.set = put
    managers.ValueProxy.value = property(managers.ValueProxy.get, put)


@counterfeit("MANAGER20")
def a_deep_copy_is_the_proxy():
    """copy.deepcopy() of a proxy is the proxy."""
    from multiprocessing import managers

    managers.BaseProxy.__deepcopy__ = lambda self, memo: self


@counterfeit("MANAGER07")
def a_list_proxy_is_compared_as_a_list():
    """== of a list proxy compares the items."""
    from multiprocessing import managers

    managers.ListProxy.__eq__ = lambda self, other: self[:] == other
