//! What the user may do, asked before anything is changed.

use std::fmt;

use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec,
};
use kube::Api;
use kube::api::PostParams;

use super::connect::Cluster;
use super::error::KubernetesError;

/// One right: a verb on a resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Right {
    /// For example `create`.
    pub verb: String,
    /// The API group; empty for the core group.
    pub group: String,
    /// The resource in the plural, with its subresource if there is one: `pods/log`.
    pub resource: String,
    /// The namespace; absent for the whole cluster.
    pub namespace: Option<String>,
    /// The one object that it is about; absent for all.
    pub name: Option<String>,
}

impl Right {
    /// Makes a right to all objects of a resource; a subresource follows after a slash.
    pub fn new(verb: &str, group: &str, resource: &str, namespace: Option<&str>) -> Self {
        Self {
            verb: verb.to_owned(),
            group: group.to_owned(),
            resource: resource.to_owned(),
            namespace: namespace.map(str::to_owned),
            name: None,
        }
    }

    /// Restricts the right to one object.
    #[must_use]
    pub fn to(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    fn attributes(&self) -> ResourceAttributes {
        let (resource, subresource) = match self.resource.split_once('/') {
            Some((resource, subresource)) => (resource, Some(subresource.to_owned())),
            None => (self.resource.as_str(), None),
        };
        ResourceAttributes {
            verb: Some(self.verb.clone()),
            group: Some(self.group.clone()),
            resource: Some(resource.to_owned()),
            subresource,
            namespace: self.namespace.clone(),
            name: self.name.clone(),
            ..ResourceAttributes::default()
        }
    }
}

impl fmt::Display for Right {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.verb, self.resource)?;
        if !self.group.is_empty() {
            write!(formatter, ".{}", self.group)?;
        }
        if let Some(name) = &self.name {
            write!(formatter, " `{name}`")?;
        }
        match &self.namespace {
            Some(namespace) => write!(formatter, " in namespace {namespace}"),
            None => write!(formatter, " in the whole cluster"),
        }
    }
}

impl Cluster {
    /// Fails when the user lacks any of the rights, and names all that are missing.
    pub async fn check_rights(&self, rights: &[Right]) -> Result<(), KubernetesError> {
        let mut missing = Vec::new();
        for right in rights {
            if !self.may(right).await? {
                missing.push(right.clone());
            }
        }
        if missing.is_empty() {
            Ok(())
        } else {
            Err(KubernetesError::RightsMissing {
                context: self.context().to_owned(),
                missing,
            })
        }
    }

    /// Asks whether the user has a right.
    pub async fn may(&self, right: &Right) -> Result<bool, KubernetesError> {
        let reviews: Api<SelfSubjectAccessReview> = Api::all(self.client().clone());
        let review = SelfSubjectAccessReview {
            spec: SelfSubjectAccessReviewSpec {
                resource_attributes: Some(right.attributes()),
                ..SelfSubjectAccessReviewSpec::default()
            },
            ..SelfSubjectAccessReview::default()
        };
        let answer = reviews
            .create(&PostParams::default(), &review)
            .await
            .map_err(|error| self.failed(format!("ask for the right to {right}"), &error))?;
        Ok(answer.status.is_some_and(|status| status.allowed))
    }
}
