"""Titles in the manner of the site's: words of the landscape, names, frames, and the tokeniser trained on them."""
