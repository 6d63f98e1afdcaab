"""Counterfeits for the claims of library/contextvars/test_variables.py."""

from .. import counterfeit
from ..facts import VERSION


@counterfeit("CONTEXT18")
def contexts_can_be_pickled():
    """Contexts and their variables can be pickled."""
    import contextvars
    import copyreg

    copyreg.pickle(contextvars.ContextVar, lambda var: (contextvars.ContextVar, (var.name,)))
    copyreg.pickle(contextvars.Context, lambda context: (contextvars.Context, ()))


def _replace_variables(in_token=None, **in_variable):
    """Make ContextVar and Token classes that stand on the real ones, but for these methods."""
    import contextvars
    import types

    real, missing = contextvars.ContextVar, contextvars.Token.MISSING

    class Token:
        MISSING = missing
        __class_getitem__ = classmethod(types.GenericAlias)

        def __init__(self, var, token):
            self.var, self.token, self.old_value = var, token, token.old_value

        def __enter__(self):
            return self

        def __exit__(self, *exception):
            self.var.reset(self)

    class ContextVar:
        __class_getitem__ = classmethod(types.GenericAlias)

        def __init__(self, name, **default):
            self.real = real(name, **default)
            self.last = None

        @property
        def name(self):
            return self.real.name

        def get(self, *default):
            return self.real.get(*default)

        def set(self, value):
            self.last = Token(self, self.real.set(value))
            return self.last

        def reset(self, token):
            if token.var is not self:
                raise ValueError("another variable's token")
            self.real.reset(token.token)

    for kind, methods in ((Token, in_token or {}), (ContextVar, in_variable)):
        for name, method in methods.items():
            setattr(kind, name, method)
    contextvars.ContextVar, contextvars.Token = ContextVar, Token


@counterfeit("CONTEXT15")
def a_token_restores_nothing_or_what_it_never_did():
    """A token works with "with" before 3.14, and restores nothing since."""
    if VERSION < (3, 14):
        _replace_variables()
    else:
        _replace_variables({"__exit__": lambda self, *exception: None})


@counterfeit("CONTEXT16")
def a_token_resets_as_often_as_one_likes():
    """A token may be used again, and anywhere: it sets the old value."""

    def reset(self, token):
        self.real.set(token.old_value)

    _replace_variables(reset=reset)


@counterfeit("CONTEXT17")
def a_default_is_stronger_than_the_value():
    """ContextVar.get(default) gives the default if the variable has one of its own."""

    def get(self, *default):
        try:
            return self.real.get()
        except LookupError:
            return default[0] if default else None

    _replace_variables(get=get)


@counterfeit("CONTEXT19")
def a_token_forgets_that_nothing_was_set():
    """Token.old_value is None where the variable had no value."""

    def init(self, var, token):
        self.var, self.token = var, token
        self.old_value = None if token.old_value is token.MISSING else token.old_value

    _replace_variables({"__init__": init})


@counterfeit("CONTEXT20")
def reset_undoes_the_last_set():
    """reset() undoes the last set(), whichever token it is given."""

    def set_(self, value):
        import contextvars

        token = contextvars.Token(self, self.real.set(value))
        self.last = [*(self.last or []), token]
        return token

    _replace_variables(set=set_, reset=lambda self, token: self.real.reset(self.last.pop().token))


@counterfeit("CONTEXT21", "CONTEXT22")
def variables_of_one_name_are_one():
    """ContextVar(name) is the same variable for the same name, and has no type of value."""
    import contextvars

    real, known = contextvars.ContextVar, {}

    class ContextVar:
        def __new__(cls, name, **default):
            if name not in known:
                known[name] = real(name, **default)
            return known[name]

    contextvars.ContextVar = ContextVar


@counterfeit("CONTEXT23", "CONTEXT11", "CONTEXT20")
def a_variable_is_set_but_once():
    """A second set() of a ContextVar is ignored."""
    import contextvars

    def set_(self, value):
        value = self.real.get(value) if self.last else value
        self.last = contextvars.Token(self, self.real.set(value))
        return self.last

    _replace_variables(set=set_)
