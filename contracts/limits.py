"""Every bound of the system, with its reason. Units are the last word of a name."""

from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB

# --- The bus -----------------------------------------------------------------------------------
MESSAGE_BYTES_MAX: Final = 1_000_000
"""Payload plus headers. NATS's default `max_payload` is 1 MiB and counts headers; above it the client is closed for good."""
HEADER_BYTES_RESERVED: Final = 2 * KIB
"""What headers and subject may take of a message."""
SLICE_BYTES: Final = 448 * KIB
"""Where a listing is cut while it streams. Parsed rows are about as large as their slice, so both stay under the payload."""
ENTRY_BYTES_MAX: Final = 384 * KIB
"""One entry of a listing. Real ones are 0.3 to 3 KB; a larger one cannot be cut and ends its step."""
CONVEYOR_BYTES_MAX: Final = 24 * MIB
"""Bytes one work stream holds. Beyond it a publish is refused, which is the back-pressure; 24 MiB are some 50 slices."""
COMMANDS_BYTES_MAX: Final = 32 * MIB
"""Bytes of commands to fetch that may wait; a command is under 10 KB."""
REQUESTS_MAX: Final = 10_000
"""Sync requests that may wait for the writer."""
FACTS_BYTES_MAX: Final = 32 * MIB
EVENTS_BYTES_MAX: Final = 32 * MIB
DEAD_BYTES_MAX: Final = 64 * MIB
PROGRESS_BYTES_MAX: Final = 16 * MIB
FACTS_KEPT_S: Final = 6 * 3600
CANCELS_KEPT_S: Final = 6 * 3600
"""Longer than any cool-down, so that an actor that was down hears a cancel when it is back."""
CANCELS_KEPT_MAX: Final = 1_000
"""Targets whose last cancel is kept: nats-server refuses to answer one question with more than 1,024 subjects."""
CANCELS_REMEMBERED_MAX: Final = 10_000
"""Targets that a process remembers of each kind, the oldest forgotten first."""
EVENTS_KEPT_S: Final = 7 * 24 * 3600
DUPLICATE_WINDOW_S: Final = 120
"""A saving only; the ledger is the guarantee."""
PUBLISH_WINDOW: Final = 8
"""Publishes of one message in flight: 8 slices of 448 KiB are 3.5 MiB."""
PUBLISH_TIMEOUT_S: Final = 5.0
PULL_BYTES_MAX: Final = 4 * MIB
"""Bytes one pull request may bring. Must exceed one message."""
ACK_WAIT_S: Final = 10.0
"""A message whose actor died is delivered again after this; a living actor says `in progress` every third of it."""
DELIVERIES_MAX: Final = 6
"""Deliveries of one message that ends in an error we do not know, before it is buried."""
CRASHES_MAX: Final = 16
"""Deliveries of one message that had no outcome at all, each the death of an actor, before it is buried unread."""
RETRY_DELAY_MAX_S: Final = 60.0
COOL_DOWNS_MAX: Final = 5
"""Cool-downs of one step before it fails; with the cap below, 75 minutes at most.

Counted by the command's deliveries, which is the only memory that a fetcher's death leaves: five crashes and one cool-down
count as six. The step fails then although one more wait might have done, and the next sync asks again.
"""
COOL_DOWN_DEFAULT_S: Final = 60.0
COOL_DOWN_MAX_S: Final = 900.0
"""A `Retry-After` of years is a mistake; after 15 minutes we ask again."""
CONSUMERS_MAX: Final = 1_000
"""One consumer per source on the fetch stream; a stream bears about a thousand."""
DRAIN_S: Final = 10.0
"""What SIGTERM leaves for the work in hand."""
QUERIES_AT_ONCE: Final = 16
"""Questions of one kind that a reader works on at once."""
QUERIES_WAITING_MAX: Final = 256
"""Questions of one kind that a reader has in hand; who asks one more is told to ask again."""
SYNC_ANSWER_S: Final = 10.0
"""How long who asks for a sync by request and reply waits to hear whether it starts."""

