//! Token buckets per scope and service, backoff, cost.
