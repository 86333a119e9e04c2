"""Who may see and do what: rules as data, compiled to conditions on rows. One decision point for the whole program."""
