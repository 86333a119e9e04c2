"""What is done with a record: read it, sum it up, hand the summary on."""
