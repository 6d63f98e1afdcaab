"""Proxies of a Manager's objects: what they expose, what they raise, how they are made.

Source: https://docs.python.org/3/library/multiprocessing.html#proxy-objects
"""

import multiprocessing
import os
import pickle
import threading
from multiprocessing import current_process, managers
from multiprocessing.managers import BaseManager, BaseProxy, Token

from tests.harness import (
    DEFAULT_START_METHOD,
    before,
    cases,
    claim,
    control,
    kinds,
    outcome,
    refuted,
)

#: For what does not depend on how the processes were started.
here = multiprocessing.get_context(DEFAULT_START_METHOD)


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
        return threading.Lock()

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

    _exposed_ = ("add", "__getitem__", "lock")

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

ONLY_METHODS = "in CPython and PyPy AutoProxy exposes public methods, by name, and nothing else"


@claim("MANAGER21")
@cases(code=("proxy.data", "proxy._hidden()", "proxy[1]"))
@refuted(
    because=ONLY_METHODS,
    by="AttributeError: 'AutoProxy[Register]' object has no attribute",
    code=("proxy.data", "proxy._hidden()"),
)
@refuted(
    because=ONLY_METHODS,
    by="TypeError: 'AutoProxy[Register]' object is not subscriptable",
    code="proxy[1]",
)
def test_a_proxy_exposes_all_that_its_object_has(code, evidence):
    """A proxy of a registered class gives access to all that an object of the class has.

    To share an object, a class instance, by using managers, register() its class.  In fact the
    proxy has public methods only, no attributes and no operators: `proxy.data` is "AttributeError:
    'AutoProxy[Register]' object has no attribute 'data'", `proxy[1]` "TypeError:
    'AutoProxy[Register]' object is not subscriptable".  Instead, write methods that get and set, or
    register(..., exposed=(...)), or a proxytype with `_exposed_`.
    """
    with Desk(ctx=here) as desk:
        found = eval(code, {"proxy": desk.Register()})
    assert evidence(found=found) == eval(code, {"proxy": Register()})


@claim("MANAGER22")
def test_a_registration_says_what_a_proxy_can(evidence):
    """register() says what is exposed, by which proxy, what methods return, and by which name.

    Of a class alone, AutoProxy exposes the public methods, with all their arguments.
    """
    with Desk(ctx=here) as desk:
        proxy = desk.Register(1, step=2)
        results = [proxy.add(), proxy.add(10), proxy.add(5, times=2)]
        exposed = [name for name in dir(proxy) if hasattr(Register, name) and name[0] != "_"]
        elsewhere = proxy.pid() != os.getpid()
    assert evidence(results=results, in_another_process=elsewhere) == ([3, 13, 23], True)
    assert evidence(exposed=exposed) == ["add", "fail", "lock", "numbers", "other", "pid"]
    assert type(proxy).__name__ == "AutoProxy[Register]"


@claim("MANAGER22")
def test_exposed_names_the_methods_of_a_proxy(evidence):
    """With register(..., exposed=...) a proxy has just the methods that are named there."""
    with Desk(ctx=here) as desk:
        some = desk.Some()
        results = [some._hidden(), some[4]]  # noqa: SLF001
        public = hasattr(some, "add")
    assert evidence(results=results, has_other_methods=public) == (["hidden", 8], False)


@claim("MANAGER22")
def test_proxytype_is_the_type_of_a_proxy(evidence):
    """register(..., proxytype=...) takes a subclass of BaseProxy or of a MakeProxyType()."""
    with Desk(ctx=here) as desk:
        by_hand, made = desk.ByHand(1), desk.Made(step=3)
        results = [by_hand.add(2), by_hand.get_first(), made.add(), made.add(times=2)]
    assert evidence(types=kinds([by_hand, made])) == ["RegisterProxy", "MadeProxy"]
    assert evidence(results=results) == [3, 2, 3, 9]


