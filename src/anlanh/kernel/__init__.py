"""What every floor may use: problems, settings, logs, messages, units. No I/O at import."""
