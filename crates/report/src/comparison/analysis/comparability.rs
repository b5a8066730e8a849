//! Whether runs measured the same thing, and in what they differ.

use meshdelta_run::difference::{Difference, Grade as FactGrade, differences_between, is_within};
use meshdelta_run::folder::SavedRun;
use meshdelta_run::plan::nearest;

use crate::comparison::error::ComparisonError;
use crate::comparison::model::{Comparability, FactDifference, Grade};
use crate::comparison::settings::ComparisonSettings;

/// Grades every fact that differs; refuses runs of different things unless that was forced, or the fact differs on purpose.
pub(super) fn of_runs(
    before: &[SavedRun],
    after: &[SavedRun],
    settings: &ComparisonSettings,
) -> Result<Comparability, ComparisonError> {
    let found = differences_between(before, after);
    for name in &settings.vary {
        if !found.iter().any(|fact| is_within(&fact.fact, name)) {
            let differing = found.iter().map(|fact| fact.fact.as_str());
            return Err(ComparisonError::NotVaried {
                fact: name.clone(),
                nearest: nearest(name, differing),
            });
        }
    }
    let mut facts: Vec<FactDifference> = found
        .into_iter()
        .map(|found| graded(found, &settings.vary))
        .collect();
    facts.sort_by_key(|fact| std::cmp::Reverse(fact.grade));
    let grave: Vec<FactDifference> = facts
        .iter()
        .filter(|fact| fact.grade == Grade::NotComparable)
        .cloned()
        .collect();
    if !grave.is_empty() && !settings.force {
        return Err(ComparisonError::NotComparable { facts: grave });
    }
    Ok(Comparability {
        is_forced: !grave.is_empty(),
        facts,
    })
}

fn graded(found: Difference, vary: &[String]) -> FactDifference {
    let is_varied = vary.iter().any(|name| is_within(&found.fact, name));
    FactDifference {
        grade: match found.grade {
            _ if is_varied => Grade::OnPurpose,
            FactGrade::Irrelevant => Grade::Irrelevant,
            FactGrade::Caution => Grade::Caution,
            FactGrade::NotComparable => Grade::NotComparable,
        },
        fact: found.fact,
        before: found.first,
        after: found.second,
    }
}
