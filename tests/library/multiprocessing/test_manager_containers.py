"""A Manager's list, dict, set, Namespace, Value and Array: proxies of objects in its process.

Source: https://docs.python.org/3/library/multiprocessing.html#multiprocessing.managers.SyncManager
"""

import array
import copy
from collections.abc import MutableMapping, MutableSequence, MutableSet
from operator import methodcaller

from tests.harness import (
    PATIENCE,
    applies,
    before,
    cases,
    claim,
    control,
    kinds,
    outcome,
    refuted,
    since,
)

needs_sets = applies(where=since("3.14.0"), because="SyncManager.set() is new in 3.14")


def run(code, it):
    """Execute the line on ``it``.

    Return x, which it may set, and whether ``it`` is the same object; or the exception as text.
    """
    names = {"it": it, "x": None}
    error = outcome(exec, code, names)
    return repr(error) if isinstance(error, Exception) else (names["x"], names["it"] is it)


def change(mapping, sequence, namespace, items):
    mapping["k"] += 1
    sequence.append(5)
    namespace.x *= 3
    items.put(items.get(timeout=PATIENCE) + " and back")


@claim("MANAGER01")
def test_proxies_serve_another_process(manager, elsewhere, evidence):
    """dict, list, Namespace and Queue of a Manager are shared by all processes that get them.

    So processes share a dict or a list: each call is a message to the manager's process, and very
    slow beside a plain dict's.  Change much at once, with update() or extend().
    """
    mapping, sequence = manager.dict(k=1), manager.list([4])
    namespace, items = manager.Namespace(x=7), manager.Queue()
    items.put("there")
    elsewhere(change, mapping, sequence, namespace, items)
    after = [dict(mapping), list(sequence), namespace.x, items.get(timeout=PATIENCE)]
    assert evidence(after=after) == [{"k": 2}, [4, 5], 21, "there and back"]


def append_to_both(mapping):
    mapping["plain"].append("new")
    mapping["proxy"].append("new")


@claim("MANAGER02")
@refuted(because="in CPython and PyPy a nested list is sent as a copy, which nobody sends back")
def test_a_change_of_a_nested_list_is_kept(manager, elsewhere, evidence):
    """A change of a plain list or dict inside a managed dict or list changes what is managed.

    You might expect `d["plain"].append(1)` to work as with a dict; a shared list of lists of a
    Manager is not updated either.  In fact `d["plain"]` brings a copy, and only the copy is
    changed: there is no error, and nothing arrives.  Instead, assign the changed list again
    (`d["plain"] = changed`), or nest managed objects: `d["x"] = manager.list()`.
    """
    mapping = manager.dict(plain=["old"], proxy=manager.list(["old"]))
    elsewhere(append_to_both, mapping)
    control(mapping["proxy"][:] == ["old", "new"], "what a nested proxy stands for is changed")
    assert evidence(plain=mapping["plain"]) == ["old", "new"]


@claim("MANAGER02")
@refuted(because="in CPython and PyPy a nested dict is sent as a copy, which nobody sends back")
def test_a_change_of_a_nested_dict_is_kept(manager, evidence):
    """A change of a plain dict inside a managed list changes what is managed."""
    sequence = manager.list([{}])
    sequence[0]["key"] = "new"
    assert evidence(after=sequence[:]) == [{"key": "new"}]


def assign_again(mapping):
    changed = mapping["plain"]
    changed.append("new")
    mapping["plain"] = changed


@claim("MANAGER03")
def test_nested_proxies_and_reassignment_arrive(manager, elsewhere, evidence):
    """Managed objects may contain managed ones, to any depth; a value that is assigned arrives."""
    mapping = manager.dict(plain=["old"])
    elsewhere(assign_again, mapping)
    assert evidence(after=mapping["plain"]) == ["old", "new"]


@claim("MANAGER03")
def test_a_proxy_in_a_proxy_in_a_proxy_is_shared(manager, elsewhere, evidence):
    """A change of a managed list inside managed dicts arrives, however deep the list is."""
    inner = manager.list(["old"])
    outer = manager.dict(middle=manager.dict(inner=inner))
    elsewhere(run, "it['middle']['inner'].append('new')", outer)
    after = inner[:], outer["middle"]["inner"][:]
    assert evidence(after=after) == (["old", "new"], ["old", "new"])


