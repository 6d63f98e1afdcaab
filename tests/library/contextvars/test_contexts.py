"""contextvars.Context and copy_context(): a mapping from variables to values to run in.

Source: https://docs.python.org/3/library/contextvars.html#manual-context-management
"""

import contextvars
from collections.abc import Mapping

from tests.harness import PYPY, before, claim, control, kinds, outcome, refuted, until


@claim("CONTEXT01")
def test_a_context_is_entered_by_one_at_a_time(background, evidence):
    """Entering a Context that is already entered raises RuntimeError, in any thread.

    "RuntimeError: cannot enter context: <_contextvars.Context object at ...> is already entered".
    It comes, for instance, from one copy_context() for several threads.  Make a copy for each.
    """
    context = contextvars.copy_context()
    inside, may_leave = [], []

    def stay():
        inside.append(outcome(context.run, len, "again"))
        until(lambda: may_leave, "the permission to leave")

    task = background(context.run, stay)
    until(lambda: inside, "the context to be entered")
    elsewhere = [outcome(context.run, len, ""), background(outcome, context.run, len, "").result()]
    assert kinds(evidence(refusals=inside + elsewhere)) == ["RuntimeError"] * 3
    assert context.copy().run(len, "copy") == 4
    may_leave.append(True)
    task.result()
    assert evidence(afterwards=context.run(len, "later")) == 5


def context_of_two():
    """Return a context in which two variables are set, and these."""
    one, two = contextvars.ContextVar("one", default="d"), contextvars.ContextVar("two")
    gone = contextvars.ContextVar("gone")
    context = contextvars.Context()
    context.run(one.set, 1)
    context.run(two.set, [2])
    context.run(lambda: gone.reset(gone.set(0)))
    return context, one, two, gone


@claim("CONTEXT02")
def test_a_context_is_a_mapping_to_read(evidence):
    """A Context is a read-only mapping of the variables that are set in it to their values."""
    context, one, two, gone = context_of_two()
    assert evidence(context=dict(context), length=len(context)) == ({one: 1, two: [2]}, 2)
    assert {*context} == {one, two} == {*context.keys()}
    assert sorted(map(str, context.values())) == ["1", "[2]"]
    assert dict(context.items()) == dict(context)
    assert (one in context, gone in context) == (True, False)
    assert evidence(values=[context[one], context.get(two), context.get(one, 3)]) == [1, [2], 1]
    refusals = outcome(lambda: context.__setitem__(one, 1)), outcome(hash, context)
    assert kinds(evidence(refusals=refusals)) == ["AttributeError", "TypeError"]


@claim("CONTEXT02")
def test_a_context_knows_no_defaults(evidence):
    """A variable that was never set is not in a Context: context[var] raises KeyError."""
    context, *_ = context_of_two()
    unset = contextvars.ContextVar("unset", default="d")
    assert unset not in context
    assert evidence(got=[context.get(unset), context.get(unset, 3)]) == [None, 3]
    assert type(evidence(unset=outcome(lambda: context[unset]))) is KeyError
    by_name = outcome(lambda: "one" in context), outcome(lambda: context["one"])
    assert kinds(evidence(by_name=by_name)) == ["TypeError", "TypeError"]
    assert type(outcome(contextvars.Context, {})) is TypeError


@claim("CONTEXT03")
def test_running_in_a_context_changes_that_alone(evidence):
    """Context.run(f, *args, **kwargs) returns or raises what f does; what f sets stays in it.

    The next run() starts with that, and the caller's values are as before.
    """
    var, context = contextvars.ContextVar("var", default=0), contextvars.copy_context()

    def work(*args, **kwargs):
        var.set(var.get() + 1)
        if not args:
            raise LookupError("ours")
        return var.get(), args, kwargs

    assert evidence(first=context.run(work, 1, 2, a=3)) == (1, (1, 2), {"a": 3})
    error = evidence(second=outcome(context.run, work))
    assert (type(error), error.args) == (LookupError, ("ours",))
    assert evidence(third=context.run(work, None)) == (3, (None,), {})
    assert evidence(in_the_context=context[var], here=var.get()) == (3, 0)
    assert type(outcome(context.run)) is TypeError


@claim("CONTEXT04")
def test_copies_of_contexts_go_their_own_ways(evidence):
    """copy_context() and Context.copy() make copies: what is set in one, no other one sees.

    Context() is empty: a function that runs in it sees the defaults.
    """
    var = contextvars.ContextVar("var", default="default")
    var.set("here")
    first = contextvars.copy_context()
    second = first.copy()
    first.run(var.set, "first")
    third = first.copy()
    var.set("later")
    values = evidence(values=[first[var], second[var], third[var], var.get()])
    assert values == ["first", "here", "first", "later"]
    assert (first == third, first == second) == (True, False)
    empty = contextvars.Context()
    assert evidence(empty=len(empty), sees=empty.run(var.get)) == (0, "default")


@claim("CONTEXT05")
def test_a_copy_of_a_context_shares_the_values(evidence):
    """A copy of a context holds the same objects: appending to a list shows in all copies.

    You might expect a copy to be independent.  Only set() is: a list or a dict in a ContextVar is
    shared by everybody who inherited it.  Set a new list instead of appending.
    """
    var = contextvars.ContextVar("var")
    var.set(["here"])
    context = contextvars.copy_context()
    context.run(lambda: var.get().append("in the copy"))
    assert evidence(seen_here=list(var.get())) == ["here", "in the copy"]
    context.run(lambda: var.set([*var.get(), "a new list"]))
    assert context.run(var.get) == ["here", "in the copy", "a new list"]
    assert evidence(then=var.get()) == ["here", "in the copy"]


@claim("CONTEXT06")
@refuted(where=before("3.14.0") or PYPY, because="3.14 registers Context as one (gh-126451)")
def test_a_context_counts_as_a_mapping(evidence):
    """isinstance(context, collections.abc.Mapping) is True for a contextvars.Context.

    Context has the methods of a mapping, but up to 3.13 the check says False, and code that treats
    mappings specially passes it over.  3.14 registers it (gh-126451).  Before, check for
    contextvars.Context itself.
    """
    context = contextvars.Context()
    methods = [hasattr(context, name) for name in ("__getitem__", "__len__", "__iter__", "keys")]
    control(all(methods), f"it has a mapping's methods: {methods}")
    assert evidence(instance=isinstance(context, Mapping))
    assert evidence(subclass=issubclass(contextvars.Context, Mapping))
