//! A pull parser for JSON that allocates nothing on the usual path and reads numbers exactly.
//!
//! One kindness beyond RFC 8259: the bare words `NaN`, `Infinity` and `-Infinity`, which many programs print, are an
//! [`Item::NotFinite`] instead of a syntax error, so that the good values beside them can be used.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

/// Deepest nesting that is read.
pub(super) const DEPTH: u32 = 32;

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
    pub(super) fn pass(&mut self) -> Result<Item<'a>, NotJson> {
        match self.peek() {
            Some(b'0'..=b'9') => self.digits().map(|_| Item::Null),
            Some(b'-') if !self.text.as_bytes()[self.at + 1..].starts_with(b"I") => self.digits().map(|_| Item::Null),
            _ => self.item(),
        }
    }

    pub(super) fn finish_at(&mut self, item: &Item<'_>, depth: u32) -> Result<(), NotJson> {
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
