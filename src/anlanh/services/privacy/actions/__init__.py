"""What people do here: `own.py` citizens about their privacy, `staff.py` those who open records in need, or oversee."""
