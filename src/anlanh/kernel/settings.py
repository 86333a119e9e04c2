"""What an operator may set, all from the environment, all with a default that works on a fresh machine."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from anlanh.kernel.problem import Problem


class BadSetting(Problem):
    issue = "value"
    says = "The setting {name} is {found!r}; it must be {wanted}."
    hint = "Change it in the environment and start again."


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one process. Every field is read from the environment variable named beside it."""

    data: Path = field(metadata={"env": "ANLANH_DATA", "help": "Folder for the database, blobs, keys and backups."})
    database_url: str | None = field(
        metadata={
            "env": "DATABASE_URL",
            "help": "Any PostgreSQL 15 or later; without it an embedded one runs in the data folder.",
        }
    )
    tenant: str = field(
        metadata={"env": "ANLANH_TENANT", "help": "PostgreSQL schema of the province or hospital group."}
    )
    zone: str = field(metadata={"env": "ANLANH_ZONE", "help": "Time zone of dates that carry none."})
    public_url: str | None = field(
        metadata={
            "env": "ANLANH_PUBLIC_URL",
            "help": "Address under which people reach this server; default: what they asked for.",
        }
    )
    workers: int = field(metadata={"env": "ANLANH_WORKERS", "help": "Web worker processes."})
    connections: int = field(metadata={"env": "ANLANH_CONNECTIONS", "help": "Database connections of one web worker."})
    acquire_timeout_s: float = field(
        metadata={"env": "ANLANH_ACQUIRE_TIMEOUT_S", "help": "Longest wait for a database connection before 503."}
    )
    statement_timeout_s: float = field(
        metadata={
            "env": "ANLANH_STATEMENT_TIMEOUT_S",
            "help": "Longest single query of a request before it is stopped.",
        }
    )
    body_limit_mb: int = field(metadata={"env": "ANLANH_BODY_LIMIT_MB", "help": "Largest request body accepted."})
    waiting_limit: int = field(
        metadata={"env": "ANLANH_WAITING_LIMIT", "help": "Requests one web worker holds at once before it answers 429."}
    )
    reads_a_minute: int = field(
        metadata={
            "env": "ANLANH_READS_A_MINUTE",
            "help": "Reads by FHIR that one account or app gets within a minute, on one machine; then 429.",
        }
    )
    reads_a_day: int = field(
        metadata={
            "env": "ANLANH_READS_A_DAY",
            "help": "The same within a day.",
        }
    )
    writes_a_minute: int = field(
        metadata={
            "env": "ANLANH_WRITES_A_MINUTE",
            "help": "Writes by FHIR taken from one account or app within a minute; entries of a Bundle count each.",
        }
    )
    writes_a_day: int = field(
        metadata={
            "env": "ANLANH_WRITES_A_DAY",
            "help": "The same within a day.",
        }
    )
    proxies: str = field(
        metadata={
            "env": "ANLANH_PROXIES",
            "help": "Addresses of proxies, with commas between, that are believed when they say for whom they ask.",
        }
    )
    webhook_allow: tuple[str, ...] = field(
        metadata={
            "env": "ANLANH_WEBHOOK_ALLOW",
            "help": "Hosts, with commas between, that may be notified by http or at private addresses.",
        }
    )
    validation: str = field(
        metadata={
            "env": "ANLANH_VALIDATION",
            "help": "What a write has to satisfy: structure, core, vn or a profile, by type: `Patient=vn,*=structure`.",
        }
    )
    mllp: tuple[str, int] | None = field(
        metadata={
            "env": "ANLANH_MLLP_PORT",
            "help": "Port, or address:port, on which HL7 v2 is taken in by MLLP; without it only by HTTP.",
        }
    )
    mllp_tls: Path | None = field(
        metadata={"env": "ANLANH_MLLP_TLS", "help": "PEM file with certificate and key, for MLLP over TLS."}
    )
    hl7_sites: Path | None = field(
        metadata={"env": "ANLANH_HL7_SITES", "help": "JSON file with the overlays of HL7 v2 senders."}
    )
    hl7_message_mb: int = field(metadata={"env": "ANLANH_HL7_MESSAGE_MB", "help": "Largest HL7 v2 message accepted."})
    vneid_issuer: str | None = field(
        metadata={
            "env": "ANLANH_VNEID_ISSUER",
            "help": "OpenID Connect issuer of VNeID; without it citizens use a code.",
        }
    )
    vneid_client_id: str | None = field(
        metadata={"env": "ANLANH_VNEID_CLIENT_ID", "help": "The name under which VNeID knows this server."}
    )
    vneid_client_secret: str | None = field(
        metadata={"env": "ANLANH_VNEID_CLIENT_SECRET", "help": "The secret that goes with it."}
    )
    vneid_claim: str = field(
        metadata={"env": "ANLANH_VNEID_CLAIM", "help": "The claim of VNeID that holds the personal number."}
    )
    smtp: str | None = field(
        metadata={
            "env": "ANLANH_SMTP",
            "help": "Where e-mail is handed over: `smtps://user:password@host:465?from=address`; without it none is sent.",
        }
    )
    sms_gateway: str | None = field(
        metadata={
            "env": "ANLANH_SMS_GATEWAY",
            "help": "Where text messages are handed over: `https://secret@host/path`, see docs/notify.md; without it none are.",
        }
    )
    zalo_gateway: str | None = field(metadata={"env": "ANLANH_ZALO_GATEWAY", "help": "The same for Zalo messages."})
    demo: bool = field(
        metadata={
            "env": "ANLANH_DEMO",
            "help": "`yes`: made-up people can be chosen to sign in as, and codes are shown. Never where real people are.",
        }
    )


