//! In what the runs differ beside their numbers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a fact that differs does to a comparison.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// It changes nothing.
    Irrelevant,
    /// It may be the cause of a change.
    Caution,
    /// Somebody said that it differs on purpose: it is the cause that is looked for.
    OnPurpose,
    /// The runs did not measure the same thing.
    NotComparable,
}

impl Grade {
    /// The grade in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Irrelevant => "irrelevant",
            Self::Caution => "caution",
            Self::OnPurpose => "on purpose",
            Self::NotComparable => "not comparable",
        }
    }
}

/// A fact that differs between the runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FactDifference {
    /// Which fact, by its place in `run.json`.
    pub fact: String,
    /// Its value before; several values of several runs are joined by ` | `.
    pub before: Option<String>,
    /// Its value after.
    pub after: Option<String>,
    /// What that does to the comparison.
    pub grade: Grade,
}

impl FactDifference {
    /// The fact with both values.
    pub fn in_words(&self) -> String {
        let [before, after] =
            [&self.before, &self.after].map(|value| value.as_deref().unwrap_or("absent"));
        format!("{} is {before} before and {after} after", self.fact)
    }
}

/// Whether the runs measured the same thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Comparability {
    /// Whether they did not, and were compared all the same because somebody asked for it.
    pub is_forced: bool,
    /// Every fact that differs, the gravest first.
    pub facts: Vec<FactDifference>,
}

impl Comparability {
    /// The facts with a grade.
    pub fn of_grade(&self, grade: Grade) -> impl Iterator<Item = &FactDifference> {
        self.facts.iter().filter(move |fact| fact.grade == grade)
    }
}
