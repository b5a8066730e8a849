//! What the user is told while a command works.

/// Something that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A step begins: what is done, and why it is waited for.
    Step {
        /// For example `install istiod 1.30.3`.
        what: String,
        /// Why, and for how long at most.
        why: String,
    },
    /// What the step waits for right now.
    Waiting(String),
    /// A step is over, or there was nothing to do.
    Note(String),
    /// Something that the user should know.
    Warning(String),
}

/// Who is told.
pub type Tell<'a> = &'a dyn Fn(Event);
