"""What makes made-up people ill: one module for each kind of illness; each writes into the chart of one person."""
