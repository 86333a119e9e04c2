"""Notices when a member of staff looks at far more than is usual for them and for their role, and puts it to the privacy
officer. It accuses nobody: it counts, compares, and asks a person to look.
"""
