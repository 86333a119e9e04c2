"""What other services use of this one: tell somebody something, count and list what who acts was told."""

from anlanh.services.notify.actions.inbox import newest, unread
from anlanh.services.notify.actions.telling import tell
from anlanh.services.notify.model import KINDS, Letter, Message

__all__ = ["KINDS", "Letter", "Message", "newest", "tell", "unread"]
