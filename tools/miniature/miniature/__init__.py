"""The maker of the miniature: a small model with CLIP's structure, trained on titles, scenes and places made here."""
