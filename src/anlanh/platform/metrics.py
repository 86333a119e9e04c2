"""What operators watch, in Prometheus form at `/metrics`. Labels are names of interactions, never of people.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

import os
from pathlib import Path

from prometheus_client import Counter, Gauge, Histogram, values

REQUEST_SECONDS = Histogram(
    "anlanh_request_seconds",
    "Time from request to answer, by interaction and status.",
    ["interaction", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
REQUESTS_IN_HAND = Gauge("anlanh_requests_in_hand", "Requests being answered.", multiprocess_mode="livesum")
DELIVERIES = Counter("anlanh_subscription_deliveries_total", "Subscription notifications sent, by result.", ["result"])
HEARD = Counter("anlanh_heard_total", "Changes of the record that services heard of, by result.", ["hearing", "result"])
SECURITY_EVENTS = Counter(
    "anlanh_security_events_total", "What was refused: kind of event, and the name of the problem.", ["event", "reason"]
)
JOBS = Counter("anlanh_jobs_total", "Background jobs ended, by name and result.", ["job", "result"])
UNUSUAL = Counter("anlanh_unusual_access_total", "Cases of unusual looks at records, by measure.", ["measure"])
UNUSUAL_OPEN = Gauge(
    "anlanh_unusual_access_open", "Cases of unusual looks that are not decided.", multiprocess_mode="livesum"
)


def share(folder: Path) -> None:
    """Keep the figures of this process, and of those it forks from now on, in files of a folder, where they add up.

    The library decides that when it is imported, which is before a folder is known; so it is asked once more.
    """
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    values.ValueClass = values.get_value_class()  # type: ignore[no-untyped-call]  # the library has no types here
    for figure in (REQUESTS_IN_HAND, UNUSUAL_OPEN):  # those without labels have made their value already
        figure._metric_init()
