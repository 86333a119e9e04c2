"""What is Vietnamese and true for every module: folding of text, code tables with their sources."""
