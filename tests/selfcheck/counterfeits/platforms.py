"""Platforms that are not at hand, as far as they can be imitated.  They break no claim."""

from . import counterfeit


@counterfeit()
def platform_without_fork() -> None:
    """No os.fork, and spawn is the only start method, as on Windows."""
    import multiprocessing
    import os
    from multiprocessing import context

    del os.fork, os.forkpty
    spawn = context._concrete_contexts["spawn"]
    context._concrete_contexts = {"spawn": spawn}
    context._default_context._default_context = spawn
    context.DefaultContext.get_all_start_methods = lambda self: ["spawn"]
    multiprocessing.get_all_start_methods = lambda: ["spawn"]
