"""One entry of a listing decoded with all the tolerance there is, when the strict decoder refused it."""

import json
import math
from typing import Any, NoReturn

from actors.sources.values import Unreadable
from contracts import limits


def decode_entry(piece: bytes) -> dict[str, Any]:
    """The entry's fields. Raises Unreadable, saying why.

    Bytes that are no UTF-8 become the replacement character, control characters inside a text and lone surrogates are
    survived. What has no value is refused: NaN, a number beyond the range of a double, nesting without end.
    """
    value = _decoded(piece)
    if type(value) is not dict:
        raise Unreadable("the entry is no object")
    return value


def _is_huge(piece: bytes) -> bool:
    values = piece.count(b",") + piece.count(b"[") + piece.count(b"{")
    return len(piece) > limits.TOLERANT_BYTES_MAX or values > limits.TOLERANT_VALUES_MAX


def _decoded(piece: bytes) -> Any:
    if _is_huge(piece):
        raise Unreadable("the entry is too large to be read with tolerance")
    text = piece.decode(errors="replace")
    try:
        return _encodable(json.loads(text, strict=False, parse_constant=_no_number, parse_float=_float))
    except RecursionError:
        raise Unreadable("the entry is nested too deeply") from None
    except Unreadable:
        raise
    except ValueError:
        raise Unreadable("the entry is no JSON") from None


def _no_number(name: str) -> NoReturn:
    raise Unreadable(f"the entry holds {name}, which is no number")


def _float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise Unreadable("the entry holds a number out of range")
    return number


def _encodable(value: Any) -> Any:
    """The value without lone surrogates, which no encoder takes."""
    if type(value) is str:
        return value.encode(errors="ignore").decode()
    if type(value) is list:
        return [_encodable(part) for part in value]
    if type(value) is dict:
        return {_encodable(key): _encodable(part) for key, part in value.items()}
    return value
