//! From a value to the request that writes it.

use super::decode::{along, reorder};
use super::pdu::Request;
use crate::site::{ModbusPoint, RegisterType, Table, WriteFunction};

/// A write in the device's own terms.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Command {
    /// What to send.
    pub(crate) request: Request,
    /// What the point must read afterwards, within `step`.
    pub(crate) value: f64,
    /// One raw step, in the point's unit.
    pub(crate) step: f64,
}

/// Makes the request; the error says why there is none.
pub(crate) fn command(spec: &ModbusPoint, address: u16, value: f64) -> Result<Command, String> {
    let Some(function) = spec.write else { return Err("its register map does not say write = true".to_owned()) };
    let raw = raw(spec, value)?;
    if spec.table == Table::Coil {
        let on = match raw {
            0.0 => false,
            1.0 => true,
            _ => return Err(format!("a coil takes 0 or 1, not {raw}")),
        };
        let request = match function {
            WriteFunction::Single => Request::WriteCoil { address, on },
            WriteFunction::Multiple => Request::WriteCoils { address, bits: vec![on] },
        };
        return Ok(Command { request, value, step: spec.scale.abs() / 2.0 });
    }
    let (values, rounded) = registers(spec, raw)?;
    let request = match (function, values.as_slice()) {
        (WriteFunction::Single, &[value]) => Request::WriteRegister { address, value },
        _ => Request::WriteRegisters { address, values },
    };
    let (value, step) = match spec.curve.as_deref() {
        Some(curve) => {
            let at = along(curve, rounded).ok_or("it is outside the curve")?;
            let next = along(curve, rounded + 1.0).or_else(|| along(curve, rounded - 1.0)).unwrap_or(at);
            (at, (next - at).abs())
        }
        None => (rounded * spec.scale + spec.offset, spec.scale.abs()),
    };
    let step = match spec.ty {
        RegisterType::F32 => value.abs() * f64::from(f32::EPSILON),
        RegisterType::F64 => value.abs() * f64::EPSILON,
        _ => step,
    };
    Ok(Command { request, value, step })
}

/// The raw value, not rounded.
fn raw(spec: &ModbusPoint, value: f64) -> Result<f64, String> {
    if !value.is_finite() {
        return Err(format!("{value} is no number"));
    }
    let Some(curve) = spec.curve.as_deref() else { return Ok((value - spec.offset) / spec.scale) };
    let mut inverse: Vec<(f64, f64)> = curve.iter().map(|&(raw, value)| (value, raw)).collect();
    if curve.windows(2).all(|w| w[0].1 > w[1].1) {
        inverse.reverse();
    } else if !curve.windows(2).all(|w| w[0].1 < w[1].1) {
        return Err("its curve turns back".to_owned());
    }
    along(&inverse, value).ok_or_else(|| format!("{value} is outside its curve"))
}

