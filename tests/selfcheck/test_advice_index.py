"""What names stand for in a project, told from its source."""

import ast
import textwrap

import pytest

from tests.advice.modules import Scope
from tests.advice.project import Project, canonical


@pytest.fixture
def project(tmp_path):
    """Return what makes a project of files: their names and texts."""

    def made(**files):
        for name, text in files.items():
            path = tmp_path / f"{name.replace('_in_', '/')}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text), encoding="utf-8")
        return Project(tmp_path)

    return made


def last_call(project, path):
    """Return the call that ends last in a module, with all that it is made on."""
    calls = project.module(path).every_call()
    return max(calls, key=lambda call: (call.node.end_lineno, call.node.end_col_offset))


def names(project, path="main.py"):
    call = last_call(project, path)
    return list(project.names(call.node.func, call.scope))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("import multiprocessing as mp\nmp.Process()", "multiprocessing.Process"),
        ("from multiprocessing import Process as P\nP()", "multiprocessing.Process"),
        ("from multiprocessing.context import Process\nProcess()", "multiprocessing.Process"),
        ("from multiprocessing import *\nProcess()", "multiprocessing.Process"),
        ("import torch.multiprocessing as mp\nmp.Process()", "multiprocessing.Process"),
        ("import multiprocessing\nP = multiprocessing.Process\nP()", "multiprocessing.Process"),
        (
            "import multiprocessing as m\nm.get_context('spawn').Process()",
            "multiprocessing<spawn>.Process",
        ),
        ("import multiprocessing as m\nm.get_context().Process()", "multiprocessing.Process"),
        (
            "import multiprocessing as m\ndef f():\n    c = m.get_context(None)\n    c.Process()",
            "multiprocessing.Process",
        ),
        (
            "import multiprocessing as m\ndef c():\n    return m.get_context()\nc().Process()",
            "multiprocessing.Process",
        ),
        ("def f():\n    def g(): ...\n    g()", "main.f.<locals>.g"),
        ("def f(print):\n    print()", ""),
        ("nothing()", "nothing"),
    ],
)
def test_a_name_stands_for_what_is_imported_or_assigned(project, text, name):
    assert names(project(main=text)) == ([name] if name else [])


def test_a_name_may_stand_for_several_things(project):
    text = """
        import multiprocessing

        def start(fork):
            if fork:
                Process = multiprocessing.get_context("fork").Process
            else:
                Process = multiprocessing.Process
            Process()
    """
    assert names(project(main=text)) == ["multiprocessing<fork>.Process", "multiprocessing.Process"]


def test_an_attribute_of_self_stands_for_what_a_method_assigns(project):
    text = """
        import multiprocessing

        class Server:
            def __init__(self):
                self.context = multiprocessing.get_context()

            def start(self):
                self.context.Process()
    """
    assert names(project(main=text)) == ["multiprocessing.Process"]


def test_a_name_is_followed_through_modules_that_import_it(project):
    made = project(
        main="from package import Process\nProcess()",
        package_in___init__="from .compat import Process",
        package_in_compat="from multiprocessing import Process",
    )
    assert names(made) == ["multiprocessing.Process"]


def test_a_module_of_a_package_does_not_hide_one_of_the_standard_library(project):
    made = project(main="import logging\nlogging.info()", tools_in_logging="def info(): ...")
    call = last_call(made, "main.py")
    assert made.callee(call.node.func, call.scope) is None


def test_methods_are_found_in_bases_and_by_what_functions_return(project):
    made = project(
        main="from tools import make\n\ndef main():\n    make().work()",
        tools="""
            class Base:
                def work(self): ...

            class Derived(Base): ...

            def make() -> Derived:
                return Derived()
        """,
    )
    call = last_call(made, "main.py")
    work = made.callee(call.node.func, call.scope)
    assert (work.name, work.cls.name) == ("work", "Base")
    assert made.callers(work) == [call]


def test_callers_of_a_method_call_what_it_overrides_too(project):
    made = project(
        main="""
            class Base:
                def _start(self): ...
                def run(self):
                    self._start()

            class Derived(Base):
                def _start(self): ...
        """
    )
    derived = made.module("main.py").classes["Derived"]
    assert len(made.callers(derived.methods["_start"])) == 1


def test_classes_that_are_bases_of_each_other_end_the_search(project):
    made = project(main="class A(B): ...\nclass B(A): ...\nclass C(self.x): ...\nA().f()")
    call = last_call(made, "main.py")
    assert made.callee(call.node.func, call.scope) is None


def test_what_is_imported_for_type_checkers_alone_is_left_out(project):
    made = project(main="if TYPE_CHECKING:\n    from x import Process\nProcess()")
    assert names(made) == ["Process"]


def test_an_expression_without_a_name_stands_for_nothing(project):
    made = project(main="x = 1")
    scope = Scope(made.module("main.py"))
    for text in ("1", "[]", "a[0]", "a + b", "(lambda: 0)()"):
        assert made.name(ast.parse(text, mode="eval").body, scope) == ""


def test_other_names_of_one_thing_are_one():
    assert canonical("multiprocessing.pool.Pool") == "multiprocessing.Pool"
    assert canonical("multiprocessing.process.BaseProcess") == "multiprocessing.Process"
    assert canonical("multiprocessingx.Pool") == "multiprocessingx.Pool"
