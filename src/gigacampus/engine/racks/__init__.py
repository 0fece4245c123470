"""The fast loop on a floor of alike racks: lines, fair share, EASY, caps, failures and power by tenant, all at once."""