DEFAULTS: dict[str, str | None] = {
    "ANLANH_DATA": "var",
    "DATABASE_URL": None,
    "ANLANH_TENANT": "thainguyen",
    "ANLANH_ZONE": "Asia/Ho_Chi_Minh",
    "ANLANH_PUBLIC_URL": None,
    "ANLANH_WORKERS": None,
    "ANLANH_CONNECTIONS": "10",
    "ANLANH_ACQUIRE_TIMEOUT_S": "10",
    "ANLANH_STATEMENT_TIMEOUT_S": "30",
    "ANLANH_BODY_LIMIT_MB": "64",
    "ANLANH_WAITING_LIMIT": "512",
    "ANLANH_READS_A_MINUTE": "6000",
    "ANLANH_READS_A_DAY": "500000",
    "ANLANH_WRITES_A_MINUTE": "3000",
    "ANLANH_WRITES_A_DAY": "200000",
    "ANLANH_PROXIES": "127.0.0.1",
    "ANLANH_WEBHOOK_ALLOW": None,
    "ANLANH_VALIDATION": "structure",
    "ANLANH_MLLP_PORT": None,
    "ANLANH_MLLP_TLS": None,
    "ANLANH_HL7_SITES": None,
    "ANLANH_HL7_MESSAGE_MB": "64",
    "ANLANH_VNEID_ISSUER": None,
    "ANLANH_VNEID_CLIENT_ID": None,
    "ANLANH_VNEID_CLIENT_SECRET": None,
    "ANLANH_VNEID_CLAIM": "so_dinh_danh",
    "ANLANH_SMTP": None,
    "ANLANH_SMS_GATEWAY": None,
    "ANLANH_ZALO_GATEWAY": None,
    "ANLANH_DEMO": "no",
}


