"""What other services use of this one: tell somebody something, count and list what who acts was told; which parents share
the news of a child."""

from anlanh.services.notify.actions.inbox import newest, unread
from anlanh.services.notify.actions.telling import tell
from anlanh.services.notify.model import KINDS, Letter, Message
from anlanh.services.notify.store.people import shared_with

__all__ = ["KINDS", "Letter", "Message", "newest", "shared_with", "tell", "unread"]
