import { X509Certificate } from "node:crypto";
import tls from "node:tls";

/**
 * The usual authorities (with `NODE_EXTRA_CA_CERTS`) and these, parsed once for all connections.
 * @throws Error when one is no certificate.
 */
export function secureContext(ca: readonly string[]): tls.SecureContext {
  try {
    // OpenSSL passes over what it cannot read; a mistyped file must not go unnoticed.
    for (const certificate of ca) new X509Certificate(certificate);
    return tls.createSecureContext({ ca: [...tls.getCACertificates("default"), ...ca] });
  } catch (error) {
    throw new Error("A custom CA is not a certificate in PEM form (-----BEGIN CERTIFICATE----- …).", { cause: error });
  }
}
