//! Requests and answers without their framing.

use tokio_modbus::ExceptionCode;

use crate::site::Table;

/// What the hub asks of a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// Functions 1 to 4.
    Read {
        /// Which table.
        table: Table,
        /// First register or bit.
        start: u16,
        /// Registers or bits.
        count: u16,
    },
    /// Function 5.
    WriteCoil {
        /// Which.
        address: u16,
        /// On or off.
        on: bool,
    },
    /// Function 6.
    WriteRegister {
        /// Which.
        address: u16,
        /// What.
        value: u16,
    },
    /// Function 15.
    WriteCoils {
        /// The first.
        address: u16,
        /// On or off, up to 1968.
        bits: Vec<bool>,
    },
    /// Function 16.
    WriteRegisters {
        /// The first.
        address: u16,
        /// What, up to 123.
        values: Vec<u16>,
    },
}

/// What a device answers, whatever it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Response<'a> {
    /// Functions 1 to 4: the bytes of bits or registers.
    Data {
        /// The function.
        function: u8,
        /// As many bytes as the answer announced.
        data: &'a [u8],
    },
    /// Functions 5, 6, 15, 16: what was written, or how many.
    Written {
        /// The function.
        function: u8,
        /// The first address.
        address: u16,
        /// The value of 5 and 6, the count of 15 and 16.
        value: u16,
    },
    /// A refusal.
    Exception {
        /// The function that was asked.
        function: u8,
        /// Why.
        code: ExceptionCode,
    },
    /// A function the hub does not use.
    Other {
        /// The function.
        function: u8,
        /// What follows it.
        data: &'a [u8],
    },
}

/// The outcome of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer<'a> {
    /// Bytes of the registers or bits asked for.
    Data(&'a [u8]),
    /// Done as told.
    Written,
    /// The device or gateway refused.
    Exception(ExceptionCode),
}

/// An answer that cannot be one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PduError {
    /// Nothing in it, or less than its function needs.
    #[error("an answer of {0} bytes is too short")]
    Short(usize),
    /// It announces another length than it has.
    #[error("an answer announces {announced} bytes and has {found}")]
    Length {
        /// By its own word.
        announced: usize,
        /// Really.
        found: usize,
    },
    /// It answers something else.
    #[error("asked for {asked}, got {got}")]
    Other {
        /// The request.
        asked: String,
        /// The answer.
        got: String,
    },
}

impl Request {
    /// The function code.
    pub(crate) const fn function(&self) -> u8 {
        match self {
            Self::Read { table: Table::Coil, .. } => 1,
            Self::Read { table: Table::Discrete, .. } => 2,
            Self::Read { table: Table::Holding, .. } => 3,
            Self::Read { table: Table::Input, .. } => 4,
            Self::WriteCoil { .. } => 5,
            Self::WriteRegister { .. } => 6,
            Self::WriteCoils { .. } => 15,
            Self::WriteRegisters { .. } => 16,
        }
    }

    /// Appends it.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.push(self.function());
        let two = |out: &mut Vec<u8>, a: u16, b: u16| {
            out.extend(a.to_be_bytes());
            out.extend(b.to_be_bytes());
        };
        match self {
            Self::Read { start, count, .. } => two(out, *start, *count),
            Self::WriteCoil { address, on } => two(out, *address, if *on { 0xFF00 } else { 0 }),
            Self::WriteRegister { address, value } => two(out, *address, *value),
            Self::WriteCoils { address, bits } => {
                two(out, *address, u16::try_from(bits.len()).unwrap_or(u16::MAX));
                out.push(u8::try_from(bits.len().div_ceil(8)).unwrap_or(u8::MAX));
                out.extend(bits.chunks(8).map(|b| b.iter().rev().fold(0, |all, bit| all << 1 | u8::from(*bit))));
            }
            Self::WriteRegisters { address, values } => {
                two(out, *address, u16::try_from(values.len()).unwrap_or(u16::MAX));
                out.push(u8::try_from(values.len() * 2).unwrap_or(u8::MAX));
                out.extend(values.iter().flat_map(|v| v.to_be_bytes()));
            }
        }
    }

    /// What an answer says to this request.
    pub(crate) fn answer<'a>(&self, pdu: &'a [u8]) -> Result<Answer<'a>, PduError> {
        let response = Response::decode(pdu)?;
        let other = || PduError::Other { asked: self.describe(), got: response.describe() };
        match (self, response) {
            (_, Response::Exception { function, code }) if function == self.function() => Ok(Answer::Exception(code)),
            (Self::Read { table, count, .. }, Response::Data { function, data }) if function == self.function() => {
                let count = usize::from(*count);
                let bytes = if table.is_bits() { count.div_ceil(8) } else { 2 * count };
                if data.len() == bytes { Ok(Answer::Data(data)) } else { Err(other()) }
            }
            (Self::WriteCoil { address, on }, Response::Written { function: 5, address: a, value })
                if a == *address && (value != 0) == *on =>
            {
                Ok(Answer::Written)
            }
            (Self::WriteRegister { address, value }, Response::Written { function: 6, address: a, value: v })
                if (a, v) == (*address, *value) =>
            {
                Ok(Answer::Written)
            }
            (Self::WriteCoils { address, bits }, Response::Written { function: 15, address: a, value })
                if a == *address && usize::from(value) == bits.len() =>
            {
                Ok(Answer::Written)
            }
            (Self::WriteRegisters { address, values }, Response::Written { function: 16, address: a, value })
                if a == *address && usize::from(value) == values.len() =>
            {
                Ok(Answer::Written)
            }
            _ => Err(other()),
        }
    }

    fn describe(&self) -> String {
        match self {
            Self::Read { start, count, .. } => format!("function {}, {count} from {start}", self.function()),
            Self::WriteCoil { address, .. }
            | Self::WriteRegister { address, .. }
            | Self::WriteCoils { address, .. }
            | Self::WriteRegisters { address, .. } => format!("function {} to {address}", self.function()),
        }
    }
}

impl<'a> Response<'a> {
    /// Reads one.
    pub(crate) fn decode(pdu: &'a [u8]) -> Result<Self, PduError> {
        match pdu {
            [function @ 0x80..=0xFF, code, ..] => {
                Ok(Self::Exception { function: function & 0x7F, code: ExceptionCode::new(*code) })
            }
            [function @ 1..=4, announced, data @ ..] if data.len() == usize::from(*announced) => {
                Ok(Self::Data { function: *function, data })
            }
            [1..=4, announced, data @ ..] => {
                Err(PduError::Length { announced: (*announced).into(), found: data.len() })
            }
            [function @ (5 | 6 | 15 | 16), a, b, c, d] => Ok(Self::Written {
                function: *function,
                address: u16::from_be_bytes([*a, *b]),
                value: u16::from_be_bytes([*c, *d]),
            }),
            [5 | 6 | 15 | 16, rest @ ..] => Err(PduError::Length { announced: 4, found: rest.len() }),
            [] | [1..=4] | [0x80..=0xFF] => Err(PduError::Short(pdu.len())),
            [function, data @ ..] => Ok(Self::Other { function: *function, data }),
        }
    }

    fn describe(&self) -> String {
        match self {
            Self::Data { function, data } => format!("{} bytes of function {function}", data.len()),
            Self::Written { function, address, value } => format!("function {function}, {value} at {address}"),
            Self::Exception { function, code } => format!("exception {code} to function {function}"),
            Self::Other { function, .. } => format!("function {function}"),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
