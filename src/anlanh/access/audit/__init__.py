"""Who saw or changed whose data: written before it is shown, sealed so that tampering shows, told as AuditEvents."""
