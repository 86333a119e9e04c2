"""Those who ask, for `access.py`: reads what to ask from standard input, asks for so many seconds, prints how often.

{"port": 8000, "clients": 8, "seconds": 1.5, "requests": [["GET", "Patient/x", ""], ...]}
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any


async def client(asked: dict[str, Any], number: int, until: float) -> int:
    """One connection that is kept; how many requests it made."""
    reader, writer = await asyncio.open_connection("127.0.0.1", asked["port"])
    requests = [
        f"{method} /fhir/{path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/fhir+json\r\nContent-Length: {len(body.encode())}"
        f"\r\n\r\n{body}".encode()
        for method, path, body in asked["requests"][number :: asked["clients"]]
    ]
    done = 0
    while time.monotonic() < until:
        writer.write(requests[done % len(requests)])
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
        body = await reader.readexactly(length)
        assert head[9:12] in (b"200", b"201"), body[:300]
        done += 1
    writer.close()
    return done


async def main() -> None:
    asked = json.load(sys.stdin)
    until = time.monotonic() + asked["seconds"]
    print(sum(await asyncio.gather(*(client(asked, number, until) for number in range(asked["clients"])))))


asyncio.run(main())
