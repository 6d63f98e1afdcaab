"""Counterfeits for the claims of library/contextvars/test_contexts.py."""

from .. import counterfeit
from ..facts import VERSION


def _wrap_contexts(**methods):
    """Make contexts pass everything on to a real one, but for these methods."""
    import contextvars

    copy, real = contextvars.copy_context, contextvars.Context

    class Context:
        def __init__(self, context=None):
            self.real = real() if context is None else context

        def __getattr__(self, name):
            return getattr(self.real, name)

        def __getitem__(self, var):
            return self.real[var]

        def __contains__(self, var):
            return var in self.real

        def __iter__(self):
            return iter(self.real)

        def __len__(self):
            return len(self.real)

        def __eq__(self, other):
            return self.real == getattr(other, "real", other)

        __hash__ = None

        def copy(self):
            return Context(self.real.copy())

    for name, method in methods.items():
        setattr(Context, name, method)
    contextvars.Context = Context
    contextvars.copy_context = lambda: Context(copy())


@counterfeit("CONTEXT01", "CONTEXT03")
def a_context_is_never_occupied():
    """Context.run() runs in a copy: any number may be in, and what they set is lost."""

    def run(self, function, *args, **kwargs):
        return self.real.copy().run(function, *args, **kwargs)

    _wrap_contexts(run=run)


@counterfeit("CONTEXT04")
def a_copy_of_a_context_is_the_context():
    """Context.copy() returns the context itself."""
    _wrap_contexts(copy=lambda self: self)


@counterfeit("CONTEXT02")
def a_context_answers_any_question():
    """A Context gives None for what is not in it, and says of everything that it is not."""
    _wrap_contexts(
        __getitem__=lambda self, var: self.real.get(var),
        __contains__=lambda self, var: var in set(self.real),
    )


@counterfeit("CONTEXT05")
def a_copy_of_a_context_copies_the_values():
    """copy_context() copies the lists too."""
    import contextvars

    copy = contextvars.copy_context

    def deep():
        context = copy()
        for var, value in context.items():
            if type(value) is list:
                context.run(var.set, list(value))
        return context

    contextvars.copy_context = deep


@counterfeit("CONTEXT06")
def a_context_is_a_mapping_where_it_was_none():
    """Context counts as a Mapping before 3.14, and no longer since."""
    import collections.abc
    import contextvars

    if VERSION < (3, 14):
        collections.abc.Mapping.register(contextvars.Context)
    else:
        _wrap_contexts(keys=lambda self: self.real.keys())
