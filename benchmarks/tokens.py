"""What it costs to check and to make a token: `python benchmarks/tokens.py`. One core, no database."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from joserfc.jwk import RSAKey

from anlanh.access import principals, tokens
from anlanh.access.accounts.vault import Vault
from anlanh.access.oauth import issuing, keys
from anlanh.access.oauth.keys import SigningKey
from anlanh.access.oauth.trust import Trust

OWN = "http://an.test"


def each_us(body: Callable[[], object], times: int) -> float:
    """Microseconds for one call."""
    started = time.perf_counter()
    for _ in range(times):
        body()
    return (time.perf_counter() - started) / times * 1e6


def main() -> None:
    """Print the figures."""
    data = Path(tempfile.mkdtemp())
    now = datetime.now(UTC)
    made = RSAKey.generate_key(keys.BITS, {"kid": "k", "use": "sig", "alg": keys.ALGORITHM}, private=True)
    signing = SigningKey("k", made, now)
    trust = Trust(Vault.of(data), None)
    trust._keys, trust._published = (signing,), keys.published((signing,))
    trust._taken_back = frozenset(f"grant:{number}" for number in range(1000))
    who = principals.principal("Patient/an", "citizen", patient="Patient/an", client="a", scopes=("patient/*.rs",))
    good_for = timedelta(minutes=15)
    token = issuing.access_token(signing, who, OWN, now, good_for, {"grant": 5000})
    machine = tokens.issue(tokens.key_of(data), who, now=time.time())
    checker = tokens.Tokens(tokens.key_of(data), trust)
    app, script = ({"authorization": f"Bearer {each}", "host": "an.test"} for each in (token, machine))

    def first_time() -> None:
        checker._known.clear()
        checker.authenticate(app)

    print(
        f"make an app's token       {each_us(lambda: issuing.access_token(signing, who, OWN, now, good_for, {}), 200):8.1f} µs"
    )
    print(f"check it, the first time  {each_us(first_time, 500):8.1f} µs")
    print(f"check it again            {each_us(lambda: checker.authenticate(app), 100_000):8.2f} µs")
    print(f"a script's token again    {each_us(lambda: checker.authenticate(script), 100_000):8.2f} µs")


if __name__ == "__main__":
    main()
