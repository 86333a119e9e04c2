"""A receiving process that can be killed: `python -m tests.exchange.hl7v2.receiver DATABASE_URL FOLDER`; says its port."""

from __future__ import annotations

import asyncio
import sys

from anlanh.exchange.hl7v2 import channel
from anlanh.fhir.store import record as records
from anlanh.kernel import settings as settings_
from anlanh.platform.database import open_database


async def main(url: str, folder: str) -> None:
    settings = settings_.read({"ANLANH_DATA": folder, "ANLANH_MLLP_PORT": "127.0.0.1:0"})
    database = await open_database(settings, url)
    own = channel.channel(settings, database, records.new(settings.zone))
    assert own.listener is not None
    own.inbox.start()
    print(await own.listener.start(), flush=True)
    await own.worker.run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
