//! The site folder, read from disk.