def read(environment: Mapping[str, str]) -> Settings:
    """The settings out of an environment such as `os.environ`.

    Raises:
        BadSetting: a value has the wrong form.
    """
    value = {name: environment.get(name) or default for name, default in DEFAULTS.items()}
    tenant = value["ANLANH_TENANT"] or ""
    if not tenant.isidentifier() or not tenant.isascii() or tenant != tenant.lower():
        raise BadSetting(name="ANLANH_TENANT", found=tenant, wanted="a lower-case PostgreSQL name")
    return Settings(
        data=Path(value["ANLANH_DATA"] or "var").expanduser().absolute(),
        database_url=value["DATABASE_URL"],
        tenant=tenant,
        zone=value["ANLANH_ZONE"] or "",
        public_url=(value["ANLANH_PUBLIC_URL"] or "").rstrip("/") or None,
        workers=_whole("ANLANH_WORKERS", value["ANLANH_WORKERS"] or str(os.cpu_count() or 1)),
        connections=_whole("ANLANH_CONNECTIONS", value["ANLANH_CONNECTIONS"]),
        acquire_timeout_s=_seconds("ANLANH_ACQUIRE_TIMEOUT_S", value["ANLANH_ACQUIRE_TIMEOUT_S"]),
        statement_timeout_s=_seconds("ANLANH_STATEMENT_TIMEOUT_S", value["ANLANH_STATEMENT_TIMEOUT_S"]),
        body_limit_mb=_whole("ANLANH_BODY_LIMIT_MB", value["ANLANH_BODY_LIMIT_MB"]),
        waiting_limit=_whole("ANLANH_WAITING_LIMIT", value["ANLANH_WAITING_LIMIT"]),
        reads_a_minute=_whole("ANLANH_READS_A_MINUTE", value["ANLANH_READS_A_MINUTE"]),
        reads_a_day=_whole("ANLANH_READS_A_DAY", value["ANLANH_READS_A_DAY"]),
        writes_a_minute=_whole("ANLANH_WRITES_A_MINUTE", value["ANLANH_WRITES_A_MINUTE"]),
        writes_a_day=_whole("ANLANH_WRITES_A_DAY", value["ANLANH_WRITES_A_DAY"]),
        proxies=value["ANLANH_PROXIES"] or "",
        webhook_allow=tuple(
            each.strip().lower() for each in (value["ANLANH_WEBHOOK_ALLOW"] or "").split(",") if each.strip()
        ),
        validation=value["ANLANH_VALIDATION"] or "",
        mllp=_address("ANLANH_MLLP_PORT", value["ANLANH_MLLP_PORT"]),
        mllp_tls=_file(value["ANLANH_MLLP_TLS"]),
        hl7_sites=_file(value["ANLANH_HL7_SITES"]),
        hl7_message_mb=_whole("ANLANH_HL7_MESSAGE_MB", value["ANLANH_HL7_MESSAGE_MB"]),
        vneid_issuer=value["ANLANH_VNEID_ISSUER"],
        vneid_client_id=value["ANLANH_VNEID_CLIENT_ID"],
        vneid_client_secret=value["ANLANH_VNEID_CLIENT_SECRET"],
        vneid_claim=value["ANLANH_VNEID_CLAIM"] or "",
        smtp=_scheme("ANLANH_SMTP", value["ANLANH_SMTP"], "smtp", "smtps"),
        sms_gateway=_scheme("ANLANH_SMS_GATEWAY", value["ANLANH_SMS_GATEWAY"], "https", "http"),
        zalo_gateway=_scheme("ANLANH_ZALO_GATEWAY", value["ANLANH_ZALO_GATEWAY"], "https", "http"),
        demo=_yes("ANLANH_DEMO", value["ANLANH_DEMO"]),
    )


def _whole(name: str, text: str | None) -> int:
    if text is None or not text.isascii() or not text.isdigit() or int(text) < 1:
        raise BadSetting(name=name, found=text, wanted="a whole number from 1")
    return int(text)


def _address(name: str, text: str | None) -> tuple[str, int] | None:
    if text is None:
        return None
    host, _, port = text.rpartition(":")
    if not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise BadSetting(name=name, found=text, wanted="a port, or address:port")
    return host.strip("[]") or "127.0.0.1", int(port)


def _scheme(name: str, text: str | None, *schemes: str) -> str | None:
    if text is not None and text.partition("://")[0] not in schemes:
        raise BadSetting(name=name, found="(not shown)", wanted=f"an address that begins with {schemes[0]}://")
    return text


def _file(text: str | None) -> Path | None:
    return Path(text).expanduser().absolute() if text else None


def _yes(name: str, text: str | None) -> bool:
    if text not in ("yes", "no"):
        raise BadSetting(name=name, found=text, wanted="yes or no")
    return text == "yes"


def _seconds(name: str, text: str | None) -> float:
    try:
        seconds = float(text or "")
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 86400:
        raise BadSetting(name=name, found=text, wanted="a number of seconds")
    return seconds
