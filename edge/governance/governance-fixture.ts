import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { controls } from '@gatehouse/compliance/controls/index.ts';
import { examplePeople, exampleTrust, signedSheet } from '@gatehouse/compliance/examples/people.ts';
import { exampleLine, exampleLines, exampleSheet, type SheetText } from '@gatehouse/compliance/examples/sheet.ts';
import type { Signer } from '@gatehouse/shared/journal/note.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { writeDurably } from '../journal/durable-file.ts';
import { type OpenedGovernance, openGovernance } from './governance.ts';
import { governanceFolders, makePrivateFolder } from './governance-folders.ts';
import { createGovernanceRecord, type GovernanceRecord } from './governance-record.ts';
import { trustPath } from './trust-store.ts';

/** The wall time of these tests. */
export const AT = parseInstant('2020-03-06T20:30:00Z');

/** An edge's governance with a journal that is a list. */
export interface GovernanceFixture {
  readonly root: string;
  readonly entries: EntryBody[];
  readonly record: GovernanceRecord;
  /** Loses the journal, as a power cut loses what was not durable. */
  forget(): void;
  /** Puts entries on record. */
  readonly take: (entries: readonly EntryBody[]) => void;
  /** Opens governance as a start does. */
  start(): Promise<OpenedGovernance>;
  /** Puts a document into the inbox. */
  post(name: string, document: string): Promise<void>;
}

/** An edge with the examples' people, and no sheet. */
export async function governanceFixture(): Promise<GovernanceFixture> {
  const root = mkdtempSync(join(tmpdir(), 'gatehouse-governance-'));
  const folders = governanceFolders(root);
  for (const folder of [folders.trust, folders.inbox]) makePrivateFolder(folder);
  await writeDurably(trustPath(folders.trust, 1), exampleTrust().document);
  const entries: EntryBody[] = [];
  let record = createGovernanceRecord();
  const take = (more: readonly EntryBody[]): void => {
    for (const entry of more) {
      entries.push(entry);
      record.fold(entry);
    }
  };
  const place = { environment: 'paper', legalEntity: 'GATEHOUSEDEMOFIRM008' } as const;
  return {
    root,
    entries,
    get record() {
      return record;
    },
    forget: () => {
      entries.length = 0;
      record = createGovernanceRecord();
    },
    take,
    start: async () => {
      const opened = await openGovernance({ root, edge: 'edge-1', place, controls, accepted: record.accepted, at: AT });
      take(opened.entries);
      return opened;
    },
    post: (name, document) => writeDurably(join(folders.inbox, name), document),
  };
}

/** A signed sheet with a number and a largest order quantity, made by p-01 and checked by those who sign beside. */
export function sheetOf(sequence: number, quantityMax: string, by: readonly Signer[] = [examplePeople.maker]): string {
  const checkers = by.map(({ name }) => name).filter((name) => name !== 'p-01');
  const changes: Partial<SheetText> = {
    sequence,
    checkers,
    controls: exampleLines(exampleLine('max-order-quantity', { quantityMax })),
  };
  return signedSheet(exampleSheet(changes), by);
}
