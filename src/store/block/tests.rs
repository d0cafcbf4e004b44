use proptest::prelude::*;

use super::*;

fn measured() -> impl Strategy<Value = Measured> {
    let value = prop_oneof![
        (-100_000i64..100_000).prop_map(|v| v as f64 / 10.0),
        any::<f64>(),
        any::<f32>().prop_map(f64::from),
        Just(-0.0),
        Just(1e300)
    ];
    (any::<i64>(), value, prop::sample::select(vec![0u8, 0, 0, 0x10, 0x22, 0xff]))
        .prop_map(|(ts, value, quality)| Measured { ts, value, quality })
}

fn bits(rows: &[Measured]) -> Vec<(i64, Option<u64>, u8)> {
    rows.iter().map(|r| (r.ts, r.value.is_finite().then_some(r.value.to_bits()), r.quality)).collect()
}

fn walk(n: i64) -> Vec<Measured> {
    let steps = [0.0, 1.0, -1.0, 1.0, 0.0, -1.0, 1.0];
    let mut level = 1000.0;
    (0..n)
        .map(|i| {
            level += steps[(i * i % 7) as usize];
            Measured { ts: 1_700_000_000_000 + i * 1000 + i * 31 % 5, value: level / 10.0, quality: 0 }
        })
        .collect()
}

proptest! {
    #[test]
    fn samples_come_back_to_the_bit(rows in prop::collection::vec(measured(), 0..400)) {
        prop_assert_eq!(bits(&open::<Measured>(&seal(&rows, &mut Scratch::default())).unwrap()), bits(&rows));
    }

    #[test]
    fn numbers_come_back_whatever_form_they_take(
        base in any::<i64>(), steps in prop::collection::vec(prop_oneof![20 => -40i64..40, 2 => -5000i64..5000, 1 => any::<i64>()], 0..700),
        digits in 0usize..9, kind in 0u8..4,
    ) {
        let mut at = base >> (base & 63);
        let whole: Vec<i64> = steps.iter().map(|s| { at = at.wrapping_add(*s); at }).collect();
        let mut out = vec![];
        column::put_ints(&whole, &mut out);
        let mut back = vec![];
        column::get_ints(&mut Cursor(&out), whole.len(), &mut back).unwrap();
        prop_assert_eq!(&back, &whole);
        let power = 10f64.powi(digits as i32);
        let number = |w: &i64| match kind {
            0 => *w as f64 / power,
            1 => f64::from((*w as f64 / power) as f32),
            2 => *w as f64 * power.recip(),
            _ => *w as f64 * 0.37,
        };
        let rows: Vec<Measured> =
            whole.iter().map(|w| Measured { ts: *w, value: number(w), quality: 0 }).collect();
        prop_assert_eq!(bits(&open::<Measured>(&seal(&rows, &mut Scratch::default())).unwrap()), bits(&rows));
    }

    #[test]
    fn a_run_gives_each_point_its_own(points in prop::collection::btree_map(any::<u32>(), prop::collection::vec(measured(), 1..20), 0..20)) {
        let bytes = pack(points.iter().map(|(p, rows)| (*p, rows.as_slice())), &mut Scratch::default());
        prop_assert_eq!(Run::new(&bytes).unwrap().points().count(), points.len());
        for (point, rows) in &points {
            prop_assert_eq!(bits(&unpack_one::<Measured>(&bytes, *point).unwrap()), bits(rows));
        }
    }

    #[test]
    fn damage_is_an_error_and_nothing_worse(mut bytes in prop::collection::vec(any::<u8>(), 0..300), at in any::<prop::sample::Index>(), flip in 1u8..) {
        // a checksum that is right lets the bytes through to the decoders
        if bytes.len() > 5 {
            let crc = crc32fast::hash(&bytes[5..]);
            bytes[0] = 1;
            bytes[1..5].copy_from_slice(&crc.to_le_bytes());
        }
        let _ = open::<Measured>(&bytes);
        let _ = open::<Bucket>(&bytes);
        let _ = unpack_one::<Measured>(&bytes, 0);
        let mut sealed = seal(&walk(300), &mut Scratch::default());
        let at = at.index(sealed.len());
        sealed[at] ^= flip;
        prop_assert!(open::<Measured>(&sealed).is_err());
    }

    #[test]
    fn hours_of_minutes_are_hours_of_samples(
        steps in prop::collection::vec((1i64..400_000, -1000i64..1000, prop::sample::select(vec![0u8, 0, 0, 0x10, 0x22])), 1..200),
    ) {
        let mut ts = -3_000_000;
        let rows: Vec<Measured> = steps.iter().map(|&(step, v, quality)| { ts += step; Measured { ts, value: v as f64 / 10.0, quality } }).collect();
        let until = floor(ts, HOUR) + HOUR;
        let direct = hold_into(0, HOUR, None, &rows, i64::MIN, until);
        let minutes = hold_into(0, MINUTE, None, &rows, i64::MIN, until);
        let again = hours(&open::<Bucket>(&seal(&minutes, &mut Scratch::default())).unwrap());
        prop_assert_eq!(direct.len(), again.len());
        for (a, b) in direct.iter().zip(&again) {
            prop_assert_eq!((a.ts, a.n, a.covered, a.quality), (b.ts, b.n, b.covered, b.quality));
            prop_assert!((a.integral - b.integral).abs() < 1e-3);
            if a.n > 0 {
                prop_assert_eq!((a.min, a.min_ts, a.max, a.max_ts, a.first, a.last), (b.min, b.min_ts, b.max, b.max_ts, b.first, b.last));
            }
        }
    }
}

