//! `run --like`: the plan of a saved run, measured again.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use meshdelta_run::folder;
use meshdelta_run::plan::PlanSettings;
use meshdelta_run::{Manifest, Plan};

use crate::error::CommandError;
use crate::exit_code;

/// The manifest of a saved run whose plan is to be measured again.
pub(super) struct LikePlan {
    folder: PathBuf,
    manifest: Manifest,
}

impl LikePlan {
    pub(super) fn of(folder: &Path) -> Result<Self, CommandError> {
        Ok(Self {
            folder: folder.to_owned(),
            manifest: folder::read(folder)?.manifest,
        })
    }

    /// What the saved plan says. What belongs to one cluster is left open when `flags` name another kind of environment, and what was kept
    /// once is not kept again unasked.
    pub(super) fn settings(&self, flags: &PlanSettings) -> PlanSettings {
        let plan = self.manifest.plan.clone();
        let is_elsewhere = flags
            .environment
            .is_some_and(|environment| environment != plan.environment);
        let mut settings = PlanSettings::from(plan);
        if let Some(kubernetes) = &mut settings.kubernetes {
            kubernetes.keep = false;
            if is_elsewhere {
                kubernetes.context = None;
                kubernetes.kubeconfig = None;
            }
        }
        settings
    }

    /// Refuses phases that this program defines otherwise than the run did: that would be another measurement under the same name.
    pub(super) fn check_phases(&self, plan: &Plan) -> Result<(), CommandError> {
        let saved = &self.manifest.plan.phases;
        let is_other = |phase: &&meshdelta_run::Phase| {
            saved
                .iter()
                .any(|saved| saved.id == phase.id && saved != *phase)
        };
        match plan.phases.iter().find(is_other) {
            None => Ok(()),
            Some(phase) => Err(CommandError::new(
                exit_code::USAGE,
                anyhow!(
                    "the phase `{}` of `{}` was something else than what this meshdelta calls by that name",
                    phase.id,
                    self.folder.display()
                ),
            )
            .hinted(format!(
                "measure with meshdelta {}, which made that run",
                self.manifest.meshdelta_version
            ))),
        }
    }
}
