"""The service as seen from outside: metrics, health, logs, traces. Other rooms tell it what happens by plain calls."""
