//! The pure part of ledgit: no file, clock, environment, randomness or network.
//!
//! Floors, from the ground up; a floor uses only floors below it:
//! 0 `digest`, `limits`, `decimal`, `time`, `name`; 1 `merkle`, `cbor`, `signature`, `yaml`, `calendar`;
//! 2 `statement`, `checkpoint`; 3 `policy`, `retention`, `witness`, `bill`, `allocation`, `budgets`; 4 `authority`; 5 `gate`, `cost`; 6 `replay`, `bundle`.

pub mod allocation;
pub mod authority;
pub mod bill;
pub mod budgets;
pub mod bundle;
pub mod calendar;
pub mod cbor;
pub mod checkpoint;
pub mod cost;
pub mod decimal;
pub mod digest;
pub mod gate;
pub mod limits;
pub mod merkle;
pub mod name;
pub mod policy;
pub mod replay;
pub mod retention;
pub mod signature;
pub mod statement;
pub mod time;
pub mod witness;
pub mod yaml;
