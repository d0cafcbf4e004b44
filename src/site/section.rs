//! A table of `hub.toml` walked key by key: each value is asked for by name and type, and what nobody asked for is an
//! unknown key. Errors go to the source with their place; the walk goes on.

use std::ops::RangeInclusive;
use std::time::Duration;

use linepack_core::Millis;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::source::Source;
use super::words::{Span, duration_text, hint, is_identifier, parse_span};

/// A table.
#[derive(Debug)]
pub(super) struct Section<'a> {
    source: &'a Source,
    title: String,
    at: usize,
    /// Key, its offset, its value; in the order of the file.
    entries: Vec<(&'a str, usize, &'a Spanned<DeValue<'a>>)>,
    known: Vec<&'static str>,
}

/// A value and its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value<'a> {
    source: &'a Source,
    name: &'a str,
    at: usize,
    value: &'a DeValue<'a>,
}

impl<'a> Section<'a> {
    /// The table found at an offset, called `title` in messages.
    pub(super) fn new(source: &'a Source, title: impl Into<String>, at: usize, table: &'a DeTable<'a>) -> Self {
        let mut entries: Vec<_> = table.iter().map(|(k, v)| (k.get_ref().as_ref(), k.span().start, v)).collect();
        entries.sort_by_key(|(_, at, _)| *at);
        Self { source, title: title.into(), at, entries, known: Vec::new() }
    }

