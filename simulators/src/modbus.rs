//! A Modbus TCP server of its own, independent of the hub's client library.

mod bank;
mod decode;
mod encode;
mod pdu;
mod server;

pub use bank::Bank;
pub use decode::read;
pub use encode::encode;
pub use server::ModbusServer;
