"""One person's record over all facilities: find the person, read it, sum it up, hand it on."""
