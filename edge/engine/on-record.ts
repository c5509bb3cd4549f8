import { isInForceWith } from '@gatehouse/compliance/facts-document.ts';
import type { AlgorithmBody, ControlsBody, EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import { travellingHash } from '@gatehouse/shared/schema/control.ts';
import type { FactsBody } from '@gatehouse/shared/schema/facts-bodies.ts';
import type { BookSnapshot } from './book-snapshot.ts';
import { venueHash } from './venue-terms.ts';

/** What the edge has put on record already and need not write again. */
export type OnRecord = BookSnapshot['accepted'];

/** What is on record after an entry. */
export function onRecordAfter(before: OnRecord, entry: EntryBody): OnRecord {
  if (entry.kind === 'controls') return withControls(before, entry.body);
  if (entry.kind === 'venue') return { ...before, venue: venueHash(entry.body) };
  if (entry.kind === 'algorithm') return withAlgorithm(before, entry.body);
  if (entry.kind !== 'facts') return before;
  return withFacts(before, entry.body);
}

/** The name under which an algorithm's code is on record. */
export function algorithmKey(id: string, version: string, codeHash: string): string {
  return `${id}@${version}:${codeHash}`;
}

function withControls({ rowForms: _, ...before }: OnRecord, body: ControlsBody): OnRecord {
  const forms = body.v === 1 ? {} : { rowForms: body.rowForms.length };
  return { ...before, controls: body.controls, ...forms };
}

function withFacts(before: OnRecord, body: FactsBody): OnRecord {
  const { kind, hash, signed } = body;
  if (body.ended === true) {
    const { [kind]: _, ...facts } = before.facts;
    return { ...before, facts };
  }
  if (!isInForceWith(body)) return before;
  const facts = { ...before.facts, [kind]: hash };
  if (signed === undefined) return { ...before, facts };
  const { sequence, note } = signed;
  const mark = { sequence, note: travellingHash(note), content: hash };
  return { ...before, facts, hubFiles: { ...before.hubFiles, [kind]: mark } };
}

function withAlgorithm(before: OnRecord, { algorithm, codeHash }: AlgorithmBody): OnRecord {
  const known = new Set([...before.algorithms, algorithmKey(algorithm.id, algorithm.version, codeHash)]);
  return { ...before, algorithms: [...known].sort() };
}
