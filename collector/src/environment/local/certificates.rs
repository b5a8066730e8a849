//! Certificates for mutual TLS, made for one run and never stored in it.

use std::path::{Path, PathBuf};

use fs_err as fs;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, SanType,
};
use serde::Serialize;

use crate::error::CollectorError;

/// The trust domain of the identities; every peer's identity must begin with it.
pub(super) const TRUST_DOMAIN: &str = "spiffe://meshdelta.local/";

/// The files of one identity, as the Envoy templates name them.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Identity {
    certificate_chain: PathBuf,
    private_key: PathBuf,
    trusted_ca: PathBuf,
}

/// A certificate authority with its folder.
pub(super) struct Authority {
    folder: PathBuf,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    /// Makes the authority and writes its certificate. The folder must not be readable by others.
    pub(super) fn new(folder: &Path) -> Result<Self, CollectorError> {
        let mut parameters = CertificateParams::default();
        parameters
            .distinguished_name
            .push(DnType::CommonName, "meshdelta run authority");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![
            KeyUsagePurpose::KeyCertSign,
            KeyUsagePurpose::DigitalSignature,
        ];
        let issuer = CertifiedIssuer::self_signed(parameters, KeyPair::generate()?)?;
        fs::write(folder.join("authority.crt"), issuer.pem())?;
        Ok(Self {
            folder: folder.to_owned(),
            issuer,
        })
    }

    /// Issues a certificate for a workload, as SPIFFE identity `spiffe://meshdelta.local/<name>`, with a P-256 key.
    pub(super) fn issue(&self, name: &str) -> Result<Identity, CollectorError> {
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name.push(DnType::CommonName, name);
        let uri = format!("{TRUST_DOMAIN}{name}").try_into()?;
        parameters.subject_alt_names = vec![SanType::URI(uri)];
        parameters.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        let key = KeyPair::generate()?;
        let certificate = parameters.signed_by(&key, &self.issuer)?;
        let identity = Identity {
            certificate_chain: self.folder.join(format!("{name}.crt")),
            private_key: self.folder.join(format!("{name}.key")),
            trusted_ca: self.folder.join("authority.crt"),
        };
        fs::write(&identity.certificate_chain, certificate.pem())?;
        fs::write(&identity.private_key, key.serialize_pem())?;
        Ok(identity)
    }
}
