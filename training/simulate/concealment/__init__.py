"""What is hidden in a cargo unit or its carrier, and what is missing from a load: one module per kind of thing."""
