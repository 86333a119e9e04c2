"""The page shell. For now the front page: what runs here and where to go."""
