//! All integration tests, one binary.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

mod alarm_floods;
mod alarm_walk;
mod api;
mod chain;
mod commands;
mod corpora;
mod documents;
mod durability;
mod evaluate;
mod evaluate_unseen;
mod harness;
mod history_files;
mod hub;
mod ingest;
mod ingest_broker;
mod ingest_city;
mod ingest_modbus;
mod ingest_modbus_field;
mod ingest_modbus_write;
mod ingest_mqtt;
mod ingest_mqtt_flood;
mod ingest_mqtt_sessions;
mod ingest_mqtt_tls;
mod modbus_slave;
mod models;
mod mosquitto;
mod ordinary_day;
mod points;
mod probe;
mod push;
mod site;
mod site_contents;
mod site_detectors;
mod site_errors;
mod sparkplug;
mod store;
mod types;
mod watch_site;
