"""contextvars.ContextVar and Token: a value, the way back to the one before, and their ends.

Source: https://docs.python.org/3/library/contextvars.html#context-variables
"""

import contextvars
import pickle

from tests.harness import PYPY, before, claim, control, outcome, raises, refuted

REFUSAL = "does not support the context manager protocol"


@claim("CV05")
@refuted(where=before("3.14.0") or PYPY, because="3.14 made Token a context manager (gh-129889)")
def test_with_restores_a_context_variable(evidence):
    """In "with var.set(value):" the variable has the value, and afterwards the one before.

    Since 3.14 a Token is a context manager (gh-129889).  Before: "TypeError:
    '_contextvars.Token' object does not support the context manager protocol", or AttributeError:
    __enter__ on 3.10.  Instead: try, and var.reset(token) in finally.
    """
    var, seen = contextvars.ContextVar("var", default="default"), []

    def nested():
        with var.set("outer") as given:
            seen.append((var.get(), type(given), given.var is var))
            with var.set("inner"):
                seen.append(var.get())
                var.set("changed inside")
            seen.append(var.get())
            raise LookupError("ours")

    error = outcome(nested)
    seen.append(var.get())
    var.set("default")
    token = var.set("used")

    def use(token=token):
        with token:
            pass
        return var.get(), type(outcome(var.reset, token))

    used = outcome(use)
    evidence(seen=seen, raised=error, used=used)
    kinds = (AttributeError if before("3.11.0") else TypeError, LookupError)
    control(type(error) in kinds, f"refused, or our own: {error!r}")
    control(type(error) is LookupError or str(error) in "__enter__" or REFUSAL in str(error), "why")
    assert type(error) is LookupError
    assert seen == [("outer", contextvars.Token, True), "inner", "outer", "default"]
    assert used == ("default", RuntimeError)


@claim("CV06")
def test_a_token_resets_once_where_it_was_made(background, evidence):
    """reset() takes a token once (RuntimeError), in its context and for its variable (ValueError).

    A refused token stays good where it was made.
    """
    var, other = contextvars.ContextVar("var", default=0), contextvars.ContextVar("other")
    token = var.set(1)
    refusals = [
        contextvars.copy_context().run(outcome, var.reset, token),
        background(outcome, var.reset, token).result(),
        outcome(other.reset, token),
    ]
    before, answer, after = var.get(), var.reset(token), var.get()
    again = [outcome(var.reset, token), outcome(var.reset, token)]
    evidence(refusals=refusals, used_again=again)
    kinds = [type(refusal) for refusal in refusals]
    assert kinds == [ValueError, ValueError, ValueError]
    assert (before, answer, after) == (1, None, 0)
    assert [type(error) for error in again] == [RuntimeError] * 2


@claim("CV07")
def test_an_unset_variable_has_no_value(evidence):
    """get() of a ContextVar: its value, else get's default, else the variable's, else LookupError.

    set(None) is a value like any other.
    """
    bare = contextvars.ContextVar("bare")
    with_default = contextvars.ContextVar("with_default", default="own")
    unset = [outcome(bare.get), bare.get(3), bare.get(None), with_default.get()]
    unset.append(with_default.get("given"))
    none_by_default = contextvars.ContextVar("none", default=None).get()
    tokens = [bare.set(None), with_default.set("value")]
    values = [bare.get(), bare.get(3), with_default.get(), with_default.get("given")]
    bare.reset(tokens[0])
    with_default.reset(tokens[1])
    again = [type(outcome(bare.get)), with_default.get(), with_default.get("given")]
    evidence(unset=unset, set_to=values)
    assert type(unset[0]) is LookupError
    assert unset[1:] == [3, None, "own", "given"]
    assert none_by_default is None
    assert values == [None, None, "value", "value"]
    assert again == [LookupError, "own", "given"]