@claim("MANAGER04")
def test_a_list_proxy_is_not_a_list(manager, evidence):
    """A list proxy is no list: slices are lists, str() shows the list, repr() the proxy."""
    proxy = manager.list([1, 2, 3])
    is_list = isinstance(proxy, list)
    assert evidence(is_list=is_list, backwards=proxy[::-2]) == (False, [3, 1])
    assert evidence(str=str(proxy), format=f"{proxy}") == ("[1, 2, 3]", "[1, 2, 3]")
    assert evidence(repr=repr(proxy)).startswith("<ListProxy object, typeid 'list' at 0x")


@claim("MANAGER05")
@cases(kind=("list", "dict"))
@refuted(where=before("3.14.0"), because="3.14 registered the proxies with collections.abc")
def test_proxies_are_mutable_sequences_and_mappings(manager, kind, evidence):
    """manager.list() is a MutableSequence for isinstance(), and manager.dict() a MutableMapping.

    Libraries that serialise values look for these types.  You might expect both, since the proxies
    behave so; up to 3.13 both are False.  Instead, use list(proxy) or dict(proxy).
    """
    proxy = getattr(manager, kind)()
    is_sequence, is_mapping = isinstance(proxy, MutableSequence), isinstance(proxy, MutableMapping)
    found = evidence(is_sequence=is_sequence, is_mapping=is_mapping)
    assert found == (kind == "list", kind == "dict")


@claim("MANAGER06")
@cases(value=([1], {"a": 1}))
@refuted(because="in CPython and PyPy a proxy has no __eq__, so it is compared by identity")
def test_a_proxy_equals_what_it_stands_for(manager, value, evidence):
    """`manager.list([1]) == [1]` and `manager.dict(a=1) == {"a": 1}` are true.

    In fact proxies are compared by identity, and are always unequal.  A test like `assert shared ==
    [1]` fails, and shows [1] on both sides of its message.  Instead, compare `list(proxy)`,
    `dict(proxy)`, `value.value`.
    """
    proxy = getattr(manager, type(value).__name__)(value)
    control(str(proxy) == str(value), "the proxy stands for such a value")
    assert evidence(equal=proxy == value) is True


@claim("MANAGER06")
@refuted(because="in CPython and PyPy a proxy has no __eq__, so it is compared by identity")
def test_two_proxies_of_one_object_are_equal(manager, evidence):
    """Two proxies of the same object are equal: `outer[0] == inner` after outer.append(inner)."""
    inner = manager.list([1])
    outer = manager.list([inner])
    assert evidence(equal=outer[0] == inner) is True


@claim("MANAGER07")
@cases(
    code=(
        "it.append(4); it.extend([2, 2]); it.insert(0, 9)",
        "it.remove(1); x = it.pop(), it.pop(0)",
        "x = it.count(2), it.index(2), len(it), 1 in it, 9 in it",
        "it.reverse(); x = it[:]; it.sort(reverse=True)",
        "x = it[-1], it[1:], list(it), list(reversed(it))",
        "x = it + [1], it * 2, 2 * it",
        "it[0] = 8; it[1:] = [7, 6, 5]; del it[2]",
        "it += [7]",
        "it *= 2",
        "it[9]",
        "it.remove(9)",
        "it.index(9)",
        "it[:] = []; it.pop()",
    )
)
def test_a_list_proxy_has_the_methods_of_a_list(manager, elsewhere, code, evidence):
    """A list proxy has a list's methods, and + * [] `in`, with the same results elsewhere.

    They raise the same exceptions, too.  copy() and clear() are there since 3.14 (MANAGER11).
    """
    proxy, plain = manager.list([3, 1, 2]), [3, 1, 2]
    assert evidence(result=elsewhere(run, code, proxy)) == run(code, plain)
    assert evidence(afterwards=proxy[:]) == plain


@claim("MANAGER07")
def test_a_list_proxy_is_not_compared_as_a_list_is(manager, evidence):
    """A list proxy is not compared as a list is: == is False for every list, and < an error.

    "TypeError: '<' not supported between instances of 'ListProxy' and 'list'".  Compare a copy:
    `proxy[:] == [1, 2]`.
    """
    proxy = manager.list([1, 2])
    assert evidence(equal=proxy == [1, 2], of_a_copy=proxy[:] == [1, 2]) == (False, True)
    assert type(evidence(less=outcome(lambda: proxy < [1, 3]))) is TypeError