# --- Health ------------------------------------------------------------------------------------
HEARTBEAT_INTERVAL_S: Final = 3.0
"""How often a process says how it is: seven roles make two small messages a second. Where no stream keeps them a health check
listens for that long."""
HEARTBEATS_MISSED_MAX: Final = 3
"""Heartbeats that may be missing before a process counts as silent."""
HEARTBEATS_KEPT_S: Final = 60
"""How long the last word of a process is kept that says no more."""
HEARTBEATS_KEPT_MAX: Final = 1_000
"""Processes whose last word is kept: nats-server refuses to answer one question with more than 1,024 subjects."""
HEALTH_BYTES_MAX: Final = MIB
"""Of the stream of heartbeats, in memory: a thousand of half a kilobyte."""
PULSE_INTERVAL_S: Final = 2.0
"""How often a well process tells its supervisor so, over a pipe: also when the bus is away."""
SILENT_S: Final = 20.0
"""Silence of a process that was ready, before it is killed: ten pulses. Collecting garbage takes tenths of a second, a loop on a
loaded machine is late by seconds, and no work of ours holds it longer. What is killed wrongly costs a restart and no message."""
STALLED_S: Final = 60.0
"""What a parser, an aggregator or a reader may have in hand unsettled; each message is work of milliseconds."""
WRITER_STALLED_S: Final = 900.0
"""Of the writer: making the indexes of a large catalogue on a memory card takes minutes. Waiting for the store does not count."""
BUS_HEALTH_INTERVAL_S: Final = 4.0
BUS_HEALTH_ANSWER_S: Final = 2.0
"""healthz answers in a millisecond."""
BUS_UNWELL_TIMES: Final = 3
"""Complaints in a row before the embedded server is restarted, …"""
BUS_UNWELL_S: Final = 10.0
"""… and the least time they span. It doubles with each restart that did not help, …"""
BUS_UNWELL_MAX_S: Final = 320.0
"""… up to this, so that a server that needs long to recover its streams is left to it."""
HEALTH_ANSWER_S: Final = 5.0
"""What a health check may take altogether."""
HEALTH_TEXT_CHARS_MAX: Final = 500
"""Of healthz's own words in a log."""

# --- Progress ----------------------------------------------------------------------------------
PROGRESS_INTERVAL_S: Final = 0.1
"""At most ten SyncProgress a second and source."""
FETCH_FACT_INTERVAL_S: Final = 0.25
"""How often a download says how far it is."""
PROGRESS_ERRORS_MAX: Final = 50
"""Errors a SyncProgress carries; the database keeps all."""

# --- HTTP --------------------------------------------------------------------------------------
BODY_BYTES_MAX: Final = 2 * 1024 * MIB
"""One answer, inflated: six times the largest listing seen (300 MB for 250,000 films)."""
WIRE_BYTES_MAX: Final = BODY_BYTES_MAX
INFLATE_CHUNK_BYTES: Final = 256 * KIB
"""What one inflate call may yield, so that a gzip bomb costs one chunk of memory."""
ACCOUNT_BYTES_MAX: Final = 256 * KIB
"""The account answer is under 1 KB."""
PAGE_BYTES_MAX: Final = 8 * MIB
"""One page of a paged listing, held whole: 250 Plex entries are about 1.5 MB, 1,000 of them 6 MB. A server that ignores paging
passes it; with twice as much, a page that was made to harm would take an actor beyond 64 MB."""
LARGE_BYTES: Final = 2 * MIB
"""Of an answer that is held whole: what is larger than any sensible page is read one at a time, over all sources of a process."""
PAGE_ENTRIES_MAX: Final = 50_000
"""Parts of one list in an answer that is held whole. A thousand at most are asked for; a million `{}` take 300 MB as objects."""
TOLERANT_BYTES_MAX: Final = 2 * MIB
TOLERANT_VALUES_MAX: Final = 200_000
"""Of JSON that is decoded with all the tolerance there is, which makes an object of every value."""
SLICE_ENTRIES_MAX: Final = 5_000
"""Entries of one slice, however short: each may become a row or a reject, and those have to fit into a message too."""
SLICE_COMMAS_MAX: Final = 60_000
"""Commas where a slice may be cut by guessing; real entries have one in 20 bytes. With more, entries are counted first."""
PAGES_MAX: Final = 20_000
"""Pages of one listing: 5 million rows at 250. A server that never comes to an end passes it."""
SLIMMED_BYTES_MAX: Final = 4 * ENTRY_BYTES_MAX
"""An entry that is too large for a slice is read for the fields that we use, up to here: reading costs its size several times."""
SIGN_IN_REFUSED_S: Final = 300.0
"""How long a refused sign-in is not tried again: Jellyfin locks a user after a few."""
ERROR_BODY_BYTES_MAX: Final = 8 * KIB
"""Of an error's body that is read for the server's own words."""
REDIRECTS_MAX: Final = 3
ADDRESSES_MAX: Final = 16
"""Addresses of one name that are tried; a name of a home's server has one or two."""
DIAL_HEAD_START_S: Final = 0.25
"""What an address has before the next one is tried beside it, as RFC 8305 recommends."""
CA_FILE_BYTES_MAX: Final = MIB
"""Of a file of certificates that are trusted: all public ones together are 250 KB."""
SNIFF_BYTES_MAX: Final = 64 * KIB
"""Text before the first bracket (PHP warnings, blank lines) that is looked through for JSON."""
ERROR_TEXT_CHARS_MAX: Final = 300
"""Of a server's own words kept in an error."""

