"""What each actor is told of the settings."""

from actors.fetcher.config import USER_AGENT, FetcherSource, RetryPolicy, Timeouts
from actors.settings.shape import Settings, SourceSettings
from actors.sources.ask import Credentials
from actors.writer.config import WriterSource


def fetcher_sources(settings: Settings) -> dict[str, FetcherSource]:
    """With their secrets, which are read here. Raises BadSettings, naming the key of one that is not to be found."""
    return {row.source_id: fetcher_source(row) for row in settings.sources}


def fetcher_source(row: SourceSettings) -> FetcherSource:
    """One source with its secrets. Raises BadSettings."""
    return FetcherSource(
        source_id=row.source_id,
        kind=row.kind,
        base_url=row.url,
        credentials=Credentials(username=row.username.reveal(), password=row.password.reveal()),
        user_agent=row.user_agent or USER_AGENT,
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
    )


def writer_sources(settings: Settings) -> tuple[WriterSource, ...]:
    """Without addresses and secrets, which are none of the writer's business."""
    return tuple(
        WriterSource(
            source_id=row.source_id,
            kind=row.kind,
            title=row.title or row.source_id,
            concurrency=row.concurrency,
            include_categories=row.include_categories,
            exclude_categories=row.exclude_categories,
        )
        for row in settings.sources
    )
