"""contextvars.Context and copy_context(): a mapping from variables to values to run in.

Source: https://docs.python.org/3/library/contextvars.html#manual-context-management
"""

import contextvars
from collections.abc import Mapping

from tests.harness import PYPY, before, claim, control, outcome, refuted, until


@claim("CV04")
def test_a_context_is_entered_by_one_at_a_time(background, evidence):
    """Entering a Context that is entered already raises RuntimeError, in any thread.

    "cannot enter context: <_contextvars.Context object at ...> is already entered", for instance
    from one copy_context() for several threads.  Make a copy for each.
    """
    context = contextvars.copy_context()
    inside, may_leave = [], []

    def stay():
        inside.append(outcome(context.run, len, "again"))
        until(lambda: may_leave, "the permission to leave")
        return "left"

    task = background(context.run, stay)
    until(lambda: inside, "the context to be entered")
    refusals = [
        *inside,
        outcome(context.run, len, ""),
        background(outcome, context.run, len, "").result(),
    ]
    a_copy = context.copy().run(len, "copy")
    may_leave.append(True)
    left = task.result()
    afterwards = context.run(len, "later")
    evidence(refusals=refusals, a_copy=a_copy, afterwards=afterwards)
    assert [type(refusal) for refusal in refusals] == [RuntimeError] * 3
    assert (a_copy, left, afterwards) == (4, "left", 5)


@claim("CV20")
def test_a_context_is_a_mapping_to_read(evidence):
    """A Context is a read-only mapping of the variables that are set in it to their values.

    A default is no value: a variable that was never set is not in it, and [] is a KeyError.
    """
    one, two, unset = (contextvars.ContextVar(name, default="d") for name in ("one", "two", "no"))
    one.set(1)
    two.set([2])
    gone = contextvars.ContextVar("gone")
    gone.reset(gone.set(0))
    context = contextvars.copy_context()
    facts = [len(context), one in context, two in context, unset in context, gone in context]
    facts += [context[one], context.get(two), context.get(unset), context.get(unset, 3)]
    facts += [context.get(one, 3)]
    errors = [outcome(lambda: context[unset]), outcome(lambda: "one" in context)]
    errors += [outcome(lambda: context["one"]), outcome(lambda: hash(context))]
    errors += [outcome(lambda: context.__setitem__(one, 1)), outcome(contextvars.Context, {})]
    evidence(facts=facts, errors=errors)
    assert facts == [2, True, True, False, False, 1, [2], None, 3, 1]
    expected = [KeyError, TypeError, TypeError, TypeError, AttributeError, TypeError]
    assert [type(error) for error in errors] == expected
    assert {*context} == {one, two} == {*context.keys()}
    assert [*context.keys()] == [*context]
    assert sorted(map(str, context.values())) == ["1", "[2]"]
    assert dict(context.items()) == dict(context) == {one: 1, two: [2]}


@claim("CV21")
def test_running_in_a_context_changes_that_alone(evidence):
    """Context.run(f, *args, **kwargs) returns or raises what f does; what f sets stays in it.

    The next run() in it starts with that; the caller's values are as before.
    """
    var, context = contextvars.ContextVar("var", default=0), contextvars.copy_context()

    def work(*args, **kwargs):
        var.set(var.get() + 1)
        if not args:
            raise LookupError("ours")
        return var.get(), args, kwargs

    results = [context.run(work, 1, 2, a=3), outcome(context.run, work), context.run(work, None)]
    evidence(results=results, here=var.get(), in_the_context=context[var])
    assert results[0] == (1, (1, 2), {"a": 3})
    assert (type(results[1]), results[1].args) == (LookupError, ("ours",))
    assert results[2] == (3, (None,), {})
    assert (context[var], var.get()) == (3, 0)
    assert type(outcome(context.run)) is TypeError


@claim("CV22")
def test_copies_of_contexts_go_their_own_ways(evidence):
    """copy_context() and Context.copy() make copies: what is set in one, no other sees.

    Context() is empty: a function that runs in it sees the defaults.
    """
    var = contextvars.ContextVar("var", default="default")
    var.set("here")
    first = contextvars.copy_context()
    second = first.copy()
    first.run(var.set, "first")
    third = first.copy()
    var.set("later")
    empty = contextvars.Context()
    in_empty = [len(empty), empty.run(var.get), empty.run(lambda: len(contextvars.copy_context()))]
    empty.run(var.set, "empty")
    values = [one[var] for one in (first, second, third, empty)] + [var.get()]
    equal = [first == third, first == second, first is third, empty == contextvars.Context()]
    evidence(values=values, in_an_empty_one=in_empty)
    assert values == ["first", "here", "first", "empty", "later"]
    assert in_empty == [0, "default", 0]
    assert [type(one) for one in (first, second, empty)] == [contextvars.Context] * 3
    assert equal == [True, False, False, False]


@claim("CV23")
def test_a_copy_of_a_context_shares_the_values(evidence):
    """A copy of a context holds the very same values: appending to a list shows in all of them.

    One would expect a copy to be independent, and that one task's changes stay its own.  Only
    set() does; a list or dict in a ContextVar is shared by all who inherited it.  Set a new one.
    """
    var = contextvars.ContextVar("var")
    var.set(["here"])
    context = contextvars.copy_context()
    context.run(lambda: var.get().append("in the copy"))
    seen = list(var.get())
    context.run(lambda: var.set([*var.get(), "a new list"]))
    evidence(seen_here=seen, then=var.get())
    assert seen == ["here", "in the copy"]
    assert context.run(var.get) == ["here", "in the copy", "a new list"]
    assert var.get() == ["here", "in the copy"]


@claim("CV24")
@refuted(where=before("3.14.0") or PYPY, because="3.14 registers Context as one (gh-126451)")
def test_a_context_counts_as_a_mapping(evidence):
    """isinstance(context, collections.abc.Mapping) is True for a contextvars.Context.

    The documentation says that Context implements the interface, and it has the methods; but up
    to 3.13 the check says False, and code that treats mappings specially passes it over.  3.14
    registers it (gh-126451).  Before: ask for contextvars.Context itself.
    """
    context = contextvars.Context()
    methods = [hasattr(context, name) for name in ("__getitem__", "__len__", "__iter__", "keys")]
    control(all(methods), f"it has a mapping's methods: {methods}")
    answers = [isinstance(context, Mapping), issubclass(contextvars.Context, Mapping)]
    evidence(instance_subclass=answers)
    assert answers == [True, True]
