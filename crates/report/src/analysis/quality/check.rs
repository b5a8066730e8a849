//! What all checks share: their texts, and how verdicts on slots become findings about phases.

use meshdelta_run::{Manifest, SlotId};

use crate::analysis::convert::phase_id;
use crate::analysis::slots::SlotReading;
use crate::model::{PhaseId, QualityFinding, Severity};

/// More slots than this are counted instead of named.
const NAMED_SLOTS: usize = 3;

/// What a check looks at.
#[derive(Clone, Copy)]
pub(super) struct Evidence<'a> {
    pub(super) manifest: &'a Manifest,
    pub(super) slots: &'a [SlotReading<'a>],
}

/// The texts of a check.
pub(super) struct Check {
    /// Its id.
    pub(super) id: &'static str,
    /// Its title.
    pub(super) title: &'static str,
    /// The limits it holds the run against.
    pub(super) limit: &'static str,
    /// Why it matters.
    pub(super) why: &'static str,
    /// What to do.
    pub(super) advice: &'static str,
}

/// What a check says about one slot: how bad, and what was seen.
pub(super) type SlotVerdict = Option<(Severity, String)>;

impl<'a> Evidence<'a> {
    /// Returns the phases of the plan with their valid slots; phases without any are left out.
    pub(super) fn phases(self) -> impl Iterator<Item = (PhaseId, Vec<&'a SlotReading<'a>>)> {
        self.manifest
            .plan
            .phases
            .iter()
            .map(move |phase| (phase_id(&phase.id), self.valid_slots_of(&phase.id)))
            .filter(|(_, slots)| !slots.is_empty())
    }

    fn valid_slots_of(self, phase: &meshdelta_run::PhaseId) -> Vec<&'a SlotReading<'a>> {
        self.valid_slots()
            .filter(|slot| slot.series.record.phase == *phase)
            .collect()
    }

    /// Returns the slots that enter the statistics.
    pub(super) fn valid_slots(self) -> impl Iterator<Item = &'a SlotReading<'a>> {
        self.slots.iter().filter(|slot| slot.is_valid())
    }
}

impl Check {
    /// A finding about a phase or the run.
    pub(super) fn finding(
        &self,
        severity: Severity,
        phase: Option<PhaseId>,
        observed: String,
    ) -> QualityFinding {
        QualityFinding {
            check: self.id.to_owned(),
            title: self.title.to_owned(),
            severity,
            phase,
            observed,
            limit: self.limit.to_owned(),
            why: self.why.to_owned(),
            advice: if severity == Severity::Pass {
                String::new()
            } else {
                self.advice.to_owned()
            },
        }
    }

    /// The findings, or one that passes when there are none.
    pub(super) fn or_pass(
        &self,
        findings: Vec<QualityFinding>,
        passed: impl Into<String>,
    ) -> Vec<QualityFinding> {
        if findings.is_empty() {
            vec![self.finding(Severity::Pass, None, passed.into())]
        } else {
            findings
        }
    }

    /// Judges every valid slot, and makes one finding of each phase that has one that does not pass.
    pub(super) fn judge_slots(
        &self,
        evidence: Evidence<'_>,
        judge: impl Fn(&SlotReading<'_>) -> SlotVerdict,
        passed: impl Into<String>,
    ) -> Vec<QualityFinding> {
        let of_phase = |(phase, slots): (PhaseId, Vec<&SlotReading<'_>>)| {
            let bad: Vec<(SlotId, Severity, String)> = slots
                .into_iter()
                .filter_map(|slot| {
                    let (severity, observed) = judge(slot)?;
                    Some((slot.series.record.id, severity, observed))
                })
                .collect();
            let worst = bad.iter().map(|(_, severity, _)| *severity).max()?;
            Some(self.finding(worst, Some(phase), name_slots(&bad, worst)))
        };
        self.or_pass(evidence.phases().filter_map(of_phase).collect(), passed)
    }
}

/// Names the slots, the worst first.
fn name_slots(bad: &[(SlotId, Severity, String)], worst: Severity) -> String {
    let (first, others): (Vec<_>, Vec<_>) =
        bad.iter().partition(|(_, severity, _)| *severity == worst);
    let ordered: Vec<_> = first.into_iter().chain(others).collect();
    let mut texts: Vec<String> = ordered
        .iter()
        .take(NAMED_SLOTS)
        .map(|(slot, _, observed)| format!("{slot}: {observed}"))
        .collect();
    let more = ordered.len().saturating_sub(NAMED_SLOTS);
    if more > 0 {
        texts.push(format!("and {more} more"));
    }
    texts.join("; ")
}
