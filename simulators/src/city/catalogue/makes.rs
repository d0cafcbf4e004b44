//! The makes in use: register maps, limits, priorities.

use super::{Alarm, Measured, Style, Template, Text, texts};
use crate::plant::ByteOrder::{self, Abcd, Cdab};
use crate::plant::Register;
use crate::plant::RegisterType::{self, Bit, F32, I16, I32, U16, U32};
use crate::plant::Table::{self, Coil, Discrete, Holding, Input};

const fn point(
    name: &'static str,
    unit: &'static str,
    deadband: f64,
    range: (f64, f64),
    register: Option<Register>,
    alarms: &'static [Alarm],
) -> Measured {
    Measured { name, unit, deadband, range, register, writable: false, states: &[], alarms }
}

const fn commanded(mut point: Measured) -> Measured {
    point.writable = true;
    point
}

const fn valve(register: Option<Register>) -> Measured {
    let mut valve = point("valve_open", "", 0.0, (0.0, 1.0), register, &[]);
    valve.states = &[(0, ["closed", "关"]), (1, ["open", "开"])];
    valve
}

const fn at(table: Table, address: u16, ty: RegisterType, order: ByteOrder, scale: f64) -> Option<Register> {
    Some(Register { table, address, ty, order, scale, offset: 0.0 })
}

const fn limit(
    kind: &'static str,
    limit: f64,
    deadband: f64,
    delays: (u32, u32),
    priority: &'static str,
    text: &'static Text,
) -> Alarm {
    let (on_delay_s, off_delay_s) = delays;
    let respond_within = match priority.as_bytes() {
        b"critical" => "3min",
        b"high" => "10min",
        b"medium" => "30min",
        _ => "8h",
    };
    Alarm {
        kind,
        limit: Some(limit),
        deadband,
        on_delay_s,
        off_delay_s,
        priority,
        dispatch: None,
        respond_within,
        detector: "",
        text,
    }
}

const fn sends(mut alarm: Alarm, skill: &'static str) -> Alarm {
    alarm.dispatch = Some(skill);
    alarm
}

const fn state(kind: &'static str, priority: &'static str, text: &'static Text) -> Alarm {
    let mut alarm = limit(kind, 0.0, 0.0, (0, 0), priority, text);
    alarm.limit = None;
    alarm
}

/// An alarm that learns, with the keys of its detector.
const fn learns(kind: &'static str, priority: &'static str, detector: &'static str, text: &'static Text) -> Alarm {
    let mut alarm = state(kind, priority, text);
    alarm.detector = detector;
    alarm
}

const GAS: &[Alarm] = &[
    learns("gas-step", "medium", "least = 2.0\nwarm_up = \"1h\"", &texts::GAS_STEP),
    limit("high", 10.0, 2.0, (2, 10), "high", &texts::GAS_HIGH),
    sends(limit("high-high", 20.0, 2.0, (1, 10), "critical", &texts::GAS_HIGH_HIGH), "leak"),
];
const COLD_GAS: &[Alarm] = &[limit("low", -5.0, 1.0, (30, 60), "medium", &texts::COLD_GAS)];
const FILTER: &[Alarm] = &[limit("high", 30.0, 3.0, (60, 60), "low", &texts::FILTER)];
const OUTLET: &[Alarm] = &[
    limit("high", 120.0, 2.0, (2, 5), "high", &texts::OUTLET_HIGH),
    sends(limit("high-high", 140.0, 3.0, (1, 5), "critical", &texts::OUTLET_HIGH_HIGH), "regulator"),
    limit("low", 80.0, 2.0, (5, 5), "high", &texts::OUTLET_LOW),
    sends(limit("low-low", 60.0, 3.0, (3, 5), "critical", &texts::OUTLET_LOW_LOW), "regulator"),
    state("bad-quality", "medium", &texts::BAD_QUALITY),
    state("stale", "medium", &texts::STALE),
    learns("stuck", "low", "", &texts::STUCK),
];
const HABIT: &[Alarm] = &[learns("seasonal", "low", "", &texts::UNUSUAL)];
const METER: &[Alarm] = &[learns("no-report", "low", "warm_up = \"6h\"", &texts::SILENT)];
const INLET: &[Alarm] = &[
    limit("low", 240.0, 5.0, (10, 10), "medium", &texts::INLET_LOW),
    limit("low-low", 180.0, 5.0, (5, 10), "high", &texts::INLET_LOW_LOW),
];

