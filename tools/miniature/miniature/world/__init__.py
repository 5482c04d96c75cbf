"""What the miniature's world is made of: which tags go together, and where."""
