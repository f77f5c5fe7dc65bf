"""`linli sense`."""
