import { parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { addMs, dayOf, instantText } from '@gatehouse/shared/values/instant.ts';
import { type Alarm, raiseAlarms } from '../../store/alarm-rows.ts';
import {
  findSegment,
  noteVerified,
  noteVerifiedDay,
  readArchiveStates,
  rootAt,
  segmentsToVerify,
} from '../../store/archive-rows.ts';
import { inTransaction } from '../../store/database.ts';
import { ARCHIVE_DAMAGED, type ArchiveDeps } from './archive-next.ts';
import { type SegmentFinding, verifySegment } from './verify-segment.ts';

/** What a day's verification of the archive read and found. */
export interface Reverified {
  readonly segments: number;
  readonly findings: readonly SegmentFinding[];
}

/** All of the archive is read again within so many days, a part each day. */
const DAYS = 30;
const DAY_MS = 86_400_000;
/** What a downtime left is caught up with over some days. */
const SEGMENTS_A_DAY_MAX = 2_000;

/**
 * Reads the part of the archive again that was verified longest ago, once a UTC day; undefined where today's part is done.
 *
 * Shape:  the result is an act, findings are an alarm; a process that dies begins the day's part anew.
 * Errors: those of the store; what was verified before that is kept.
 */
export async function reverifyToday(deps: ArchiveDeps, signal?: AbortSignal): Promise<Reverified | undefined> {
  const { database, clock } = deps;
  const { place } = deps.store;
  const today = dayOf(clock.now());
  const state = (await readArchiveStates(database)).find((one) => one.place === place);
  if (state === undefined || state.segments === 0 || state.verifiedOn === today) return undefined;
  const before = instantText(addMs(clock.now(), -(DAYS - 1) * DAY_MS));
  const due = await segmentsToVerify(database, { place, parts: DAYS, before, limit: SEGMENTS_A_DAY_MAX });
  const findings: SegmentFinding[] = [];
  for (const segment of due) {
    if (signal?.aborted) return undefined;
    const found = await reverify(deps, segment);
    await noteVerified(database, { place, segment, at: instantText(clock.now()), findings: found.length });
    findings.push(...found);
  }
  await inTransaction(database, async (tx) => {
    await noteVerifiedDay(tx, place, today);
    const after = {
      segments: `${due.length}`,
      numbers: `${due.slice(0, NAMED_MAX).join(' ')}${due.length > NAMED_MAX ? ' …' : ''}`,
      findings: `${findings.length}`,
    };
    await deps.appendAct(tx, { action: 'archive.verified', by: 'system', target: today, after });
    await raiseAlarms(tx, alarmsOf(findings), instantText(clock.now()));
  });
  return { segments: due.length, findings };
}

const NAMED_MAX = 50;
const TOLD_MAX = 5;

function alarmsOf(findings: readonly SegmentFinding[]): readonly Alarm[] {
  if (findings.length === 0) return [];
  const told = findings.slice(0, TOLD_MAX).map(({ segment, message }) => `segment ${segment}: ${message}`);
  const message = `the archive is not as it was written, ${findings.length} findings: ${told.join('; ')}`;
  return [{ code: ARCHIVE_DAMAGED, severity: 'alarm', message }];
}

/** A segment as it was signed, and as the database has it. */
async function reverify(deps: ArchiveDeps, segment: number): Promise<readonly SegmentFinding[]> {
  const { database, store, signer, open } = deps;
  const verifier = parseVerifierKey(signer.verifierKey);
  const { manifest, findings } = await verifySegment({ store, verifier, open }, segment);
  if (manifest === undefined) return findings;
  const [row, root] = await Promise.all([
    findSegment(database, store.place, segment),
    rootAt(database, manifest.value.last + 1),
  ]);
  const isOnRecord = row?.manifestHash === manifest.hash && root === Buffer.from(manifest.root).toString('hex');
  if (isOnRecord) return findings;
  const message = 'its manifest is signed, and is not the one that the database has on record';
  return [...findings, { code: 'manifest-invalid', segment, message }];
}
