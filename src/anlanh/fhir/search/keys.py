"""The 64-bit keys under which facts of a resource are found.

A resource is known by `rid`, the hash of `Type/id`. Everything that is looked up by equality (tokens, references,
URIs, exact strings, presence, compartments) becomes one key: the salt of its index path XOR the hash of the value.
XOR makes reference keys reversible: the key of a reference XOR its path's salt is the `rid` it points to, so chained
searches join on it without a table of references.

The hash is BLAKE2b cut to 64 bits: crafted collisions would need 2^64 tries. Two resources of one tenant fall on one
`rid` with a chance of n²/2^65: below 1 % for the half a billion resources of the first province; the store refuses the
second (see docs/decisions/0002-keys.md).
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

UCUM = "http://unitsofmeasure.org"


@lru_cache(maxsize=131072)
def hash64(text: str) -> int:
    """A signed 64-bit hash of the text, the same for ever and on every machine."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big", signed=True)


def rid_of(resource_type: str, resource_id: str) -> int:
    """The key of a resource: the hash of `Type/id`."""
    return int.from_bytes(
        blake2b(f"{resource_type}/{resource_id}".encode(), digest_size=8).digest(), "big", signed=True
    )


def path_id_of(text: str) -> int:
    """A 31-bit number for an index path, for the side tables."""
    return hash64(f"path:{text}") & 0x7FFFFFFF


PRESENT = hash64("present")
OF_TYPE = hash64("of-type")
IDENTIFIER = hash64("identifier")
EXACT = hash64("exact")


def folded_code(system: str | None, code: str) -> str:
    """Codes are compared without case, as R4 asks when in doubt; UCUM units are known to be case-sensitive."""
    return code if system == UCUM else code.casefold()


@lru_cache(maxsize=131072)
def token_keys(salt: int, system: str | None, code: str | None) -> tuple[int, ...]:
    """Keys under which one coded value is found: `system|code`, `code`, `system|` (and `|code` when it has no system)."""
    out = []
    if code is not None:
        folded = folded_code(system, code)
        out.append(salt ^ hash64(f"c:{folded}"))
        out.append(salt ^ hash64(f"sc:{system or ''}|{folded}"))
    if system:
        out.append(salt ^ hash64(f"s:{system}"))
    return tuple(out)


def token_query_key(salt: int, system: str | None, code: str | None) -> int:
    """The one key that a token search asks for. `system` None: any; empty: no system. `code` None: any of the system."""
    if code is None:
        return salt ^ hash64(f"s:{system}")
    if system is None:
        return salt ^ hash64(f"c:{code.casefold()}")
    return salt ^ hash64(f"sc:{system}|{folded_code(system, code)}")
