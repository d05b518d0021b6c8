//! Processes off and on: never an empty list, never more than moves.
