//! Modbus replies for the fuzzer: framing, PDU, values.

use super::decode::{from_bits, from_registers, text};
use super::frame::rtu::{self, Found};
use super::frame::{Frame, mbap};
use super::pdu::{Answer, Request};
use crate::site::{Byte, ModbusPoint, RegisterOrder, RegisterType, Table, TextBytes};

/// Who was asked.
const UNIT: u8 = 1;
const ORDERS: [RegisterOrder; 6] = [
    RegisterOrder::Abcd,
    RegisterOrder::Cdab,
    RegisterOrder::Badc,
    RegisterOrder::Dcba,
    RegisterOrder::Cdabghef,
    RegisterOrder::Efghabcd,
];
const TYPES: [RegisterType; 17] = [
    RegisterType::U16,
    RegisterType::I16,
    RegisterType::U32,
    RegisterType::I32,
    RegisterType::U64,
    RegisterType::I64,
    RegisterType::F32,
    RegisterType::F64,
    RegisterType::U8(Byte::High),
    RegisterType::I8(Byte::Low),
    RegisterType::Bcd(1),
    RegisterType::Bcd(2),
    RegisterType::Bcd(4),
    RegisterType::Bit(15),
    RegisterType::Bits { first: 3, count: 16 },
    RegisterType::Text { length: 7, bytes: TextBytes::Both },
    RegisterType::Text { length: 3, bytes: TextBytes::Low },
];

/// What came on a connection after a request: a byte for the framing, one for the request, one for its address, one for
/// its count, then the bytes.
pub(crate) fn replies(data: &[u8]) {
    let [framing, kind, address, count, bytes @ ..] = data else { return };
    let request = request(*kind, u16::from(*address), u16::from(*count).max(1));
    let mut rest = bytes;
    while let Some(found) = next(*framing, rest, &request) {
        let (frame, end) = match found {
            Found::Answer(frame) => (Some(frame.pdu), frame.end),
            Found::Foreign(end) => (None, end),
            Found::Nothing => return,
        };
        assert!((1..=rest.len()).contains(&end), "a frame ends inside what was received");
        if let Some(pdu) = frame
            && let Ok(Answer::Data(data)) = request.answer(&rest[pdu])
        {
            values(&request, data);
        }
        rest = &rest[end..];
    }
}

fn request(kind: u8, address: u16, count: u16) -> Request {
    let read = |table| Request::Read { table, start: address, count };
    match kind % 8 {
        0 => read(Table::Coil),
        1 => read(Table::Discrete),
        2 => read(Table::Holding),
        3 => read(Table::Input),
        4 => Request::WriteCoil { address, on: count > 127 },
        5 => Request::WriteRegister { address, value: count },
        6 => Request::WriteCoils { address, bits: vec![true; count.into()] },
        _ => Request::WriteRegisters { address, values: vec![count; usize::from(count.min(123))] },
    }
}

/// The next frame; none where the bytes cannot be frames.
fn next(framing: u8, bytes: &[u8], request: &Request) -> Option<Found> {
    if framing & 1 == 1 {
        return Some(rtu::find(bytes, UNIT, request.function()));
    }
    let found = |frame: Frame| if frame.unit == UNIT { Found::Answer(frame) } else { Found::Foreign(frame.end) };
    mbap::decode(bytes).ok().map(|frame| frame.map_or(Found::Nothing, found))
}

/// All that could stand in an answer, at its beginning, its end and behind it.
fn values(request: &Request, data: &[u8]) {
    let Request::Read { table, count, .. } = request else { return };
    for at in [0, 1, count.saturating_sub(2), count.saturating_sub(1), *count, u16::MAX] {
        for (ty, order) in TYPES.into_iter().flat_map(|ty| ORDERS.map(|order| (ty, order))) {
            let spec = ModbusPoint {
                table: *table,
                address: 0,
                from_base: false,
                ty,
                order,
                scale: -0.5,
                offset: 3.0,
                curve: None,
                write: None,
            };
            let (value, quality) =
                if table.is_bits() { from_bits(data, at, &spec) } else { from_registers(data, at, &spec) };
            assert!(value.is_finite() == quality.is_good(), "{value} is {quality:?}");
            let held = usize::from(at) + usize::from(ty.size()) <= usize::from(*count);
            assert!(held || table.is_bits() || !quality.is_good(), "a value of registers that are not there");
            if let Some(text) = text(data, at.into(), &spec) {
                assert!(text.len() <= 4 * usize::from(ty.size()) * 2, "a text longer than its registers");
            }
        }
    }
}
