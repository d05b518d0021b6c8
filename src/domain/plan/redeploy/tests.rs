//! What each strategy means for a group, and what is refused where it cannot work.
