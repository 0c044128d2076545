"""The committed documents: equal to the code, valid, whole, and true of real messages."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from contracts import codec, subjects
from contracts.channels import queries
from contracts.documents import asyncapi, documents, schema
from contracts.messages import Answer, HomeQuery, ItemsQuery, Message, Public, Query, SearchQuery, SyncQuery, SyncRequest
from tests.samples import MESSAGES, kinds, tag_of

COMMITTED = Path(__file__).resolve().parents[1] / "docs" / "contracts"
PUBLIC = [message for message in MESSAGES if isinstance(message, kinds(Public))]
by_kind = pytest.mark.parametrize("message", PUBLIC, ids=lambda message: type(message).__name__)


def of(kind: type[Any]) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(schema() | {"anyOf": [{"$ref": f"#/$defs/{kind.__name__}"}]}, validate_formats=True)


def references(document: Any) -> set[str]:
    if isinstance(document, dict):
        own = {document["$ref"]} if isinstance(document.get("$ref"), str) else set[str]()
        return own.union(*(references(value) for value in document.values()))
    return set[str]().union(*(references(value) for value in document)) if isinstance(document, list) else set()


def at(document: Any, pointer: str) -> Any:
    for word in pointer.removeprefix("#/").split("/"):
        document = document[word]
    return document


@pytest.mark.parametrize("name", documents())
def test_the_committed_copy_is_what_the_code_says(name: str) -> None:
    committed = (COMMITTED / name).read_text(encoding="utf-8")

    assert committed == documents()[name], "run `playbill contracts --out docs/contracts` and look at the difference"


def test_the_schema_is_a_valid_json_schema() -> None:
    jsonschema_rs.meta.validate(schema())


@by_kind
def test_a_message_that_is_sent_is_valid(message: Message) -> None:
    jsonschema_rs.Draft202012Validator(schema(), validate_formats=True).validate(json.loads(codec.encode(message)))
    of(type(message)).validate(json.loads(codec.encode(message)))


@by_kind
def test_a_message_with_a_wrong_tag_or_a_wrong_field_is_not(message: Message) -> None:
    values = json.loads(codec.encode(message))

    assert not of(type(message)).is_valid(values | {"type": "other.v1"})
    assert not any(of(type(message)).is_valid(values | {field: -1.5}) for field in values)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (SyncRequest, {}),
        (SyncRequest, {"mode": "full"}),
        (SyncRequest, {"steps": ["movies"], "of_a_newer_build": 1}),
        (HomeQuery, {}),
        (ItemsQuery, {"kind": "movie", "limit": 10}),
        (SearchQuery, {"text": "voyage"}),
        (SyncQuery, {"source": "attic"}),
    ],
)
def test_what_a_person_types_is_valid_and_understood(kind: type[Any], body: dict[str, Any]) -> None:
    of(kind).validate(body)

    assert isinstance(codec.decode_public(msgspec.json.encode(body), kind), kind)


def test_every_field_and_every_message_has_its_sentence() -> None:
    without = [
        f"{name}.{field}"
        for name, component in schema()["$defs"].items()
        for field, described in component.get("properties", {}).items()
        if not described.get("description")
    ]

    assert without == []
    assert all(component["description"] for component in schema()["$defs"].values())


@pytest.mark.parametrize("document", [schema(), asyncapi()], ids=["schema", "asyncapi"])
def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    assert all(at(document, reference) for reference in references(document))


def test_every_public_message_travels_on_a_public_subject() -> None:
    told = {reference for channel in asyncapi()["channels"].values() for reference in references(channel["messages"])}

    assert told == {f"#/components/messages/{tag_of(kind).partition('.')[0]}" for kind in kinds(Public)}


@by_kind
def test_a_message_is_published_where_the_document_says(message: Message) -> None:
    name = tag_of(type(message)).partition(".")[0]
    addresses = [channel["address"] for channel in asyncapi()["channels"].values() if name in channel["messages"]]

    if name in ("sync_request", "cancel_sync"):
        assert all(address.startswith("playbill.sync.") for address in addresses)
    elif isinstance(message, Query):
        assert addresses == [subjects.query(name.removesuffix("_query"))]
    elif isinstance(message, Answer):
        assert addresses == [None]
    elif name == "sync_progress":
        assert addresses == [subjects.progress("{source_id}")]
    else:
        named = {"source_id": "iptv", "role": "writer", "instance": "attic-4711"}
        assert [address.format(**named) for address in addresses] == [subjects.subject_of(message)]


def test_every_operation_has_a_channel_and_says_who_speaks() -> None:
    document = asyncapi()
    actions = {
        operation["channel"]["$ref"].rpartition("/")[2]: operation["action"] for operation in document["operations"].values()
    }
    received = {name for name, action in actions.items() if action == "receive"}

    assert actions.keys() == document["channels"].keys() - {"answers"}
    assert {name for name in received if not name.startswith("query_")} == {
        "request",
        "mend",
        "cancel_sync",
        "cancel_source",
        "cancel_all",
    }


def test_every_question_has_its_answer_and_may_fail() -> None:
    document = asyncapi()
    replies = {
        name: [reference.rpartition("/")[2] for reference in sorted(references(operation["reply"]["messages"]))]
        for name, operation in document["operations"].items()
        if "reply" in operation
    }

    assert replies == {f"answer_{name}": sorted([f"{name}_answer", "query_failed"]) for name in queries()}
    assert all(matches_reply(document, operation) for operation in document["operations"].values() if "reply" in operation)


def matches_reply(document: dict[str, Any], operation: dict[str, Any]) -> bool:
    """As AsyncAPI wants it: the messages of a reply are messages of its channel."""
    channel = at(document, operation["reply"]["channel"]["$ref"])
    return references(operation["reply"]["messages"]) <= {f"#/channels/answers/messages/{name}" for name in channel["messages"]}


def test_the_parameters_of_an_address_are_described() -> None:
    for channel in asyncapi()["channels"].values():
        words = {word.strip("{}") for word in (channel["address"] or "").split(".") if word.startswith("{")}
        assert channel.get("parameters", {}).keys() == words


def test_no_document_names_a_password_or_work_of_the_actors() -> None:
    for text in documents().values():
        assert "pw_" not in text
        assert "playbill.work." not in text
