"""Proxies of a Manager's objects: what they expose, what they raise, how they are made.

Source: https://docs.python.org/3/library/multiprocessing.html#proxy-objects
"""

import multiprocessing
import os
import pickle
from multiprocessing import current_process, managers
from multiprocessing.managers import BaseManager, BaseProxy, RemoteError, Token

from tests.harness import FORK, before, claim, control, outcome, refuted

#: For what does not depend on how the processes were started.
CHEAPEST = "fork" if FORK else "spawn"


class Wrong(Exception):
    """An exception of this module's own."""


class Register:
    """A number with methods of every kind."""

    data = 5

    def __init__(self, start=0, *, step=1):
        self.total = start
        self.step = step

    def __getitem__(self, index):
        return index * 2

    def add(self, number=None, *, times=1):
        """Add a number, or the step, and return the total."""
        self.total += (self.step if number is None else number) * times
        return self.total

    def _hidden(self):
        return "hidden"

    def fail(self, *arguments):
        """Raise an exception of this module's own."""
        raise Wrong(*arguments)

    def lock(self):
        """Return what cannot be pickled."""
        return open(os.devnull)

    def numbers(self):
        """Yield some numbers."""
        yield from range(self.total, self.total + 3)

    def pid(self):
        """Return the pid of the process."""
        return os.getpid()

    def other(self):
        """Return another one."""
        return Register(self.total + 1)


class RegisterProxy(BaseProxy):
    """A proxy that is written by hand."""

    _exposed_ = ("add", "__getitem__", "_hidden")

    def add(self, *arguments, **keywords):
        """Call the method of the same name."""
        return self._callmethod("add", arguments, keywords)

    def get_first(self):
        """Call a method that has another name there."""
        return self._callmethod("__getitem__", (1,))

    def call(self, name):
        """Call any method."""
        return self._callmethod(name)


class MadeProxy(managers.MakeProxyType("Made", ("add", "pid"))):  # type: ignore[misc]
    """A proxy type that can be pickled, as what MakeProxyType() returns cannot."""


class Desk(BaseManager):
    """A manager of all kinds of registrations."""


class Drawer(Desk):
    """A manager that has what the other has, and one thing more."""


Desk.register("Register", Register)
Desk.register("ByHand", Register, proxytype=RegisterProxy)
Desk.register("Made", Register, MadeProxy)
Desk.register("Some", Register, exposed=("_hidden", "__getitem__"))
Desk.register("Numbers", Register, exposed=["add"], method_to_typeid={"numbers": "Iterator"})
Desk.register("Chain", Register, exposed=["add"], method_to_typeid={"other": "Link"})
Desk.register("Link", exposed=["add"], method_to_typeid={"other": "Link"}, create_method=False)
Desk.register("Iterator", proxytype=managers.IteratorProxy, create_method=False)  # type: ignore[attr-defined]
Drawer.register("Extra", callable=dict, proxytype=managers.DictProxy)


@claim("MX16")
@refuted(because="in CPython and PyPy AutoProxy exposes public methods, by name, and nothing else")
def test_a_proxy_exposes_all_that_its_object_has(evidence):
    """A proxy of a registered class gives access to all that an object of the class has.

    One would expect attributes and operators, too.  There are public methods only: `proxy.data` is
    "AttributeError: 'AutoProxy[Register]' object has no attribute 'data'", `proxy[1]` "TypeError:
    'AutoProxy[Register]' object is not subscriptable".  Instead: methods that get and set, or
    register(..., exposed=(...)), or a proxytype with `_exposed_`.
    """
    ctx = multiprocessing.get_context(CHEAPEST)
    with Desk(ctx=ctx) as desk:
        proxy = desk.Register(1, step=2)
        public = [proxy.add(), proxy.add(10), proxy.add(5, times=2)]
        found = [
            outcome(lambda: proxy.data),
            outcome(lambda: proxy[1]),
            outcome(proxy_hidden, proxy),
        ]
        exposed = [name for name in dir(proxy) if name in dir(Register) and name[0] != "_"]
        name, there = type(proxy).__name__, proxy.pid()
    evidence(public=public, found=found, exposed=exposed, type=name)
    control((public, name) == ([3, 13, 23], "AutoProxy[Register]"), repr((public, name)))
    control(exposed == ["add", "fail", "lock", "numbers", "other", "pid"], repr(exposed))
    control(there != os.getpid(), "it lives in another process")
    kinds = [type(one).__name__ for one in found]
    control(
        kinds in (["AttributeError", "TypeError", "AttributeError"], ["int", "int", "str"]),
        repr(found),
    )
    assert found == [5, 2, "hidden"]


