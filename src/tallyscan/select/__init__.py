"""Which consignments are scanned, and which are opened: profiles in CEL over what is known, and random shares."""
