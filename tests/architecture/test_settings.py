"""Every setting has a default and is documented."""

from __future__ import annotations

from dataclasses import fields

from anlanh.kernel.settings import DEFAULTS, Settings
from tests.architecture import settings_page


def test_every_setting_has_a_default_and_every_default_a_setting() -> None:
    assert {field.metadata["env"] for field in fields(Settings)} == set(DEFAULTS)


def test_the_page_of_settings_says_what_the_code_says() -> None:
    wanted = settings_page.render()
    assert settings_page.PAGE.read_text(encoding="utf-8") == wanted, "python -m tests.architecture.settings_page"
