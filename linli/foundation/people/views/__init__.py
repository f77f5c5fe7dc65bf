"""The pages of people: signing in, one's own security, home and family, and the desk."""
