"""The parser: a raw slice or series becomes rows, and nothing is touched."""

from typing import Final

import msgspec

from actors.sources import source
from contracts.catalog import Reject
from contracts.errors import AnswerTooLarge
from contracts.messages import ErrorReport, RawSeries, RawSlice, SeriesParsed, SliceParsed

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
        announced=raw.announced,
        categories=msgspec.Raw(_encode(read.categories)),
        items=msgspec.Raw(_encode(read.items)),
        libraries=msgspec.Raw(_encode(read.libraries)),
        sections=msgspec.Raw(_encode(read.sections)),
        rejects=read.rejects,
        excluded=read.excluded,
    )


def parse_series(raw: RawSeries) -> SeriesParsed:
    """The seasons and episodes of a series; none of one that is unknown or could not be asked, which is passed on as it is.

    Raises UnexpectedAnswer when the answer is none about a series, and BadRequest when this kind of source has no such answers.
    """
    items, rejects, error = b"\x90", list[Reject](), raw.error
    if error is None and not raw.is_unknown:
        try:
            read = source(raw.source_kind).read_series(raw.series_id, raw.body)
            items, rejects = _encode(read.items), read.rejects
        except AnswerTooLarge as too_large:
            error = ErrorReport(code=too_large.code, text=f"series {raw.series_id}: {too_large.text}", step=raw.step)
    return SeriesParsed(
        sync_id=raw.sync_id,
        source_id=raw.source_id,
        source_kind=raw.source_kind,
        step=raw.step,
        requested_ns=raw.requested_ns,
        series_id=raw.series_id,
        items=msgspec.Raw(items),
        rejects=rejects,
        is_unknown=raw.is_unknown,
        error=error,
        part=raw.part,
    )
