"""Counterfeits for the claims of library/os/test_register_at_fork.py."""

import contextlib
import os

from .. import counterfeit
from ..facts import FORK


@counterfeit("FORK32", where=FORK)
def callbacks_after_a_fork_are_called_in_reverse():
    """In the child, what was registered last is called first."""
    register = os.register_at_fork
    callbacks = []

    def register_at_fork(*, after_in_child=None, **others):
        if after_in_child is not None:
            callbacks.append(after_in_child)
        if others:
            register(**others)

    register(after_in_child=lambda: [callback() for callback in reversed(callbacks)])
    os.register_at_fork = register_at_fork


@counterfeit("FORK32", "FORK35", where=FORK)
def callbacks_in_the_parent_are_forgotten():
    """What is to be called in the parent after a fork is not."""
    register = os.register_at_fork

    def register_at_fork(*, after_in_parent=None, **others):
        register(**others)

    os.register_at_fork = register_at_fork


@counterfeit("FORK33", where=FORK)
def register_at_fork_takes_anything():
    """register_at_fork() ignores what it cannot use."""
    register = os.register_at_fork

    def register_at_fork(*args, **kwargs):
        with contextlib.suppress(TypeError):
            register(*args, **kwargs)

    os.register_at_fork = register_at_fork


@counterfeit("FORK34", where=FORK)
def an_exception_in_a_callback_is_swallowed():
    """Nobody hears of an exception in a callback around a fork."""
    register = os.register_at_fork

    def silent(callback):
        def call():
            with contextlib.suppress(Exception):
                callback()

        return call

    def register_at_fork(**callbacks):
        register(**{name: silent(callback) for name, callback in callbacks.items()})

    os.register_at_fork = register_at_fork


@counterfeit("FORK35", where=FORK)
def the_method_fork_is_spawn():
    """get_context("fork") is the context of spawn."""
    from multiprocessing import context

    context._concrete_contexts["fork"] = context._concrete_contexts["spawn"]