/// Points of a district regulator, with the register maps of one make.
macro_rules! regulator {
    ($inlet:expr, $outlet:expr, $flow:expr, $temperature:expr, $lel:expr, $valve:expr, $setpoint:expr) => {
        &[
            point("inlet_pressure", "kPa", 0.5, (0.0, 1_000.0), $inlet, INLET),
            point("outlet_pressure", "kPa", 0.05, (0.0, 600.0), $outlet, OUTLET),
            point("flow", "m³/h", 1.0, (0.0, 6_000.0), $flow, &[]),
            point("gas_temperature", "°C", 0.1, (-40.0, 80.0), $temperature, COLD_GAS),
            point("gas_lel", "%LEL", 0.1, (0.0, 100.0), $lel, GAS),
            $valve,
            commanded(point("outlet_setpoint", "kPa", 0.0, (60.0, 150.0), $setpoint, &[])),
        ]
    };
}

/// All makes.
pub(in crate::city) static ALL: &[Template] = &[
    Template {
        name: "gate-station",
        kind: "gate-station",
        instead: "district-regulator-mqtt",
        mqtt: None,
        radio: false,
        points: &[
            point(
                "inlet_pressure",
                "kPa",
                2.0,
                (0.0, 6_300.0),
                at(Input, 0, F32, Abcd, 1.0),
                &[
                    limit("low", 3_200.0, 40.0, (10, 30), "high", &texts::SUPPLY_LOW),
                    limit("high", 4_600.0, 40.0, (10, 30), "high", &texts::SUPPLY_HIGH),
                ],
            ),
            point(
                "outlet_pressure",
                "kPa",
                1.0,
                (0.0, 4_000.0),
                at(Input, 2, F32, Abcd, 1.0),
                &[
                    limit("high", 2_650.0, 20.0, (5, 10), "high", &texts::OUTLET_HIGH),
                    sends(
                        limit("high-high", 2_750.0, 20.0, (2, 10), "critical", &texts::OUTLET_HIGH_HIGH),
                        "regulator",
                    ),
                    limit("low", 2_200.0, 20.0, (5, 10), "high", &texts::OUTLET_LOW),
                    state("bad-quality", "medium", &texts::BAD_QUALITY),
                ],
            ),
            point("flow", "m³/h", 10.0, (0.0, 200_000.0), at(Input, 4, F32, Abcd, 1.0), HABIT),
            point("gas_temperature", "°C", 0.1, (-40.0, 80.0), at(Input, 6, F32, Abcd, 1.0), COLD_GAS),
            point("gas_lel", "%LEL", 0.1, (0.0, 100.0), at(Input, 8, F32, Abcd, 1.0), GAS),
            point(
                "odorant",
                "mg/m³",
                0.1,
                (0.0, 60.0),
                at(Input, 10, F32, Abcd, 1.0),
                &[limit("low", 12.0, 1.0, (60, 60), "high", &texts::ODORANT)],
            ),
            valve(at(Discrete, 0, Bit(0), Abcd, 1.0)),
        ],
    },
    Template {
        name: "pressure-station",
        kind: "pressure-station",
        instead: "district-regulator-mqtt",
        mqtt: None,
        radio: false,
        points: &[
            point(
                "inlet_pressure",
                "kPa",
                1.0,
                (0.0, 4_000.0),
                at(Holding, 100, F32, Cdab, 1.0),
                &[limit("low", 1_900.0, 20.0, (10, 10), "high", &texts::INLET_LOW)],
            ),
            point(
                "outlet_pressure",
                "kPa",
                0.2,
                (0.0, 1_000.0),
                at(Holding, 102, F32, Cdab, 1.0),
                &[
                    limit("high", 430.0, 4.0, (3, 5), "high", &texts::OUTLET_HIGH),
                    sends(limit("high-high", 460.0, 4.0, (1, 5), "critical", &texts::OUTLET_HIGH_HIGH), "regulator"),
                    limit("low", 340.0, 4.0, (5, 5), "high", &texts::OUTLET_LOW),
                    state("bad-quality", "medium", &texts::BAD_QUALITY),
                ],
            ),
            point("flow", "m³/h", 5.0, (0.0, 100_000.0), at(Holding, 104, F32, Cdab, 1.0), &[]),
            point("volume", "m³", 1.0, (0.0, 4e9), at(Holding, 106, U32, Cdab, 1.0), &[]),
            point("gas_temperature", "°C", 0.1, (-40.0, 80.0), at(Holding, 110, I16, Abcd, 0.1), COLD_GAS),
            point("gas_lel", "%LEL", 0.1, (0.0, 100.0), at(Holding, 111, U16, Abcd, 0.1), GAS),
            point("filter_dp", "kPa", 0.1, (0.0, 100.0), at(Holding, 112, U16, Abcd, 0.01), FILTER),
            valve(at(Holding, 113, Bit(2), Abcd, 1.0)),
        ],
    },
    Template {
        name: "district-regulator",
        kind: "district-regulator",
        instead: "district-regulator-mqtt",
        mqtt: None,
        radio: false,
        points: regulator!(
            at(Input, 0, U16, Abcd, 0.1),
            at(Input, 1, U16, Abcd, 0.01),
            at(Input, 2, U16, Abcd, 0.1),
            at(Input, 3, I16, Abcd, 0.1),
            at(Input, 4, U16, Abcd, 0.1),
            commanded(valve(at(Coil, 0, Bit(0), Abcd, 1.0))),
            at(Holding, 0, U16, Abcd, 0.01)
        ),
    },
    Template {
        name: "district-regulator-b",
        kind: "district-regulator",
        instead: "district-regulator-mqtt",
        mqtt: None,
        radio: false,
        points: regulator!(
            at(Holding, 0, F32, Cdab, 1.0),
            at(Holding, 2, F32, Cdab, 1.0),
            at(Holding, 4, I32, Abcd, 0.001),
            at(Holding, 8, F32, Cdab, 1.0),
            at(Holding, 10, F32, Cdab, 1.0),
            valve(at(Holding, 12, Bit(0), Abcd, 1.0)),
            at(Holding, 14, F32, Cdab, 1.0)
        ),
    },
    Template {
        name: "district-regulator-radio",
        kind: "district-regulator",
        instead: "district-regulator-mqtt",
        mqtt: None,
        radio: true,
        points: regulator!(
            at(Input, 0, I16, Abcd, 0.1),
            at(Input, 1, I16, Abcd, 0.1),
            at(Input, 2, U32, Cdab, 0.01),
            at(Input, 4, I16, Abcd, 0.1),
            at(Input, 5, U16, Abcd, 0.1),
            commanded(valve(at(Coil, 0, Bit(0), Abcd, 1.0))),
            at(Holding, 0, I16, Abcd, 0.1)
        ),
    },
    Template {
        name: "district-regulator-edge",
        kind: "district-regulator",
        instead: "district-regulator-mqtt",
        mqtt: Some(Style::Sparkplug(&[
            "Inlet/Pressure",
            "Outlet/Pressure",
            "Flow",
            "Gas/Temperature",
            "Gas/LEL",
            "Valve/Open",
            "Outlet/Set Point",
        ])),
        radio: false,
        points: regulator!(None, None, None, None, None, commanded(valve(None)), None),
    },
    Template {
        name: "district-regulator-mqtt",
        kind: "district-regulator",
        instead: "district-regulator-mqtt",
        mqtt: Some(Style::Linepack),
        radio: false,
        points: regulator!(None, None, None, None, None, valve(None), None),
    },
    Template {
        name: "cng-station",
        kind: "cng-station",
        instead: "line-valve",
        mqtt: None,
        radio: false,
        points: &[
            point("inlet_pressure", "kPa", 0.5, (0.0, 1_000.0), at(Input, 0, I32, Cdab, 0.01), INLET),
            point(
                "storage_pressure",
                "MPa",
                0.01,
                (0.0, 40.0),
                at(Input, 2, I32, Cdab, 0.001),
                &[
                    sends(limit("high-high", 26.5, 0.3, (1, 5), "critical", &texts::STORAGE_HIGH), "regulator"),
                    limit("high", 25.0, 0.3, (3, 5), "high", &texts::STORAGE_HIGH),
                    limit("low", 9.0, 0.5, (60, 60), "low", &texts::STORAGE_LOW),
                ],
            ),
            point("flow", "m³/h", 1.0, (0.0, 10_000.0), at(Input, 4, I32, Cdab, 0.01), &[]),
            point("gas_lel", "%LEL", 0.1, (0.0, 100.0), at(Input, 6, U16, Abcd, 0.1), GAS),
            point("compressor_running", "", 0.0, (0.0, 1.0), at(Discrete, 1, Bit(0), Abcd, 1.0), &[]),
        ],
    },
    Template {
        name: "heat-substation",
        kind: "heat-substation",
        instead: "line-valve",
        mqtt: Some(Style::Linepack),
        radio: false,
        points: &[
            point(
                "supply_temperature",
                "°C",
                0.1,
                (0.0, 150.0),
                None,
                &[
                    limit("low", 40.0, 2.0, (60, 60), "high", &texts::SUPPLY_COLD),
                    sends(limit("high-high", 95.0, 2.0, (5, 30), "critical", &texts::SUPPLY_HOT), "heat"),
                ],
            ),
            point(
                "return_temperature",
                "°C",
                0.1,
                (0.0, 150.0),
                None,
                &[
                    limit("high", 60.0, 2.0, (60, 60), "medium", &texts::RETURN_HOT),
                    limit("low", 28.0, 2.0, (60, 60), "medium", &texts::SUPPLY_COLD),
                ],
            ),
            point(
                "supply_pressure",
                "MPa",
                0.002,
                (0.0, 1.6),
                None,
                &[
                    limit("high", 0.85, 0.02, (5, 10), "high", &texts::WATER_HIGH),
                    sends(limit("low-low", 0.30, 0.02, (5, 10), "critical", &texts::WATER_LOW), "heat"),
                ],
            ),
            point("water_flow", "t/h", 0.5, (0.0, 400.0), None, &[]),
            point("gas_flow", "m³/h", 1.0, (0.0, 8_000.0), None, HABIT),
            point("pump_running", "", 0.0, (0.0, 1.0), None, &[]),
        ],
    },
    Template {
        name: "line-valve-high",
        kind: "line-valve",
        instead: "line-valve",
        mqtt: Some(Style::Linepack),
        radio: false,
        points: &[
            point(
                "pressure",
                "kPa",
                1.0,
                (0.0, 4_000.0),
                None,
                &[
                    sends(limit("low-low", 1_700.0, 20.0, (3, 10), "critical", &texts::LINE_LOW), "leak"),
                    limit("low", 1_900.0, 20.0, (5, 10), "high", &texts::LINE_LOW),
                ],
            ),
            valve(None),
            point(
                "battery",
                "V",
                0.05,
                (0.0, 16.0),
                None,
                &[limit("low", 11.0, 0.2, (300, 60), "low", &texts::BATTERY)],
            ),
        ],
    },
    Template {
        name: "line-valve",
        kind: "line-valve",
        instead: "line-valve",
        mqtt: Some(Style::Linepack),
        radio: false,
        points: &[
            point(
                "pressure",
                "kPa",
                0.5,
                (0.0, 1_000.0),
                None,
                &[limit("low", 220.0, 5.0, (5, 10), "high", &texts::LINE_LOW)],
            ),
            valve(None),
            point(
                "battery",
                "V",
                0.05,
                (0.0, 16.0),
                None,
                &[limit("low", 11.0, 0.2, (300, 60), "low", &texts::BATTERY)],
            ),
        ],
    },
    Template {
        name: "customer-meter",
        kind: "customer-meter",
        instead: "customer-meter",
        mqtt: Some(Style::Json("meters/{asset}/state", &["/q/std", "/total"])),
        radio: false,
        points: &[
            point("flow", "m³/h", 0.5, (0.0, 5_000.0), None, &[]),
            point("volume", "m³", 1.0, (0.0, 4e9), None, METER),
        ],
    },
    Template {
        name: "room-sensor",
        kind: "room-sensor",
        instead: "room-sensor",
        mqtt: Some(Style::Json("rooms/{asset}/state", &["/t", "/rh"])),
        radio: false,
        points: &[
            point(
                "room_temperature",
                "°C",
                0.05,
                (-20.0, 60.0),
                None,
                &[
                    limit("low", 18.0, 0.5, (3_600, 300), "medium", &texts::COLD_ROOM),
                    limit("high", 26.0, 0.5, (3_600, 300), "low", &texts::WARM_ROOM),
                ],
            ),
            point("humidity", "%", 0.5, (0.0, 100.0), None, &[]),
        ],
    },
];
