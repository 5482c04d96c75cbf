"""Procedural photographs of the British and Irish landscape, drawn from the tags that they show."""
