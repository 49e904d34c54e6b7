"""Scan -> is the image what it is said to be: new, whole, of its time, with the files that belong to it."""
