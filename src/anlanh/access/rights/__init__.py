"""What people may ask about their own data: consent with a receipt, delegation, a copy, correction, erasure, and clocks."""
