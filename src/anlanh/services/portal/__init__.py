"""The citizen's portal: what needs me today, my record and my family's in plain words, the emergency card."""
