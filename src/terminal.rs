//! Raw mode, input stream, frame pacing, suspend and resume, restore on every exit.