def proxy_hidden(proxy):
    return proxy._hidden()  # noqa: SLF001


@claim("MG44")
def test_a_registration_says_what_a_proxy_can(evidence):
    """register() says what is exposed, by which proxy, what methods return, and by which name."""
    ctx = multiprocessing.get_context(CHEAPEST)
    with Drawer(ctx=ctx) as drawer:
        by_hand, made, some = drawer.ByHand(1), drawer.Made(step=3), drawer.Some()
        numbers, chain = drawer.Numbers(7), drawer.Chain(7)
        results = [by_hand.add(2), by_hand.get_first(), made.add(), made.add(times=2)]
        results += [proxy_hidden(some), some[4], list(numbers.numbers()), numbers.add()]
        results += [chain.other().add(0), chain.other().other().add(0), chain.add()]
        missing = [outcome(lambda: some.add(1)), outcome(lambda: numbers.pid())]
        extra = drawer.Extra({"a": 1}, b=2)
        extra["c"] = 3
        found = extra.copy(), hasattr(Desk, "Extra"), hasattr(drawer, "Iterator")
        kinds = [type(proxy).__name__ for proxy in (by_hand, made, some, chain.other(), extra)]
    evidence(results=results, kinds=kinds, missing=missing)
    assert results == [3, 2, 3, 9, "hidden", 8, [7, 8, 9], 8, 8, 9, 8]
    assert [type(error) for error in missing] == [AttributeError] * 2
    assert found == ({"a": 1, "b": 2, "c": 3}, False, False)
    assert kinds == [
        "RegisterProxy",
        "MadeProxy",
        "AutoProxy[Some]",
        "AutoProxy[Link]",
        "DictProxy",
    ]


@claim("MG45")
def test_a_method_that_is_not_exposed_is_a_remote_error(evidence):
    """Calling what a proxy does not expose raises RemoteError, with the server's traceback.

    So do a result that cannot be pickled, and an unknown method.  The server goes on.
    """
    ctx = multiprocessing.get_context(CHEAPEST)
    with Desk(ctx=ctx) as desk:
        by_hand, proxy = desk.ByHand(1), desk.Register(4)
        errors = [
            outcome(by_hand.call, "pid"),
            outcome(by_hand.call, "no_such_method"),
            outcome(proxy.lock),
        ]
        then = by_hand.add(), proxy.add(), proxy_callmethod(proxy, "add", (2,), {"times": 3})
    evidence(errors=[str(error).splitlines()[-2:] for error in errors], then=then)
    assert [type(error) for error in errors] == [RemoteError] * 3
    assert "Traceback (most recent call last)" in str(errors[0])
    assert "'pid'" in str(errors[0])
    assert "'no_such_method'" in str(errors[1])
    assert "Unserializable message" in str(errors[2])
    assert then == (2, 5, 11)


def proxy_callmethod(proxy, *call):
    return proxy._callmethod(*call)  # noqa: SLF001


@claim("MG04")
def test_an_exception_comes_back_as_what_it_was(evidence):
    """An exception of a method is raised again at the caller's, by its own type, without a cause.

    Where it happened in the Manager's process is not told: there is no remote traceback.
    """
    ctx = multiprocessing.get_context(CHEAPEST)
    with Desk(ctx=ctx) as desk:
        proxy = desk.Register()
        error = outcome(proxy.fail, "x", 2)
        wrong_call = outcome(proxy.add, 1, 2, 3)
        then = proxy.add()
    evidence(error=error, cause=error.__cause__, wrong_call=wrong_call)
    assert type(error) is Wrong
    assert error.args == ("x", 2)
    assert error.__cause__ is None
    assert type(wrong_call) is TypeError
    assert then == 1


@claim("MG46")
def test_a_failing_constructor_is_a_remote_error(evidence):
    """An exception of a constructor in the Manager's process is a RemoteError, not its own type."""
    ctx = multiprocessing.get_context(CHEAPEST)
    with Desk(ctx=ctx) as desk:
        error = outcome(desk.Register, 1, 2, 3)
        unknown = outcome(desk.Iterator) if hasattr(desk, "Iterator") else None
        alive = desk.Register(3).add()
    evidence(error=str(error).splitlines()[-2:], alive=alive)
    assert type(error) is RemoteError
    assert "TypeError" in str(error)
    assert unknown is None
    assert alive == 4


