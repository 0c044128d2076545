"""The parser: a raw slice becomes rows, and nothing is touched."""

from typing import Final

import msgspec

from actors.sources import source
from contracts.messages import RawSlice, SliceParsed

_encode: Final = msgspec.msgpack.Encoder().encode


def parse(raw: RawSlice) -> SliceParsed:
    """The rows of a slice, at the slice's own place: the same slice gives the same bytes.

    Raises UnexpectedAnswer when the slice is no JSON array, and BadRequest when its step has no rows.
    """
    read = source(raw.source_kind).read(raw.step, raw.body, raw.denied_category_ids)
    return SliceParsed(
        sync_id=raw.sync_id,
        source_id=raw.source_id,
        source_kind=raw.source_kind,
        step=raw.step,
        requested_ns=raw.requested_ns,
        attempt=raw.attempt,
        page=raw.page,
        slice=raw.slice,
        slices_total=raw.slices_total,
        digest=raw.digest,
        body_bytes=raw.body_bytes,
        part=raw.part,
        doubt=raw.doubt,
        categories=msgspec.Raw(_encode(read.categories)),
        items=msgspec.Raw(_encode(read.items)),
        libraries=msgspec.Raw(_encode(read.libraries)),
        sections=msgspec.Raw(_encode(read.sections)),
        rejects=read.rejects,
        excluded=read.excluded,
    )
