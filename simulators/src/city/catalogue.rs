//! Makes of stations: their points, register maps and rationalised alarms.

mod makes;
mod texts;

use crate::plant::{Limits, MqttStyle, Point, Register};
pub(super) use makes::ALL;
pub(super) use texts::Text;

/// Points and alarms that assets of one make share.
#[derive(Debug)]
pub(super) struct Template {
    pub(super) name: &'static str,
    /// The asset kind.
    pub(super) kind: &'static str,
    pub(super) points: &'static [Measured],
    /// How it speaks over MQTT; none: over Modbus.
    pub(super) mqtt: Option<Style>,
    /// Over Modbus: on the radio's line, not behind a gateway.
    pub(super) radio: bool,
    /// For Modbus makes: the make that is built where all unit numbers are taken.
    pub(super) instead: &'static str,
}

/// MQTT styles of the city's devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Linepack,
    /// Topic, and a JSON pointer for each of the template's points.
    Json(&'static str, &'static [&'static str]),
    /// Behind the edge node: the metric of each of the template's points.
    Sparkplug(&'static [&'static str]),
}

impl Template {
    /// The shape of its messages, given a JSON pointer for each point.
    pub(super) fn json(&self, topic: &str, pointers: &[&str]) -> MqttStyle {
        let named = self.points.iter().zip(pointers);
        MqttStyle::Json {
            topic: topic.to_owned(),
            ts: Some("/time".to_owned()),
            values: named.map(|(p, pointer)| (p.name.to_owned(), (*pointer).to_owned())).collect(),
        }
    }

    /// Its points as the simulators see them.
    pub(super) fn plant_points(&self, over_modbus: bool) -> Vec<Point> {
        let point = |(slot, p): (usize, &Measured)| Point {
            metric: self.metric(slot).map(str::to_owned),
            ..p.plant_point(over_modbus)
        };
        self.points.iter().enumerate().map(point).collect()
    }

    /// Name of a point's metric, for makes behind the edge node.
    pub(super) fn metric(&self, slot: usize) -> Option<&'static str> {
        match self.mqtt {
            Some(Style::Sparkplug(metrics)) => metrics.get(slot).copied(),
            _ => None,
        }
    }
}

/// A point of a template.
#[derive(Debug)]
pub(super) struct Measured {
    pub(super) name: &'static str,
    pub(super) unit: &'static str,
    pub(super) deadband: f64,
    pub(super) range: (f64, f64),
    pub(super) register: Option<Register>,
    /// An operator may write it.
    pub(super) writable: bool,
    /// Words for whole numbers, English and Chinese.
    pub(super) states: &'static [(u8, [&'static str; 2])],
    pub(super) alarms: &'static [Alarm],
}

/// An alarm of a point.
#[derive(Debug)]
pub(super) struct Alarm {
    pub(super) kind: &'static str,
    pub(super) limit: Option<f64>,
    pub(super) deadband: f64,
    pub(super) on_delay_s: u32,
    pub(super) off_delay_s: u32,
    pub(super) priority: &'static str,
    /// Skill of the crew it sends.
    pub(super) dispatch: Option<&'static str>,
    pub(super) respond_within: &'static str,
    /// Keys of its detector, as the site folder writes them.
    pub(super) detector: &'static str,
    pub(super) text: &'static Text,
}

impl Measured {
    /// As the simulators see it.
    pub(super) fn plant_point(&self, over_modbus: bool) -> Point {
        let limit = |kind: &str| self.alarms.iter().find(|a| a.kind == kind).and_then(|a| a.limit);
        Point {
            name: self.name.to_owned(),
            unit: self.unit.to_owned(),
            range: Some(self.range),
            limits: Limits {
                high_high: limit("high-high"),
                high: limit("high"),
                low: limit("low"),
                low_low: limit("low-low"),
            },
            register: self.register.filter(|_| over_modbus),
            metric: None,
        }
    }
}

/// The template of a name; the first one for a name that is none.
pub(super) fn template(name: &str) -> &'static Template {
    ALL.iter().find(|t| t.name == name).unwrap_or(&ALL[0])
}
