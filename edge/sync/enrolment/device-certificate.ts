import { X509Certificate } from 'node:crypto';
import { KitError } from '@gatehouse/shared/errors.ts';
import type { EnrolmentGrant } from '@gatehouse/shared/schema/enrolment.ts';

/** What a granted certificate must belong to. */
export interface CertificateOwner {
  readonly edge: string;
  readonly id: string;
  /** The authority that was pinned at the start, in PEM. */
  readonly authority: string;
}

/**
 * The certificate of a grant, once it is ours and of the hub that was pinned.
 *
 * Errors: `SIGNATURE_INVALID` where the authority is another one, or the certificate is not signed by it or not in our name.
 */
export function certificateOf({ edge, id, authority }: CertificateOwner, grant: EnrolmentGrant): X509Certificate {
  const [certificate, pinned] = [parsed(grant.certificate), parsed(authority)];
  if (!parsed(grant.authority).raw.equals(pinned.raw))
    throw strange('it names another authority than the one of the token');
  if (!certificate.checkIssued(pinned) || !certificate.verify(pinned.publicKey))
    throw strange('its authority did not sign it');
  if (certificate.subject !== `CN=${edge}\nOU=${id}`)
    throw strange(`it is in the name ${certificate.subject.slice(0, 200)}`);
  return certificate;
}

function parsed(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw strange('it cannot be read');
  }
}

function strange(why: string): KitError {
  return new KitError('SIGNATURE_INVALID', `the hub's certificate for this edge is not taken: ${why}`, {
    hint: 'Nothing was changed. Have the hub’s log looked at, and enrol again with a new token.',
  });
}
