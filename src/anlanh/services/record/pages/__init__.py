"""Screens of this service: find a person, the record and its parts, where a line comes from, summary and health book."""

from anlanh.services.record.pages import chart, finding, papers
from anlanh.services.record.pages.registry import page

__all__ = ["chart", "finding", "page", "papers"]
