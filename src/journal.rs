//! The durable record of intents and outcomes.
