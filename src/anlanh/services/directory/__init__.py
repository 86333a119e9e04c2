"""The public directory: facilities, practitioners, services and prices, as a list and on a map."""
