"""A replay on a floor of racks and halls, with all that may befall it."""
