"""Health declarations: published forms that anybody may fill in, for a purpose and until a day that stand on them."""
