"""What each actor is told of the settings."""

from typing import Final

from actors.fetcher.config import USER_AGENT, FetcherSource, RetryPolicy, Timeouts
from actors.settings.client_id import client_id, device_id
from actors.settings.kinds import concurrency_of, is_taken_for_a_player, page_size_of
from actors.settings.secret import Secret
from actors.settings.shape import Settings, SourceSettings
from actors.sources.ask import Credentials
from actors.writer.config import WriterSource
from contracts.catalog import SourceKind

_PAGE_SIZE: Final = 250
"""Where listings do not come in pages nobody looks at it."""


def fetcher_sources(settings: Settings) -> dict[str, FetcherSource]:
    """With their secrets, which are read here. Raises BadSettings, naming the key of one that is not to be found."""
    return {row.source_id: fetcher_source(settings, row) for row in settings.sources}


def fetcher_source(settings: Settings, row: SourceSettings, *, purpose: str = "") -> FetcherSource:
    """One source with its secrets. Raises BadSettings.

    Who signs in beside a fetcher that runs names a `purpose`: servers sign a device out when it signs in a second time.
    """
    return FetcherSource(
        source_id=row.source_id,
        kind=row.kind,
        base_url=row.url,
        credentials=Credentials(
            username=_revealed(row.username),
            password=_revealed(row.password),
            token=_revealed(row.token),
            api_key=_revealed(row.api_key),
            user=row.user or "",
            client_id=_client_id(settings, row, purpose),
        ),
        user_agent=row.user_agent or (USER_AGENT if is_taken_for_a_player(row) else own_user_agent()),
        retry=RetryPolicy(
            max_retries=row.max_retries, initial_s=row.retry_initial_s, factor=row.retry_factor, max_s=row.retry_max_s
        ),
        timeouts=Timeouts(
            connect_s=row.connect_timeout_s,
            first_byte_s=row.first_byte_timeout_s,
            idle_s=row.idle_timeout_s,
            total_s=row.total_timeout_s,
        ),
        verify_tls=row.verify_tls,
        page_size=page_size_of(row) or _PAGE_SIZE,
    )


def own_user_agent() -> str:
    """What we call ourselves where nothing is set: `Playbill/0.1.0`."""
    # Loaded here, as it takes a while and most processes ask no server.
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"Playbill/{version('playbill')}"
    except PackageNotFoundError:
        return "Playbill"


def _revealed(secret: Secret | None) -> str:
    return secret.reveal() if secret is not None else ""


def _client_id(settings: Settings, row: SourceSettings, purpose: str) -> str:
    """Of this installation towards Plex, of the source's own device towards Jellyfin; an Xtream server asks for none."""
    if row.kind is SourceKind.XTREAM:
        return ""
    installation = client_id(settings.store.path.parent)
    return (
        installation if row.kind is SourceKind.PLEX else device_id(installation, row.source_id, *([purpose] if purpose else []))
    )


def writer_sources(settings: Settings) -> tuple[WriterSource, ...]:
    """Without addresses and secrets, which are none of the writer's business."""
    return tuple(
        WriterSource(
            source_id=row.source_id,
            kind=row.kind,
            title=row.title or row.source_id,
            concurrency=concurrency_of(row),
            music=row.music,
            include_categories=row.include_categories,
            exclude_categories=row.exclude_categories,
        )
        for row in settings.sources
    )
