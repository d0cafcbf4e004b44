//! Modbus as the site folder describes it: the connection, and where a point stands in the device's tables.

use std::sync::Arc;
use std::time::Duration;

/// A Modbus connection, with one unit or many behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModbusSettings {
    /// What carries the requests.
    pub transport: ModbusTransport,
    /// `host:port`, or the path of a serial device.
    pub address: String,
    /// Deadline of each request.
    pub timeout: Duration,
    /// Back-off ceiling.
    pub retry_max: Duration,
    /// What one read may hold.
    pub limits: ReadLimits,
    /// Number of the first register in the site's addresses, 0 or 1.
    pub base: u16,
    /// Outstanding requests; 1 on RTU.
    pub in_flight: u16,
    /// Rest between an answer and the next request.
    pub pause: Duration,
    /// Rest after connecting.
    pub connect_pause: Duration,
    /// Close while nothing is due, for devices that serve one client at a time.
    pub idle_close: bool,
    /// How often a busy device is asked again before the value is bad.
    pub busy_retries: u16,
    /// Wait before a busy device is asked again.
    pub busy_wait: Duration,
    /// How long an address that a device refused is left alone.
    pub hole_expiry: Duration,
}

/// What carries Modbus requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModbusTransport {
    /// Modbus TCP.
    Tcp,
    /// RTU frames in a TCP stream, as serial servers speak it.
    RtuTcp,
    /// RTU on a serial line.
    Rtu(SerialLine),
}

impl ModbusTransport {
    /// The site folder's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Tcp => "modbus-tcp",
            Self::RtuTcp => "modbus-rtu-tcp",
            Self::Rtu(_) => "modbus-rtu",
        }
    }
}

/// A serial line; always eight data bits, RTU has no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SerialLine {
    /// Bits per second.
    pub baud: u32,
    /// Parity.
    pub parity: Parity,
    /// 1 or 2.
    pub stop_bits: u8,
}

/// Parity of a serial line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parity {
    /// None.
    None,
    /// Even.
    Even,
    /// Odd.
    Odd,
}

/// What one read may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadLimits {
    /// Registers, 1 to 125.
    pub max_registers: u16,
    /// Bits, 1 to 2000.
    pub max_bits: u16,
    /// Registers that may be read over to join two values (16 times as many bits).
    pub max_gap: u16,
    /// False: one request a value.
    pub join: bool,
}

impl Default for ReadLimits {
    fn default() -> Self {
        Self { max_registers: 125, max_bits: 2000, max_gap: 8, join: true }
    }
}

/// `modbus` of a template: what differs from the connection for devices of this make.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ModbusTemplate {
    /// See [`ReadLimits::max_registers`].
    pub max_registers: Option<u16>,
    /// See [`ReadLimits::max_bits`].
    pub max_bits: Option<u16>,
    /// See [`ReadLimits::max_gap`].
    pub max_gap: Option<u16>,
    /// See [`ReadLimits::join`].
    pub join: Option<bool>,
    /// Number of the first register in the template's addresses.
    pub base: Option<u16>,
}

impl ModbusTemplate {
    /// The limits of such a device on a connection.
    pub fn limits(self, connection: ReadLimits) -> ReadLimits {
        ReadLimits {
            max_registers: self.max_registers.unwrap_or(connection.max_registers),
            max_bits: self.max_bits.unwrap_or(connection.max_bits),
            max_gap: self.max_gap.unwrap_or(connection.max_gap),
            join: self.join.unwrap_or(connection.join),
        }
    }
}

/// A point in a Modbus register map.
#[derive(Clone, Debug, PartialEq)]
pub struct ModbusPoint {
    /// Which table.
    pub table: Table,
    /// First register or bit, before the asset's offset.
    pub address: u16,
    /// The address counts from the connection's `base`; else it is the one on the wire.
    pub from_base: bool,
    /// What it holds.
    pub ty: RegisterType,
    /// Order of the bytes.
    pub order: RegisterOrder,
    /// value = raw × scale + offset.
    pub scale: f64,
    /// value = raw × scale + offset.
    pub offset: f64,
    /// Raw → value, raw strictly rising, straight between two; instead of scale and offset.
    pub curve: Option<Arc<[(f64, f64)]>>,
    /// How it is written; none: it is not.
    pub write: Option<WriteFunction>,
}

