//! Nobody is removed who still serves, or who is all there is.