@claim("MANAGER08")
@cases(
    code=(
        "x = it.get('a'), it.get('z'), it.get('z', 0), it['b']",
        "x = it.pop('b'), it.pop('z', 'gone'), it.popitem()",
        "x = it.setdefault('a', 9), it.setdefault('c', 3)",
        "it.update({'d': 4}, e=5); it['f'] = 6; del it['a']",
        "x = len(it), 'a' in it, 'z' in it, dict(it), it.copy()",
        "x = list(it.keys()), list(it.values()), list(it.items())",
        "x = it.clear(), len(it)",
        "it['z']",
        "it.pop('z')",
        "it.clear(); it.popitem()",
    )
)
def test_a_dict_proxy_has_the_methods_of_a_dict(manager, elsewhere, code, evidence):
    """A dict proxy has the methods of a dict, [] and `in`, with the same results elsewhere.

    They raise the same exceptions, too.  |, |=, reversed() and fromkeys() are there since 3.14
    (MANAGER11).
    """
    proxy, plain = manager.dict({"a": 1}, b=2), {"a": 1, "b": 2}
    assert evidence(result=elsewhere(run, code, proxy)) == run(code, plain)
    assert evidence(afterwards=proxy.copy()) == plain


@claim("MANAGER09")
@refuted(
    because="in CPython and PyPy a proxy that was sent has no manager to make the iterator by",
    by="AttributeError: 'NoneType' object has no attribute '_registry'",
)
def test_a_dict_proxy_is_iterated_where_it_was_sent(manager, elsewhere, evidence):
    """`for key in d` works with a dict proxy in a process to which it was sent.

    It works in the process that has the manager.  In every other: "AttributeError: 'NoneType'
    object has no attribute '_registry'".  Instead, write `for key in d.keys()`, or d.items(), which
    are lists; dict(d), too, works everywhere.
    """
    mapping = manager.dict(a=1, b=2)
    control([key for key in mapping] == ["a", "b"], "it works here")  # noqa: C416
    assert evidence(elsewhere=elsewhere(list, mapping)) == ["a", "b"]


@claim("MANAGER10")
@cases(view=("keys", "values", "items"))
@refuted(because="in CPython and PyPy the views of a dict are sent as lists")
def test_the_keys_of_a_dict_proxy_are_a_view(manager, view, evidence):
    """keys(), values() and items() of a dict proxy are views, which follow the dict.

    In fact they are lists, copied at the time of the call: later keys are missing, without an
    error, and `d.keys() & other` is "TypeError: unsupported operand type(s) for &: 'list' and
    'set'".  Instead, call them again, or use set(d.keys()).
    """
    proxy = manager.dict(a=1)
    viewed = getattr(proxy, view)()
    control(len(viewed) == 1, "it shows the only key")
    proxy["b"] = 2
    evidence(and_a_set=outcome(lambda: viewed & {"b"}))
    assert evidence(shown=len(viewed)) == 2


@claim("MANAGER11")
@cases(code=("it.copy()", "it.clear()"))
@refuted(
    where=before("3.14.0"),
    because="3.14 gave list proxies copy() and clear()",
    by="AttributeError: 'ListProxy' object has no attribute",
)
def test_proxies_have_the_newer_methods_too(manager, code, evidence):
    """Dict proxies have |, |=, reversed() and fromkeys(), list proxies copy() and clear().

    You might expect all methods of dict and list.  Up to 3.13: "AttributeError: 'ListProxy' object
    has no attribute 'copy'", "TypeError: unsupported operand type(s) for |: 'DictProxy' and
    'dict'", and reversed() of a dict proxy ends in a KeyError.  Instead, write proxy[:], del
    proxy[:], {**proxy, **other}.
    """
    proxy, plain = manager.list([1, 2]), [1, 2]
    result, expected = eval(code, {"it": proxy}), eval(code, {"it": plain})
    assert evidence(result=result, afterwards=proxy[:]) == (expected, plain)


NEWER_DICT = {
    "union": "it | {'b': 3}",
    "reflected union": "{'b': 3, 'c': 4} | it",
    "in-place union": "it.__ior__({'c': 5}) is it",
    "reversed": "list(reversed(it))",
    "fromkeys": "it.fromkeys(['x', 'y'], 0)",
}
THE_METHODS = "3.14 gave dict proxies the methods that they lacked"


