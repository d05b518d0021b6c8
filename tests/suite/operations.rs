//! Every operation but redeploys, by the verbs of scripts and by key, against a live account: what an independent client sees afterwards,
//! which calls were sent and how often, what the journal and `ops` tell of it, and with which code the program ends.

mod alarms;
mod databases;
mod expiry;
mod groups;
mod keys;
mod laptops;
mod lost;
mod members;
mod onlooker;
mod refusals;
mod stage;
mod times;
