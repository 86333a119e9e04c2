"""What opens a person's data to somebody, and what closes it: care, family, consent, emergency. Kept as rows beside the
record, written in the transaction of the resource they follow from, so that they are in force at once."""
