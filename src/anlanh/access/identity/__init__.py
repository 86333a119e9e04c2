"""One index of persons: who is the same as whom, by blocking and scored similarity; merging, and undoing it."""
