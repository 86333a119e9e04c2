"""Kinds of messages that are taken in, and what they are.

Source: HL7 v2.8.2 table 0076 (message type), table 0003 (event type)
"""

from __future__ import annotations

SUPPORTED = {
    "ADT": "admission, discharge, transfer; people and their identity",
    "ORU": "results",
    "OUL": "results by specimen",
    "ORM": "orders (up to 2.5)",
    "OML": "laboratory orders",
    "OMG": "general orders",
    "OMI": "imaging orders",
    "OMP": "medicines ordered",
    "RDE": "medicines encoded",
    "RDS": "medicines dispensed",
    "RAS": "medicines given",
    "SIU": "appointments",
    "VXU": "vaccinations",
    "MDM": "documents",
    "DFT": "charges",
    "BAR": "accounts",
    "REF": "referrals",
    "PPR": "problems",
}
