//! What answers look like, kept once for all links: ten thousand stations of one template are read by the same plan, and a
//! link that is served once a second finds warm what another was served with just before.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::plan::{Read, Value};

/// Known shapes; clones share them. A shape that no read has any more goes by itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shapes(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    /// By their length and the address of what their first value is decoded by.
    shapes: HashMap<(usize, usize), Vec<Weak<[Value]>>>,
    /// Shapes at which those that are gone are looked for again.
    look_at: usize,
}

impl Shapes {
    /// Lets reads that look alike share what they look like.
    pub(crate) fn share(&self, reads: &mut [Read]) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for read in reads {
            read.values = known.same(&read.values);
        }
    }
}

impl Known {
    fn same(&mut self, values: &Arc<[Value]>) -> Arc<[Value]> {
        if self.shapes.len() >= self.look_at {
            self.shapes.retain(|_, all| all.iter().any(|shape| shape.strong_count() > 0));
            self.look_at = 64.max(2 * self.shapes.len());
        }
        let spec = values.first().map_or(0, |v| Arc::as_ptr(&v.spec).addr());
        let alike = self.shapes.entry((values.len(), spec)).or_default();
        if let Some(shape) = alike.iter().filter_map(Weak::upgrade).find(|shape| is_same(shape, values)) {
            return shape;
        }
        alike.retain(|shape| shape.strong_count() > 0);
        alike.push(Arc::downgrade(values));
        values.clone()
    }
}

fn is_same(a: &[Value], b: &[Value]) -> bool {
    let same = |(a, b): (&Value, &Value)| {
        (a.after, a.at, a.alike) == (b.after, b.at, b.alike) && Arc::ptr_eq(&a.spec, &b.spec)
    };
    a.len() == b.len() && a.iter().zip(b).all(same)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use linepack_core::PointId;

    use super::*;
    use crate::ingest::modbus::plan::{Wanted, plan};
    use crate::ingest::modbus::testing::spec;
    use crate::site::{ModbusPoint, ReadLimits, RegisterType, Table};

    /// Reads of a station: its first point, where its registers begin, what stands there.
    fn reads(shapes: &Shapes, point: u32, address: u16, specs: &[Arc<ModbusPoint>]) -> Vec<Read> {
        let wanted = specs.iter().zip(0..).map(|(spec, i)| Wanted {
            point: PointId(point + i),
            unit: 1,
            every: Duration::from_secs(1),
            address: address + 2 * i as u16,
            limits: ReadLimits::default(),
            spec: spec.clone(),
        });
        let mut reads = plan(wanted.collect(), &[]);
        shapes.share(&mut reads);
        reads
    }

    fn template(points: usize) -> Vec<Arc<ModbusPoint>> {
        (0..points).map(|_| Arc::new(spec(Table::Input, 0, RegisterType::F32))).collect()
    }

    fn points(reads: &[Read]) -> Vec<u32> {
        reads.iter().flat_map(|r| r.points()).map(|p| p.0).collect()
    }

    #[test]
    fn stations_of_a_template_share_a_shape_and_keep_their_points() {
        let (shapes, template, other) = (Shapes::default(), template(3), template(3));
        let a = reads(&shapes, 10, 0, &template);
        let b = reads(&shapes, 20, 100, &template);
        let c = reads(&shapes, 30, 0, &other);
        let d = reads(&shapes, 40, 0, &template[..2]);
        assert!(Arc::ptr_eq(&a[0].values, &b[0].values));
        assert!(!Arc::ptr_eq(&a[0].values, &c[0].values));
        assert!(!Arc::ptr_eq(&a[0].values, &d[0].values));
        assert_eq!(
            [&a, &b, &c, &d].map(|r| points(r)),
            [vec![10, 11, 12], vec![20, 21, 22], vec![30, 31, 32], vec![40, 41]]
        );
    }

    #[test]
    fn shapes_that_nobody_has_are_forgotten() {
        let shapes = Shapes::default();
        let kept = reads(&shapes, 0, 0, &template(1));
        for _ in 0..1000 {
            drop(reads(&shapes, 0, 0, &template(1)));
        }
        let known = shapes.0.lock().expect("whole").shapes.len();
        assert!(known <= 65, "{known} of 1 are remembered");
        assert_eq!(points(&kept), [0]);
    }
}
