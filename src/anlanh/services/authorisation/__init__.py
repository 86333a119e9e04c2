"""Apps and people: what an app may see, who allowed it, and how to take it back."""
