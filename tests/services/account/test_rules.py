"""What this service decides."""

from __future__ import annotations

import pytest

from anlanh.access.accounts.model import Kind, Method
from anlanh.access.policy import rules as policy
from anlanh.services.account import demo, rules


@pytest.mark.parametrize(
    ("said", "device"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit Chrome/128 Safari/537 Edg/128", "Edge, Windows"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/128 Mobile SamsungBrowser/25", "Samsung Internet, Android"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko Firefox/128.0", "Firefox, Linux"),
        ("<script>", "?"),
        ("", "?"),
    ],
)
def test_a_device_is_named_as_people_know_it(said: str, device: str) -> None:
    assert rules.device_of(said) == device


@pytest.mark.parametrize(
    ("kind", "have", "ways"),
    [
        (Kind.CITIZEN, {}, (Method.VNEID,)),
        (Kind.CITIZEN, {"passkeys": True, "password": True, "app": True}, (Method.PASSKEY, Method.VNEID)),
        (Kind.STAFF, {"password": True}, (Method.ORGANISATION,)),
        (Kind.STAFF, {"password": True, "app": True}, (Method.PASSWORD_TOTP, Method.ORGANISATION)),
        (Kind.STAFF, {"passkeys": True}, (Method.PASSKEY, Method.ORGANISATION)),
    ],
)
def test_one_proves_oneself_anew_with_two_factors_only(
    kind: Kind, have: dict[str, bool], ways: tuple[Method, ...]
) -> None:
    assert rules.ways_to_prove(kind, **{"passkeys": False, "password": False, "app": False, **have}) == ways


@pytest.mark.parametrize(
    ("passkeys", "password", "kind", "may"),
    [(1, False, Kind.STAFF, False), (2, False, Kind.STAFF, True), (1, True, Kind.STAFF, True), (1, False, Kind.CITIZEN, True)],
)  # fmt: skip
def test_the_last_way_in_is_not_taken_off(passkeys: int, password: bool, kind: Kind, may: bool) -> None:
    assert rules.may_lose_passkey(passkeys=passkeys, password=password, kind=kind) is may


def test_every_role_of_the_policy_that_people_have_has_a_name() -> None:
    assert set(policy.load().roles) - set(rules.ROLES) == {"analyst", "app", "public", "system"}


def test_every_way_to_sign_in_has_a_name_and_shows_in_the_history() -> None:
    assert set(rules.METHODS) == set(Method)
    assert rules.event_about("in-vneid") is rules.METHODS[Method.VNEID]
    assert rules.event_about("device-out") is None


def test_the_personas_have_roles_of_the_policy() -> None:
    roles = {role for each in demo.ROLES.values() for role in each}
    assert roles <= set(policy.load().roles)
    assert len(demo.staff()) == len(demo.ROLES)
    assert "child" not in {each.key for each in demo.citizens()}
