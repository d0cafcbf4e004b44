//! Crews: they drive, report where they are, and answer their pages.

pub(crate) mod drive;
pub(crate) mod job;
pub(crate) mod phone;
