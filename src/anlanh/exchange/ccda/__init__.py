"""C-CDA: documents of other systems' record (CDA R2 in XML) into the record. See docs/exchange-ccda.md."""
