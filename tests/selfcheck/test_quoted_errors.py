"""Exceptions that explanations quote are compared with the evidence."""

import pytest

from tests.selfcheck.audits import quoted_errors
from tests.selfcheck.audits.quoted_errors import is_in, quotations
from tests.selfcheck.made_results import Made, write_junit
from tests.vocabulary.specs import all_specs

LOCK = ("TypeError", "cannot pickle '_thread.lock' object")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("So: \"TypeError: cannot pickle\n'_thread.lock' object\".  Instead: none.", [LOCK]),
        ('"queue.Empty" and "ValueError", no message', []),
        (
            '"AttributeError: a", on PyPy "KeyError: b"',
            [("AttributeError", "a"), ("KeyError", "b")],
        ),
        (
            '"multiprocessing.managers.RemoteError: x"',
            [("multiprocessing.managers.RemoteError", "x")],
        ),
    ],
)
def test_an_exception_is_quoted_with_its_message(text, found):
    assert quotations(text) == found


@pytest.mark.parametrize(
    ("words", "systems", "counts"),
    [
        ("On Windows: ", {"Windows"}, True),
        ("On Windows: ", {"Linux", "macOS"}, False),
        ("It is (up to 3.13, on macOS and Windows, ", {"Linux", "Windows"}, True),
        ("It is (up to 3.13, on macOS and\nWindows, ", {"Linux"}, False),
        ("From 3.14, on macOS since 3.8 and on Windows always, it is ", {"Linux"}, True),
        ("On PyPy and on Windows ", {"Linux"}, False),
        ("On Windows and PyPy ", {"Linux"}, True),
    ],
)
def test_what_only_another_system_shows_does_not_count(words, systems, counts):
    assert quotations(f'{words}"ValueError: a".', systems) == [("ValueError", "a")] * counts


@pytest.mark.parametrize(
    ("quotation", "seen"),
    [
        (LOCK, "TypeError: cannot pickle '_thread.lock' object"),
        (LOCK, "got: [TypeError(\"cannot pickle '_thread.lock' object\")]"),
        (("OSError", "... too long"), "OSError('AF_UNIX path too long')"),
        (("ValueError", 'it\'s "x"'), """ValueError('it\\'s "x"')"""),
        (("OSError", "[Errno 9] Bad ..."), "OSError(9, 'Bad file descriptor')"),
        (("AssertionError", "lock is not owned"), "observed: lock is not owned"),
    ],
)
def test_a_quotation_is_found_as_a_traceback_or_a_repr_shows_it(quotation, seen):
    assert is_in(quotation, seen)


@pytest.mark.parametrize(
    "seen", ["", "KeyError: cannot pickle '_thread.lock' object", "TypeError: can"]
)
def test_another_type_or_message_is_not_it(seen):
    assert not is_in(LOCK, seen)


def test_what_no_interpreter_has_shown_is_listed(tmp_path, capsys):
    spec = next(spec for spec in all_specs() if quotations(spec.docstring))
    texts = tuple(f"{kind}: {message}" for kind, message in quotations(spec.docstring))
    write_junit(tmp_path / "a.xml", claims=[Made(spec.id, evidence=texts)])
    assert quoted_errors.main([str(tmp_path)]) == 0
    write_junit(tmp_path / "a.xml", claims=[Made(spec.id)])
    assert quoted_errors.main([str(tmp_path)]) == 1
    assert f"{spec.id} ({spec.file}:{spec.first}) quotes {texts[0]}" in capsys.readouterr().out


def test_without_results_it_says_what_to_do(tmp_path, capsys):
    with pytest.raises(SystemExit, match="2"):
        quoted_errors.main([str(tmp_path)])
    assert "run tox first" in capsys.readouterr().err
