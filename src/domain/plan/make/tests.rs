//! Over random groups and requests of every kind: whatever is planned names what is there, and no call leads out of the bounds of its
