"""Accounts: how citizens and staff prove who they are, and what is remembered of it."""
