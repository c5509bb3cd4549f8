import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import type { Signer } from '@gatehouse/shared/journal/note.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { addMs, ageMs, type Instant, instantText } from '@gatehouse/shared/values/instant.ts';
import type { CertificateTerm, HubIdentity } from './hub-identity.ts';

/** What keeps a certificate fresh. */
export interface Renewal {
  /** Looks at once whether a renewal is due, and tries it. */
  look(): Promise<void>;
  stop(): void;
}

/** What it works with. Shape: `tell` puts what a person must do on record, once for each reason. */
export interface RenewalDeps {
  readonly identity: Pick<HubIdentity, 'edge' | 'term' | 'renew'>;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly log: (line: string) => void;
  readonly tell: (trouble: AccessTrouble) => void;
  readonly lookMs?: number;
}

/** Why this edge will lose, or has lost, its way to the hub. Trading goes on by the offline policy. */
export interface AccessTrouble {
  readonly code: 'CERTIFICATE_EXPIRED' | 'CERTIFICATE_REFUSED' | 'CERTIFICATE_NOT_RENEWED';
  readonly severity: 'warning' | 'alarm';
  readonly message: string;
  readonly hint: string;
}

/** How often it is looked. Units: milliseconds. */
const LOOK_MS = 600_000;
/** A person hears of failures only in the last tenth of the term: until then another look will do. */
const WARNED_FRACTION = 10;
const CURE = 'Have a new token issued on the page of devices and run "gatehouse enrol TOKEN" on this computer.';

/** When a renewal is due: two thirds of the term are over. */
export function renewalDueAt({ from, until }: CertificateTerm): Instant {
  return addMs(from, Math.floor((ageMs(from, until) * 2) / 3));
}

/** Renews the certificate while the edge runs. Shape: nothing that fails here stops trading; the next look tries again. */
export function startRenewal(deps: RenewalDeps): Renewal {
  const { identity, signer, clock, log } = deps;
  let told: string | undefined;
  const tell = (trouble: AccessTrouble): void => {
    if (told === trouble.code) return;
    told = trouble.code;
    log(`${trouble.message}. ${trouble.hint}`);
    deps.tell(trouble);
  };
  const look = async (): Promise<void> => {
    const now = clock.now();
    if (now < renewalDueAt(identity.term)) return;
    try {
      await identity.renew(signer);
      told = undefined;
      log(`the certificate of ${identity.edge} was renewed; it is good until ${instantText(identity.term.until)}`);
    } catch (error) {
      const trouble = troubleOf(identity, error, now);
      if (trouble !== undefined) tell(trouble);
    }
  };
  let turn = Promise.resolve();
  const next = (): Promise<void> => {
    turn = turn.then(look);
    return turn;
  };
  const timer = setInterval(() => void next(), deps.lookMs ?? LOOK_MS);
  timer.unref();
  void next();
  return { look: next, stop: () => clearInterval(timer) };
}

function troubleOf(
  { edge, term }: Pick<HubIdentity, 'edge' | 'term'>,
  error: unknown,
  now: Instant,
): AccessTrouble | undefined {
  const goesOn = 'Trading goes on by the offline policy, and records wait here';
  if (now >= term.until) {
    const message = `the certificate of ${edge} ended at ${instantText(term.until)}. ${goesOn}`;
    return { code: 'CERTIFICATE_EXPIRED', severity: 'alarm', message, hint: CURE };
  }
  if (error instanceof KitError && error.code === 'FORBIDDEN') {
    const message = `the hub lets ${edge} in no more: ${error.message}. ${goesOn}`;
    return { code: 'CERTIFICATE_REFUSED', severity: 'alarm', message, hint: CURE };
  }
  const warnedFrom = addMs(term.until, -Math.floor(ageMs(term.from, term.until) / WARNED_FRACTION));
  if (now < warnedFrom) return undefined;
  const message = `the certificate of ${edge} ends at ${instantText(term.until)} and was not renewed: ${describeError(error)}`;
  return {
    code: 'CERTIFICATE_NOT_RENEWED',
    severity: 'warning',
    message,
    hint: 'Bring the connection to the hub back before then.',
  };
}
