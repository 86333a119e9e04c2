"""Where the browser of the tests is."""

from __future__ import annotations

import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

PATH = next((found for found in map(shutil.which, NAMES) if found), None)
"""Debian's Chromium, or Chrome; None: the one that playwright has fetched for itself, if any."""
