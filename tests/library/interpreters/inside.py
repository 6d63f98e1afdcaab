"""Functions that specs call in other interpreters.  It imports nothing, since they import it."""

state = 0


def add(one, other=0):
    return one + other


def bump(by=1):
    global state
    state += by
    return state


def append_to(items):
    items.append("inside")
    return items


def fail():
    raise KeyError("inside")


def reset(value):
    global state
    state = value
