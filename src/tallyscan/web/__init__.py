"""HTTP: the interface of programs under `/v1`, and a first page for people."""
