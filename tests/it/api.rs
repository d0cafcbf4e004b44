//! The HTTP API over a real socket, engine and database.

mod chain;
mod handover;
mod hide;
mod hostile;
mod hub;
mod input;
mod kpi;
mod phones;
mod reads;
mod routes;
mod sessions;
mod table;
mod tuning;
mod wrong;
