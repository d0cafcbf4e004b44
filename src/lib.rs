//! Linepack: a control-room hub for gas and heating networks. `docs/ARCHITECTURE.md` tells how the rooms fit;
//! `app` builds them in data-flow order and is the file to read first.

pub mod api;
pub mod app;
pub mod cli;
pub mod clock;
pub mod control;
pub mod demo;
pub mod engine;
pub mod evaluate;
#[doc(hidden)]
pub mod fuzzing;
pub mod ingest;
pub mod lifecycle;
pub mod notify;
pub mod plant;
pub mod push;
pub mod site;
pub mod store;
pub mod view;
pub mod wire;