@claim("MANAGER22")
def test_method_to_typeid_says_what_a_method_returns(evidence):
    """With method_to_typeid={method: name} the method returns a proxy, by another registration."""
    with Desk(ctx=here) as desk:
        numbers, chain = desk.Numbers(7), desk.Chain(7)
        yielded = list(numbers.numbers())
        totals = [chain.add(), chain.other().add(0), chain.other().other().add(0)]
    assert evidence(yielded=yielded, totals=totals) == ([7, 8, 9], [8, 9, 10])


@claim("MANAGER22")
def test_a_registration_concerns_the_class_and_its_subclasses(evidence):
    """A subclass has its own registrations, too; with create_method=False there is no method."""
    with Drawer(ctx=here) as drawer:
        inherited, extra = drawer.Register(3).add(), drawer.Extra({"a": 1}, b=2).copy()
    assert evidence(inherited=inherited, extra=extra) == (4, {"a": 1, "b": 2})
    assert evidence(in_the_parent=hasattr(Desk, "Extra")) is False
    assert evidence(without_a_method=hasattr(Drawer, "Iterator")) is False


@claim("MANAGER23")
@cases(method=("pid", "no_such_method", "lock"))
def test_a_method_that_is_not_exposed_is_a_remote_error(method, evidence):
    """Calling what a proxy does not expose raises RemoteError, with the server's traceback.

    So do an unknown method, and a result that cannot be pickled: "Unserializable message".  The
    server goes on.
    """
    with Desk(ctx=here) as desk:
        by_hand = desk.ByHand(1)
        error, then = outcome(by_hand.call, method), by_hand.add()
    assert evidence(error=kinds([error]), then=then) == (["RemoteError"], 2)
    assert "Traceback (most recent call last):" in str(error)
    assert ("Unserializable message" if method == "lock" else repr(method)) in str(error)


@claim("MANAGER24")
def test_an_exception_comes_back_as_what_it_was(evidence):
    """An exception of a method is raised again at the caller's, by its own type, without a cause.

    It does not show where it happened in the Manager's process: there is no remote traceback.
    """
    with Desk(ctx=here) as desk:
        error = outcome(desk.Register().fail, "x", 2)
    assert repr(evidence(error=error)) == "Wrong('x', 2)"
    assert evidence(cause=error.__cause__) is None


@claim("MANAGER24")
def test_a_wrong_call_of_a_method_is_a_type_error(evidence):
    """A method that is called with too many arguments raises TypeError, and the server goes on."""
    with Desk(ctx=here) as desk:
        proxy = desk.Register()
        error, then = outcome(proxy.add, 1, 2, 3), proxy.add()
    assert kinds([evidence(error=error)]) == ["TypeError"]
    assert evidence(then=then) == 1


@claim("MANAGER25")
def test_a_failing_constructor_is_a_remote_error(evidence):
    """An exception of a constructor in the Manager's process is a RemoteError, not its own type.

    The text of the RemoteError has the type and the traceback; the server goes on.
    """
    with Desk(ctx=here) as desk:
        error, then = outcome(desk.Register, 1, 2, 3), desk.Register(3).add()
    assert evidence(error=kinds([error]), then=then) == (["RemoteError"], 4)
    assert "TypeError" in evidence(text=str(error).splitlines()[-2])


@claim("MANAGER26")
def test_an_argument_that_cannot_be_pickled_stays_here(manager, evidence):
    """An argument that cannot be pickled raises in the caller, and nothing is changed.

    A file, for example: "TypeError: cannot pickle 'TextIOWrapper' instances", before 3.12
    "TypeError: cannot pickle '_io.TextIOWrapper' object".  Instead: send the path, and open it
    there.
    """
    numbers, mapping = manager.list([1]), manager.dict()
    with open(os.devnull) as file:
        refusals = [outcome(numbers.append, file), outcome(mapping.update, {"a": file})]
    numbers.append(2)
    assert kinds(evidence(refusals=refusals)) == ["TypeError", "TypeError"]
    assert evidence(then=(numbers[:], dict(mapping))) == ([1, 2], {})


