//! The ledger: what this program made in a cluster, kept in the cluster, so that exactly that is removed again.
//!
//! Each thing is written down *before* it is made. A kill in between leaves an entry for something that is not there, which costs nothing;
//! the other way round something would be left that nobody knows of.

use serde::{Deserialize, Serialize};

use super::component::ComponentId;

/// The version of the format.
const FORMAT: u32 = 1;

/// What was made, in the order of making.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ledger {
    format: u32,
    /// The version of this program that wrote last.
    pub(super) meshdelta: String,
    /// The name of the kind cluster, when this program made the cluster itself.
    pub(super) kind_cluster: Option<String>,
    pub(super) entries: Vec<Entry>,
}

/// One thing that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) item: Item,
    /// Whether it was made to the end.
    pub(super) complete: bool,
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Item {
    /// A namespace.
    Namespace(String),
    /// A helm release, or manifests.
    Component(InstalledComponent),
}

/// A component that was installed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct InstalledComponent {
    pub(super) id: ComponentId,
    /// Name and namespace of the release; `None` for manifests.
    pub(super) release: Option<ReleaseName>,
    pub(super) version: String,
    /// A digest of what decides what is made.
    pub(super) fingerprint: String,
    /// Custom resource definitions of its groups that were there before: they are never removed.
    pub(super) definitions_before: Vec<String>,
    /// Those that came with it, known once it is complete.
    pub(super) definitions: Vec<String>,
}

/// Where a release is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ReleaseName {
    pub(super) name: String,
    pub(super) namespace: String,
}

/// Why a text is no ledger.
#[derive(Debug, thiserror::Error)]
pub(super) enum LedgerError {
    /// It was written by a newer version.
    #[error(
        "it has format {found}, and this version of meshdelta knows {FORMAT}: use the newer version that wrote it ({meshdelta})"
    )]
    Newer { found: u32, meshdelta: String },
    /// It is not the JSON of a ledger.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

impl Ledger {
    pub(super) fn new(kind_cluster: Option<String>) -> Self {
        Self {
            format: FORMAT,
            meshdelta: env!("CARGO_PKG_VERSION").to_owned(),
            kind_cluster,
            entries: Vec::new(),
        }
    }

    pub(super) fn parse(text: &str) -> Result<Self, LedgerError> {
        #[derive(Deserialize)]
        struct Head {
            format: u32,
            meshdelta: String,
        }
        let head: Head = serde_json::from_str(text)?;
        if head.format > FORMAT {
            return Err(LedgerError::Newer {
                found: head.format,
                meshdelta: head.meshdelta,
            });
        }
        Ok(serde_json::from_str(text)?)
    }

    pub(super) fn component(&self, id: ComponentId) -> Option<(&InstalledComponent, bool)> {
        self.entries.iter().find_map(|entry| match &entry.item {
            Item::Component(component) if component.id == id => Some((component, entry.complete)),
            _ => None,
        })
    }

    /// Tells whether any of it was made by helm.
    pub(super) fn has_releases(&self) -> bool {
        self.entries.iter().any(|entry| match &entry.item {
            Item::Component(component) => component.release.is_some(),
            Item::Namespace(_) => false,
        })
    }

    /// Writes down that something is about to be made, or made anew.
    pub(super) fn begin(&mut self, item: Item) {
        let entry = Entry {
            item,
            complete: false,
        };
        match self
            .entries
            .iter_mut()
            .find(|old| old.item.is_same(&entry.item))
        {
            Some(old) => {
                let mut entry = entry;
                entry.item.inherit(old);
                *old = entry;
            }
            None => self.entries.push(entry),
        }
    }

    /// Writes down that something was made to the end; for a component, with the definitions that came with it.
    pub(super) fn complete(&mut self, item: &Item, definitions: Vec<String>) {
        let found = self
            .entries
            .iter_mut()
            .find(|entry| entry.item.is_same(item));
        if let Some(entry) = found {
            entry.complete = true;
            if let Item::Component(component) = &mut entry.item {
                component.definitions = definitions;
            }
        }
    }

    pub(super) fn remove(&mut self, item: &Item) {
        self.entries.retain(|entry| !entry.item.is_same(item));
    }
}

