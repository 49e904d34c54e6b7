"""What all that is known of a consignment comes to, and what of it a shift can look at. Pure; no store, no clock."""
