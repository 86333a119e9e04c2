"""Topics: what can happen that one may subscribe to. Some are built in, a site adds its own as Basic resources.

FHIR: SubscriptionTopic in R4, as Basic with the extensions of its R5 elements
Source: https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/components.html#subscription-topics-in-r4
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

R5 = "http://hl7.org/fhir/5.0/StructureDefinition/extension-SubscriptionTopic."
CODE = "SubscriptionTopic"
OWN = "https://anlanh.vn/fhir/SubscriptionTopic/"
INTERACTIONS = ("create", "update", "delete")


@dataclass(frozen=True, slots=True)
class Trigger:
    """One way in which a topic happens. `previous` and `current` are searches that a resource meets before and after.

    `create_passes`, `delete_passes`: what counts where there is nothing before, or after. `fhirpath` may use %previous
    and %current.
    """

    type: str
    interactions: tuple[str, ...] = INTERACTIONS
    previous: str | None = None
    current: str | None = None
    create_passes: bool = True
    delete_passes: bool = False
    both: bool = False
    fhirpath: str | None = None


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic by its canonical url. `filters`: type to the parameters one may filter by; a type not there: any."""

    url: str
    title: str
    triggers: tuple[Trigger, ...]
    filters: dict[str, frozenset[str]]


BUILT_IN: tuple[Topic, ...] = (
    Topic(
        f"{OWN}encounter-start",
        "A patient has arrived: an Encounter is in progress now",
        (Trigger("Encounter", ("create", "update"), "status:not=in-progress", "status=in-progress", both=True),),
        {},
    ),
    Topic(
        f"{OWN}encounter-end",
        "An Encounter has ended",
        (Trigger("Encounter", ("create", "update"), "status:not=finished", "status=finished", both=True),),
        {},
    ),
    Topic(
        f"{OWN}result",
        "A result is final, or was amended",
        tuple(
            Trigger(each, ("create", "update"), current="status=final,amended,corrected")
            for each in ("Observation", "DiagnosticReport")
        ),
        {},
    ),
    Topic(
        f"{OWN}order",
        "Something was ordered, changed or taken back",
        tuple(Trigger(each) for each in ("ServiceRequest", "MedicationRequest")),
        {},
    ),
)


def of_basic(resource: dict[str, Any]) -> Topic | None:
    """The topic that a Basic resource describes; None when it has no url or no trigger, or is retired."""
    url, status = _value(resource, "url"), _value(resource, "status")
    triggers = [_trigger(each) for each in _complex(resource, "resourceTrigger")]
    if not url or status == "retired" or not triggers:
        return None
    filters: dict[str, frozenset[str]] = {}
    for each in _complex(resource, "canFilterBy"):
        parts = _parts(each)
        if "filterParameter" in parts:
            name = str(parts.get("resource", "")).rpartition("/")[2]
            filters[name] = filters.get(name, frozenset()) | {str(parts["filterParameter"])}
    return Topic(url, str(_value(resource, "title") or ""), tuple(triggers), filters)


def known(resources: Iterable[dict[str, Any]]) -> dict[str, Topic]:
    """All topics by url: the built-in ones and those of the record, which go first."""
    own = (of_basic(resource) for resource in resources)
    return {topic.url: topic for topic in (*BUILT_IN, *own) if topic is not None}


def _trigger(extension: dict[str, Any]) -> Trigger:
    parts = _parts(extension)
    query = next((_parts(each) for each in extension.get("extension", ()) if each.get("url") == "queryCriteria"), {})
    interactions = [
        each.get("valueCode") for each in extension.get("extension", ()) if each.get("url") == "supportedInteraction"
    ]
    return Trigger(
        type=str(parts.get("resource", "")).rpartition("/")[2],
        interactions=tuple(each for each in interactions if each in INTERACTIONS) or INTERACTIONS,
        previous=_search(query.get("previous")),
        current=_search(query.get("current")),
        create_passes=query.get("resultForCreate", "test-passes") == "test-passes",
        delete_passes=query.get("resultForDelete", "test-fails") == "test-passes",
        both=query.get("requireBoth") is True,
        fhirpath=parts.get("fhirPathCriteria"),
    )


def _search(text: Any) -> str | None:
    """The query of a criteria, with or without the type before it."""
    return text.partition("?")[2] if isinstance(text, str) and "?" in text else text


def _complex(resource: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [each for each in resource.get("extension", ()) if each.get("url") == R5 + name]


def _value(resource: dict[str, Any], name: str) -> Any:
    found = next(iter(_complex(resource, name)), {})
    return next((value for key, value in found.items() if key.startswith("value")), None)


def _parts(extension: dict[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for each in extension.get("extension", ()):
        for key, value in each.items():
            if key.startswith("value"):
                out.setdefault(each["url"], value)
    return out
