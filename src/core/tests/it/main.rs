//! The core from outside: inputs in, events out.

#![expect(clippy::expect_used, clippy::panic, reason = "a test stops at what cannot be")]

mod acts;
mod alarms;
mod by_design;
mod control;
mod derived;
mod detect;
mod dispatch;
mod entries;
mod first_out;
mod floods;
mod golden;
mod hidden;
mod links;
mod model;
mod nearest;
mod play;
mod positions;
mod reload;
mod site;
mod tune;
mod upsets;
mod values;
