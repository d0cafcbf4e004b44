//! Formulas: what they come to, what they refuse, and that nothing they read can do harm.

use proptest::prelude::*;

use super::*;

fn value(text: &str) -> f64 {
    let formula = Formula::parse(text).unwrap_or_else(|e| panic!("{text}: {e} at {}", e.at));
    let values = [("a", 2.0), ("b", 3.0), ("zero", 0.0), ("nan", f64::NAN), ("x", -7.5)];
    formula.run(|i| values.iter().find(|(n, _)| **n == *formula.inputs()[i].point).map_or(f64::NAN, |(_, v)| *v))
}

#[test]
fn arithmetic_is_as_in_books() {
    for (text, expected) in [
        ("{a}", 2.0),
        ("{a} + {b} * 2", 8.0),
        ("({a} + {b}) * 2", 10.0),
        ("{a} - {b} - 1", -2.0),
        ("{b} / {a} / 2", 0.75),
        ("{a} ^ {b} ^ 2", 512.0),
        ("-{a} ^ 2", -4.0),
        ("{a} ^ -1", 0.5),
        ("2 - -{a}", 4.0),
        ("-{a} * {b}", -6.0),
        ("1e3*{a}+.5", 2000.5),
        ("1.5e-3 * {a}", 0.003),
        ("max({a}, min({b}, 1), 2.5)", 2.5),
        ("min(max({a},{b}),max({a},1)) + 1", 3.0),
        ("abs({x}) + floor({x}) + ceil({x}) + round({x})", 7.5 - 8.0 - 7.0 - 8.0),
        ("sqrt({a} * 8)", 4.0),
        ("clamp({x}, -5, 5)", -5.0),
        ("if({a} > {b}, 1, 2)", 2.0),
        ("if({zero}, 1/{zero}, 7)", 7.0),
        ("{a} < {b} && !({a} == {b})", 1.0),
        ("{zero} || {a} >= 2 && {b} != 3", 0.0),
        ("log10(1000) + ln(exp({zero}))", 3.0),
        ("{zero} * -1", 0.0),
        (" {a}\n\t+ { b } ", 5.0),
    ] {
        let v = value(text);
        assert_eq!(v.to_bits(), f64::to_bits(expected), "{text} = {v}");
    }
}

#[test]
fn what_is_no_number_stays_none() {
    for text in [
        "{a} / {zero}",
        "{zero} / {zero}",
        "sqrt({x})",
        "max({nan}, 1)",
        "min(1, {nan})",
        "clamp({nan}, 0, 1)",
        "clamp({a}, 5, 1)",
        "{nan} > 1",
        "if({nan} == {nan}, 1, 2)",
        "!{nan}",
        "{nan} && {zero}",
        "ln({zero})",
        "10 ^ 400 * {a}",
    ] {
        assert!(!value(text).is_finite(), "{text}");
    }
}

#[test]
fn errors_name_the_place() {
    let deep = format!("{}{{a}}{}", "(".repeat(40), ")".repeat(40));
    let long = format!("{{a}}{}", " + 1".repeat(300));
    let minus = format!("{}{{a}}", "-".repeat(40));
    for (text, at, part) in [
        ("", 0, "found the end"),
        ("1 + 2", 0, "no point stands in it"),
        ("{a} +", 5, "found the end"),
        ("{a} {b}", 4, "found \"{b}\""),
        ("{a} + * 2", 6, "found \"*\""),
        ("({a} + 1", 0, "left open"),
        ("{a})", 3, "found \")\""),
        ("{a", 0, "a brace is left open"),
        ("{}", 0, "is not a point"),
        ("{a b}", 0, "is not a point"),
        ("{x/y/z}", 0, "is not a point"),
        ("a + 1", 0, "write"),
        ("{a} + pressure", 6, "there is no function \"pressure\""),
        ("sin({a})", 0, "there is no function"),
        ("min({a})", 0, "min takes 2 to 16 arguments, found 1"),
        ("if({a}, 1)", 0, "if takes 3 arguments, found 2"),
        ("max()", 4, "found \")\""),
        ("max {a}", 4, "expected \"(\""),
        ("1 < {a} < 3", 8, "do not chain"),
        ("1.2.3 * {a}", 0, "is not a number"),
        ("1e999 * {a}", 0, "is not a number"),
        ("{a} $ 2", 4, "has no meaning"),
        ("压力", 0, "has no meaning"),
        (&deep, 32, "nested deeper"),
        (&minus, 32, "nested deeper"),
        (&long, 1000, "longer than"),
    ] {
        let e = Formula::parse(text).expect_err(text);
        let part = if part == "write" { "a point is written {a}" } else { part };
        assert!(e.at == at && e.message.contains(part), "{text}: {} at {}", e.message, e.at);
    }
}

#[test]
fn points_stand_once_and_in_order() {
    let f = Formula::parse("{b} + {rs-01/flow} + {b} + {a} + {rs-01/flow}").expect("a formula");
    let names: Vec<_> = f.inputs().iter().map(|i| (i.asset.as_deref(), &*i.point, i.at)).collect();
    assert_eq!(names, [(None, "b", 0), (Some("rs-01"), "flow", 6), (None, "a", 27)]);
}

#[test]
fn units_that_do_not_go_together_are_told() {
    let unit = |text: &str| {
        let f = Formula::parse(text).expect(text);
        f.unit(|i| if f.inputs()[i].point.starts_with('p') { "kPa".into() } else { "m3/h".into() })
            .map(|u| u.map(|u| u.to_string()))
    };
    for (text, expected) in [
        ("{p1} - {p2}", Some("kPa")),
        ("{p1} + 5", Some("kPa")),
        ("max({p1}, -{p2}, 3)", Some("kPa")),
        ("{p1} * {q}", None),
        ("if({q} > 3, {p1}, {p2})", Some("kPa")),
        ("{q} > {q2}", None),
    ] {
        assert_eq!(unit(text), Ok(expected.map(str::to_owned)), "{text}");
    }
    for text in ["{p1} + {q}", "{p1} < {q}", "if(1, {p1}, {q})", "clamp({p1}, 0, {q})"] {
        assert!(unit(text).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_within_it(text in ".{0,80}") {
        if let Err(e) = Formula::parse(&text) {
            prop_assert!(e.at <= text.len());
        }
    }

    #[test]
    fn any_mix_of_tokens_is_read_or_refused(tokens in prop::collection::vec(prop::sample::select(
        vec!["{a}", "{b/c}", "1", "2.5", "+", "-", "*", "/", "^", "(", ")", ",", "max", "if", "<", "&&", "!", "sqrt"]), 0..40))
    {
        let text = tokens.join(" ");
        if let Ok(f) = Formula::parse(&text) {
            f.run(|_| 1.5);
        }
    }
}
