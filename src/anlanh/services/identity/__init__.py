"""The steward's desk: pairs that may be one person, merging and undoing it, numbers for those who had none."""
