"""Who may come in, and what they may do: accounts, roles, sites, sessions, keys of devices."""