impl Item {
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Namespace(one), Self::Namespace(other)) => one == other,
            (Self::Component(one), Self::Component(other)) => one.id == other.id,
            _ => false,
        }
    }

    /// Takes over what an earlier try knew of the definitions.
    fn inherit(&mut self, earlier: &Entry) {
        if let (Self::Component(new), Self::Component(old)) = (self, &earlier.item) {
            if earlier.complete {
                // What is there now and is not ours came from others, before the first installation or since.
                new.definitions_before
                    .retain(|name| !old.definitions.contains(name));
            } else {
                // Of what is there now, some may be of the try that did not come to its end.
                new.definitions_before.clone_from(&old.definitions_before);
            }
            new.definitions.clone_from(&old.definitions);
        }
    }
}

impl InstalledComponent {
    /// Returns which of the definitions that are there now came with the component. Of one that was never complete, those are all that were
    /// not there before.
    pub(super) fn own_definitions(&self, present: &[String], complete: bool) -> Vec<String> {
        let is_own = |name: &&String| {
            if complete {
                self.definitions.contains(name)
            } else {
                !self.definitions_before.contains(name)
            }
        };
        present.iter().filter(is_own).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn component(before: &[&str]) -> Item {
        Item::Component(InstalledComponent {
            id: ComponentId::IstioBase,
            release: Some(ReleaseName {
                name: "istio-base".to_owned(),
                namespace: "istio-system".to_owned(),
            }),
            version: "1.30.3".to_owned(),
            fingerprint: "ab".to_owned(),
            definitions_before: before.iter().map(|name| (*name).to_owned()).collect(),
            definitions: Vec::new(),
        })
    }

    #[test]
    fn what_is_written_is_read() {
        let mut ledger = Ledger::new(Some("meshdelta".to_owned()));
        ledger.begin(Item::Namespace("monitoring".to_owned()));
        ledger.begin(component(&["a"]));
        ledger.complete(&component(&[]), vec!["b".to_owned()]);
        let text = serde_json::to_string(&ledger).unwrap();
        assert_eq!(Ledger::parse(&text).unwrap(), ledger);
        let (found, complete) = ledger.component(ComponentId::IstioBase).unwrap();
        assert!(complete);
        assert_eq!(found.definitions, ["b"]);
    }

    #[test]
    fn a_second_try_keeps_what_was_there_before_the_first() {
        let mut ledger = Ledger::new(None);
        ledger.begin(component(&["theirs"]));
        ledger.begin(component(&["theirs", "ours"]));
        assert_eq!(ledger.entries.len(), 1);
        let (found, complete) = ledger.component(ComponentId::IstioBase).unwrap();
        assert!(!complete);
        let present = ["theirs", "ours"].map(str::to_owned);
        assert_eq!(found.own_definitions(&present, complete), ["ours"]);
    }

    #[test]
    fn of_a_complete_component_only_its_own_definitions_are_removed() {
        let mut ledger = Ledger::new(None);
        ledger.begin(component(&["theirs"]));
        ledger.complete(&component(&[]), vec!["ours".to_owned()]);
        let (found, complete) = ledger.component(ComponentId::IstioBase).unwrap();
        let present = ["theirs", "ours", "later"].map(str::to_owned);
        assert_eq!(found.own_definitions(&present, complete), ["ours"]);
    }

    #[test]
    fn an_upgrade_does_not_claim_what_others_added_meanwhile() {
        let mut ledger = Ledger::new(None);
        ledger.begin(component(&["theirs"]));
        ledger.complete(&component(&[]), vec!["ours".to_owned()]);
        ledger.begin(component(&["theirs", "ours", "later"]));
        let (found, _) = ledger.component(ComponentId::IstioBase).unwrap();
        let present = ["theirs", "ours", "later", "new"].map(str::to_owned);
        assert_eq!(found.own_definitions(&present, false), ["ours", "new"]);
    }

    #[test]
    fn a_newer_format_is_refused_and_named() {
        let text = r#"{"format": 2, "meshdelta": "9.0.0", "things": []}"#;
        let error = Ledger::parse(text).unwrap_err().to_string();
        assert!(
            error.contains("format 2") && error.contains("9.0.0"),
            "{error}"
        );
        assert!(Ledger::parse("{}").is_err());
    }
}
