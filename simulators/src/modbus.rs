//! Modbus servers, independent of the hub's codecs: TCP with a codec of its own, RTU in TCP by tokio-modbus.

mod bank;
mod decode;
mod encode;
mod pdu;
mod rtu;
mod server;

pub use bank::Bank;
pub use decode::read;
pub use encode::encode;
pub use server::ModbusServer;
