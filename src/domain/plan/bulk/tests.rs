//! Several groups under one confirmation.
