"""Exchange: systems that send, their messages, and spreadsheets of stations."""
