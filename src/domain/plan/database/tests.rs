//! What may be done to which database, and how strongly it is asked.
