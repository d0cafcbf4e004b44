//! One text file of the folder, with its line starts, and what was found in it.

use std::cell::RefCell;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use super::problem::Problem;

/// A file's text. Errors and warnings gather in it, so that one run reports all of them.
#[derive(Debug)]
pub(super) struct Source {
    name: Arc<str>,
    text: String,
    /// Byte offset of each line's start.
    lines: Vec<usize>,
    errors: RefCell<Vec<Problem>>,
    warnings: RefCell<Vec<Problem>>,
}

impl Source {
    /// Reads a file the folder must have. What cannot be read is an error of an empty text, so that the others are still checked.
    pub(super) fn required(dir: &Path, file: &str) -> (Self, bool) {
        match Self::optional(dir, file) {
            Some(read) => read,
            None => {
                let empty = Self::new(dir.join(file).display().to_string(), String::new());
                empty.error(0, format!("{file} is missing"));
                (empty, false)
            }
        }
    }

    /// Reads a file where it exists; the flag tells whether its text is usable.
    pub(super) fn optional(dir: &Path, file: &str) -> Option<(Self, bool)> {
        let path = dir.join(file);
        let name = path.display().to_string();
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == ErrorKind::NotFound => return None,
            Err(e) => {
                let empty = Self::new(name, String::new());
                empty.error(0, format!("cannot be read: {e}"));
                return Some((empty, false));
            }
        };
        Some(match String::from_utf8(bytes) {
            Ok(text) => (Self::new(name, text), true),
            Err(e) => {
                let valid = e.utf8_error().valid_up_to();
                let head = String::from_utf8_lossy(&e.as_bytes()[..valid]).into_owned();
                let source = Self::new(name, head);
                source.error(source.text.len(), "expected UTF-8 text; save the file as UTF-8");
                (source, false)
            }
        })
    }

    /// A text under a name. A leading byte order mark is taken off.
    pub(super) fn new(name: String, mut text: String) -> Self {
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { name: name.into(), text, lines, errors: RefCell::default(), warnings: RefCell::default() }
    }

    /// The whole text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Byte offset of a line and byte column, both from 1, as parsers report them.
    pub(super) fn offset(&self, line: usize, column: usize) -> usize {
        let start = self.lines.get(line.saturating_sub(1)).copied().unwrap_or(self.text.len());
        (start + column.saturating_sub(1)).min(self.text.len())
    }

    /// Byte offset of a part of this text.
    pub(super) fn offset_of(&self, part: &str) -> usize {
        (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize).min(self.text.len())
    }

    /// Records an error at a byte offset.
    pub(super) fn error(&self, offset: usize, message: impl Into<String>) {
        self.errors.borrow_mut().push(self.problem(offset, message.into()));
    }

    /// Records a warning at a byte offset.
    pub(super) fn warn(&self, offset: usize, message: impl Into<String>) {
        self.warnings.borrow_mut().push(self.problem(offset, message.into()));
    }

    /// A place, for what only shows when the whole site is built.
    pub(super) fn place(&self, offset: usize) -> Problem {
        self.problem(offset, String::new())
    }

    /// Gives up what was found.
    pub(super) fn findings(self) -> (Vec<Problem>, Vec<Problem>) {
        (self.errors.into_inner(), self.warnings.into_inner())
    }

    fn problem(&self, offset: usize, message: String) -> Problem {
        let offset = offset.min(self.text.len());
        let line = self.lines.partition_point(|start| *start <= offset).max(1);
        let before = self.text.as_bytes().get(self.lines[line - 1]..offset).unwrap_or_default();
        // every character has one byte that does not continue another
        let column = before.iter().filter(|b| (**b & 0xc0) != 0x80).count() + 1;
        let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Problem { file: self.name.clone(), line: small(line), column: small(column), message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_line_and_character() {
        let source = Source::new("x".into(), "\u{feff}ab\r\n门站c\n".into());
        for (part, line, column) in [("a", 1, 1), ("b", 1, 2), ("门", 2, 1), ("c", 2, 3)] {
            let at = source.text().find(part).unwrap();
            let p = source.problem(at, String::new());
            assert_eq!((p.line, p.column), (line, column), "{part}");
        }
        assert_eq!(source.problem(usize::MAX, String::new()).line, 3);
    }
}
