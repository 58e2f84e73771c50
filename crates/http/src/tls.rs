//! TLS of the listener: rustls with aws-lc-rs, TLS 1.2 and 1.3, ALPN `http/1.1`. Certificates are read once, at
//! start. A client may show a certificate; any is taken that its holder has the key of, since it is the public key in
//! it that a key to the node may be bound to.

use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    DigitallySignedStruct, DistinguishedName, Error, ServerConfig, ServerConnection, SignatureScheme,
};
use tokio_rustls::TlsAcceptor;

use crate::HttpError;
use crate::app::credential::Channel;
use crate::app::{App, tls};
use crate::server::Certificate;

/// An acceptor that shows this certificate.
pub(crate) fn acceptor(app: &App, certificate: &Certificate) -> Result<TlsAcceptor, HttpError> {
    match certificate {
        Certificate::Own => {
            let own = tls::identity(app).map_err(|error| HttpError::OwnCertificate(error.to_string()))?;
            config(vec![own.certificate], own.key.into())
                .map_err(|error| HttpError::OwnCertificate(error.to_string()))
        }
        Certificate::Files(chain, key) => of_files(chain, key),
    }
}

/// An acceptor with the certificate chain and private key of two PEM files.
fn of_files(certificate: &Path, key: &Path) -> Result<TlsAcceptor, HttpError> {
    let fault = |path: &Path, what: String| HttpError::Certificate { path: path.to_owned(), what };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| fault(certificate, error.to_string()))?;
    if chain.is_empty() {
        return Err(fault(certificate, "it holds no certificate".to_owned()));
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| fault(key, error.to_string()))?;
    config(chain, private).map_err(|error| fault(certificate, error.to_string()))
}

fn config(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<TlsAcceptor, Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(Arc::new(AnyHolder(provider)))
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// What a connection says about who calls.
pub(crate) fn channel(connection: &ServerConnection) -> Channel {
    let shown = connection.peer_certificates().and_then(<[_]>::first);
    shown.and_then(tls::pin_of).map_or(Channel::Bare, Channel::Certified)
}

/// Takes every certificate whose holder proves to have its private key: whose it is stands in key notes.
#[derive(Debug)]
struct AnyHolder(Arc<CryptoProvider>);

impl ClientCertVerifier for AnyHolder {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_or_empty_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let (absent, empty) = (folder.path().join("absent.pem"), folder.path().join("empty.pem"));
        std::fs::write(&empty, "no certificate here").unwrap();
        let message =
            |path: &Path| of_files(path, path).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(message(&absent).contains("absent.pem"), "{}", message(&absent));
        assert!(message(&empty).contains("empty.pem: it holds no certificate"), "{}", message(&empty));
    }
}
