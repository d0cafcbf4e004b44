//! Framing: the header of Modbus TCP, the checksum of RTU.

#[cfg(test)]
mod captures;
pub(crate) mod mbap;
pub(crate) mod rtu;

use std::ops::Range;

/// A whole frame found in what was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    /// The transaction; 0 on RTU, which has none.
    pub(crate) transaction: u16,
    /// Who answers.
    pub(crate) unit: u8,
    /// Where the PDU stands.
    pub(crate) pdu: Range<usize>,
    /// One past the last byte of the frame.
    pub(crate) end: usize,
}

/// Bytes that are no frame.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FrameError {
    /// Modbus TCP has protocol 0.
    #[error("protocol {0} is not Modbus")]
    Protocol(u16),
    /// A length that no frame has.
    #[error("a frame of {0} bytes cannot be")]
    Length(u16),
}
