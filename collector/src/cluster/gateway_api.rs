//! The definitions of the Gateway API, as the project of that name published them.

use super::component::Manifests;

/// The version that Istio 1.30 is built against.
pub(super) const BUNDLE_VERSION: &str = "1.5.1";
/// The first version whose standard channel has `spec.infrastructure` of a Gateway, by which the waypoint gets its replicas and resources. Routes
/// for a mesh (GAMMA) are in it since 1.1.
pub(super) const OLDEST_BUNDLE: (u32, u32, u32) = (1, 2, 0);
/// The annotation that says the version.
pub(super) const BUNDLE_VERSION_ANNOTATION: &str = "gateway.networking.k8s.io/bundle-version";
/// The annotation that says the channel.
pub(super) const CHANNEL_ANNOTATION: &str = "gateway.networking.k8s.io/channel";

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$((
            concat!("manifests/gateway-api/", $name),
            include_str!(concat!("../../../manifests/gateway-api/", $name)),
        )),*]
    };
}

/// The standard channel. The policy that guards against downgrades comes last, as in the release.
pub(super) static MANIFESTS: Manifests = Manifests {
    version: Some(BUNDLE_VERSION),
    files: files![
        "gateway.networking.k8s.io_backendtlspolicies.yaml",
        "gateway.networking.k8s.io_gatewayclasses.yaml",
        "gateway.networking.k8s.io_gateways.yaml",
        "gateway.networking.k8s.io_grpcroutes.yaml",
        "gateway.networking.k8s.io_httproutes.yaml",
        "gateway.networking.k8s.io_listenersets.yaml",
        "gateway.networking.k8s.io_referencegrants.yaml",
        "gateway.networking.k8s.io_tlsroutes.yaml",
        "gateway.networking.k8s.io_vap_safeupgrades.yaml",
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_of_the_version_and_the_channel_that_they_are_said_to_be() {
        for (name, text) in MANIFESTS.files {
            // The release forgot to number the policy.
            let version = if name.contains("vap") {
                "1.5.0-dev"
            } else {
                BUNDLE_VERSION
            };
            let numbered = format!("{BUNDLE_VERSION_ANNOTATION}: v{version}\n");
            assert!(text.contains(&numbered), "{name}");
            assert!(
                text.contains(&format!("{CHANNEL_ANNOTATION}: standard\n")),
                "{name}"
            );
        }
    }
}
