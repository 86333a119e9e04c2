"""E-mail by SMTP. What was cut off after the text was handed over may have gone out, so it is not sent again.

Source: RFC 5321, RFC 5322
"""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from anlanh.kernel.settings import Settings
from anlanh.services.notify.model import Claimed, Receipt

WITHIN_S = 15.0
OUTCOMES = {4: "later", 5: "refused"}
PORTS = {"smtp": 587, "smtps": 465}


class Mail:
    """A server at `smtps://user:password@host:465?from=address`."""

    def __init__(self, address: str, settings: Settings) -> None:
        self._server = urlsplit(address)
        self._from = parse_qs(self._server.query).get("from", [f"an-lanh@{self._server.hostname}"])[0]
        self._page = f"\n\n{settings.public_url}/tin-nhan" if settings.public_url else ""

    async def send(self, claimed: Claimed) -> Receipt:
        """Hand it over."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._from, claimed.addresses[0], claimed.body
        message["Message-ID"] = f"<anlanh-{claimed.id}@{self._server.hostname}>"
        message.set_content(claimed.body + self._page)
        return await asyncio.to_thread(_hand_over, self._server, message)


def _hand_over(address: SplitResult, message: EmailMessage) -> Receipt:
    try:
        server = _connect(address)
    except (smtplib.SMTPException, OSError) as fault:
        return Receipt("later", type(fault).__name__)
    try:
        server.send_message(message)
    except smtplib.SMTPRecipientsRefused:
        return Receipt("refused", "the server does not take this address")
    except smtplib.SMTPResponseException as fault:
        return Receipt(OUTCOMES.get(fault.smtp_code // 100, "unsure"), f"it answered {fault.smtp_code}")
    except (smtplib.SMTPException, OSError) as fault:
        return Receipt("unsure", type(fault).__name__)
    finally:
        server.close()
    return Receipt("sent", receipt=str(message["Message-ID"]))


def _connect(address: SplitResult) -> smtplib.SMTP:
    """A connection that is encrypted and signed in, where the address says so."""
    host, port = address.hostname or "localhost", address.port or PORTS[address.scheme]
    context = ssl.create_default_context()
    if address.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=WITHIN_S, context=context)
    else:
        server = smtplib.SMTP(host, port, timeout=WITHIN_S)
        if server.has_extn("starttls") or address.username:
            server.starttls(context=context)
    if address.username:
        server.login(unquote(address.username), unquote(address.password or ""))
    return server
