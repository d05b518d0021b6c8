//! Only what is under way can be ended, and ending is not undoing.
