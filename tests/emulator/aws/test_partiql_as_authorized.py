"""moto reads a PartiQL statement as it was authorized, however it is written."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from py_partiql_parser import DynamoDBStatementParser

from vpce_emulator.aws.as_authorized import dynamodb_as_authorized
from vpce_emulator.aws.call import Operation
from vpce_emulator.aws.partiql import Statement, parse_statement


class _Reached(Exception):
    """The table that moto would have read."""


class _Tables(dict):
    """moto's tables, all of which are there."""

    def __contains__(self, name):
        return True

    def __getitem__(self, name):
        raise _Reached(name)


def _tables_in_moto(statement):
    """Return the tables that moto would touch; none where it stumbles over a statement."""
    parser = DynamoDBStatementParser({})
    parser.documents = _Tables()
    try:
        _, updates = parser.parse(statement, [])
    except _Reached as reached:
        return set(reached.args)
    except Exception:  # noqa: BLE001 - whatever it is, nothing is touched
        return set()
    return set(updates)


WORD = st.sampled_from(
    ["SELECT", "FROM", "WHERE", "UPDATE", "INSERT INTO", "DELETE FROM", "VALUE {'a': 'b'}", "SET a = 'b'", "UNION", ","]
) | st.sampled_from(
    [
        "Public",
        "Secret",
        '"Secret"',
        "'Secret'",
        '" FROM Secret "',
        "' FROM Secret '",
        "-- FROM Secret",
        "/*",
        "*/",
        ";",
        "*",
        "a",
        ".",
        "(",
        ")",
        "[",
        "]",
        "=",
        "AND",
        "ORDER BY",
        "'x'",
        "AS",
        '"',
        "'",
        "REMOVE a",
        "?",
        "pk = 'x'",
    ]
)
GAP = st.sampled_from([" ", " ", " ", "\n", "\t", "", "  ", "/**/", "--\n"])
PIECES = st.lists(st.tuples(WORD, GAP), max_size=7).map(lambda them: "".join(word + gap for word, gap in them))
BEGINNING = st.sampled_from(
    [
        "",
        "SELECT * FROM Public",
        "SELECT a\tFROM\tPublic",
        "SELECT ",
        "UPDATE Public ",
        'DELETE FROM "Public" WHERE ',
        "SELECT * FROM Public ORDER BY a, ",
        "INSERT INTO Public VALUE ",
        " select * from Public.ix ",
        "SELECT a FROM Public --",
    ]
)


@given(st.builds("{}{}{}".format, BEGINNING, GAP, PIECES))
@example("SELECT * FROM Public WHERE, Secret ")
@example("SELECT * FROM Public ORDER BY a, Secret")
@settings(max_examples=500)
def test_a_statement_touches_the_table_that_was_authorized(text):
    statement = parse_statement(text, [])
    if isinstance(statement, Statement):
        allowed = statement.table + (f".{statement.index}" if statement.index else "")
        body = dynamodb_as_authorized(Operation("ExecuteStatement"), json.dumps({"Statement": text}).encode())
        assert _tables_in_moto(json.loads(body)["Statement"]) <= {allowed}


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ' FROM Public ' FROM Secret",
        'SELECT "x FROM Public " FROM Secret',
        'SELECT * FROM "Public" WHERE id=\'9\' ; SELECT * FROM "Secret"',
        "SELECT * FROM Public, Secret",
        "SELECT v FROM Public WHERE 1=1 UNION SELECT v FROM Secret",
        "SELECT * FROM (SELECT * FROM Secret)",
        "SELECT * FROM 'Secret'",
        "SELECT * FROM Public WHERE a = 'b",
        "SELECT * FROM Public.a.b",
        "SELECT * FROM Public AS p",
        "SELECT FROM Public",
        "UPDATE Public, Secret SET a = 1",
        "INSERT INTO Public SELECT * FROM Secret",
        "",
        ";",
    ],
)
def test_a_statement_that_could_be_read_in_two_ways_is_refused(text):
    assert "wasn't well formed" in parse_statement(text, [])


@pytest.mark.parametrize(
    ("text", "table", "written"),
    [
        ("SELECT * -- FROM Public \n FROM Secret", "Secret", 'SELECT * FROM "Secret"'),
        ('SELECT /* FROM Public */ a,b\nFROM\t"S".ix;', "S", 'SELECT a,b FROM "S.ix"'),
        (
            " select a.b, c[0] from T where x = ' FROM  Secret ' and y='--'",
            "T",
            "SELECT a.b, c[0] FROM \"T\" where x = ' FROM  Secret ' and y='--'",
        ),
        ("UPDATE T SET a = '; SELECT' WHERE pk='x'", "T", "UPDATE \"T\" SET a = '; SELECT' WHERE pk='x'"),
        ("EXISTS(SELECT * FROM T WHERE pk = ?)", "T", 'EXISTS(SELECT * FROM "T" WHERE pk = ?)'),
    ],
)
def test_strings_and_comments_name_no_table(text, table, written):
    statement = parse_statement(text, [])
    assert (statement.table, statement.text) == (table, written)


@pytest.mark.parametrize(
    ("operation", "given_to", "text"),
    [
        ("BatchExecuteStatement", "Statements", "DELETE FROM T WHERE pk='x'"),
        ("ExecuteTransaction", "TransactStatements", "DELETE FROM T WHERE pk='x'"),
    ],
)
def test_every_statement_of_a_batch_is_written_again(operation, given_to, text):
    body = json.dumps({given_to: [{"Statement": text, "Parameters": []}] * 2, "ClientRequestToken": "1"}).encode()
    written = {"Statement": "DELETE FROM \"T\" WHERE pk='x'"}
    assert json.loads(dynamodb_as_authorized(Operation(operation), body)) == {
        given_to: [{**written, "Parameters": []}] * 2,
        "ClientRequestToken": "1",
    }


def test_other_operations_of_dynamodb_go_as_they_came():
    body = b'{"TableName": "T"}'
    assert dynamodb_as_authorized(Operation("Scan"), body) is body
