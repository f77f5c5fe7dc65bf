"""Other people's systems: signed HTTP with a time limit, and the protocol by which clinics and schools are asked."""
