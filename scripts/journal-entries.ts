import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JournalPlace } from '@gatehouse/edge/journal/inspect-folder.ts';
import { type JournalReport, visitJournal } from '@gatehouse/edge/journal/verify-journal.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import type { JsonObject, JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import { parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { bodySchemas, type EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';

/** Who is shown the entries of an edge. Shape: `onStart` hears first, of what entries that are no longer kept add up to. */
export interface JournalEntriesVisitor {
  onStart(own: JsonValue | undefined): void;
  onEntry(entry: EntryBody, seq: number): void;
  onUnreadable(seq: number): void;
}

/** The journal in an edge's folder. Errors: `NOT_FOUND` where there is none. */
export function journalIn(root: string): JournalPlace {
  const keyFile = join(root, 'edge.vkey');
  if (!existsSync(keyFile)) {
    throw new KitError('NOT_FOUND', `there is no edge in ${root}`, {
      hint: 'Name the folder that holds edge.vkey and the journal, or run "npm start" first.',
    });
  }
  const verifierKey = readFileSync(keyFile, 'utf8').trim();
  return { folder: join(root, 'journal'), edge: parseVerifierKey(verifierKey).name, verifierKey };
}

/** Verifies the journal of an edge that does not run and shows its entries, in order. Errors: those of `visitJournal`. */
export function visitJournalEntries(place: JournalPlace, visitor: JournalEntriesVisitor): Promise<JournalReport> {
  return visitJournal(place, {
    monotonicMs: () => performance.now(),
    onState: (text) => visitor.onStart(ownIn(JSON.parse(text) as JsonValue)),
    onEntry: ({ header: { kind, seq }, bodyText }) => {
      if (!Object.hasOwn(bodySchemas, kind)) return;
      const entry = readBody(kind as EntryBody['kind'], bodyText);
      if (entry === undefined) visitor.onUnreadable(seq);
      else visitor.onEntry(entry, seq);
    },
  });
}

/** What the gate asks, out of all that an edge keeps between its segments. */
function ownIn(state: JsonValue): JsonValue | undefined {
  const isObject = typeof state === 'object' && state !== null && !Array.isArray(state);
  return isObject ? (state as JsonObject)['own'] : undefined;
}

function readBody(kind: EntryBody['kind'], text: string): EntryBody | undefined {
  try {
    return { kind, body: decode(bodySchemas[kind], JSON.parse(text), kind) } as EntryBody;
  } catch (error) {
    if (error instanceof KitError) return undefined;
    throw error;
  }
}
