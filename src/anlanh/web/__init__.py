"""The page shell and design system: how pages look, speak, and are kept safe. Services build their screens on it."""
