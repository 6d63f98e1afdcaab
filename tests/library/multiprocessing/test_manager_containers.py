"""A Manager's list, dict, set, Namespace, Value and Array: proxies of objects in its process.

Source: https://docs.python.org/3/library/multiprocessing.html#multiprocessing.managers.SyncManager
"""

import copy
from collections.abc import MutableMapping, MutableSequence, MutableSet

from tests.harness import PATIENCE, applies, before, claim, control, outcome, refuted, since

HAS_SET = since("3.14.0")


def fill(mapping, sequence, namespace, queue):
    seen = [dict(mapping), list(sequence), namespace.x, queue.get(timeout=PATIENCE)]
    mapping["k"] += 1
    sequence.append(5)
    namespace.x *= 3
    queue.put("from elsewhere")
    return seen


@claim("MG01")
def test_proxies_serve_another_process(manager, elsewhere, evidence):
    """dict, list, Namespace and Queue of a Manager are shared with the processes they go to."""
    mapping, sequence = manager.dict(k=1), manager.list([4])
    namespace, queue = manager.Namespace(x=7), manager.Queue()
    queue.put("from here")
    seen = elsewhere(fill, mapping, sequence, namespace, queue)
    after = [dict(mapping), list(sequence), namespace.x, queue.get(timeout=PATIENCE)]
    evidence(seen_elsewhere=seen, after=after)
    assert seen == [{"k": 1}, [4], 7, "from here"]
    assert after == [{"k": 2}, [4, 5], 21, "from elsewhere"]


def append_to_nested(mapping):
    mapping["plain"].append("new")
    mapping["proxy"].append("new")


@claim("MG02")
@refuted(because="in CPython and PyPy a nested list is sent as a copy, which nobody sends back")
def test_a_change_of_a_nested_list_is_kept(manager, elsewhere, evidence):
    """A change of a plain list or dict inside a managed dict or list changes what is managed.

    One would expect `d["plain"].append(1)` to work as with a dict.  But `d["plain"]` brings a copy,
    and the copy is changed: no error, and nothing arrives.  Instead: assign the changed list again
    (`d["plain"] = changed`), or nest managed objects: `d["proxy"] = manager.list()`.
    """
    mapping = manager.dict(plain=["old"], proxy=manager.list(["old"]))
    sequence = manager.list([{}, manager.dict()])
    elsewhere(append_to_nested, mapping)
    sequence[0]["key"] = sequence[1]["key"] = "new"
    proxies = [list(mapping["proxy"]), dict(sequence[1])]
    plain = [mapping["plain"], sequence[0]]
    evidence(plain=plain, proxies=proxies)
    control(proxies == [["old", "new"], {"key": "new"}], f"nested proxies work: {proxies}")
    control(plain in ([["old"], {}], proxies), f"an unknown outcome: {plain}")
    assert plain == [["old", "new"], {"key": "new"}]


def reassign(mapping):
    value = mapping["plain"]
    value.append("new")
    mapping["plain"] = value
    mapping["proxy"]["inner"].append("new")
    return type(mapping["proxy"]["inner"]).__name__


@claim("MG14")
def test_nested_proxies_and_reassignment_arrive(manager, elsewhere, evidence):
    """Managed objects may contain managed ones, to any depth; a value that is assigned arrives."""
    inner = manager.list(["old"])
    mapping = manager.dict(plain=["old"], proxy=manager.dict(inner=inner))
    kind = elsewhere(reassign, mapping)
    after = [mapping["plain"], list(inner), list(mapping["proxy"]["inner"])]
    evidence(after=after, kind=kind)
    assert after == [["old", "new"]] * 3
    assert kind == "ListProxy"


@claim("MG07")
def test_a_list_proxy_is_not_a_list(manager, evidence):
    """A list proxy is no list: slices are lists, str() shows the list, repr() the proxy."""
    proxy, mapping = manager.list([1, 2, 3]), manager.dict(a=1)
    found = [isinstance(proxy, list), isinstance(mapping, dict), proxy[1:], proxy[::-2]]
    texts = [str(proxy), str(mapping), f"{proxy}"]
    evidence(found=found, texts=texts, repr=[repr(proxy), repr(mapping)])
    assert found == [False, False, [2, 3], [3, 1]]
    assert texts == ["[1, 2, 3]", "{'a': 1}", "[1, 2, 3]"]
    assert repr(proxy).startswith("<ListProxy object, typeid 'list' at 0x")
    assert repr(mapping).startswith("<DictProxy object, typeid 'dict' at 0x")