    /// The file.
    pub(super) fn source(&self) -> &'a Source {
        self.source
    }

    /// Where it begins, a byte offset.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// A value that may be left out.
    pub(super) fn get(&mut self, key: &'static str) -> Option<Value<'a>> {
        self.known.push(key);
        let (name, _, value) = self.entries.iter().find(|(k, ..)| *k == key)?;
        Some(Value { source: self.source, name, at: value.span().start, value: value.get_ref() })
    }

    /// A value that must be there.
    pub(super) fn need(&mut self, key: &'static str) -> Option<Value<'a>> {
        let value = self.get(key);
        if value.is_none() {
            self.source.error(self.at, format!("{} needs the key \"{key}\"", self.title));
        }
        value
    }

    /// A table inside, where it is.
    pub(super) fn section(&mut self, key: &'static str, title: &str) -> Option<Section<'a>> {
        self.get(key)?.section(title)
    }

    /// The tables of a list, `[[key]]`; none where it is left out.
    pub(super) fn sections(&mut self, key: &'static str, title: &str) -> Vec<Section<'a>> {
        let items = self.get(key).and_then(Value::list).unwrap_or_default();
        items.into_iter().filter_map(|v| v.section(title)).collect()
    }

    /// Keys that exist elsewhere and mean nothing here.
    pub(super) fn refuse(&mut self, keys: &[&'static str], why: &str) {
        for key in keys {
            if let Some((_, at, _)) = self.entries.iter().find(|(k, ..)| k == key) {
                self.source.error(*at, format!("\"{key}\" {why}"));
                self.known.push(key);
            }
        }
    }

    /// All keys with their values, where the keys are the user's own.
    pub(super) fn all(&self) -> impl Iterator<Item = (usize, Value<'a>)> {
        let source = self.source;
        self.entries
            .iter()
            .map(move |(name, at, v)| (*at, Value { source, name, at: v.span().start, value: v.get_ref() }))
    }

    /// Reports every key nobody asked for.
    pub(super) fn finish(self) {
        for (key, at, _) in &self.entries {
            if !self.known.contains(key) {
                let hint = hint(key, self.known.iter().copied());
                self.source.error(*at, format!("unknown key \"{key}\" in {}{hint}", self.title));
            }
        }
    }
}

impl<'a> Value<'a> {
    /// Where it begins, a byte offset.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Its key.
    pub(super) fn name(&self) -> &'a str {
        self.name
    }

    /// Records an error about it.
    pub(super) fn error(&self, message: impl std::fmt::Display) {
        self.source.error(self.at, format!("{}: {message}", self.name));
    }

    /// Any text.
    pub(super) fn text(self) -> Option<&'a str> {
        match self.value {
            DeValue::String(s) => Some(s.as_ref()),
            _ => self.expected("text in quotes"),
        }
    }

    /// Its text, where it is one.
    pub(super) fn as_text(self) -> Option<&'a str> {
        match self.value {
            DeValue::String(s) => Some(s.as_ref()),
            _ => None,
        }
    }

    /// A text that is not empty.
    pub(super) fn filled(self) -> Option<&'a str> {
        let text = self.text()?.trim();
        if text.is_empty() { self.fail("expected a text that is not empty") } else { Some(text) }
    }

    /// An identifier.
    pub(super) fn identifier(self) -> Option<&'a str> {
        let text = self.text()?;
        if is_identifier(text) {
            Some(text)
        } else {
            self.fail(format!("\"{text}\" is not an identifier: expected 1 to 64 of A-Z a-z 0-9 . _ -"))
        }
    }

    /// A name as given, an error recorded where it is no identifier: what refers to it is then not reported too.
    pub(super) fn name_text(self) -> Option<&'a str> {
        self.identifier().or(match self.value {
            DeValue::String(text) => Some(text.as_ref()),
            _ => None,
        })
    }

    /// `true` or `false`.
    pub(super) fn boolean(self) -> Option<bool> {
        match self.value {
            DeValue::Boolean(b) => Some(*b),
            _ => self.expected("true or false"),
        }
    }

    /// A finite number.
    pub(super) fn number(self) -> Option<f64> {
        let number = match self.value {
            DeValue::Integer(_) => self.whole().map(|n| n as f64),
            DeValue::Float(f) => f.as_str().parse().ok(),
            _ => return self.expected("a number"),
        };
        match number.filter(|n: &f64| n.is_finite()) {
            Some(n) => Some(n),
            None => self.fail("expected a finite number"),
        }
    }

    /// A finite number above zero.
    pub(super) fn positive(self) -> Option<f64> {
        let n = self.number()?;
        if n > 0.0 { Some(n) } else { self.fail(format!("expected a number above 0, found {n}")) }
    }

    /// A finite number, zero or above.
    pub(super) fn not_negative(self) -> Option<f64> {
        let n = self.number()?;
        if n >= 0.0 { Some(n) } else { self.fail(format!("expected 0 or more, found {n}")) }
    }

    /// A whole number within limits, both included.
    pub(super) fn integer(self, limits: RangeInclusive<i64>) -> Option<i64> {
        if !matches!(self.value, DeValue::Integer(_)) {
            return self.expected("a whole number");
        }
        match self.whole().filter(|n| limits.contains(n)) {
            Some(n) => Some(n),
            None => self.fail(format!("expected a whole number from {} to {}", limits.start(), limits.end())),
        }
    }

    /// A whole number that fits sixteen bits, within limits.
    pub(super) fn small(self, limits: RangeInclusive<u16>) -> Option<u16> {
        let n = self.integer(i64::from(*limits.start())..=i64::from(*limits.end()))?;
        u16::try_from(n).ok()
    }

    /// Clock time within limits, both included.
    pub(super) fn duration(self, limits: RangeInclusive<Duration>) -> Option<Duration> {
        match self.span()? {
            Span::WorkingDays(_) => {
                self.fail("working days (wd) have no meaning here; expected a duration such as \"10s\"")
            }
            Span::Time(d) if limits.contains(&d) => Some(d),
            Span::Time(_) => {
                let (least, most) = (duration_text(*limits.start()), duration_text(*limits.end()));
                self.fail(format!("expected a duration from {least} to {most}"))
            }
        }
    }

    /// Clock time for the core, within limits.
    pub(super) fn millis(self, limits: RangeInclusive<Duration>) -> Option<Millis> {
        self.duration(limits).map(millis)
    }

    /// Clock time or working days.
    pub(super) fn span(self) -> Option<Span> {
        let DeValue::String(text) = self.value else { return self.expected("a duration such as \"10s\"") };
        match parse_span(text) {
            Ok(span) => Some(span),
            Err(message) => self.fail(message),
        }
    }

    /// One of a list of words.
    pub(super) fn word<T: Clone>(self, words: &[(&'static str, T)]) -> Option<T> {
        let text = self.text()?;
        if let Some((_, found)) = words.iter().find(|(w, _)| *w == text) {
            return Some(found.clone());
        }
        let all: Vec<&str> = words.iter().map(|(w, _)| *w).collect();
        self.fail(format!("expected one of {}, found \"{text}\"{}", all.join(", "), hint(text, all.iter().copied())))
    }

    /// A table.
    pub(super) fn section(self, title: &str) -> Option<Section<'a>> {
        match self.value {
            DeValue::Table(table) => Some(Section::new(self.source, title, self.at, table)),
            _ => self.expected("a table"),
        }
    }

    /// A list.
    pub(super) fn list(self) -> Option<Vec<Value<'a>>> {
        match self.value {
            DeValue::Array(items) => {
                Some(items.iter().map(|v| Value { at: v.span().start, value: v.get_ref(), ..self }).collect())
            }
            _ => self.expected("a list in square brackets"),
        }
    }

    /// Records what was wrong with it.
    pub(super) fn fail<T>(self, message: impl std::fmt::Display) -> Option<T> {
        self.error(message);
        None
    }

    fn expected<T>(self, what: &str) -> Option<T> {
        self.fail(format!("expected {what}, found {}", self.value.type_str()))
    }

    fn whole(self) -> Option<i64> {
        let DeValue::Integer(n) = self.value else { return None };
        i64::from_str_radix(n.as_str(), n.radix()).ok()
    }
}

/// Clock time for the core.
pub(super) fn millis(duration: Duration) -> Millis {
    Millis(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
}
