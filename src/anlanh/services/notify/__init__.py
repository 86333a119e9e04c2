"""What the program tells people: an inbox that is the truth, and every way to say that something is in it."""
