"""Accounts for people: signing in, choosing where one works, one's own devices and keys, and help at a desk."""
