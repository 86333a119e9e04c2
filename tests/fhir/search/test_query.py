"""What a query says, read without a database."""

from __future__ import annotations

from anlanh.fhir.search import query as queries
from tests.conftest import Ground


def test_what_is_in_order_already_is_not_ordered_again(ground: Ground) -> None:
    query = queries.read(ground.record.criteria(), ["Patient"], [("_sort", "name,-name,birthdate," + "name," * 500)])
    assert [(each.code, each.descending) for each in query.sort] == [("name", False), ("birthdate", False)]
