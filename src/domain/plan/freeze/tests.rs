//! Freezing pins to who is there; thawing gives back what was saved, and nothing else.
