"""Says SyncRequest when a part of a source is due.

NATS' own message schedules would fire a cron line, but know no quiet hours, no jitter, no catching up once, no back-off and no
simulated clock: so slots are computed here (cron lines by cronsim), and the bus only carries the request.
"""
