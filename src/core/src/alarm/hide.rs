//! Hidden alarms (ISA-18.2: shelved, suppressed by design, out of service; OPC UA Part 9: ShelvingState, SuppressedState,
//! OutOfServiceState). An alarm may be hidden in several ways at once; the strongest names its state.

use std::sync::Arc;

use super::{Cause, State};
use crate::Ts;

/// A way of hiding an alarm, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HideKind {
    /// By an operator, for a time.
    Shelved,
    /// By a rule of the site, while it holds; each rule by itself.
    ByDesign,
    /// By a person who knows the state of the plant.
    Suppressed,
    /// For maintenance, until a named person returns it.
    OutOfService,
}

impl HideKind {
    /// All, weakest first.
    pub const ALL: [HideKind; 4] = [Self::Shelved, Self::ByDesign, Self::Suppressed, Self::OutOfService];

    /// The word for it in storage.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ByDesign => "by-design",
            _ => self.state().name(),
        }
    }

    /// The state of an alarm that nothing stronger hides.
    pub const fn state(self) -> State {
        match self {
            Self::Shelved => State::Shelved,
            Self::ByDesign | Self::Suppressed => State::Suppressed,
            Self::OutOfService => State::OutOfService,
        }
    }

    pub(super) const fn begins(self) -> Cause {
        match self {
            Self::Shelved => Cause::Shelve,
            Self::ByDesign | Self::Suppressed => Cause::Suppress,
            Self::OutOfService => Cause::OutOfService,
        }
    }

    /// What ends it when a person does.
    pub(crate) const fn ends(self) -> Cause {
        match self {
            Self::Shelved => Cause::Unshelve,
            Self::ByDesign | Self::Suppressed => Cause::Unsuppress,
            Self::OutOfService => Cause::InService,
        }
    }
}

/// Who hid an alarm, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Hide {
    /// User name; the name of the rule where a rule did.
    pub by: Arc<str>,
    /// Not empty.
    pub reason: Arc<str>,
    /// Since when.
    pub since: Ts,
    /// When it ends by itself; shelved alarms only.
    pub until: Option<Ts>,
    /// It was said that this ends soon.
    pub warned: bool,
}

/// All that hides an alarm; for most alarms nothing, and then it costs no memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hides(Box<[(HideKind, Hide)]>);

impl Hides {
    /// In one way.
    pub fn get(&self, kind: HideKind) -> Option<&Hide> {
        self.0.iter().find(|(k, _)| *k == kind).map(|(_, hide)| hide)
    }

    /// Every way it is hidden, weakest first.
    pub fn iter(&self) -> impl Iterator<Item = (HideKind, &Hide)> {
        self.0.iter().map(|(kind, hide)| (*kind, hide))
    }

    /// Adds a way; false where it is hidden so already. Each rule of the site is a way of its own.
    pub fn add(&mut self, kind: HideKind, hide: Hide) -> bool {
        if self.place(kind, &hide.by).is_some() {
            return false;
        }
        let mut all = std::mem::take(&mut self.0).into_vec();
        all.push((kind, hide));
        all.sort_by_key(|(kind, _)| *kind);
        self.0 = all.into_boxed_slice();
        true
    }

    /// Ends a way; `by` matters for rules only.
    pub fn end(&mut self, kind: HideKind, by: &str) -> Option<Hide> {
        let at = self.place(kind, by)?;
        let mut all = std::mem::take(&mut self.0).into_vec();
        let (_, hide) = all.remove(at);
        self.0 = all.into_boxed_slice();
        Some(hide)
    }

    /// Marks that the end of a way was announced.
    pub(super) fn warn(&mut self, kind: HideKind) {
        if let Some((_, hide)) = self.0.iter_mut().find(|(k, _)| *k == kind) {
            hide.warned = true;
        }
    }

    fn place(&self, kind: HideKind, by: &str) -> Option<usize> {
        self.0.iter().position(|(k, hide)| *k == kind && (kind != HideKind::ByDesign || *hide.by == *by))
    }

    /// The state they make; none where nothing hides it.
    pub fn state(&self) -> Option<State> {
        self.0.last().map(|(kind, _)| kind.state())
    }
}
