"""What operators count, as Prometheus text. Queue figures are read from the database when asked for."""

from typing import LiteralString

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from bridge.database import Pool

_JOBS: LiteralString = (
    "SELECT CASE WHEN state = 'failed' AND completed_at IS NOT NULL THEN 'dead'"
    " WHEN state = 'failed' THEN 'retrying' ELSE state END, job_source, count(*)"
    " FROM publish_jobs GROUP BY 1, 2"
)
_FIGURES: LiteralString = (
    "SELECT (SELECT count(*) FROM publish_jobs WHERE state = 'in_progress' AND lease_expires_at < NOW()),"
    " (SELECT count(*) FROM account_syncs WHERE attempts > 0),"
    " COALESCE((SELECT extract(epoch FROM NOW() - min(created_at))"
    "   FROM publish_jobs WHERE state = 'pending')::float, 0)"
)
_LINKS: LiteralString = "SELECT provisioning_state, count(*) FROM account_links GROUP BY 1"


class Metrics:
    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        self.failures = Counter(
            "bridge_failures", "Failures, by stage and error class", ["stage", "error"], registry=registry
        )
        self.sessions = Counter(
            "bridge_sessions_renewed", "New PDS sessions, by how", ["how"], registry=registry
        )
        self.events = Counter(
            "bridge_events", "Relay events, by what was decided", ["decision"], registry=registry
        )
        self.published = Histogram(
            "bridge_publish_seconds",
            "From an event's arrival to its record",
            buckets=(0.1, 0.5, 1, 5, 15, 60, 300, 1800, 7200),
            registry=registry,
        )
        self.restarts = Counter("bridge_part_restarts", "Parts started again", ["part"], registry=registry)
        self._jobs = Gauge(
            "bridge_jobs", "Publish jobs, by state and lane", ["state", "lane"], registry=registry
        )
        self._links = Gauge("bridge_account_links", "Account links, by state", ["state"], registry=registry)
        self._leases = Gauge("bridge_leases_expired", "Leases whose holder is gone", registry=registry)
        self._syncs = Gauge("bridge_syncs_pending", "Neighbours not yet told of a state", registry=registry)
        self._oldest = Gauge(
            "bridge_oldest_pending_seconds", "Age of the oldest waiting job", registry=registry
        )

    def failed(self, stage: str, error: BaseException) -> None:
        self.failures.labels(stage, type(error).__name__).inc()

    async def render(self, pool: Pool) -> bytes:
        async with pool.connection() as connection:
            jobs = await (await connection.execute(_JOBS)).fetchall()
            links = await (await connection.execute(_LINKS)).fetchall()
            figures = await (await connection.execute(_FIGURES)).fetchone()
        self._jobs.clear()
        self._links.clear()
        for state, lane, count in jobs:
            self._jobs.labels(str(state), str(lane)).set(_number(count))
        for state, count in links:
            self._links.labels(str(state)).set(_number(count))
        for gauge, figure in zip((self._leases, self._syncs, self._oldest), figures or (), strict=True):
            gauge.set(_number(figure))
        return generate_latest(self._registry)


def _number(value: object) -> float:
    assert isinstance(value, int | float)
    return float(value)
