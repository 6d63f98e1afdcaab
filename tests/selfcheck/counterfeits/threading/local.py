"""Counterfeits for the claims of library/threading/test_local.py."""

from .. import counterfeit


@counterfeit("LOCAL01", "LOCAL02")
def a_local_is_shared():
    """threading.local is an object like any other."""
    import threading

    class local:
        def __new__(cls, *args, **kwargs):
            return super().__new__(cls)

    threading.local = local


@counterfeit("LOCAL03")
def a_local_copies_its_class():
    """Every thread gets its own copy of what stands in the class body of a local."""
    import threading

    class local(threading.local):
        def __getattribute__(self, name):
            value = super().__getattribute__(name)
            if type(value) is list and value is getattr(type(self), name, None):
                value = list(value)
                setattr(self, name, value)
            return value

    threading.local = local


@counterfeit("LOCAL04")
def a_local_keeps_everything():
    """What was ever stored in a threading.local stays."""
    import threading

    kept = []

    class local(threading.local):
        def __setattr__(self, name, value):
            kept.append(value)
            super().__setattr__(name, value)

    threading.local = local


@counterfeit("LOCAL05")
def a_local_takes_any_arguments():
    """threading.local(1) is accepted."""
    import threading

    class local(threading.local):
        def __init__(self, *args, **kwargs):
            pass

    threading.local = local