@claim("MANAGER11")
@cases(code=NEWER_DICT)
@refuted(
    where=before("3.14.0"),
    because=THE_METHODS,
    by="TypeError: unsupported operand type(s) for |: ",
    code=("union", "reflected union"),
)
@refuted(
    where=before("3.14.0"),
    because=THE_METHODS,
    by="AttributeError: 'DictProxy' object has no attribute",
    code=("in-place union", "fromkeys"),
)
@refuted(where=before("3.14.0"), because=THE_METHODS, by=KeyError, code="reversed")
def test_dict_proxies_have_the_newer_methods_too(manager, code, evidence):
    """Dict proxies have |, |=, reversed() and fromkeys() with the results that a dict has."""
    proxy, plain = manager.dict(a=1, b=2), {"a": 1, "b": 2}
    result, expected = eval(code, {"it": proxy}), eval(code, {"it": plain})
    assert evidence(result=result, afterwards=proxy.copy()) == (expected, plain)


@claim("MANAGER12")
@refuted(
    where=before("3.14.0"),
    because="3.14 added set() to SyncManager",
    by="AttributeError: 'SyncManager' object has no attribute 'set'",
)
def test_a_manager_has_sets(manager, elsewhere, evidence):
    """manager.set() gives a set that is shared between processes.

    Up to 3.13 there are only list() and dict(): "AttributeError: 'SyncManager' object has no
    attribute 'set'".  Instead, use a manager.dict() whose values do not matter.
    """
    proxy = manager.set([1, 2])
    elsewhere(run, "it.add(3), it.discard(1)", proxy)
    assert evidence(afterwards=sorted(proxy)) == [2, 3]


@claim("MANAGER13")
@needs_sets
@cases(
    code=(
        "it.add(4); it.discard(9); it.remove(1)",
        "x = len(it), 1 in it, 9 in it, it.copy()",
        "x = {it.pop(), it.pop(), it.pop()}, len(it)",
        "x = it | {7}, {7} | it, it.union([8])",
        "x = it & {2, 9}, {2, 9} & it, it.intersection([2, 3])",
        "x = it - {2}, {2, 5} - it, it.difference([2])",
        "x = it ^ {2, 5}, {2, 5} ^ it, it.symmetric_difference([2, 6])",
        "x = it >= {2}, it > {1, 2, 3}, it <= {1, 2, 3}, it < {1, 2, 3}",
        "x = it.isdisjoint([9]), it.issubset([1, 2, 3, 4]), it.issuperset([2])",
        "it.update([10, 11]); it.intersection_update([2, 3, 10])",
        "it.difference_update([2]); it.symmetric_difference_update([3, 5])",
        "it |= {5, 6}; it &= {1, 2, 5}; it ^= {5, 7}; it -= {2}",
        "it.remove(9)",
        "it.clear(); it.pop()",
    )
)
def test_a_set_proxy_has_the_methods_of_a_set(manager, elsewhere, code, evidence):
    """A set proxy has the methods and operators of a set, except ==, with the same results.

    They raise the same exceptions, too, in every process.  == is False for every set: compare a
    copy, `proxy.copy() == {1, 2, 3}`.
    """
    proxy, plain = manager.set([1, 2, 3]), {1, 2, 3}
    assert evidence(result=elsewhere(run, code, proxy)) == run(code, plain)
    assert evidence(afterwards=proxy.copy()) == plain
    assert proxy != plain


@claim("MANAGER14")
@needs_sets
@refuted(because="CPython registers the set proxy, by mistake, as a MutableMapping")
def test_a_set_proxy_is_a_mutable_set(manager, evidence):
    """manager.set() is a MutableSet for isinstance(), as manager.list() is a MutableSequence.

    In fact isinstance(proxy, MutableSet) is False, and isinstance(proxy, MutableMapping) True: code
    that serialises by isinstance() takes the proxy for a dict, and fails.  Instead, use set(proxy).
    """
    proxy = manager.set([1])
    evidence(is_a_mapping=isinstance(proxy, MutableMapping))
    assert evidence(is_a_set=isinstance(proxy, MutableSet)) is True


@claim("MANAGER15")
@refuted(
    because="in CPython and PyPy a NamespaceProxy keeps names with an underscore for itself",
    by="AttributeError: 'NamespaceProxy' object has no attribute '_private'",
)
def test_a_private_attribute_of_a_namespace_is_shared(manager, elsewhere, evidence):
    """An attribute of a Namespace whose name begins with an underscore is shared, like any other.

    In fact it is an attribute of the proxy, and stays in its process: elsewhere "AttributeError:
    'NamespaceProxy' object has no attribute '_private'".  Instead, choose another name.
    """
    namespace = manager.Namespace()
    namespace._private = "shared"  # noqa: SLF001
    control(namespace._private == "shared", "it can be read here")  # noqa: SLF001
    assert evidence(elsewhere=elsewhere(getattr, namespace, "_private")) == "shared"


