//! TLS of the listener: rustls with aws-lc-rs, TLS 1.2 and 1.3, ALPN `http/1.1`. Certificates are read once, at
//! start.

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::HttpError;

/// An acceptor with the certificate chain and private key of two PEM files.
pub(crate) fn acceptor(certificate: &Path, key: &Path) -> Result<TlsAcceptor, HttpError> {
    let fault = |path: &Path, what: String| HttpError::Certificate { path: path.to_owned(), what };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| fault(certificate, error.to_string()))?;
    if chain.is_empty() {
        return Err(fault(certificate, "it holds no certificate".to_owned()));
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| fault(key, error.to_string()))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| fault(certificate, error.to_string()))?
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(|error| fault(certificate, error.to_string()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
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
            |path: &Path| acceptor(path, path).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(message(&absent).contains("absent.pem"), "{}", message(&absent));
        assert!(message(&empty).contains("empty.pem: it holds no certificate"), "{}", message(&empty));
    }
}
