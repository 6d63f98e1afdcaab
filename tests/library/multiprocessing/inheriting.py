"""How specs learn what children find of the things that their parent has changed at run time.

A fresh interpreter starts the fork server, changes everything, starts a child by default and one
by each start method, and returns what each of them has found.  A forked child is a copy of its
parent; a spawned one is a new program that the parent starts; a fork server's child is a copy of
the server, which is a program that was started earlier.
"""

import multiprocessing

from tests.harness import PATIENCE, control, joined
from tests.library.multiprocessing.starting import METHODS


def start_the_fork_server():
    """Start it as programs do: with the first child.  Windows has none."""
    if "forkserver" not in METHODS:
        return
    child = multiprocessing.get_context("forkserver").Process()
    child.start()
    joined(child)


def found_by_children(tell):
    """Start a child by default and by each method; return the facts that ``tell`` sends in each."""
    contexts = {"default": multiprocessing, **{m: multiprocessing.get_context(m) for m in METHODS}}
    return {name: found_by_a_child(context, tell) for name, context in contexts.items()}


def found_by_a_child(context, tell):
    receiving, sending = context.Pipe(duplex=False)
    child = context.Process(target=tell, args=(sending,))
    child.start()
    sending.close()
    control(receiving.poll(PATIENCE), "the child sends what it has found")
    facts = receiving.recv()
    receiving.close()
    joined(child)
    return {**facts, "Process.pid": child.pid}


def found(programs, observe, fact):
    """Return a fact as found "before" and after ("parent"), in a "default" child, by each method.

    ``observe`` returns the facts of all these; it runs once for all specs of a file.
    """
    seen = programs.once(observe, within=2 * PATIENCE)
    return {who: facts[fact] for who, facts in seen.items() if fact in facts}


def in_a_default_child(programs, observe, fact):
    """Return the fact in a default child: as the parent changed it, or as it was before.

    Anything else is a mishap, which must not refute a claim.
    """
    seen = found(programs, observe, fact)
    control(seen["parent"] != seen["before"], f"the parent has changed it: {seen}")
    control(seen["default"] in (seen["parent"], seen["before"]), f"changed or not: {seen}")
    return seen["default"]