# --- Rows --------------------------------------------------------------------------------------
TITLE_CHARS_MAX: Final = 512
TEXT_CHARS_MAX: Final = 8_192
"""A plot or a list of names."""
URL_CHARS_MAX: Final = 2_048
REMOTE_ID_CHARS_MAX: Final = 128
ITEM_CATEGORIES_MAX: Final = 256
REJECT_CHARS_MAX: Final = 1_024
"""The clipped copy of an entry that could not be read."""
INTEGER_MIN: Final = -(2**63)
INTEGER_MAX: Final = 2**63 - 1
"""SQLite's integers have 64 bits."""
DEAD_LETTER_BYTES_MAX: Final = 512 * KIB
"""Of a dead message's body kept for replay."""

SECTION_ITEMS_MAX: Final = 300
"""Items kept of one home section: more than a page shows, few enough for a section to fit into one message."""
SECTIONS_MAX: Final = 200
"""Sections kept of one home page; Plex servers with many collections show some 60."""

# --- What changes, and what is gone ---------------------------------------------------------------
GONE_SHARE_MAX: Final = 0.2
"""Of a listing's rows that may be gone at once, where a source does not set another share."""
GONE_ROWS_FREE: Final = 20
"""Rows that may be gone at once, however small the listing."""
GRACE_DAYS: Final = 7
"""How long a row that is gone is kept, hidden, before it is purged."""
PURGED_AT_ONCE: Final = 5_000
"""Rows purged in one transaction; the next takes the rest."""
PURGE_INTERVAL_S: Final = 600.0
"""How often the writer looks for what may be purged."""
FULL_EVERY_DAYS: Final = 7
"""After which the whole listing is read again, where a source does not set another time."""
OVERLAP_S: Final = 300
"""How far behind its mark a pass over what changed begins: clocks differ, and servers write late."""
CHANGED_SHARE_MAX: Final = 0.5
"""Of a listing's rows that may have changed before it is read as a whole."""
HOME_STALE_S: Final = 1_800.0
"""Age at which home sections are stale, where a source does not set another."""
SERIES_BATCH: Final = 20
"""Series whose episodes are asked for by one command."""
SERIES_BYTES_MAX: Final = 8 * MIB
"""One series: 2,000 episodes of 2 KB are 4 MB. Its parsed rows have to fit into a message."""
SERIES_UNKNOWN_DAYS: Final = 7
"""How long a series that the source does not know is not asked for again, unless its entry changes."""
SERIES_EMPTY_MAX: Final = 3
"""Series in a row that have lost all their episodes: the provider answers nothing any more, and is left alone."""
REQUESTS_PER_10_S: Final = 25.0
"""Of one Xtream source: panels answer slowly, or ban, from 30 on."""

# --- The writer and the store --------------------------------------------------------------------
SLICES_PER_TRANSACTION: Final = 8
"""Measured: one slice a transaction 3.3 s, eight 1.65 s per 195,000 rows."""
STORE_LOCK_S: Final = DRAIN_S + 2
"""How long a writer waits for another one to let go of the file: one whose supervisor was killed finishes what it has in hand."""
STORE_RETRY_S: Final = 1.0
"""Until a store that is locked, full or read-only is tried again."""
READ_S: Final = 10.0
"""What one question to the catalogue may take: while it reads, the write-ahead log only grows. Answers take milliseconds."""
BACKUP_PAGES: Final = 4_096
"""Copied at once, 16 MiB: between two of these a Ctrl-C is heard."""
SLICES_DECODED_AT_ONCE: Final = 4
"""Of a transaction's slices, how many stand in memory as rows: some 1.5 MB each."""
REISSUES_MAX: Final = 5
"""How often the reconciler asks again for one step before it ends it with a reason."""
RECONCILE_INTERVAL_S: Final = 5.0
SYNC_AGE_MAX_S: Final = 24 * 3600
"""No sync stays `syncing` for ever."""
STEPS_MAX: Final = 5_000
"""Steps of one sync: six for Xtream, four per library elsewhere."""
EVENT_ITEMS_MAX: Final = 50
"""Ids an `items_added` event names."""
OUTBOX_BATCH: Final = 100
OUTBOX_REFUSED_S: Final = 120.0
"""How long the bus may refuse a message of the outbox while it takes others, before that is a dead letter: a stream that has to
be made anew is there within half a minute."""
REJECTS_PER_STEP_MAX: Final = 10_000
"""Copies of rejects kept for one step; the count goes on."""
DEAD_LETTERS_MAX: Final = 10_000
HISTORY_KEPT_DAYS: Final = 90
QUERY_ROWS_MAX: Final = 1_000
"""Rows of one page of a query."""
SEARCH_CANDIDATES_MAX: Final = 2_000
"""Matches that are ranked; more than a person reads, few enough for 10 ms."""
