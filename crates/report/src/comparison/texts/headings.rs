//! Headings that state a finding where the numbers allow one, and the plain name where they do not.

use crate::comparison::model::{
    Change, ChangeMetric, ChangeVerdict, ComparisonHeadings, ComparisonModel, Grade,
};
use crate::comparison::numbers;
use crate::model::Phase;

/// The headings.
pub(in crate::comparison) fn headings(model: &ComparisonModel) -> ComparisonHeadings {
    ComparisonHeadings {
        changes: changes(model),
        shift: "The change at each percentile".to_owned(),
        distributions: "Latency before and after".to_owned(),
        comparability: comparability(model),
    }
}

/// The changes that headlines are about.
fn primary(model: &ComparisonModel) -> Vec<(&Phase, &Change)> {
    super::super::tables::rows(model, &ChangeMetric::PRIMARY).collect()
}

/// The one regression, how many there are, or that nothing changed; of the median and p99.
fn changes(model: &ComparisonModel) -> String {
    let primary = primary(model);
    let with = |verdict: ChangeVerdict| -> Vec<&(&Phase, &Change)> {
        let found = primary
            .iter()
            .filter(|(_, change)| change.verdict == verdict);
        found.collect()
    };
    let regressed = with(ChangeVerdict::Regressed);
    let improved = with(ChangeVerdict::Improved);
    let moved = |(phase, change): &(&Phase, &Change), verb: &str| {
        let text =
            numbers::absolute(numbers::numbers(model), change).map_or_else(String::new, |text| {
                let size = text.value.trim_start_matches(['+', '−']);
                format!(" by {}", text.unit.attach(size))
            });
        format!(
            "{} overhead of {} {verb}{text}",
            match change.metric {
                ChangeMetric::P50 => "The median",
                _ => "The p99",
            },
            phase.title
        )
    };
    match (regressed.as_slice(), improved.as_slice()) {
        ([one, ..], []) if same_phase(&regressed) => moved(one, "rose"),
        ([], [one, ..]) if same_phase(&improved) => moved(one, "fell"),
        ([], [])
            if !primary.is_empty() && with(ChangeVerdict::Equivalent).len() == primary.len() =>
        {
            "No overhead changed by an amount that matters".to_owned()
        }
        ([], []) => "How the overheads changed".to_owned(),
        (up, []) => format!("{} overheads at p50 and p99 regressed", up.len()),
        ([], down) => format!("{} overheads at p50 and p99 improved", down.len()),
        (up, down) => format!(
            "At p50 and p99 {} overheads regressed and {} improved",
            up.len(),
            down.len()
        ),
    }
}

fn same_phase(changes: &[&(&Phase, &Change)]) -> bool {
    changes.windows(2).all(|pair| pair[0].0.id == pair[1].0.id)
}

fn comparability(model: &ComparisonModel) -> String {
    let count = |grade| model.comparability.of_grade(grade).count();
    match (count(Grade::NotComparable), count(Grade::Caution)) {
        (0, 0) if count(Grade::OnPurpose) > 0 => {
            "The runs differ in nothing that matters but what was varied on purpose".to_owned()
        }
        (0, 0) => "The runs measured the same thing in the same way".to_owned(),
        (0, 1) => "One fact differs that may be the cause of a change".to_owned(),
        (0, caution) => format!("{caution} facts differ that may be the cause of a change"),
        (grave, _) => format!("The runs did not measure the same thing: {grave} facts differ"),
    }
}
