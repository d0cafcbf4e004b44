//! A pull parser for JSON that allocates nothing on the usual path and reads numbers exactly.
//!
//! One kindness beyond RFC 8259: the bare words `NaN`, `Infinity` and `-Infinity`, which many programs print, are an
//! [`Item::NotFinite`] instead of a syntax error, so that the good values beside them can be used.

use std::borrow::Cow;

/// Deepest nesting that is read.
const DEPTH: u32 = 32;

/// The text is not JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not JSON at byte {at}: {what}")]
pub(crate) struct NotJson {
    at: usize,
    what: &'static str,
}

/// A value, or the beginning of one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Item<'a> {
    /// A finite number.
    Number(f64),
    /// `NaN` and its like.
    NotFinite,
    Text(Cow<'a, str>),
    Bool(bool),
    Null,
    /// Read its members with [`Scan::key`].
    Object,
    /// Read its elements with [`Scan::element`].
    Array,
}

impl Item<'_> {
    /// For people: what this is.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Number(_) => "a number",
            Self::NotFinite => "NaN or infinity",
            Self::Text(_) => "a string",
            Self::Bool(_) => "a boolean",
            Self::Null => "null",
            Self::Object => "an object",
            Self::Array => "an array",
        }
    }
}

/// A place in a JSON text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    /// At the beginning of a payload.
    pub(crate) fn new(payload: &'a [u8]) -> Result<Self, NotJson> {
        match std::str::from_utf8(payload) {
            Ok("") => Err(NotJson { at: 0, what: "empty payload" }),
            Ok(text) => Ok(Self { text, at: 0 }),
            Err(e) => Err(NotJson { at: e.valid_up_to(), what: "not UTF-8" }),
        }
    }

    /// The next value; of objects and arrays only the opening bracket is consumed.
    pub(crate) fn item(&mut self) -> Result<Item<'a>, NotJson> {
        match self.peek() {
            Some(b'"') => self.string().map(Item::Text),
            Some(b'{') => self.step(Item::Object),
            Some(b'[') => self.step(Item::Array),
            Some(b't') => self.word("true", Item::Bool(true)),
            Some(b'f') => self.word("false", Item::Bool(false)),
            Some(b'n') => self.word("null", Item::Null),
            Some(b'N') => self.word("NaN", Item::NotFinite),
            Some(b'I') => self.word("Infinity", Item::NotFinite),
            Some(b'-') if self.text.as_bytes()[self.at + 1..].starts_with(b"I") => {
                self.word("-Infinity", Item::NotFinite)
            }
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => self.fail("expected a value"),
            None => self.fail("ends too early"),
        }
    }

    /// The next member's name inside an object, or its end. `first` begins as true.
    pub(crate) fn key(&mut self, first: &mut bool) -> Result<Option<Cow<'a, str>>, NotJson> {
        if !self.more(b'}', first)? {
            return Ok(None);
        }
        if self.peek() != Some(b'"') {
            return self.fail("expected a member name");
        }
        let key = self.string()?;
        self.expect(b':', "expected a colon")?;
        Ok(Some(key))
    }

    /// Whether an array goes on. `first` begins as true.
    pub(crate) fn element(&mut self, first: &mut bool) -> Result<bool, NotJson> {
        self.more(b']', first)
    }

    /// Reads over the rest of an item that [`Scan::item`] gave.
    pub(crate) fn finish(&mut self, item: &Item<'_>) -> Result<(), NotJson> {
        self.finish_at(item, DEPTH)
    }

    /// Nothing but white space may be left.
    pub(crate) fn end(mut self) -> Result<(), NotJson> {
        if self.peek().is_some() { self.fail("text after the end") } else { Ok(()) }
    }

    /// The item a JSON pointer (RFC 6901) leads to, in an object or array that is known to be JSON.
    pub(crate) fn find(self, pointer: &str) -> Result<Option<Item<'a>>, NotJson> {
        self.at(pointer)?.map(|mut there| there.item()).transpose()
    }

    /// The place a JSON pointer leads to: right before the value.
    pub(crate) fn at(mut self, pointer: &str) -> Result<Option<Self>, NotJson> {
        for token in pointer.split('/').skip(1) {
            let token =
                if token.contains('~') { token.replace("~1", "/").replace("~0", "~").into() } else { Cow::from(token) };
            let mut first = true;
            let found = match self.item()? {
                Item::Object => loop {
                    match self.key(&mut first)? {
                        Some(key) if key == token => break true,
                        Some(_) => self.skip()?,
                        None => break false,
                    }
                },
                Item::Array => {
                    let Ok(index) = token.parse::<usize>() else { return Ok(None) };
                    let mut at = 0;
                    loop {
                        if !self.element(&mut first)? {
                            break false;
                        }
                        if at == index {
                            break true;
                        }
                        at += 1;
                        self.skip()?;
                    }
                }
                _ => false,
            };
            if !found {
                return Ok(None);
            }
        }
        Ok(Some(self))
    }

    /// Reads over the next value.
    pub(crate) fn skip(&mut self) -> Result<(), NotJson> {
        let item = self.pass()?;
        self.finish(&item)
    }

    /// As [`Scan::item`] where only the syntax matters: what a number is worth is not worked out.
    fn pass(&mut self) -> Result<Item<'a>, NotJson> {
        match self.peek() {
            Some(b'0'..=b'9') => self.digits().map(|_| Item::Null),
            Some(b'-') if !self.text.as_bytes()[self.at + 1..].starts_with(b"I") => self.digits().map(|_| Item::Null),
            _ => self.item(),
        }
    }

    fn finish_at(&mut self, item: &Item<'_>, depth: u32) -> Result<(), NotJson> {
        let Some(deeper) = depth.checked_sub(1) else { return self.fail("nested too deeply") };
        let mut first = true;
        loop {
            let more = match item {
                Item::Object => self.key(&mut first)?.is_some(),
                Item::Array => self.element(&mut first)?,
                _ => false,
            };
            if !more {
                return Ok(());
            }
            let inner = self.pass()?;
            self.finish_at(&inner, deeper)?;
        }
    }

    fn more(&mut self, close: u8, first: &mut bool) -> Result<bool, NotJson> {
        match self.peek() {
            Some(b) if b == close => {
                self.at += 1;
                Ok(false)
            }
            Some(_) if std::mem::take(first) => Ok(true),
            Some(b',') => {
                self.at += 1;
                if self.peek() == Some(close) { self.fail("comma before the end") } else { Ok(true) }
            }
            Some(_) => self.fail("expected a comma"),
            None => self.fail("ends too early"),
        }
    }

    /// The next byte that is not white space.
    fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(b) = bytes.get(self.at) {
            if !matches!(b, b' ' | b'\t' | b'\n' | b'\r') {
                return Some(*b);
            }
            self.at += 1;
        }
        None
    }

    fn string(&mut self) -> Result<Cow<'a, str>, NotJson> {
        let bytes = self.text.as_bytes();
        let start = self.at;
        let mut escaped = false;
        self.at += 1;
        loop {
            match bytes.get(self.at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.at += 2;
                }
                Some(0..=0x1F) => return self.fail("control character in a string"),
                Some(_) => self.at += 1,
                None => return self.fail("string without an end"),
            }
        }
        self.at += 1;
        if !escaped {
            return Ok(Cow::Borrowed(&self.text[start + 1..self.at - 1]));
        }
        match serde_json::from_str(&self.text[start..self.at]) {
            Ok(text) => Ok(Cow::Owned(text)),
            Err(_) => Err(NotJson { at: start, what: "wrong escape in a string" }),
        }
    }

    fn number(&mut self) -> Result<Item<'a>, NotJson> {
        match self.digits()?.parse::<f64>() {
            Ok(v) if v.is_finite() => Ok(Item::Number(v)),
            _ => Ok(Item::NotFinite),
        }
    }

    /// The text of a number.
    fn digits(&mut self) -> Result<&'a str, NotJson> {
        let start = self.at;
        self.take(|b| b == b'-', 1);
        let whole = self.take(|b| b.is_ascii_digit(), usize::MAX);
        if whole == 0 || (whole > 1 && self.text.as_bytes()[self.at - whole] == b'0') {
            return self.fail("expected a number");
        }
        if self.take(|b| b == b'.', 1) == 1 && self.take(|b| b.is_ascii_digit(), usize::MAX) == 0 {
            return self.fail("expected a digit");
        }
        if self.take(|b| b | 32 == b'e', 1) == 1 {
            self.take(|b| matches!(b, b'+' | b'-'), 1);
            if self.take(|b| b.is_ascii_digit(), usize::MAX) == 0 {
                return self.fail("expected a digit");
            }
        }
        Ok(&self.text[start..self.at])
    }

    fn take(&mut self, is: impl Fn(u8) -> bool, at_most: usize) -> usize {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let n = rest.iter().take(at_most).take_while(|b| is(**b)).count();
        self.at += n;
        n
    }

    fn word(&mut self, word: &str, item: Item<'a>) -> Result<Item<'a>, NotJson> {
        if self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            Ok(item)
        } else {
            self.fail("expected a value")
        }
    }

    fn step(&mut self, item: Item<'a>) -> Result<Item<'a>, NotJson> {
        self.at += 1;
        Ok(item)
    }

    fn expect(&mut self, byte: u8, what: &'static str) -> Result<(), NotJson> {
        if self.peek() == Some(byte) {
            self.at += 1;
            Ok(())
        } else {
            self.fail(what)
        }
    }

    fn fail<T>(&self, what: &'static str) -> Result<T, NotJson> {
        Err(NotJson { at: self.at.min(self.text.len()), what })
    }
}

#[cfg(test)]
mod tests {
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
}