/// The registers in the device's order, and the raw value they really hold.
fn registers(spec: &ModbusPoint, raw: f64) -> Result<(Vec<u16>, f64), String> {
    let whole = raw.round();
    let within = |low: f64, high: f64| {
        if (low..=high).contains(&whole) {
            Ok(whole)
        } else {
            Err(format!("raw {whole} is not within {low} and {high}"))
        }
    };
    // 2⁶⁴ and 2⁶³ themselves do not fit, and the next lower f64 does
    const U64: f64 = 18_446_744_073_709_549_568.0;
    const I64: f64 = 9_223_372_036_854_774_784.0;
    let (bytes, held): (Vec<u8>, f64) = match spec.ty {
        RegisterType::U16 => ((within(0.0, 65_535.0)? as u16).to_be_bytes().into(), whole),
        RegisterType::I16 => ((within(-32_768.0, 32_767.0)? as i16).to_be_bytes().into(), whole),
        RegisterType::U32 => ((within(0.0, f64::from(u32::MAX))? as u32).to_be_bytes().into(), whole),
        RegisterType::I32 => ((within(i32::MIN.into(), i32::MAX.into())? as i32).to_be_bytes().into(), whole),
        RegisterType::U64 => ((within(0.0, U64)? as u64).to_be_bytes().into(), whole),
        RegisterType::I64 => ((within(-I64, I64)? as i64).to_be_bytes().into(), whole),
        RegisterType::F32 => {
            let single = raw as f32;
            if !single.is_finite() {
                return Err(format!("raw {raw} is too large"));
            }
            (single.to_be_bytes().into(), single.into())
        }
        RegisterType::F64 => (raw.to_be_bytes().into(), raw),
        RegisterType::Bcd(registers) => {
            let digits = 4 * u32::from(registers.min(4));
            let number = within(0.0, 10f64.powi(digits.cast_signed()) - 1.0)? as u64;
            let bcd = (0..digits).fold(0, |all, digit| all | ((number / 10u64.pow(digit) % 10) << (4 * digit)));
            (bcd.to_be_bytes()[8 - digits as usize / 2..].into(), whole)
        }
        RegisterType::U8(_)
        | RegisterType::I8(_)
        | RegisterType::Bit(_)
        | RegisterType::Bits { .. }
        | RegisterType::Text { .. } => return Err("only whole registers and coils can be written".to_owned()),
    };
    let mut words: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
    reorder(&mut words, spec.order);
    Ok((words, held))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ingest::modbus::decode::from_registers;
    use crate::ingest::modbus::testing::spec;
    use crate::site::RegisterOrder;

    fn writable(table: Table, ty: RegisterType) -> ModbusPoint {
        let write = Some(if ty.size() > 1 { WriteFunction::Multiple } else { WriteFunction::Single });
        ModbusPoint { write, ..spec(table, 7, ty) }
    }

    fn written(request: &Request) -> Vec<u8> {
        let words = match request {
            Request::WriteRegister { value, .. } => vec![*value],
            Request::WriteRegisters { values, .. } => values.clone(),
            other => panic!("{other:?}"),
        };
        words.iter().flat_map(|w| w.to_be_bytes()).collect()
    }

    #[test]
    fn values_become_requests() {
        use RegisterType::{Bcd, Bit, F32, I16, U16, U32};
        let scaled = ModbusPoint { scale: 0.1, offset: -40.0, ..writable(Table::Holding, U16) };
        let many = ModbusPoint { write: Some(WriteFunction::Multiple), ..writable(Table::Holding, U16) };
        let coils = ModbusPoint { write: Some(WriteFunction::Multiple), ..writable(Table::Coil, Bit(0)) };
        let swapped = ModbusPoint { order: RegisterOrder::Cdab, ..writable(Table::Holding, F32) };
        let curve = Some([(0.0, 100.0), (1000.0, 0.0)].into());
        let falling = ModbusPoint { curve, ..writable(Table::Holding, U16) };
        let address = 7;
        for (point, value, expect) in [
            (&scaled, 21.5, Request::WriteRegister { address, value: 615 }),
            (&scaled, 21.54, Request::WriteRegister { address, value: 615 }),
            (&writable(Table::Holding, I16), -2.0, Request::WriteRegister { address, value: 0xFFFE }),
            (&many, 5.0, Request::WriteRegisters { address, values: vec![5] }),
            (&writable(Table::Holding, U32), 65_537.0, Request::WriteRegisters { address, values: vec![1, 1] }),
            (&swapped, 123_456.0, Request::WriteRegisters { address, values: vec![0x2000, 0x47F1] }),
            (&writable(Table::Holding, Bcd(1)), 1234.0, Request::WriteRegister { address, value: 0x1234 }),
            (&falling, 25.0, Request::WriteRegister { address, value: 750 }),
            (&writable(Table::Coil, Bit(0)), 1.0, Request::WriteCoil { address, on: true }),
            (&coils, 0.0, Request::WriteCoils { address, bits: vec![false] }),
        ] {
            assert_eq!(command(point, address, value).map(|c| c.request), Ok(expect), "{value}");
        }
    }

    #[test]
    fn what_does_not_fit_is_not_sent() {
        use RegisterType::{Bcd, Bit, F32, I16, U16, U64};
        for (ty, value) in [
            (U16, -1.0),
            (U16, 65_536.0),
            (I16, 32_768.0),
            (U64, 1.9e19),
            (F32, 1e39),
            (Bcd(1), 10_000.0),
            (U16, f64::NAN),
            (U16, f64::INFINITY),
        ] {
            assert!(command(&writable(Table::Holding, ty), 0, value).is_err(), "{ty:?} {value}");
        }
        assert!(command(&writable(Table::Coil, Bit(0)), 0, 0.5).is_err());
        assert!(command(&spec(Table::Holding, 0, U16), 0, 1.0).is_err(), "not writable");
        let curve = Some([(0.0, 0.0), (10.0, 5.0), (20.0, 0.0)].into());
        assert!(command(&ModbusPoint { curve, ..writable(Table::Holding, U16) }, 0, 1.0).is_err(), "which of the two?");
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_within_a_step(
            value in -1e4..1e4f64, scale in prop::sample::select(vec![1.0, 0.1, -0.5, 3.0]), order in 0usize..4, ty in 0usize..8,
        ) {
            use RegisterType::{F32, F64, I16, I32, I64, U16, U32, U64};
            let order = [RegisterOrder::Abcd, RegisterOrder::Badc, RegisterOrder::Cdab, RegisterOrder::Dcba][order];
            let ty = [U16, I16, U32, I32, U64, I64, F32, F64][ty];
            let point = ModbusPoint { scale, offset: 1.5, order, ..writable(Table::Holding, ty) };
            if let Ok(command) = command(&point, 0, value) {
                let (read, _) = from_registers(&written(&command.request), 0, &point);
                prop_assert!((read - command.value).abs() <= command.step, "{} {:?}", read, command);
                prop_assert!((read - value).abs() <= scale.abs().max(value.abs() * 1e-6));
            }
        }
    }
}
