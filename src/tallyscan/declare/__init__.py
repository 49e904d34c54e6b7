"""Declarations arrive in the formats of the trade and become the canonical one."""
