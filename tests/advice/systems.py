"""On which systems a line runs, as far as the conditions around it tell."""

from __future__ import annotations

import ast
import re

from tests.advice.modules import Call, last_name

LINUX, MACOS = "linux", "darwin"

#: What programs ask for the system; the answer is what it is called here, in small letters.
_ASKED = ("sys.platform", "platform", "platform.system()", "os.uname().sysname")

#: Words of names like IS_WINDOWS or on_mac(), and the system that they stand for.
_WORDS = {
    "linux": LINUX,
    **dict.fromkeys(("darwin", "mac", "macos", "osx"), MACOS),
    **dict.fromkeys(("win", "windows", "nt"), "windows"),
}


def may_run_on(system: str, call: Call) -> bool:
    """Tell whether a call may be made on a system; it is not if a condition around it is false."""
    inner: ast.AST = call.node
    for node in call.around:
        if isinstance(node, (ast.If, ast.IfExp)) and inner is not node.test:
            body = node.body if isinstance(node, ast.If) else [node.body]
            if is_so_on(system, node.test) is (inner not in body):
                return False
        inner = node
    return True


def is_so_on(system: str, test: ast.expr) -> bool | None:
    """Tell whether a condition is true on a system, or None: it asks for something else."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        opposite = is_so_on(system, test.operand)
        return None if opposite is None else not opposite
    if isinstance(test, ast.BoolOp):
        values = [is_so_on(system, value) for value in test.values]
        decides = isinstance(test.op, ast.Or)
        return decides if decides in values else None if None in values else not decides
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return _compared(system, test.left, test.ops[0], test.comparators[0])
    if isinstance(test, ast.Call) and isinstance(test.func, ast.Attribute) and test.args:
        answer, given = _answer(system, test.func.value), _strings(test.args[0])
        if answer and given and test.func.attr == "startswith":
            return answer.startswith(given)
    words = set(re.findall("[a-z]+", last_name(test).lower()))
    meant = {_WORDS[word] for word in words if word in _WORDS}
    return system in meant if meant and not words & {"not", "no", "non"} else None


def _compared(system: str, left: ast.expr, how: ast.cmpop, right: ast.expr) -> bool | None:
    answer, given, within = _answer(system, left), _strings(right), _answer(system, right)
    if answer and given and isinstance(how, (ast.Eq, ast.NotEq, ast.In, ast.NotIn)):
        found = answer in given
    elif within and _strings(left) and isinstance(how, (ast.In, ast.NotIn)):
        found = _strings(left)[0] in within
    else:
        return None
    return found is isinstance(how, (ast.Eq, ast.In))


def _answer(system: str, asked: ast.expr) -> str:
    name = ast.unparse(asked).removesuffix(".lower()")
    return system if name in _ASKED else "posix" if name == "os.name" else ""


def _strings(node: ast.expr) -> tuple[str, ...]:
    several = node.elts if isinstance(node, (ast.Tuple, ast.List, ast.Set)) else [node]
    values = [one.value for one in several if isinstance(one, ast.Constant)]
    return tuple(value.lower() for value in values if isinstance(value, str))
