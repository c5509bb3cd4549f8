import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { askEdge } from '@gatehouse/edge/sync/local-socket.ts';
import type { EdgeStatus } from '@gatehouse/edge/sync/parent-link.ts';
import { draftText, readGoverned } from '@gatehouse/shared/governance/draft.ts';
import { SHEET_TYPE, type Sheet } from '@gatehouse/shared/schema/sheet.ts';
import { type CutLine, openCutLine } from '../fixtures/cut-line.ts';
import { EDGE, type Ended, type TestFirm } from '../fixtures/firm.ts';

/** The second edge of the story, on a computer of its own. */
export const SECOND = 'edge-2';

/** What the sheet of the story says of being out of contact. Units: milliseconds. */
export interface Policy {
  readonly leaseMs: number;
  readonly contactMs: number;
}

const PEOPLE = ['P-demo-maker', 'P-demo-checker'] as const;
const FIRM_MAX = '1200000';
const EDGE_MAX = '600000';
const STEP_AMOUNT = '600000';

/** A command that has to succeed. Errors: what it said, where it did not. */
export async function done(running: Promise<Ended>): Promise<string> {
  const { exit, stdout, stderr } = await running;
  if (exit === 0) return stdout;
  throw new Error(`a command ended with ${exit}:\n${stdout}${stderr}`);
}

/** Drafts the next sheet, changes it as a person does in an editor and has both people sign it; answers with the file. */
export async function signSheet(firm: TestFirm, reason: string, change: (sheet: Sheet) => Sheet): Promise<string> {
  const file = join(firm.data, `next-${Date.now()}.sheet`);
  await done(firm.command('limits', 'draft', '--reason', reason, '--checker', PEOPLE[1], '--out', file));
  const draft = readGoverned(readFileSync(file, 'utf8'));
  if (draft.type !== SHEET_TYPE) throw new Error(`${file} holds no sheet`);
  writeFileSync(file, draftText({ type: SHEET_TYPE, value: change(draft.value) }));
  for (const person of PEOPLE) await done(firm.command('sign', file, '--key', keyOf(firm, person), '--yes'));
  return file;
}

function keyOf(firm: TestFirm, person: string): string {
  return join(firm.data, 'edge', EDGE, 'governance', 'demo-keys', `${person}.key`);
}

/** The same sheet with short terms for an edge that is out of contact, and with a share of the firm's exposure for each edge. */
export function withPolicy(sheet: Sheet, { leaseMs, contactMs }: Policy): Sheet {
  const values = figuresOf(sheet, 'gross-exposure');
  const { grossMax: _own, ...valuation } = values;
  const standAlone = 'no';
  const figures = {
    'contact-age': { contactAgeMsMax: contactMs, standAlone },
    'leased-share': {
      firmMax: FIRM_MAX,
      edgeMax: EDGE_MAX,
      stepAmount: STEP_AMOUNT,
      termMs: leaseMs,
      standAlone,
      ...valuation,
    },
  };
  const controls = sheet.controls.map((line) => {
    const on = (figures as Readonly<Record<string, typeof values>>)[line.control];
    if (on === undefined) return line;
    const rule = { scope: 'firm' as const, figures: on, reason: 'Short terms, so that a person can watch them end.' };
    return { control: line.control, owner: line.owner, version: 1, on: [rule] };
  });
  return { ...sheet, controls };
}

type Figures = Extract<Sheet['controls'][number], { readonly on: unknown }>['on'][number]['figures'];

function figuresOf({ controls }: Sheet, wanted: string): Figures {
  const line = controls.find(({ control }) => control === wanted);
  const figures = line !== undefined && 'on' in line ? line.on[0]?.figures : undefined;
  if (figures === undefined) throw new Error(`the sheet has no figures of ${wanted}`);
  return figures;
}

/** The same sheet with another largest quantity of one order, for every algorithm. */
export function withQuantity(sheet: Sheet, quantityMax: string): Sheet {
  const controls = sheet.controls.map((line) => {
    if (line.control !== 'max-order-quantity' || !('on' in line)) return line;
    return { ...line, on: line.on.map((rule) => ({ ...rule, figures: { ...rule.figures, quantityMax } })) };
  });
  return { ...sheet, controls };
}

/** Carries the firm's people and its sheet to the second computer, where they wait for the first start. */
export async function carryGovernance(firm: TestFirm, second: TestFirm): Promise<string> {
  const [trust, sheet] = [join(second.data, 'firm.trust'), join(second.data, 'firm.sheet')];
  await done(firm.command('trust', 'export', '--out', trust));
  await done(firm.command('limits', 'export', '--out', sheet));
  const said = [
    await done(second.command('trust', 'apply', trust, '--name', SECOND)),
    await done(second.command('limits', 'apply', sheet, '--name', SECOND)),
  ];
  return said.join('');
}

/** The two lines of the second edge to its hub, which can be cut. */
export interface Network {
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

/**
 * Puts lines that can be cut between an enrolled edge and its hub.
 *
 * Shape: the addresses that it was granted lead to the lines from here on; its certificates and what it believes stay as they are.
 */
export async function openNetwork(second: TestFirm): Promise<Network> {
  const file = join(second.data, 'edge', SECOND, 'enrolment', 'identity.json');
  const identity = JSON.parse(readFileSync(file, 'utf8')) as { door: string; grant: { broker: string } };
  const door = await lineTo(identity.door);
  const broker = await lineTo(identity.grant.broker);
  const moved = { ...identity, door: door.address, grant: { ...identity.grant, broker: broker.address } };
  writeFileSync(file, `${JSON.stringify(moved)}\n`);
  const lines = [door.line, broker.line];
  return {
    cut: () => {
      for (const line of lines) line.cut();
    },
    mend: () => {
      for (const line of lines) line.mend();
    },
    close: async () => {
      for (const line of lines) await line.close();
    },
  };
}

async function lineTo(address: string): Promise<{ readonly address: string; readonly line: CutLine }> {
  const url = new URL(address);
  const line = await openCutLine(Number(url.port));
  return { address: address.replace(`:${url.port}`, `:${line.port}`), line };
}

/** Where an edge stands, as it tells on its own computer; undefined while it does not run. */
export async function statusOf(firm: TestFirm, edge: string): Promise<EdgeStatus | undefined> {
  const answer = askEdge(join(firm.data, 'edge', edge), { command: 'status' });
  return (await answer.catch(() => undefined)) as EdgeStatus | undefined;
}

const LOOK_EVERY_MS = 300;

/** Looks until something holds, not so often that the looking slows it down; false when the time is over first. */
export async function until(holds: () => boolean | Promise<boolean>, msMax: number): Promise<boolean> {
  const endsMs = performance.now() + msMax;
  while (!(await holds())) {
    if (performance.now() > endsMs) return false;
    await sleep(LOOK_EVERY_MS);
  }
  return true;
}