#[test]
fn a_walk_costs_about_a_byte_a_sample() {
    let rows = walk(2048);
    let bytes = seal(&rows, &mut Scratch::default()).len();
    assert!(bytes < 2048 * 3 / 2, "{bytes} bytes");
    assert_eq!(bits(&open::<Measured>(&seal(&rows, &mut Scratch::default())).unwrap()), bits(&rows));
}

#[test]
fn a_mean_counts_each_value_for_as_long_as_it_held() {
    let s = |ts, value, quality| Measured { ts, value, quality };
    // 10 for 10 s, 40 for 20 s, nothing usable for 30 s; then 5 for ten minutes and no longer
    let rows = [s(0, 10.0, 0), s(10_000, 40.0, 0x10), s(30_000, 99.0, 0x22), s(60_000, 5.0, 0)];
    let made = hold_into(0, MINUTE, None, &rows, i64::MIN, 10 * HOUR);
    assert_eq!((made[0].covered, made[0].n, made[0].quality), (30_000, 2, 0x10));
    assert_eq!(made[0].mean(), Some(30.0));
    assert_eq!((made[0].max, made[0].max_ts, made[0].first, made[0].last), (40.0, 10_000, 10.0, 40.0));
    assert_eq!(made.len(), 11, "the value's own minute and nine in which it still holds");
    assert_eq!((made[10].n, made[10].covered, made[10].mean()), (0, MINUTE, Some(5.0)));
    // what held before the first sample counts from where it is asked for
    let made = hold_into(0, MINUTE, Some(s(-5_000, 7.0, 0)), &[s(1_000, 8.0, 0)], 0, 2_000);
    assert_eq!((made[0].ts, made[0].covered, made[0].mean()), (0, 2_000, Some(7.5)));
}

#[test]
fn the_first_of_two_of_one_time_stays_and_the_fuller_of_two_aggregates() {
    let s = |ts, value| Measured { ts, value, quality: 0 };
    let mut rows = vec![s(2, 1.0), s(1, 2.0), s(2, 3.0), s(1, 4.0)];
    settle(&mut rows);
    assert_eq!(rows.iter().map(|r| (r.ts, r.value)).collect::<Vec<_>>(), [(1, 2.0), (2, 1.0)]);
    let b = |n, last| Bucket { n, last, ..Bucket::new(0) };
    let mut buckets = vec![b(5, 1.0), b(1, 2.0), b(5, 3.0)];
    settle(&mut buckets);
    assert_eq!((buckets.len(), buckets[0].last), (1, 3.0));
}

#[test]
fn the_forms_devices_send_cost_no_more_than_decimals() {
    let as_sent: [fn(f64) -> f64; 3] = [|v| v, |v| f64::from(v as f32), |v| (v * 10.0).round() * 0.1];
    for form in as_sent {
        let rows: Vec<Measured> = walk(2048).into_iter().map(|m| Measured { value: form(m.value), ..m }).collect();
        let bytes = seal(&rows, &mut Scratch::default()).len();
        assert!(bytes < 2048 * 3 / 2, "{bytes} bytes");
    }
}

#[test]
fn columns_of_the_first_version_are_read() {
    let whole: Vec<i64> = (0..500).map(|i| i * 1000 + i % 7).collect();
    let bytes = pco::standalone::simple_compress(&whole, &pco::ChunkConfig::default()).unwrap();
    let mut column = vec![1];
    column::put_varint(bytes.len() as u64, &mut column);
    column.extend(bytes);
    let mut back = vec![];
    column::get_ints(&mut Cursor(&column), 500, &mut back).unwrap();
    assert_eq!(back, whole);
}
