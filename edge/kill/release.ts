import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import type { ReleaseBody } from '@gatehouse/shared/schema/bodies.ts';
import type { Release } from '@gatehouse/shared/schema/governance.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import type { KillSwitch } from './kill-switch.ts';
import type { KillDeps } from './kill-types.ts';

/** A release whose signatures were checked: by people who may release, each named once. */
export interface VerifiedRelease {
  readonly release: Release;
  readonly by: readonly string[];
}

/** What a release reaches. Shape: `verifyRelease` throws for a document or a signature that does not hold. */
export interface ReleaseDeps
  extends Pick<KillDeps, 'own' | 'memory' | 'recorder' | 'journal' | 'killFile' | 'onAlarm'> {
  readonly edge: string;
  readonly clock: Clock;
  readonly verifyRelease: (document: string) => VerifiedRelease;
  readonly killSwitch: Pick<KillSwitch, 'forget'>;
}

/** What became of a document. */
export type ReleaseOutcome =
  | { readonly kind: 'released'; readonly kill: string; readonly by: readonly string[] }
  | { readonly kind: 'refused'; readonly error: KitError };

/** The one way to end a kill. Shape: never rejects; what is refused is an incident, and the kill stands. */
export type Releasing = (document: string) => Promise<ReleaseOutcome>;

/** So many different people must have signed. Source: RTS 6 Art. 15(3); two sign for what one may stop. */
const SIGNERS_MIN = 2;
/** So many are named on record, where more have signed. Source: the journal's schema. */
const SIGNERS_RECORDED_MAX = 5;
/** How long a signed release may be, so that its entry has room for it. Units: UTF-16 code units. Source: the journal's schema. */
const DOCUMENT_LENGTH_MAX = 20_000;
const MESSAGE_LENGTH_MAX = 2_000;

/**
 * Ends kills by documents that two people have signed.
 *
 * Shape:  the kill leaves its file first and the records last: whatever dies in between, the kill stands until all of it is done.
 *         One release at a time.
 */
export function createReleasing(deps: ReleaseDeps): Releasing {
  let last: Promise<unknown> = Promise.resolve();
  return (document) => {
    const next = last.then(() => release(deps, document));
    last = next;
    return next;
  };
}

async function release(deps: ReleaseDeps, document: string): Promise<ReleaseOutcome> {
  try {
    requireRoom(document);
    const verified = deps.verifyRelease(document);
    requireFit(deps, verified);
    const { kill, reason } = verified.release;
    // A kill that is in no durable entry yet would be forgotten with its file.
    await deps.journal.durable(deps.recorder.flush());
    await deps.killFile.remove([kill]);
    const by = verified.by.slice(0, SIGNERS_RECORDED_MAX);
    const haltEpoch = deps.own.haltEpoch + 1;
    const body: ReleaseBody = { v: 1, kill, haltEpoch, by, reason, at: deps.clock.now(), document };
    deps.recorder.stage({ kind: 'release', body });
    deps.killSwitch.forget(kill);
    await deps.journal.durable(deps.recorder.flush());
    return { kind: 'released', kill, by };
  } catch (error) {
    return refused(deps, error);
  }
}

/** Found out when the kill has left its file, it would be too late. */
function requireRoom(document: string): void {
  if (document.length <= DOCUMENT_LENGTH_MAX) return;
  throw new KitError('RELEASE_REFUSED', `the release has more than ${DOCUMENT_LENGTH_MAX} characters`, {
    hint: 'Have two people sign a new one; further lines of signatures are not needed.',
  });
}

function requireFit({ edge, clock, memory, own }: ReleaseDeps, { release: wanted, by }: VerifiedRelease): void {
  const { kill, from, to } = wanted;
  const now = clock.now();
  const isActive = own.halts()?.some(({ id }) => id === kill) === true;
  const problems = [
    ...(new Set(by).size < SIGNERS_MIN ? [`it is signed by ${by.join(', ') || 'nobody'} alone`] : []),
    ...(wanted.edge === edge ? [] : [`it is for edge ${wanted.edge}, and this is ${edge}`]),
    ...(now < from ? [`its term begins at ${instantText(from)}`] : []),
    ...(now >= to ? [`its term ended at ${instantText(to)}`] : []),
    ...(memory.isReleased(kill) ? [`kill ${kill} was released already`] : []),
    ...(isActive || memory.isReleased(kill) ? [] : [`there is no kill ${kill} in force here`]),
  ];
  if (problems.length === 0) return;
  throw new KitError('RELEASE_REFUSED', `release ${wanted.id}: ${problems.join('; ')}`, {
    hint: 'Have two people who may release sign a document that names this edge and a kill in force.',
    problems,
  });
}

function refused({ recorder, onAlarm }: ReleaseDeps, cause: unknown): ReleaseOutcome {
  const words = describeError(cause);
  const error =
    cause instanceof KitError
      ? cause
      : new KitError('RELEASE_REFUSED', `a release came to nothing: ${words}`, { cause });
  const message = `A release was refused, and the kill stands: ${words}`.slice(0, MESSAGE_LENGTH_MAX);
  const body = { v: 1, code: 'RELEASE_REFUSED', severity: 'warning', message } as const;
  onAlarm(body);
  try {
    recorder.stage({ kind: 'incident', body });
    recorder.flush();
  } catch {
    // The journal's own failure is reported where it is watched; the kill stands either way.
  }
  return { kind: 'refused', error };
}