@claim("MG47")
def test_an_argument_that_cannot_be_pickled_stays_here(manager, evidence):
    """An argument that cannot be pickled raises in the caller, and nothing is changed."""
    numbers, mapping = manager.list([1]), manager.dict()
    with open(os.devnull) as file:
        errors = [outcome(numbers.append, file), outcome(mapping.update, {"a": file})]
        kinds = [type(error) for error in errors]
        del errors
    numbers.append(2)
    evidence(kinds=kinds, then=numbers[:])
    assert kinds == [TypeError, TypeError]
    assert (numbers[:], dict(mapping)) == ([1, 2], {})


@claim("MG48")
def test_a_proxy_can_be_pickled(manager, elsewhere, evidence):
    """A pickled proxy arrives as a proxy of the same object, of the same type, in any process."""
    numbers, value, items = manager.list([1]), manager.Value("i", 1), manager.Queue()
    copies = [pickle.loads(pickle.dumps(proxy)) for proxy in (numbers, value, items)]
    copies[0].append(2)
    copies[1].value = 5
    copies[2].put("x")
    there = elsewhere(describe, numbers, value, items)
    kinds = [type(one).__name__ for one in copies]
    evidence(there=there, kinds=kinds)
    assert kinds == ["ListProxy", "ValueProxy", "AutoProxy[Queue]"]
    assert there == [[1, 2], 5, "x", kinds]


def describe(numbers, value, items):
    kinds = [type(proxy).__name__ for proxy in (numbers, value, items)]
    return [numbers[:], value.value, items.get(), kinds]


@claim("MG49")
def test_a_token_names_an_object_of_a_server(manager, evidence):
    """A Token has typeid, address and id of an object; AutoProxy() makes a proxy of it."""
    token = Token("list", "address", "1f")
    loaded = pickle.loads(pickle.dumps(token))
    items = manager.Queue()
    items.put(3)
    of_items = items._token  # noqa: SLF001
    exposed = ("get", "qsize")
    made = managers.AutoProxy(of_items, "pickle", manager=manager, exposed=exposed)
    authkey = current_process().authkey  # by which it asks the server what is exposed
    asked = managers.AutoProxy(of_items, "pickle", manager=manager, authkey=authkey)
    found = [made.qsize(), hasattr(made, "put"), made.get(), asked.qsize(), asked.empty()]
    evidence(token=token, loaded=loaded, of_items=of_items, found=found)
    assert (loaded.typeid, loaded.address, loaded.id) == ("list", "address", "1f")
    assert repr(loaded) == "Token(typeid='list', address='address', id='1f')"
    assert (of_items.typeid, of_items.address) == ("Queue", manager.address)
    assert found == [1, False, 3, 0, True]
    assert type(made).__name__ == "AutoProxy[Queue]"


@claim("MG50")
def test_a_proxy_type_is_made_of_names(evidence):
    """MakeProxyType() makes a subclass of BaseProxy with these methods, each one once."""
    first = managers.MakeProxyType("Some", ("get", "put"))
    same, other = managers.MakeProxyType("Some", ["get", "put"]), managers.MakeProxyType("Some", ())
    methods = [
        sorted(name for name in vars(kind) if name in ("get", "put")) for kind in (first, other)
    ]
    evidence(first=first, methods=methods)
    assert issubclass(first, BaseProxy)
    assert first.__name__ == "Some"
    assert methods == [["get", "put"], []]
    assert first is same
    assert first is not other
    assert first._exposed_ == ("get", "put")


@claim("MG51")
@refuted(where=before("3.13.0"), because="3.13 made ListProxy and DictProxy generic")
def test_proxies_are_generic_for_annotations(evidence):
    """The proxies of list, dict and Value can be subscripted in annotations: ListProxy[int].

    One would expect so, as list[int] can.  Up to 3.12 only ValueProxy can: "TypeError: type
    'ListProxy' is not subscriptable".  Instead: put the annotation in quotes.
    """
    value = managers.ValueProxy[int]
    found = [
        outcome(lambda: managers.ListProxy[int]),
        outcome(lambda: managers.DictProxy[str, int]),
    ]
    origins = [getattr(one, "__origin__", type(one)) for one in found]
    evidence(found=[*found, value])
    control((value.__origin__, value.__args__) == (managers.ValueProxy, (int,)), repr(value))
    control(all(one is TypeError for one in origins) or TypeError not in origins, repr(found))
    assert origins == [managers.ListProxy, managers.DictProxy]
    assert [one.__args__ for one in found] == [(int,), (str, int)]