@claim("MANAGER16")
def test_a_namespace_shares_its_attributes(manager, elsewhere, evidence):
    """A Namespace's attributes can be read, set and deleted from any process; str() shows them."""
    namespace = manager.Namespace(x=1, name="n")
    read = elsewhere(getattr, namespace, "name")
    elsewhere(setattr, namespace, "x", 2)
    elsewhere(delattr, namespace, "name")
    assert evidence(read_elsewhere=read, x=namespace.x) == ("n", 2)
    assert evidence(afterwards=str(namespace)) == "Namespace(x=2)"


@claim("MANAGER16")
@cases(function=(getattr, delattr))
def test_a_missing_attribute_of_a_namespace_is_an_error(manager, elsewhere, function, evidence):
    """To read or delete an attribute that a Namespace does not have is an AttributeError.

    "AttributeError: 'Namespace' object has no attribute 'x'"; on 3.10 delattr() says "x" alone.
    """
    errors = [outcome(do, function, manager.Namespace(), "x") for do in (outcome, elsewhere)]
    assert kinds(evidence(here_and_elsewhere=errors)) == ["AttributeError", "AttributeError"]


@claim("MANAGER17")
def test_a_managers_value_and_array_are_shared(manager, elsewhere, evidence):
    """A Manager's Value has value, get() and set(), its Array len(), items and slices."""
    value = manager.Value("i", 20)
    read = elsewhere(getattr, value, "value"), value.get()
    elsewhere(run, "it.value += 1; it.set(it.get() * 2)", value)
    assert evidence(read=read, then=(value.value, value.get())) == ((20, 20), (42, 42))
    assert evidence(text=str(value)) == "Value('i', 42)"


@claim("MANAGER17")
@cases(
    code=(
        "x = len(it), it[-1], it[1:], list(it)",
        "it[0] = 10; it[1:2] = it[2:]",
        "it[9]",
        "it[0] = 'a text'",
    )
)
def test_a_managers_array_is_used_as_an_array(manager, elsewhere, code, evidence):
    """len(), items, slices and iteration of a Manager's Array are those of an array.array."""
    proxy, plain = manager.Array("i", [1, 2, 3]), array.array("i", [1, 2, 3])
    assert evidence(result=elsewhere(run, code, proxy)) == run(code, plain)
    assert evidence(afterwards=str(proxy)) == str(plain)


@claim("MANAGER18")
@refuted(
    because="in CPython and PyPy a Manager's Value has no lock at all",
    by="AttributeError: 'ValueProxy' object has no attribute 'get_lock'",
)
def test_a_managers_value_can_be_locked(manager, evidence):
    """`with v.get_lock(): v.value += 1` works with a Manager's Value, as with multiprocessing's.

    Both are made by the same call, but a Manager's has no lock, whatever is passed as lock=:
    "AttributeError: 'ValueProxy' object has no attribute 'get_lock'", and `+=` loses additions.
    Instead, use a manager.Lock() beside it, or multiprocessing.Value.
    """
    value = manager.Value("i", 1, lock=True)
    with value.get_lock():
        value.value += 1
    assert evidence(value=value.value) == 2


@claim("MANAGER19")
@cases(other=("text", 2**40))
@refuted(because="in CPython and PyPy a Manager's Value ignores its typecode")
def test_a_managers_value_has_the_type_it_was_given(manager, other, evidence):
    """manager.Value("i", 1) holds ints, and refuses or wraps whatever else is assigned to it.

    multiprocessing.Value does.  Here the typecode is only shown: any object that can be pickled is
    taken, also "text", and large numbers do not wrap.
    """
    value = manager.Value("i", 1)
    outcome(setattr, value, "value", other)
    assert evidence(kept=value.value) != other


@claim("MANAGER20")
@cases(copied={"copy.deepcopy": copy.deepcopy, "_getvalue": methodcaller("_getvalue")})
def test_a_deep_copy_of_a_proxy_is_the_plain_object(manager, copied, evidence):
    """copy.deepcopy() and _getvalue() of a proxy give a plain copy of what it stands for."""
    proxy = manager.list([1, [2]])
    plain = copied(proxy)
    plain[1].append(3)
    assert evidence(copy=plain, managed=proxy[:]) == ([1, [2, 3]], [1, [2]])
    assert type(plain) is list