@claim("X01")
@refuted(where=before("3.14.0"), because="3.14 registered the proxies with collections.abc")
def test_proxies_are_mutable_sequences_and_mappings(manager, evidence):
    """manager.list() is a MutableSequence for isinstance(), and manager.dict() a MutableMapping.

    One would expect so, since they behave so; libraries that serialise values by isinstance() look
    for it.  Up to 3.13 both are False.  Instead: list(proxy) or dict(proxy).
    """
    pairs = [(manager.list(), MutableSequence), (manager.dict(), MutableMapping)]
    found = [isinstance(proxy, kind) for proxy, kind in pairs]
    wrong = [isinstance(pairs[0][0], MutableMapping), isinstance(pairs[1][0], MutableSequence)]
    evidence(found=found)
    control(wrong == [False, False], "each is one of the two only")
    control(found in ([False, False], [True, True]), repr(found))
    assert found == [True, True]


@claim("MG13")
@refuted(because="in CPython and PyPy a proxy has no __eq__, so it is compared by identity")
def test_a_proxy_equals_what_it_stands_for(manager, evidence):
    """`manager.list([1]) == [1]` and `manager.dict(a=1) == {"a": 1}` are true.

    One would expect so.  But proxies are compared by identity, and are always unequal, even two
    proxies of the same object.  A test like `assert shared == [1]` fails, showing [1] on both
    sides of its message.  Instead: compare `list(proxy)`, `dict(proxy)`, `value.value`.
    """
    proxy, mapping, value = manager.list([1]), manager.dict(a=1), manager.Value("i", 3)
    outer = manager.list([proxy])
    equal = [proxy == [1], mapping == {"a": 1}, value == 3, outer[0] == proxy]
    evidence(equal=equal)
    control((list(proxy), dict(mapping), value.value) == ([1], {"a": 1}, 3), "the values are there")
    control(list(outer[0]) == [1], "the nested proxy is there")
    assert equal == [True, True, True, True]


def use_list(numbers):
    found = [numbers.append(4), numbers.extend([2, 2]), numbers.insert(0, 9), numbers.remove(1)]
    found += [numbers.pop(), numbers.pop(0), numbers.count(2), numbers.index(4), list(numbers)]
    found += [numbers.sort(reverse=True), numbers[:], numbers.reverse(), numbers[:]]
    numbers[1] = 20
    numbers[2:] = [30, 40]
    found += [len(numbers), 20 in numbers, 5 in numbers, numbers[-1], numbers[:]]
    del numbers[0]
    found += [numbers + [1], numbers * 2, 2 * numbers, list(reversed(numbers)), list(numbers)]
    same = numbers
    numbers += [7]
    numbers *= 2
    return [*found, same is numbers, numbers[:]]


@claim("MG15")
def test_a_list_proxy_has_the_methods_of_a_list(manager, elsewhere, evidence):
    """A list proxy has the methods and operators of a list, with the same results elsewhere."""
    proxy, plain = manager.list([3, 1, 2]), [3, 1, 2]
    results, expected = elsewhere(use_list, proxy), use_list(plain)
    errors = [
        outcome(proxy.__getitem__, 99),
        outcome(proxy.remove, 99),
        outcome(proxy.index, 99),
        outcome(manager.list().pop),
    ]
    evidence(results=results, errors=errors)
    assert results == expected
    assert proxy[:] == plain == [20, 30, 40, 7, 20, 30, 40, 7]
    assert [type(error) for error in errors] == [IndexError, ValueError, ValueError, IndexError]


def use_dict(items):
    found = [items.get("a"), items.get("z"), items.get("z", 0), items["b"], items.pop("b")]
    found += [items.pop("b", "gone"), items.setdefault("a", 9), items.setdefault("c", 3)]
    items.update({"d": 4}, e=5)
    items["f"] = 6
    del items["d"]
    found += [len(items), "a" in items, "d" in items, list(items.keys())]
    found += [list(items.values()), list(items.items()), dict(items), items.popitem()]
    return [*found, items.copy()]


def clear(items):
    return items.clear(), len(items)


@claim("MG16")
def test_a_dict_proxy_has_the_methods_of_a_dict(manager, elsewhere, evidence):
    """A dict proxy has the methods and operators of a dict, with the same results elsewhere."""
    proxy, plain = manager.dict({"a": 1}, b=2), {"a": 1, "b": 2}
    results, expected = elsewhere(use_dict, proxy), use_dict(plain)
    after = proxy.copy()
    iterated = list(proxy), list(iter(plain))
    errors = [outcome(proxy.__getitem__, "z"), outcome(proxy.pop, "z")]
    cleared = elsewhere(clear, proxy)
    errors.append(outcome(proxy.popitem))
    evidence(results=results, errors=errors, cleared=cleared)
    assert results == expected
    assert after == plain == {"a": 1, "c": 3, "e": 5}
    assert iterated[0] == iterated[1]
    assert cleared == (None, 0)
    assert [type(error) for error in errors] == [KeyError] * 3
    assert type(after) is dict


