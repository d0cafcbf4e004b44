//! What a wrong site folder is told. Each case of `site_errors/*.txt` is the starter site with one thing made wrong:
//! `@` the file, `-` its text, `+` what stands there instead (without `-`: the whole file), `!` the errors that follow.

use crate::site::{errors, folder};

#[derive(Default)]
struct Case {
    file: String,
    old: Vec<String>,
    new: Vec<String>,
    want: Vec<String>,
}

fn cases(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in text.lines().filter(|l| !l.is_empty()) {
        let (mark, rest) = line.split_at(1);
        let rest = rest.strip_prefix(' ').unwrap_or(rest).to_owned();
        if mark == "@" {
            cases.push(Case { file: rest, ..Case::default() });
            continue;
        }
        let case = cases.last_mut().expect("a case begins with @");
        match mark {
            "-" => case.old.push(rest),
            "+" => case.new.push(rest),
            "!" => case.want.push(rest),
            _ => panic!("what is {line:?}?"),
        }
    }
    cases
}

fn check(text: &str) {
    let cases = cases(text);
    assert!(cases.len() > 10);
    for Case { file, old, new, want } in cases {
        let dir = folder(&[(&file, &old.join("\n"), &new.join("\n"))]);
        assert!(!want.is_empty(), "{file}: {new:?} is right");
        assert_eq!(errors(dir.path()), want, "{file}: {old:?} made {new:?}");
    }
}

#[test]
fn wrong_tables() {
    check(include_str!("site_errors/tables.txt"));
}

#[test]
fn wrong_connections() {
    check(include_str!("site_errors/connections.txt"));
}

#[test]
fn wrong_points() {
    check(include_str!("site_errors/points.txt"));
}

#[test]
fn wrong_derived_points() {
    check(include_str!("site_errors/derived.txt"));
}

#[test]
fn wrong_alarms() {
    check(include_str!("site_errors/alarms.txt"));
}

#[test]
fn wrong_assets() {
    check(include_str!("site_errors/assets.txt"));
}

#[test]
fn wrong_others() {
    check(include_str!("site_errors/others.txt"));
}
