"""What other systems tell, of whatever protocol: who and what is meant, what becomes of it, and writing it together."""
