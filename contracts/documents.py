"""The contracts as documents for others: JSON Schema of every public message, AsyncAPI of every public subject."""

import enum
import json
from typing import Any, Final, get_args

import msgspec

from contracts import catalog
from contracts.channels import Channel, channels, name_of, tag_of
from contracts.messages import Answer, Public, PublicRequest, Query, events, facts, health, progress, queries, requests, shown
from contracts.sentences import sentences

VERSION: Final = "1.0.0"
"""Of the set of contracts as a whole. A message's own version is in its tag."""
Document = dict[str, Any]
_ANSWERS: Final = "answers"
"""The channel of what is answered: AsyncAPI's form for an address that only the asker knows."""


def documents() -> dict[str, str]:
    """File name to text: `schema.json` and `asyncapi.json`. Equal for equal contracts, so a committed copy can be held to it."""
    return {name: _text(document) for name, document in (("schema.json", schema()), ("asyncapi.json", asyncapi()))}


def schema() -> Document:
    """JSON Schema 2020-12 of any public message; each message has its own under `$defs`."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Playbill's public messages",
        "description": f"Any message of Playbill's public subjects, as JSON. Unknown fields are ignored. Contracts {VERSION}.",
        "anyOf": [{"$ref": f"#/$defs/{kind.__name__}"} for kind in get_args(Public)],
        "$defs": _schemas("#/$defs/{name}"),
    }


def asyncapi() -> Document:
    """AsyncAPI 3.0 as Playbill sees itself: it receives requests, it sends what it tells."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Playbill",
            "version": VERSION,
            "description": "Ask for a sync, follow it, cancel it, react to it, and query the catalogue: plain NATS, JSON bodies.",
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "servers": {"bus": _server()},
        "channels": {channel.name: _channel(channel) for channel in channels()} | {_ANSWERS: _answers()},
        "operations": {channel.operation: _operation(channel) for channel in channels()},
        "components": {
            "messages": {name_of(kind): _message(kind) for kind in get_args(Public)},
            "schemas": _schemas("#/components/schemas/{name}"),
            "securitySchemes": {
                "user": {"type": "userPassword", "description": "The user `client`. `playbill bus` tells how to connect."},
            },
        },
    }


# --- AsyncAPI ------------------------------------------------------------------------------------------


def _server() -> Document:
    return {
        "host": "{host}:{port}",
        "protocol": "nats",
        "description": "Playbill's own nats-server on loopback, or the one that `nats.url` names.",
        "variables": {"host": {"default": "127.0.0.1"}, "port": {"default": "14222"}},
        "security": [{"$ref": "#/components/securitySchemes/user"}],
    }


def _channel(channel: Channel) -> Document:
    document: Document = {
        "address": channel.address,
        "description": channel.description,
        "servers": [{"$ref": "#/servers/bus"}],
        "messages": {name_of(kind): {"$ref": f"#/components/messages/{name_of(kind)}"} for kind in channel.kinds},
    }
    if channel.parameters:
        document["parameters"] = {name: {"description": text} for name, text in channel.parameters.items()}
    return document


def _answers() -> Document:
    return {
        "address": None,
        "description": "Where the asker listens: the reply subject that a NATS client sends with a request, an inbox of its own.",
        "servers": [{"$ref": "#/servers/bus"}],
        "messages": {name_of(kind): {"$ref": f"#/components/messages/{name_of(kind)}"} for kind in get_args(Answer)},
    }


def _operation(channel: Channel) -> Document:
    document: Document = {
        "action": channel.action,
        "channel": {"$ref": f"#/channels/{channel.name}"},
        "summary": channel.description.partition(". ")[0].removesuffix("."),
        "messages": [{"$ref": f"#/channels/{channel.name}/messages/{name_of(kind)}"} for kind in channel.kinds],
    }
    if channel.replies:
        answers = [{"$ref": f"#/channels/{_ANSWERS}/messages/{name_of(kind)}"} for kind in channel.replies]
        document["reply"] = {"channel": {"$ref": f"#/channels/{_ANSWERS}"}, "messages": answers}
    return document


def _message(kind: type[Any]) -> Document:
    return {
        "name": tag_of(kind),
        "title": kind.__name__,
        "summary": " ".join((kind.__doc__ or "").split()),
        "contentType": "application/json",
        "payload": {"$ref": f"#/components/schemas/{kind.__name__}"},
    }


# --- JSON Schema ---------------------------------------------------------------------------------------


def _schemas(reference: str) -> dict[str, Document]:
    """Every public message and what it is made of, by name, with the sentence of each field."""
    _, components = msgspec.json.schema_components(get_args(Public), ref_template=reference)
    for name, component in components.items():
        _describe_fields(name, component)
        if "enum" in component:
            _describe_values(name, component)
    for kind in get_args(PublicRequest) + get_args(Query):
        # Whoever asks may leave the tag out, since the subject says what it is; an empty object asks for the defaults.
        components[kind.__name__]["required"].remove("type")
    return dict(sorted(components.items()))


def _describe_fields(name: str, component: Document) -> None:
    for field, description in component.get("properties", {}).items():
        if field == "type":
            description["description"] = "Name and version of the message."
        elif (text := _sentence(name, field)) is not None:
            description["description"] = text


def _sentence(name: str, field: str) -> str | None:
    found = (
        sentences(module).get((name, field)) for module in (requests, progress, events, facts, health, queries, shown, catalog)
    )
    return next((text for text in found if text is not None), None)


def _describe_values(name: str, component: Document) -> None:
    kind: type[enum.Enum] = getattr(catalog, name)
    component["enum"] = [value.value for value in kind]
    told = [f"`{value.value}`: {text}" for value in kind if (text := _sentence(name, value.name))]
    component["description"] = " ".join([component["description"], *told])


def _text(document: Document) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
