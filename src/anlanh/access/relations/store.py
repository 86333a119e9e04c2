"""Relations and denials as rows: replaced whenever what they follow from is written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import astuple, fields
from typing import Any

from anlanh.access.relations.model import Denial, Relation
from anlanh.platform.work import Work

RELATION = tuple(field.name for field in fields(Relation))
DENIAL = tuple(field.name for field in fields(Denial))


async def replace(work: Work, sources: Sequence[int], relations: Iterable[Relation]) -> None:
    """The relations that follow from these sources, in place of those that did. Safe to repeat."""
    await work.connection.execute("delete from relation where source = any($1::bigint[])", list(sources))
    rows = _standing(work, relations)
    if rows:
        await work.connection.copy_records_to_table(
            "relation", records=[astuple(each) for each in rows], columns=list(RELATION)
        )


def columns_of(work: Work, relations: Iterable[Relation]) -> tuple[list[Any], ...]:
    """Relations without limits, all of one source, as `put_with_relations` takes them."""
    rows = _standing(work, relations)
    return (
        [each.patient for each in rows], [each.party for each in rows], [each.kind for each in rows],
        [each.since for each in rows], [each.until for each in rows],
    )  # fmt: skip


def _standing(work: Work, relations: Iterable[Relation]) -> Collection[Relation]:
    """Each once, without those that are over."""
    return {
        (each.patient, each.party, each.kind, each.source): each for each in relations if each.until > work.at
    }.values()


async def replace_denials(work: Work, sources: Sequence[int], denials: Iterable[Denial]) -> None:
    """The denials that follow from these sources, in place of those that did. Safe to repeat."""
    await work.connection.execute("delete from denial where source = any($1::bigint[])", list(sources))
    rows = [astuple(each) for each in denials if each.until > work.at]
    if rows:
        await work.connection.copy_records_to_table("denial", records=rows, columns=list(DENIAL))


async def open_relation(work: Work, relation: Relation) -> None:
    """Open one relation, or keep the one that is open longer. Safe to repeat."""
    await work.connection.execute(
        "insert into relation (patient, party, kind, since, until, source, types, keys)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (source, patient, party, kind)"
        " do update set until = greatest(relation.until, excluded.until)",
        *astuple(relation),
    )


async def forget_expired(work: Work) -> None:
    """Take out what no longer opens or closes anything. Safe to repeat."""
    await work.connection.execute("delete from relation where until <= $1", work.at)
    await work.connection.execute("delete from denial where until <= $1", work.at)
