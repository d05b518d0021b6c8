//! The program as its users meet it: the real binary in a pty, and the AWS reads over the wire, against a moto server that each test
//! starts for itself on a free loopback port. One binary, so that the whole is linked once.
//!
//! `./tests/run` installs what this needs. A test that finds it missing says so in one line.

#![expect(clippy::panic, reason = "test code outside #[test] functions fails by panicking too")]

#[expect(dead_code, reason = "the speed measurements use the rest of it")]
mod backend;
mod bad_input;
mod cards;
mod cloud;
#[expect(dead_code, reason = "the speed measurements use the rest of it")]
mod console;
mod demo;
mod failures;
mod home;
mod live;
mod manners;
mod operations;
mod read_only;
mod reads;
mod redeploys;
mod runners;
mod scripts;
mod turns;
mod witness;
