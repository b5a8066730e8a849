//! Over CPU and memory.

use crate::model::{ReportModel, ResourceUse, RoleResources};
use crate::number_format::{Sign, number_text};
use crate::numbers::Numbers;

/// A role with at least this share of the total is a finding.
const DOMINANT_SHARE: f64 = 0.4;

/// The role that burns the most.
pub(super) fn heading(model: &ReportModel) -> String {
    let plain = "CPU and memory by role".to_owned();
    let dearest = model
        .treatments()
        .filter(|phase| phase.validity.is_valid())
        .filter_map(|phase| Some((phase, model.resources(&phase.id)?)))
        .filter_map(|(phase, resources)| Some((phase, resources, resources.total.value()?)))
        .max_by(|one, other| {
            let cpu = |total: &ResourceUse| total.cpu_seconds_per_thousand_requests.get();
            cpu(one.2).total_cmp(&cpu(other.2))
        });
    let Some((phase, resources, total)) = dearest else {
        return plain;
    };
    let total = total.cpu_seconds_per_thousand_requests.get();
    let used = |role: &RoleResources| role.used.cpu_seconds_per_thousand_requests.get();
    let most = resources
        .roles
        .iter()
        .filter(|role| role.is_in_total)
        .max_by(|one, other| used(one).total_cmp(&used(other)));
    match most {
        Some(role) if total > 0.0 && used(role) / total >= DOMINANT_SHARE => {
            let unit = Numbers::new(model).cpu;
            let number = |value| number_text(unit, Sign::NegativeOnly, value, None);
            format!(
                "In {}, {} of {} per 1,000 requests are the {}'s",
                phase.title,
                number(used(role)).value,
                number(total).value_with_unit(),
                role.title
            )
        }
        _ => plain,
    }
}
