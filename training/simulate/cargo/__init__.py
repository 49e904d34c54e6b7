"""Goods of every commodity class as they are packed in reality, with dunnage and honest oddities."""
