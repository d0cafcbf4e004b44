use proptest::prelude::*;

use super::*;

fn whole(text: &[u8]) -> Result<Item<'_>, NotJson> {
    let mut scan = Scan::new(text)?;
    let item = scan.item()?;
    scan.finish(&item)?;
    scan.end()?;
    Ok(item)
}

#[test]
fn scalars() {
    for (text, expect) in [
        ("98.7", Item::Number(98.7)),
        (" -0.5e-3 ", Item::Number(-0.0005)),
        ("9869999694824219e-14", Item::Number(98.699_996_948_242_19)),
        ("1e999", Item::NotFinite),
        ("NaN", Item::NotFinite),
        ("-Infinity", Item::NotFinite),
        ("true", Item::Bool(true)),
        ("null", Item::Null),
        (r#""a\u00e9\n""#, Item::Text("a\u{e9}\n".into())),
        (r#""好""#, Item::Text("好".into())),
    ] {
        assert_eq!(whole(text.as_bytes()).as_ref(), Ok(&expect), "{text}");
    }
}

#[test]
fn what_is_not_json_says_where_and_why() {
    for (text, expect) in [
        (&b""[..], "not JSON at byte 0: empty payload"),
        (b"\xff", "not JSON at byte 0: not UTF-8"),
        (b"{\"a\":1,}", "not JSON at byte 7: comma before the end"),
        (b"{\"a\" 1}", "not JSON at byte 5: expected a colon"),
        (b"{a:1}", "not JSON at byte 1: expected a member name"),
        (b"[1 2]", "not JSON at byte 3: expected a comma"),
        (b"[1", "not JSON at byte 2: ends too early"),
        (b"\"a", "not JSON at byte 2: string without an end"),
        (b"\"a\\", "not JSON at byte 3: string without an end"),
        (b"\"\\q\"", "not JSON at byte 0: wrong escape in a string"),
        (b"1 1", "not JSON at byte 2: text after the end"),
        (b"01", "not JSON at byte 2: expected a number"),
        (b"1.", "not JSON at byte 2: expected a digit"),
        (b"-", "not JSON at byte 1: expected a number"),
        (b"+1", "not JSON at byte 0: expected a value"),
        (b"tru", "not JSON at byte 0: expected a value"),
        (b"98,7", "not JSON at byte 2: text after the end"),
    ] {
        assert_eq!(whole(text).unwrap_err().to_string(), expect, "{}", String::from_utf8_lossy(text));
    }
    let deep = "[".repeat(100_000);
    assert!(whole(deep.as_bytes()).unwrap_err().to_string().contains("nested too deeply"));
}

#[test]
fn pointers_lead_into_objects_and_arrays() {
    let text = br#"{"q":{"std":4.5,"x/y":[10,20,{"z":1}]},"total":"7"}"#;
    let find = |pointer| Scan::new(text).unwrap().find(pointer).unwrap();
    assert_eq!(find("/q/std"), Some(Item::Number(4.5)));
    assert_eq!(find("/q/x~1y/1"), Some(Item::Number(20.0)));
    assert_eq!(find("/q/x~1y/2/z"), Some(Item::Number(1.0)));
    assert_eq!(find("/q/x~1y/3"), None);
    assert_eq!(find("/q/std/deeper"), None);
    assert_eq!(find("/nothing"), None);
    assert_eq!(find("/total"), Some(Item::Text("7".into())));
}

proptest! {
    #[test]
    fn agrees_with_a_full_parser_and_never_panics(text in r#"[\[\]{}:,"\\a-e0-9\. \-+tru]{0,24}"#) {
        let depth_ok = text.matches(['[', '{']).count() < DEPTH as usize;
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        let ours = whole(text.as_bytes());
        if depth_ok && !matches!(ours, Ok(Item::NotFinite)) && !text.contains('e') {
            prop_assert_eq!(ours.is_ok(), theirs.is_ok(), "{:?} {:?}", ours, theirs);
        }
    }

    #[test]
    fn numbers_are_exact(v in any::<f64>()) {
        prop_assume!(v.is_finite());
        let text = v.to_string();
        prop_assert_eq!(whole(text.as_bytes()).unwrap(), Item::Number(v));
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = whole(&bytes);
        if let Ok(scan) = Scan::new(&bytes) {
            let _ = scan.find("/a/b/0");
        }
    }
}