def iterate(mapping):
    return outcome(lambda: list(iter(mapping)))


@claim("MG24")
@refuted(because="in CPython and PyPy a proxy that was sent has no manager to make the iterator by")
def test_a_dict_proxy_is_iterated_where_it_was_sent(manager, elsewhere, evidence):
    """`for key in d` works with a dict proxy in a process to which it was sent.

    One would expect so, for it works in the process that has the manager.  In every other:
    "AttributeError: 'NoneType' object has no attribute '_registry'".  Instead: `for key in
    d.keys()`, or d.items(), which are lists; dict(d), too, works everywhere.
    """
    mapping = manager.dict(a=1, b=2)
    here, there = iterate(mapping), elsewhere(iterate, mapping)
    evidence(here=here, elsewhere=there)
    control(here == ["a", "b"], "it works here")
    control(there == here or isinstance(there, AttributeError), repr(there))
    assert there == ["a", "b"]


@claim("MG17")
@refuted(because="in CPython and PyPy the views of a dict are sent as lists")
def test_the_keys_of_a_dict_proxy_are_a_view(manager, evidence):
    """keys(), values() and items() of a dict proxy are views, which follow the dict.

    One would expect so, as with a dict.  They are lists, copied at the time of the call: later
    keys are missing, without an error, and `d.keys() & other` is "TypeError: unsupported operand
    type(s) for &: 'list' and 'set'".  Instead: call them again; set(d.keys()).
    """
    proxy = manager.dict(a=1)
    views = proxy.keys(), proxy.values(), proxy.items()
    before = [list(view) for view in views]
    proxy["b"] = 2
    after = [list(view) for view in views]
    kinds = {type(view) for view in views}
    evidence(before=before, after=after, kinds=kinds)
    control(before == [["a"], [1], [("a", 1)]], repr(before))
    control(kinds == {list} or list not in kinds, repr(kinds))
    assert after == [["a", "b"], [1, 2], [("a", 1), ("b", 2)]]


@claim("MG06")
@refuted(where=before("3.14.0"), because="3.14 gave the proxies the methods that they lacked")
def test_proxies_have_the_newer_methods_too(manager, evidence):
    """Dict proxies have |, |=, reversed() and fromkeys(), list proxies copy() and clear().

    One would expect all methods of dict and list.  Up to 3.13: "TypeError: unsupported operand
    type(s) for |: 'DictProxy' and 'dict'", "AttributeError: 'ListProxy' object has no attribute
    'copy'", and reversed() of a dict proxy ends in KeyError: 0 or an AttributeError.  Instead:
    {**proxy, **other}, proxy[:], del proxy[:].
    """
    mapping, sequence = manager.dict(a=1, b=2), manager.list([1, 2])
    found = [
        outcome(lambda: mapping | {"b": 3}),
        outcome(lambda: {"b": 3, "c": 4} | mapping),
        outcome(lambda: list(reversed(mapping))),
        outcome(lambda: mapping.fromkeys(["x", "y"], 0)),
        outcome(lambda: sequence.copy()),
        outcome(lambda: sequence.clear()),
    ]
    same = mapping
    grown = outcome(exec_or, mapping, {"c": 5})
    after = [mapping.copy(), sequence[:], grown is same or grown]
    evidence(found=found, after=after)
    errors = [isinstance(one, (TypeError, AttributeError, KeyError)) for one in [*found, grown]]
    control(all(errors) or not any(errors), repr(found))
    assert found == [
        {"a": 1, "b": 3},
        {"b": 2, "c": 4, "a": 1},
        ["b", "a"],
        {"x": 0, "y": 0},
        [1, 2],
        None,
    ]
    assert after == [{"a": 1, "b": 2, "c": 5}, [], True]


def exec_or(mapping, other):
    mapping |= other
    return mapping


def add_and_discard(items):
    items.add(3)
    items.discard(1)
    return sorted(items)


