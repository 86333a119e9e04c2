"""HL7 v2: messages of hospitals' systems into the record, by MLLP and HTTP. See docs/exchange-hl7v2.md."""