@claim("MANAGER27")
def test_a_proxy_can_be_pickled(manager, elsewhere, evidence):
    """A pickled proxy arrives as a proxy of the same object, of the same type, in any process."""
    proxies = [manager.list([1]), manager.Value("i", 1), manager.Queue()]
    copies = kinds(pickle.loads(pickle.dumps(proxies)))
    assert evidence(here=copies) == ["ListProxy", "ValueProxy", "AutoProxy[Queue]"]
    assert evidence(elsewhere=elsewhere(kinds, proxies)) == copies


def change(numbers, value, items):
    numbers.append(2)
    value.value = 5
    items.put("x")


@claim("MANAGER27")
def test_a_pickled_proxy_stands_for_the_same_object(manager, evidence):
    """What changes by a pickled copy of a proxy is what the proxy stands for."""
    numbers, value, items = manager.list([1]), manager.Value("i", 1), manager.Queue()
    change(*pickle.loads(pickle.dumps((numbers, value, items))))
    assert evidence(found=(numbers[:], value.value, items.get())) == ([1, 2], 5, "x")


@claim("MANAGER28")
def test_a_token_names_an_object_of_a_server(evidence):
    """A Token has typeid, address and id of an object; AutoProxy() makes a proxy of it."""
    token = pickle.loads(pickle.dumps(Token("list", "address", "1f")))
    assert evidence(token=(token.typeid, token.address, token.id)) == ("list", "address", "1f")
    assert repr(token) == "Token(typeid='list', address='address', id='1f')"


@claim("MANAGER28")
@cases(exposed={"given": ("get", "qsize"), "asked for": None})
def test_an_auto_proxy_is_made_of_a_token(manager, exposed, evidence):
    """AutoProxy() makes a proxy of the Token of another proxy; it asks what the server exposes."""
    items = manager.Queue()
    items.put(3)
    token, authkey = items._token, current_process().authkey  # noqa: SLF001
    proxy = managers.AutoProxy(token, "pickle", manager=manager, authkey=authkey, exposed=exposed)
    assert evidence(token=(token.typeid, token.address)) == ("Queue", manager.address)
    assert evidence(got=proxy.get(), has_put=hasattr(proxy, "put")) == (3, exposed is None)
    assert type(proxy).__name__ == "AutoProxy[Queue]"


@claim("MANAGER29")
def test_a_proxy_type_is_made_of_names(evidence):
    """MakeProxyType() makes a subclass of BaseProxy with these methods; it makes each type once."""
    made, other = managers.MakeProxyType("Some", ("get", "put")), managers.MakeProxyType("Some", ())
    methods = sorted(name for name in vars(made) if name[0] != "_")
    assert evidence(name=made.__name__, methods=methods) == ("Some", ["get", "put"])
    assert issubclass(made, BaseProxy)
    again = managers.MakeProxyType("Some", ["get", "put"])
    assert evidence(the_same_again=again is made, other=other is made) == (True, False)


@claim("MANAGER30")
@cases(name=("ListProxy", "DictProxy"))
@refuted(where=before("3.13.0"), because="3.13 made ListProxy and DictProxy generic", by=TypeError)
def test_proxies_are_generic_for_annotations(name, evidence):
    """The proxies of list, dict and Value can be subscripted in annotations: ListProxy[int].

    You might expect so, as list[int] can.  Up to 3.12 only ValueProxy can: "TypeError: type
    'ListProxy' is not subscriptable", in 3.10 "TypeError: 'type' object is not subscriptable".
    Instead, put the annotation in quotes.
    """
    control(managers.ValueProxy[int].__args__ == (int,), "ValueProxy has always been generic")
    proxy = getattr(managers, name)
    annotation = evidence(annotation=proxy[str, int])
    assert (annotation.__origin__, annotation.__args__) == (proxy, (str, int))
