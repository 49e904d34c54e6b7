"""A crossing point under load: many scanners, people at work, and a risk system, against the service as it runs."""