impl ModbusPoint {
    /// Whether the same registers mean the same as those of another.
    pub fn decodes_like(&self, other: &Self) -> bool {
        (self.ty, self.order, &self.curve) == (other.ty, other.order, &other.curve)
            && (self.scale, self.offset) == (other.scale, other.offset)
    }

    /// The address on the wire. None: there is no such register.
    pub fn wire_address(&self, base: u16, offset: u16) -> Option<u16> {
        let first = self.address.checked_sub(if self.from_base { base } else { 0 })?.checked_add(offset)?;
        first.checked_add(self.ty.size() - 1).map(|_| first)
    }
}

/// How a point is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteFunction {
    /// Functions 5 and 6.
    Single,
    /// Functions 15 and 16.
    Multiple,
}

/// Modbus tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// Function 1.
    Coil,
    /// Function 2.
    Discrete,
    /// Function 4.
    Input,
    /// Function 3.
    Holding,
}

impl Table {
    /// The site folder's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Coil => "coil",
            Self::Discrete => "discrete",
            Self::Input => "input",
            Self::Holding => "holding",
        }
    }

    /// Whether it holds bits rather than registers.
    pub const fn is_bits(self) -> bool {
        matches!(self, Self::Coil | Self::Discrete)
    }
}

/// What registers hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegisterType {
    /// One register.
    U16,
    /// One register.
    I16,
    /// Two registers.
    U32,
    /// Two registers.
    I32,
    /// Four registers.
    U64,
    /// Four registers.
    I64,
    /// Two registers.
    F32,
    /// Four registers.
    F64,
    /// One byte of a register.
    U8(Byte),
    /// One byte of a register.
    I8(Byte),
    /// Binary-coded decimal, four digits a register; 1, 2 or 4 registers.
    Bcd(u8),
    /// One bit: of a coil or discrete table itself, or bit 0–15 of a register.
    Bit(u8),
    /// An unsigned number of some bits of a register.
    Bits {
        /// The lowest, 0–15.
        first: u8,
        /// How many, 2–16.
        count: u8,
    },
    /// Characters.
    Text {
        /// Bytes.
        length: u8,
        /// Where they stand.
        bytes: TextBytes,
    },
}

/// A byte of a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Byte {
    /// The first on the wire.
    High,
    /// The second on the wire.
    Low,
}

/// Bytes of a register that hold characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextBytes {
    /// Both.
    Both,
    /// The first on the wire only.
    High,
    /// The second on the wire only.
    Low,
}

impl RegisterType {
    /// Registers it takes, or bits where the table holds bits; at least 1.
    pub const fn size(self) -> u16 {
        match self {
            Self::U16 | Self::I16 | Self::U8(_) | Self::I8(_) | Self::Bit(_) | Self::Bits { .. } => 1,
            Self::U32 | Self::I32 | Self::F32 => 2,
            Self::U64 | Self::I64 | Self::F64 => 4,
            Self::Bcd(registers) => registers as u16,
            Self::Text { length, bytes: TextBytes::Both } => (length as u16).div_ceil(2),
            Self::Text { length, .. } => length as u16,
        }
    }
}

/// Order of bytes, as they stand on the wire, A the most significant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegisterOrder {
    /// Big-endian; `ABCD`, `ABCDEFGH`.
    Abcd,
    /// Words swapped; `CDAB`, `GHEFCDAB`.
    Cdab,
    /// Bytes swapped in each word; `BADC`, `BADCFEHG`.
    Badc,
    /// Little-endian; `DCBA`, `HGFEDCBA`.
    Dcba,
    /// Of eight bytes: words swapped in each half; `CDABGHEF`.
    Cdabghef,
    /// Of eight bytes: halves swapped; `EFGHABCD`.
    Efghabcd,
}
