//! What is written is read back, whatever it is.

use proptest::prelude::*;

use super::*;

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let name = prop::sample::select(vec!["rs-1/inlet", "rs-1/outlet", "x_2.b/temp-3"]);
    let value = prop_oneof![
        3 => any::<f64>().prop_filter("a number", |v| v.is_finite()),
        2 => (-100_000i64..100_000).prop_map(|n| n as f64 / 100.0),
    ];
    let row = (100_000_000_000i64..253_402_300_800_000, name, value, any::<u8>(), any::<bool>()).prop_map(
        |(ts_ms, point, value, code, none)| {
            let quality = Quality::from_code(code);
            let value = Some(value).filter(|_| !none || quality.is_good());
            Row { ts_ms, point: point.to_owned(), value, quality }
        },
    );
    prop::collection::vec(row, 0..200)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn what_is_written_is_read_back(rows in rows(), format in prop::sample::select(vec![Format::Csv, Format::Parquet])) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("history");
        let mut sheet = Sheet::begin(format, std::fs::File::create(&path).unwrap()).unwrap();
        for r in &rows {
            sheet.write(&r.point, r.ts_ms, r.value, r.quality).unwrap();
        }
        sheet.end().unwrap();
        let back: Vec<Row> = read(&path).unwrap().map(|r| r.unwrap().1.unwrap()).collect();
        prop_assert_eq!(back, rows);
    }
}

fn read_text(text: &str) -> Vec<Numbered> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.csv");
    std::fs::write(&path, text).unwrap();
    read(&path).unwrap().map(Result::unwrap).collect()
}

#[test]
fn numbers_are_plain_digits() {
    let mut sheet = Sheet::begin(Format::Csv, vec![]).unwrap();
    for v in [1e-7, 123_456_789_012_345_680_000.0, -0.5, 0.1 + 0.2] {
        sheet.write("a/p", 1_700_000_000_000, Some(v), Quality::Good).unwrap();
    }
    sheet.write("a/p", 1_700_000_000_000, None, Quality::from_code(0x23)).unwrap();
    let text = String::from_utf8(sheet.end().unwrap()).unwrap();
    let values: Vec<&str> = text.lines().skip(1).map(|l| l.split(',').nth(2).unwrap()).collect();
    assert_eq!(values, ["0.0000001", "123456789012345680000", "-0.5", "0.30000000000000004", ""]);
    assert!(text.starts_with("ts_ms,point,value,quality\n1700000000000,a/p,0.0000001,good\n"));
    assert!(text.ends_with("1700000000000,a/p,,bad:comm-failure\n"));
}

#[test]
fn columns_may_be_in_any_order_and_quality_may_be_left_out() {
    let rows = read_text("\u{feff}point, value, ts_ms\r\na/p, 1.5, 1700000000000\r\n");
    let row = Row { ts_ms: 1_700_000_000_000, point: "a/p".into(), value: Some(1.5), quality: Quality::Good };
    assert_eq!(rows, [(2, Ok(row))]);
}

#[test]
fn a_wrong_row_says_what_is_wrong_and_where() {
    let rows = read_text(
        "ts_ms,point,value,quality\nsoon,a/p,1,good\n17,a/p,1,good\n1700000000000,a/p,,good\n\n1700000000000,a/p,NaN,bad\n\
         1700000000000,a/p,1,fine\n1700000000000,a/p,1,bad:stale\n",
    );
    let seen: Vec<(u64, &str)> =
        rows.iter().map(|(line, row)| (*line, row.as_ref().err().map_or("", |e| &e[..e.find(':').unwrap()]))).collect();
    assert_eq!(seen, [(2, "ts_ms"), (3, "ts_ms"), (4, "value"), (6, "value"), (7, "quality"), (8, "")]);
}

#[test]
fn a_file_without_its_columns_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.csv");
    std::fs::write(&path, "time,point,value\n").unwrap();
    assert!(read(&path).err().unwrap().to_string().contains("ts_ms"));
}
