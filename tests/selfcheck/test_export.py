"""The verdicts as data for others: they are what the results say, whatever those hold."""

import csv
import json

import jsonschema
import pytest

from tests.report import export
from tests.report.reading import read
from tests.selfcheck.made_results import Made, write_junit

EVIL = "<script>alert(1)</script>"


@pytest.fixture
def written(tmp_path):
    """Two interpreters with three claims, as data in a folder."""
    old = [Made("A1"), Made("A2", sentence=EVIL), Made("../A3")]
    new = [Made("A1", "refuted", "3.14 changed it"), Made("A2", sentence=EVIL), Made("../A3")]
    write_junit(tmp_path / "old.xml", "CPython 3.13.5", old)
    write_junit(tmp_path / "new.xml", "CPython 3.14.2", new)
    results = read([tmp_path])
    folder = tmp_path / "data"
    folder.mkdir()
    export.write(results, folder)
    return folder


def test_the_json_is_as_its_schema_says_and_has_every_verdict(written):
    data = json.loads((written / "verdicts.json").read_text("utf-8"))
    schema = json.loads((written / "verdicts.schema.json").read_text("utf-8"))
    jsonschema.validate(data, schema)
    claim = next(one for one in data["claims"] if one["id"] == "A1")
    assert claim["verdicts"] == {"py313": "holds", "py314": "refuted"}
    assert claim["holds"] == "until 3.13"
    assert claim["reasons"] == {"py314": "3.14 changed it"}


def test_the_json_has_the_claims_about_each_public_name(tmp_path):
    write_junit(tmp_path / "a.xml", claims=[Made("COND01"), Made("QUEUE07")])
    names = export.verdicts(read([tmp_path]))["names"]
    assert names["threading.Condition.wait"] == ["COND01"]
    assert "asyncio.run" not in names, "none of the two is about it"


def test_the_table_has_a_row_per_claim_and_a_column_per_interpreter(written):
    with (written / "verdicts.csv").open(newline="", encoding="utf-8") as file:
        rows = {row["claim"]: row for row in csv.DictReader(file)}
    assert rows["A1"]["py314"] == "refuted"
    assert rows["A2"]["sentence"] == EVIL


@pytest.mark.parametrize(
    ("verdict", "message", "color"),
    [("refuted", "1 as expected", "brightgreen"), ("contradicted", "0 as expected, 1 not", "red")],
)
def test_the_badge_counts_what_is_as_expected(verdict, message, color, tmp_path):
    write_junit(tmp_path / "a.xml", "CPython 3.13.5", [Made("A1", verdict)])
    badge = export.badge(read([tmp_path]))
    assert (badge["message"], badge["color"]) == (message, color)


def test_each_claim_has_a_page_that_says_where_it_holds_and_hostile_names_have_none(written):
    text = (written / "claims" / "A1.html").read_text("utf-8")
    assert "(until 3.13)</title>" in text
    assert 'href="../report.html#A1"' in text
    assert EVIL not in (written / "claims" / "A2.html").read_text("utf-8")
    assert sorted(path.name for path in written.rglob("*.html")) == ["A1.html", "A2.html"]
