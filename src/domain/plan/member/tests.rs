//! Acts on members: one call each, absolute, and refused where they would not do what they say.
