import { keyClassOf } from '@gatehouse/compliance/retention/key-class.ts';
import { monthOf } from '@gatehouse/compliance/retention/target.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import type { SealedEntry } from '@gatehouse/shared/journal/entry.ts';
import type { Transaction } from '../../store/database.ts';
import { closedKeys, putKeyOnRecord } from '../../store/disposal-rows.ts';
import type { SealedBody } from '../../store/ledger-rows.ts';
import { makeKey } from './make-key.ts';
import type { RecordKeys } from './record-keys.ts';
import { bodySealer, type SealableBody } from './sealed-body.ts';

/** What of an entry says under which key its body lies, and what is sealed. */
export type SealableEntry = Pick<SealedEntry, 'salt' | 'bodyText'> & {
  readonly header: Pick<SealedEntry['header'], 'kind' | 'at'>;
};

/** Seals bodies under the keys of their class and month. */
export interface BodySealer {
  /**
   * Gets the keys for entries ready; what it gives seals some of them, in their order.
   *
   * Shape:  `version` counts the closings of keys as the transaction sees them, after the head of the log is locked: a key that a
   *         disposal has closed takes nothing more, and what comes late for its month lies under the next one.
   * Errors: `LEDGER_MISMATCH` where the database has bodies under a key that the folder lacks.
   */
  prepare(
    tx: Transaction,
    version: number,
    entries: readonly SealableEntry[],
  ): Promise<(some: readonly SealableEntry[]) => readonly SealedBody[]>;
}

/** More keys of one class and month than disposals ever close. */
const KEYS_A_MONTH_MAX = 10_000;

/** Seals under the keys of a folder. */
export function createBodySealer(keys: RecordKeys): BodySealer {
  let read: { readonly version: number; readonly closed: ReadonlySet<string> } | undefined;
  const onRecord = new Set<string>();
  const putBy = new Map<string, string>();
  return {
    prepare: async (tx, version, entries) => {
      if (read?.version !== version) {
        keys.refresh();
        read = { version, closed: await closedKeys(tx) };
      }
      const { closed } = read;
      const isClosed = (name: string) => closed.has(name) || keys.destroyedBy(name) !== undefined;
      const places = new Map(entries.map((entry) => [entry, placeOf(entry)] as const));
      const ready = new Map<string, ReadyKey>();
      for (const place of new Set(places.values())) {
        const name = openName(place, isClosed);
        ready.set(place, { name, seal: bodySealer(await keyFor(tx, keys, name)) });
        if (onRecord.has(name)) continue;
        const { isNew, transaction } = await putKeyOnRecord(tx, name);
        // What this transaction itself put goes with it where it is rolled back.
        if (isNew) putBy.set(name, transaction);
        else if (putBy.get(name) !== transaction) onRecord.add(name);
      }
      return (some) => sealSome(some, (entry) => ready.get(places.get(entry) ?? ''));
    },
  };
}

interface ReadyKey {
  readonly name: string;
  readonly seal: (bodies: readonly SealableBody[]) => readonly Uint8Array[];
}

/** Those under one key are sealed at once. */
function sealSome(
  some: readonly SealableEntry[],
  keyOf: (entry: SealableEntry) => ReadyKey | undefined,
): readonly SealedBody[] {
  const byKey = Map.groupBy(some, keyOf);
  const bodies = new Map<SealableEntry, SealedBody>();
  for (const [key, entries] of byKey) {
    const sealed = key?.seal(entries) ?? [];
    for (const [index, bytes] of sealed.entries()) {
      const entry = entries[index];
      if (entry !== undefined && key !== undefined) bodies.set(entry, { recordKey: key.name, sealed: bytes });
    }
  }
  return some.map((entry) => {
    const body = bodies.get(entry);
    if (body === undefined) throw new KitError('INVARIANT_BROKEN', 'a body is sealed that nobody prepared');
    return body;
  });
}

/** The class and month of an entry, as its keys begin. */
export function placeOf({ header, bodyText }: SealableEntry): string {
  const action = header.kind === 'act' ? actionIn(bodyText) : null;
  return `${keyClassOf(header.kind, action)}/${monthOf(header.at)}`;
}

function openName(place: string, isClosed: (name: string) => boolean): string {
  for (let ordinal = 1; ordinal <= KEYS_A_MONTH_MAX; ordinal += 1) {
    const name = `${place}/${ordinal}`;
    if (!isClosed(name)) return name;
  }
  throw new KitError('QUEUE_FULL', `more than ${KEYS_A_MONTH_MAX} record keys of ${place} were destroyed`);
}

async function keyFor(tx: Transaction, keys: RecordKeys, name: string): Promise<Uint8Array> {
  return keys.find(name) ?? makeKey(tx, keys, name);
}

function actionIn(bodyText: string): string | null {
  try {
    const body: unknown = JSON.parse(bodyText);
    const isAct = typeof body === 'object' && body !== null && 'action' in body && typeof body.action === 'string';
    return isAct ? String(body.action) : null;
  } catch {
    return null;
  }
}
