//! Points for tests.

use crate::site::{ModbusPoint, RegisterOrder, RegisterType, Table};

/// A plain point.
pub(super) fn spec(table: Table, address: u16, ty: RegisterType) -> ModbusPoint {
    ModbusPoint {
        table,
        address,
        from_base: false,
        ty,
        order: RegisterOrder::Abcd,
        scale: 1.0,
        offset: 0.0,
        curve: None,
        write: None,
    }
}
