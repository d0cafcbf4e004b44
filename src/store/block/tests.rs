use proptest::prelude::*;

use super::*;

fn measured() -> impl Strategy<Value = Measured> {
    let value =
        prop_oneof![(-100_000i64..100_000).prop_map(|v| v as f64 / 10.0), any::<f64>(), Just(-0.0), Just(1e300),];
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
        prop_assert_eq!(bits(&open::<Measured>(&seal(&rows)).unwrap()), bits(&rows));
    }

    #[test]
    fn a_run_gives_each_point_its_own(points in prop::collection::btree_map(any::<u32>(), prop::collection::vec(measured(), 1..20), 0..20)) {
        let bytes = pack(points.iter().map(|(p, rows)| (*p, rows.as_slice())));
        let all = unpack::<Measured>(&bytes).unwrap();
        prop_assert_eq!(all.len(), points.len());
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
        let _ = unpack::<Measured>(&bytes);
        let mut sealed = seal(&walk(300));
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
        let direct = hold_into(HOUR, None, &rows, i64::MIN, until);
        let minutes = hold_into(MINUTE, None, &rows, i64::MIN, until);
        let again = hours(&open::<Bucket>(&seal(&minutes)).unwrap());
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
    let bytes = seal(&rows).len();
    assert!(bytes < 2048 * 3 / 2, "{bytes} bytes");
    assert_eq!(bits(&open::<Measured>(&seal(&rows)).unwrap()), bits(&rows));
}

#[test]
fn a_mean_counts_each_value_for_as_long_as_it_held() {
    let s = |ts, value, quality| Measured { ts, value, quality };
    // 10 for 10 s, 40 for 20 s, nothing usable for 30 s; then 5 for ten minutes and no longer
    let rows = [s(0, 10.0, 0), s(10_000, 40.0, 0x10), s(30_000, 99.0, 0x22), s(60_000, 5.0, 0)];
    let made = hold_into(MINUTE, None, &rows, i64::MIN, 10 * HOUR);
    assert_eq!((made[0].covered, made[0].n, made[0].quality), (30_000, 2, 0x10));
    assert_eq!(made[0].mean(), Some(30.0));
    assert_eq!((made[0].max, made[0].max_ts, made[0].first, made[0].last), (40.0, 10_000, 10.0, 40.0));
    assert_eq!(made.len(), 11, "the value's own minute and nine in which it still holds");
    assert_eq!((made[10].n, made[10].covered, made[10].mean()), (0, MINUTE, Some(5.0)));
    // what held before the first sample counts from where it is asked for
    let made = hold_into(MINUTE, Some(s(-5_000, 7.0, 0)), &[s(1_000, 8.0, 0)], 0, 2_000);
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
