import { judgeRecord, type RetentionJudgement } from '@gatehouse/compliance/retention/judge.ts';
import { keyClassOf } from '@gatehouse/compliance/retention/key-class.ts';
import type { JudgedRecord } from '@gatehouse/compliance/retention/scope.ts';
import { monthOf, targetText } from '@gatehouse/compliance/retention/target.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import type { Database, Queries } from '../../store/database.ts';
import { readLeaves } from '../../store/ledger-rows.ts';
import { findRecord, leafOfPlace, type PlacedRecord } from '../../store/retention-rows.ts';
import { readFacts } from './retention-run-judge.ts';
import { SUBJECT_CLASSES } from './retention-run-reading.ts';

/** How long a record is kept, and why. Shape: `target` is what it can go with; `certificate` the leaf by which it has gone. */
export interface ExplainedRecord extends PlacedRecord {
  readonly keyClass: string;
  readonly target: string;
  readonly certificate: number | undefined;
  readonly judgement: RetentionJudgement;
}

const LEAF = /^\d{1,15}$/;
const PLACE = /^([A-Za-z0-9][A-Za-z0-9._-]{0,63}):(\d{1,9}):(\d{1,15})$/;

/**
 * Explains how long a record is kept.
 *
 * Shape:  `place` is a leaf or `edge:epoch:seq`; `now` a day in UTC.
 * Errors: `COMMAND_INVALID` for another form, `NOT_FOUND` for a place without a record.
 */
export async function explainRecord(database: Database, place: string, now: string): Promise<ExplainedRecord> {
  const leaf = await leafOf(database, place);
  const found = leaf === undefined ? undefined : await findRecord(database, leaf);
  if (found === undefined) {
    throw new KitError('NOT_FOUND', `the ledger has no record ${place}`, {
      hint: 'The page of the ledger and "gatehouse explain ORDER" have the places of records.',
    });
  }
  const { disposed, ...facts } = await readFacts(database, now);
  const keyClass = keyClassOf(found.kind, found.action);
  const target = targetText({ kind: 'period', class: keyClass, month: monthOf(found.at) });
  const record: JudgedRecord = {
    ...{ kind: found.kind, action: found.action, at: found.at, first: found.leaf, last: found.leaf },
    subject: SUBJECT_CLASSES.has(keyClass) ? (found.target ?? undefined) : undefined,
    about: await namesOf(database, found.leaf),
  };
  return {
    ...found,
    keyClass,
    target,
    certificate: disposed.get(target),
    judgement: judgeRecord({ ...facts, record }),
  };
}

async function leafOf(tx: Queries, place: string): Promise<number | undefined> {
  if (LEAF.test(place)) return Number(place);
  const [, edge, epoch, seq] = PLACE.exec(place) ?? [];
  if (edge !== undefined) return leafOfPlace(tx, { edge, epoch: Number(epoch), seq: Number(seq) });
  throw new KitError('COMMAND_INVALID', `${place.slice(0, 100)} names no record`, {
    hint: 'Name a leaf, such as 4711, or edge:epoch:seq, such as edge-1:1:42.',
  });
}

/** The account and instrument that a record names; undefined where it names none, or cannot be read. */
async function namesOf(tx: Queries, leaf: number): Promise<JudgedRecord['about']> {
  const [stored] = await readLeaves(tx, { from: leaf, to: leaf + 1 });
  if (stored?.body === null || stored?.body === undefined) return undefined;
  const body: unknown = JSON.parse(stored.body);
  const places = [fieldOf(body, 'order'), body];
  const named = (name: string) => places.map((one) => fieldOf(one, name)).find((value) => typeof value === 'string');
  const [account, instrument] = [named('account'), named('instrument')];
  return {
    ...(typeof account === 'string' ? { account } : {}),
    ...(typeof instrument === 'string' ? { instrument } : {}),
  };
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