@claim("CV08")
@refuted(where=PYPY, because="PyPy's Context and ContextVar are Python classes, which pickle")
def test_contexts_cannot_be_pickled(evidence):
    """A Context, a ContextVar and a Token cannot be pickled: TypeError.

    "cannot pickle '_contextvars.Context' object": no context goes to another process.  PyPy pickles
    them, but what arrives is another variable.  Instead: pass the values themselves.
    """
    var = contextvars.ContextVar("var")
    token = var.set(1)
    made = [outcome(pickle.dumps, one) for one in (contextvars.copy_context(), var, token)]
    evidence(pickled=made)
    kinds = [type(one) for one in made]
    control(kinds in ([TypeError] * 3, [bytes] * 3), f"all or none: {kinds}")
    assert kinds == [TypeError] * 3


@claim("CV15")
def test_a_token_knows_variable_and_old_value(evidence):
    """Token.var is the variable, Token.old_value what it was before, or Token.MISSING."""
    var, other = contextvars.ContextVar("var", default="d"), contextvars.ContextVar("other")
    tokens = [var.set(1), other.set("x"), var.set(2), var.set(None), var.set(3)]
    missing = contextvars.Token.MISSING
    olds = [token.old_value for token in tokens]
    evidence(old_values=olds)
    assert [type(token) for token in tokens] == [contextvars.Token] * 5
    assert [token.var for token in tokens] == [var, other, var, var, var]
    assert olds[2:] == [1, 2, None]
    assert olds[0] is missing  # a default is no value
    assert olds[1] is missing
    assert tokens[0].MISSING is missing


@claim("CV16")
def test_reset_restores_what_was_before_its_set(evidence):
    """reset(token) restores the value before that very set(), whatever was set since.

    One would expect it to undo the last set().  Tokens that are used out of order jump.
    """
    var = contextvars.ContextVar("var", default="default")
    tokens, values = [var.set(value) for value in "abc"], []
    for token in (tokens[1], tokens[2], tokens[0]):
        var.reset(token)
        values.append(var.get())
    evidence(after_resets=values)
    assert values == ["a", "b", "default"]
    assert var not in contextvars.copy_context()


@claim("CV17")
def test_a_variable_is_known_by_itself_not_its_name(evidence):
    """Two ContextVars of one name are two variables; the name is for people, and never changes.

    One would expect a name to identify.  A ContextVar that is made in a function is a new one at
    each call: make them at the top of a module.
    """
    first, second = contextvars.ContextVar("same"), contextvars.ContextVar("same", default=0)
    first.set(1)
    names = [first.name, second.name, contextvars.ContextVar("x y").name]
    refusals = [outcome(setattr, first, "name", "new"), outcome(contextvars.ContextVar, 7)]
    refusals.append(outcome(contextvars.ContextVar, "name", "a default without its keyword"))
    evidence(names=names, values=(first.get(), second.get()), refusals=refusals)
    assert names == ["same", "same", "x y"]
    assert (first.get(), second.get()) == (1, 0)
    assert first != second
    assert [type(refusal) for refusal in refusals] == [AttributeError, TypeError, TypeError]


@claim("CV18")
def test_the_value_type_of_a_variable_can_be_written(evidence):
    """ContextVar[int] and Token[int] can be written, and are called like what they stand for."""
    var = contextvars.ContextVar[int]("var")
    token = var.set("no int")
    alias = contextvars.Token[int]
    evidence(written=[repr(contextvars.ContextVar[int]), repr(alias)])
    assert (type(var), var.name, var.get()) == (contextvars.ContextVar, "var", "no int")
    assert (alias.__origin__, alias.__args__) == (contextvars.Token, (int,))
    assert contextvars.ContextVar[int].__args__ == (int,)
    assert type(token) is contextvars.Token


@claim("CV19")
def test_a_generator_has_no_context_of_its_own(evidence):
    """What a generator sets in a ContextVar, its caller sees between two next() calls.

    One would expect it to stay inside, as with a coroutine in a task.  A generator runs in its
    caller's context, and leaves what it has set there when it is not used up (PEP 568, which
    would have changed that, is deferred).  Set nothing across a yield.
    """
    var = contextvars.ContextVar("var", default="default")

    def generator():
        token = var.set("inside")
        try:
            yield var.get()
            yield var.get()
        finally:
            var.reset(token)

    values, running = [], generator()
    values += [next(running), var.get()]
    var.set("the caller's")
    values.append(next(running))
    with raises(StopIteration):
        next(running)
    values.append(var.get())
    evidence(values=values)
    assert values == ["inside", "inside", "the caller's", "default"]
