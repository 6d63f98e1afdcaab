"""contextvars.ContextVar and Token: a value, the way back to the one before, and their ends.

Source: https://docs.python.org/3/library/contextvars.html#context-variables
"""

import contextvars
import pickle

from tests.harness import PYPY, before, cases, claim, kinds, outcome, refuted, since


@claim("CONTEXT15")
@refuted(
    where=before("3.11.0"),
    because="3.14 made Token a context manager (gh-129889); 3.11 changed the exception",
    by="AttributeError: __enter__",
)
@refuted(
    where=since("3.11.0") and (before("3.14.0") or PYPY),
    because="3.14 made Token a context manager (gh-129889); PyPy 3.11 has not",
    by=TypeError,
)
def test_with_restores_a_context_variable(evidence):
    """In "with var.set(value):" the variable has the value, and afterwards the one before.

    A Token is a context manager since 3.14 (gh-129889).  Before: "TypeError: '_contextvars.Token'
    object does not support the context manager protocol", on 3.10 "AttributeError: __enter__", on
    PyPy "TypeError: 'Token' object does not support the context manager protocol ...".
    Write try, and var.reset(token) in finally.
    """
    var, seen = contextvars.ContextVar("var", default="default"), []
    with var.set("outer") as token:
        seen.append(var.get())
        with var.set("inner"):
            seen.append(var.get())
            var.set("changed inside")
        seen.append(var.get())
    seen.append(var.get())
    assert evidence(seen=seen) == ["outer", "inner", "outer", "default"]
    assert type(token) is contextvars.Token
    assert type(evidence(used=outcome(var.reset, token))) is RuntimeError


@claim("CONTEXT16")
def test_a_token_resets_once_where_it_was_made(background, evidence):
    """reset() takes a token once, in the context where it was made, and for its variable only.

    A second time raises RuntimeError; another context, thread or variable raises ValueError ("...
    was created in a different Context"), and the token can still be used where it was made.  set()
    and reset() belong into one function of one task, with nothing between that a callback, a
    generator or another task does.
    """
    var, other = contextvars.ContextVar("var", default=0), contextvars.ContextVar("other")
    token = var.set(1)
    refusals = [
        contextvars.copy_context().run(outcome, var.reset, token),
        background(outcome, var.reset, token).result(),
        outcome(other.reset, token),
    ]
    assert kinds(evidence(refusals=refusals)) == ["ValueError"] * 3
    assert var.get() == 1
    var.reset(token)
    assert var.get() == 0
    assert type(evidence(used_again=outcome(var.reset, token))) is RuntimeError


@claim("CONTEXT17")
def test_an_unset_variable_has_no_value(evidence):
    """get() returns the value, else the default given to get(), else the variable's, or raises.

    Without any default: LookupError.  set(None) sets a value like any other.  The default is one
    object for all threads and contexts: ContextVar("items", default=[]) is a list that all of them
    share, requests included.  Instead: no default, and set() of a new list.
    """
    bare = contextvars.ContextVar("bare")
    with_default = contextvars.ContextVar("with_default", default="own")

    def look():
        return bare.get(3), with_default.get(), with_default.get("given")

    assert type(evidence(no_value=outcome(bare.get))) is LookupError
    assert evidence(unset=look()) == (3, "own", "given")
    tokens = bare.set(None), with_default.set("value")
    assert evidence(set_to=look()) == (None, "value", "value")
    bare.reset(tokens[0])
    with_default.reset(tokens[1])
    assert evidence(reset=look()) == (3, "own", "given")


@claim("CONTEXT18")
@cases(thing=("context", "variable", "token"))
@refuted(where=PYPY, because="PyPy's Context and ContextVar are Python classes, which pickle")
def test_contexts_cannot_be_pickled(thing, evidence):
    """A Context, a ContextVar and a Token cannot be pickled: TypeError.

    "TypeError: cannot pickle '_contextvars.Context' object": no context goes to another process.
    PyPy pickles them, but the receiver gets another variable.  Send the values themselves.
    """
    var = contextvars.ContextVar("var")
    things = {"context": contextvars.copy_context(), "variable": var, "token": var.set(1)}
    pickled = outcome(pickle.dumps, things[thing])
    assert isinstance(evidence(pickled=pickled), TypeError)


@claim("CONTEXT19")
def test_a_token_knows_variable_and_old_value(evidence):
    """Token.var is the variable, Token.old_value its value before, or Token.MISSING."""
    var, missing = contextvars.ContextVar("var", default="d"), contextvars.Token.MISSING
    tokens = [var.set(value) for value in (1, 2, None, 3)]
    assert [token.var for token in tokens] == [var] * 4
    olds = evidence(old_values=[token.old_value for token in tokens])
    assert olds == [missing, 1, 2, None]  # a default is no value


@claim("CONTEXT20")
def test_reset_restores_what_was_before_its_set(evidence):
    """reset(token) restores the value from before the set() that returned the token.

    You might expect it to undo the last set().  Tokens that are used out of order jump.
    """
    var = contextvars.ContextVar("var", default="default")
    tokens, values = [var.set(value) for value in "abc"], []
    for token in (tokens[1], tokens[2], tokens[0]):
        var.reset(token)
        values.append(var.get())
    assert evidence(after_resets=values) == ["a", "b", "default"]
    assert var not in contextvars.copy_context()


@claim("CONTEXT21")
def test_a_variable_is_known_by_itself_not_its_name(evidence):
    """Two ContextVars with the same name are two variables; a name is only for people to read.

    A ContextVar that is made in a function is a new one at each call: make it at the top of a
    module.
    """
    first, second = contextvars.ContextVar("same"), contextvars.ContextVar("same", default=0)
    first.set(1)
    assert evidence(names=(first.name, second.name)) == ("same", "same")
    assert evidence(values=(first.get(), second.get())) == (1, 0)
    assert first != second
    assert type(evidence(rename=outcome(setattr, first, "name", "new"))) is AttributeError
    wrong = outcome(contextvars.ContextVar, 7), outcome(contextvars.ContextVar, "name", "default")
    assert kinds(evidence(wrong=wrong)) == ["TypeError", "TypeError"]


@claim("CONTEXT22")
def test_the_value_type_of_a_variable_can_be_written(evidence):
    """ContextVar[int] and Token[int] can be written; nothing checks the type at run time."""
    var = contextvars.ContextVar[int]("var")
    var.set("no int")
    assert evidence(value=var.get(), made=type(var)) == ("no int", contextvars.ContextVar)
    for kind in (contextvars.ContextVar, contextvars.Token):
        assert (kind[int].__origin__, kind[int].__args__) == (kind, (int,))


@claim("CONTEXT23")
def test_a_generator_has_no_context_of_its_own(evidence):
    """What a generator sets in a ContextVar, its caller sees between two next() calls.

    You might expect it to stay inside, as with a coroutine in a task.  A generator runs in the
    context of its caller (PEP 568, which would have changed that, is deferred).  Don't keep a
    variable set across a yield.
    """
    var = contextvars.ContextVar("var", default="default")

    def generator():
        token = var.set("inside")
        try:
            yield var.get()
            yield var.get()
        finally:
            var.reset(token)

    running = generator()
    assert evidence(inside=next(running), outside=var.get()) == ("inside", "inside")
    var.set("the caller's")
    assert evidence(inside_later=next(running)) == "the caller's"
    assert next(running, "the end") == "the end"
    assert evidence(afterwards=var.get()) == "default"
