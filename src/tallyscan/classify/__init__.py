"""Goods items to commodity classes, by their code or by the words that describe them (pure)."""
