"""Privacy: who saw a record, consent, delegation, emergency access, oversight, and rights over one's own data."""