@claim("MG05")
@refuted(where=not HAS_SET, because="3.14 added set() to SyncManager")
def test_a_manager_has_sets(manager, elsewhere, evidence):
    """manager.set() gives a set that is shared between processes.

    One would expect it beside list() and dict().  Up to 3.13: "AttributeError: 'SyncManager' object
    has no attribute 'set'".  Instead: a manager.dict() whose values do not matter.
    """
    made = outcome(lambda: manager.set([1, 2]))
    missing = isinstance(made, AttributeError)
    elsewhere_seen = None if missing else elsewhere(add_and_discard, made)
    here = None if missing else sorted(made)
    evidence(made=made if missing else str(made), elsewhere=elsewhere_seen, here=here)
    control(missing or not isinstance(made, Exception), repr(made))
    assert (elsewhere_seen, here) == ([2, 3], [2, 3])


def use_set(items):
    found = [items.add(4), items.discard(9), items.remove(1), len(items), 4 in items, 1 in items]
    found += [items | {7}, {7} | items, items & {2, 9}, {2, 9} & items, items - {2}, {2, 5} - items]
    found += [items ^ {2, 5}, {2, 5} ^ items, items.union([8]), items.intersection([2, 3])]
    found += [items.difference([2]), items.symmetric_difference([2, 6]), items.copy()]
    found += [items.isdisjoint([9]), items.issubset([2, 3, 4, 5]), items.issuperset([2])]
    found += [items >= {2}, items > {2, 3, 4}, items <= {2, 3, 4}, items < {2, 3, 4}]
    found += [items.update([10, 11]), sorted(items), items.intersection_update([2, 3, 10])]
    found += [sorted(items), items.difference_update([2]), sorted(items)]
    found += [items.symmetric_difference_update([3, 5]), sorted(items)]
    same = items
    items |= {1, 2, 3}
    items &= {1, 2, 5}
    items ^= {5, 6}
    items -= {2}
    found += [sorted(items), same is items, items.pop() in (1, 6), len(items)]
    return [*found, items.clear(), len(items)]


@claim("MG18")
@applies(where=HAS_SET, because="SyncManager.set() is new in 3.14")
def test_a_set_proxy_has_the_methods_of_a_set(manager, elsewhere, evidence):
    """A set proxy has the methods and operators of a set, with the same results elsewhere."""
    proxy, plain = manager.set([1, 2, 3]), {1, 2, 3}
    results, expected = elsewhere(use_set, proxy), use_set(plain)
    errors = [outcome(proxy.pop), outcome(proxy.remove, 1)]
    evidence(results=results, errors=errors, type=type(proxy).__name__)
    assert results == expected
    assert [type(error) for error in errors] == [KeyError, KeyError]
    assert type(proxy).__name__ == "SetProxy"


@claim("MG19")
@applies(where=HAS_SET, because="SyncManager.set() is new in 3.14")
@refuted(because="CPython registers the set proxy, by mistake, as a MutableMapping")
def test_a_set_proxy_is_a_mutable_set(manager, evidence):
    """manager.set() is a MutableSet for isinstance(), as manager.list() is a MutableSequence.

    One would expect so.  But isinstance(proxy, MutableSet) is False, and isinstance(proxy,
    MutableMapping) True: code that serialises by isinstance() takes it for a dict, and fails.
    Instead: set(proxy).
    """
    proxy = manager.set([1])
    found = isinstance(proxy, MutableSet), isinstance(proxy, MutableMapping)
    evidence(mutable_set=found[0], mutable_mapping=found[1])
    control(found in ((False, True), (False, False), (True, False)), repr(found))
    assert found == (True, False)


def use_namespace(namespace):
    seen = [namespace.x, namespace.name, outcome(lambda: namespace.missing)]
    namespace.x += 1
    namespace.new = [1]
    namespace.new.append(2)  # of a copy
    del namespace.name
    namespace._private = "local"  # noqa: SLF001
    return seen[:2], type(seen[2]).__name__, namespace._private  # noqa: SLF001


@claim("X10")
@refuted(because="in CPython and PyPy a NamespaceProxy keeps names with an underscore for itself")
def test_a_private_attribute_of_a_namespace_is_shared(manager, elsewhere, evidence):
    """An attribute of a Namespace whose name begins with an underscore is shared, like any other.

    One would expect so.  It is an attribute of the proxy, and stays in its process: elsewhere
    "AttributeError: 'NamespaceProxy' object has no attribute '_private'".  Choose another name.
    """
    namespace = manager.Namespace(x=1, name="n")
    namespace._private, namespace.public = "mine", "ours"  # noqa: SLF001
    found = elsewhere(get_attributes, namespace)
    evidence(elsewhere=found, here=[namespace._private, namespace.public])  # noqa: SLF001
    control((namespace._private, found[1]) == ("mine", "ours"), repr(found))  # noqa: SLF001
    control(found[0] in ("mine", "AttributeError"), repr(found))
    assert found == ["mine", "ours"]


