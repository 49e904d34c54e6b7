"""A made day at a crossing point: who comes, what is scanned, what is declared, and what came of it."""
