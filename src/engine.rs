//! The pollers and their cadence; the store that swaps snapshots.