def get_attributes(namespace):
    found = outcome(lambda: namespace._private)  # noqa: SLF001
    return [found if isinstance(found, str) else type(found).__name__, namespace.public]


@claim("MG20")
def test_a_namespace_shares_its_attributes(manager, elsewhere, evidence):
    """A Namespace's attributes can be read, set and deleted from any process; str() shows them."""
    namespace = manager.Namespace(x=1, name="n")
    found = elsewhere(use_namespace, namespace)
    missing = outcome(lambda: namespace.name), outcome(delattr, namespace, "name")
    evidence(elsewhere=found, here=str(namespace), missing=missing)
    assert found == ([1, "n"], "AttributeError", "local")
    assert (namespace.x, namespace.new) == (2, [1])
    assert str(namespace) == "Namespace(new=[1], x=2)"
    assert [type(error) for error in missing] == [AttributeError] * 2


def use_value_and_array(value, array):
    seen = [value.value, value.get(), len(array), array[:].tolist(), list(array), array[-1]]
    value.value += 1
    value.set(value.value * 2)
    array[0] = 10
    array[1:2] = array[2:]
    return seen


@claim("MG21")
def test_a_managers_value_and_array_are_shared(manager, elsewhere, evidence):
    """A Manager's Value has value, get() and set(), its Array len(), items and slices."""
    value, array = manager.Value("i", 20), manager.Array("i", [1, 2, 3])
    seen = elsewhere(use_value_and_array, value, array)
    after = [value.value, value.get(), list(array)]
    refusals = [outcome(array.__getitem__, 9), outcome(array.__setitem__, 0, "x")]
    texts = [str(value), str(array)]
    evidence(elsewhere=seen, after=after, texts=texts, refusals=refusals)
    assert seen == [20, 20, 3, [1, 2, 3], [1, 2, 3], 3]
    assert after == [42, 42, [10, 3, 3]]
    assert texts == ["Value('i', 42)", "array('i', [10, 3, 3])"]
    assert [type(refusal) for refusal in refusals] == [IndexError, TypeError]


@claim("MG11")
@refuted(because="in CPython and PyPy a Manager's Value has no lock at all")
def test_a_managers_value_can_be_locked(manager, evidence):
    """`with v.get_lock(): v.value += 1` works with a Manager's Value, as with multiprocessing's.

    One would expect so, as the two are made by the same call.  There is no lock, whatever is
    passed as lock=: "AttributeError: 'ValueProxy' object has no attribute 'get_lock'", and `+=`
    loses additions.  Instead: a manager.Lock() beside it, or multiprocessing.Value.
    """
    value = manager.Value("i", 1, lock=True)
    lock = outcome(lambda: value.get_lock())
    value.value += 1
    evidence(get_lock=lock, value=value.value)
    control(value.value == 2, "it can be added to by one process")
    control(isinstance(lock, AttributeError) or hasattr(lock, "acquire"), repr(lock))
    assert hasattr(lock, "acquire")


@claim("MG22")
@refuted(because="in CPython and PyPy a Manager's Value ignores its typecode")
def test_a_managers_value_has_the_type_it_was_given(manager, evidence):
    """manager.Value("i", 1) holds ints, and refuses or wraps whatever else is assigned to it.

    One would expect what multiprocessing.Value does.  The typecode is only shown: any object that
    can be pickled is taken, also "text", and large numbers do not wrap.
    """
    value = manager.Value("i", 1)
    refusal = outcome(setattr, value, "value", "text")
    kept = value.value
    evidence(refusal=refusal, kept=kept)
    control(kept in (1, "text"), repr(kept))
    assert (type(refusal), kept) == (TypeError, 1)


@claim("MG23")
def test_a_deep_copy_of_a_proxy_is_the_plain_object(manager, evidence):
    """copy.deepcopy() and _getvalue() of a proxy give a plain copy of what it stands for."""
    sequence, mapping = manager.list([1, [2]]), manager.dict(a=1)
    copies = [copy.deepcopy(sequence), sequence._getvalue(), mapping._getvalue()]  # noqa: SLF001
    for plain in copies[:2]:
        plain.append(3)
        plain[1].append(3)
    mapping["b"] = 2
    value = manager.Value("i", 5)._getvalue()  # noqa: SLF001
    evidence(copies=copies, sequence=str(sequence), value=repr(value))
    assert copies == [[1, [2, 3], 3], [1, [2, 3], 3], {"a": 1}]
    assert [type(plain) for plain in copies] == [list, list, dict]
    assert sequence[:] == [1, [2]]
    assert (type(value).__name__, value.value) == ("Value", 5)
