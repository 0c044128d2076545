"""What each actor is told of the settings."""

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from actors.fetcher.config import USER_AGENT, FetcherSource, RetryPolicy, Timeouts
from actors.settings.checking import bus_door
from actors.settings.client_id import client_id, device_id
from actors.settings.files import certificates
from actors.settings.kinds import concurrency_of, is_taken_for_a_player, page_size_of, requests_per_10_s_of
from actors.settings.secret import Secret
from actors.settings.shape import Settings, SourceSettings
from actors.settings.times import home_stale_s, is_scheduled, schedule_of
from actors.sources.ask import Credentials
from actors.version import own_version
from actors.writer.config import WriterSource
from contracts.catalog import SourceKind

if TYPE_CHECKING:
    from actors.push.config import PushSource
    from actors.scheduler.config import SourceSchedule

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
        ca_certificates=ca_certificates(settings, row),
        allow_private_addresses=row.allow_private_addresses,
        bus=(bus_door(settings.nats),),
        page_size=page_size_of(row) or _PAGE_SIZE,
        requests_per_10_s=requests_per_10_s_of(row),
    )


def ca_certificates(settings: Settings, row: SourceSettings) -> str:
    """The certificates that a source's is to be signed by; empty for the public ones. Raises BadSettings."""
    if row.ca_file is None:
        return ""
    return certificates(f"source[{settings.sources.index(row)}].ca_file", row.ca_file)


def at_bus(settings: Settings, url: str) -> Settings:
    """The settings of a process that knows where its bus is: the embedded one's port may be any that was free."""
    return replace(settings, nats=replace(settings.nats, url=url))


def own_user_agent() -> str:
    """What we call ourselves where nothing is set: `Playbill/0.1.0`."""
    version = own_version()
    return f"Playbill/{version}" if version else "Playbill"


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
            gone_share_max=row.gone_share_max,
            grace_s=float(row.grace),
            full_every_s=float(row.full_every),
            episodes=row.episodes,
            include_categories=row.include_categories,
            exclude_categories=row.exclude_categories,
        )
        for row in settings.sources
    )


def has_schedules(settings: Settings) -> bool:
    """Whether anything is synced by itself."""
    return any(is_scheduled(row) for row in settings.sources)


def schedules(settings: Settings) -> "tuple[SourceSchedule, ...]":
    """Of the sources that are synced by themselves."""
    return tuple(found for row in settings.sources if (found := schedule_of(row)) is not None)


def has_push(settings: Settings) -> bool:
    """Whether any server is listened to."""
    return any(row.push for row in settings.sources)


def push_sources(settings: Settings) -> "tuple[PushSource, ...]":
    """Those that are listened to, with their secrets, each as a device of its own. Raises BadSettings."""
    from actors.push.config import PushSource

    found = [fetcher_source(settings, row, purpose="push") for row in settings.sources if row.push]
    return tuple(
        PushSource(
            source_id=source.source_id,
            kind=source.kind,
            base_url=source.base_url,
            credentials=source.credentials,
            verify_tls=source.verify_tls,
            ca_certificates=source.ca_certificates,
            allowed=source.allowed,
        )
        for source in found
    )


def home_stale_after(settings: Settings) -> dict[str, float]:
    """Seconds after which a source's home page is stale, by source; those that have none of their own are left out."""
    return {row.source_id: seconds for row in settings.sources if (seconds := home_stale_s(row)) is not None}
