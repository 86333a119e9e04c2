"""Articles on health for everybody: written in plain words, reviewed by a second person, linked from the record."""
