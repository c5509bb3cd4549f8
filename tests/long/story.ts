import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { ContactStanding } from '@gatehouse/edge/engine/contact-standing.ts';
import { fromMillis, type Instant } from '@gatehouse/shared/values/instant.ts';
import { EDGE, openFirm, type Running, type TestFirm } from '../fixtures/firm.ts';
import { type Officer, openOfficer } from './story-console.ts';
import { countArrivals, countByPolicy, type PolicyCounts, type Sought } from './story-counts.ts';
import {
  carryGovernance,
  done,
  type Network,
  openNetwork,
  SECOND,
  signSheet,
  statusOf,
  until,
  withPolicy,
  withQuantity,
} from './story-firm.ts';
import { createStoryReport, type StoryReport } from './story-report.ts';

// Two edges and a hub as real processes, and an officer in a real browser: an edge is let in, cut off and comes back.

const { values } = parseArgs({
  options: { headed: { type: 'boolean' }, out: { type: 'string' }, slow: { type: 'string' } },
});
/** Terms times this where a machine is slow, or a person wants to look longer. */
const SLOW = Number(values.slow ?? 1);
const POLICY = { leaseMs: 50_000 * SLOW, contactMs: 110_000 * SLOW };
const WAIT_MS_MAX = 200_000 * SLOW;
/** So long every edge answers, and is seen to go on or to stay. */
const LOOK_MS = 8_000 * SLOW;
/** An edge that is silent for a minute is shown as such. */
const PAGE_MS = 75_000;
const LOOK_EVERY_MS = 500;
const PACE_SECONDS = `${Math.round(600 * SLOW)}`;
/** No process of the story outlives this. */
const STORY_MS_MAX = 1_200_000 * SLOW;
const KILLED = 'bollinger-reversion';
const QUANTITY_MAX = '30';
const SHEET = 3;

const folder = resolve(values.out ?? mkdtempSync(join(tmpdir(), 'gatehouse-story-')));
const report: StoryReport = createStoryReport(folder);
const firm = await openFirm({ msMax: STORY_MS_MAX });
const second = await openFirm({ msMax: STORY_MS_MAX });
const endings: (() => unknown)[] = [() => firm.end(), () => second.end()];
// Whoever stops it in the middle leaves no process and no data behind.
const stopped = new Promise<never>((_resolve, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => reject(new Error(`stopped by ${signal}`)));
  }
});
try {
  await Promise.race([tell(), stopped]);
} catch (error) {
  report.check(error instanceof Error ? error.message : String(error), false);
} finally {
  for (const end of endings.toReversed()) await end();
}
process.stdout.write(`\n${report.wrong === 0 ? 'Everything held' : `${report.wrong} wrong`}; pictures in ${folder}\n`);
// What was stopped in the middle may still wait for something.
process.exit(report.wrong === 0 ? 0 : 3);

async function tell(): Promise<void> {
  const officer = await startFirm();
  await signPolicy();
  await enrolSecond(officer);
  const network = await startSecond(officer);
  // People take their time to sign; the sheet only comes into force after the cut.
  const smaller = await signSheet(firm, 'Smaller orders until this is understood.', (sheet) =>
    withQuantity(sheet, QUANTITY_MAX),
  );
  const cutAt = await cutAndGoOn(officer, network);
  const modes = watchModes();
  const kill = await changeMeanwhile(officer, smaller);
  await watchMode(officer, modes, { mode: 'reducing', title: 'The lease ends: the second edge only reduces' });
  await watchMode(officer, modes, {
    mode: 'halted',
    title: 'The hub was silent for too long: the second edge is halted',
  });
  modes.stop();
  await restore(officer, network, { number: SHEET, kill });
  await count({ number: SHEET, kill }, cutAt);
}

async function startFirm(): Promise<Officer> {
  report.step('Start a firm with one edge, and become its first administrator');
  const start = begin(firm, 'start', '--pace', PACE_SECONDS);
  const linkIn = () => /(http:\S+\/enrol\/\S+)/.exec(start.said())?.[1];
  if (!(await until(() => linkIn() !== undefined, WAIT_MS_MAX))) throw new Error(start.said());
  const officer = await openOfficer(linkIn() ?? '', values.headed === true);
  endings.push(() => officer.close());
  const trades = async () => ((await statusOf(firm, EDGE))?.tally['orders'] ?? 0) > 0;
  report.check('the first edge trades', await until(trades, WAIT_MS_MAX));
  await officer.open('/');
  await report.shoot(officer.page, 'overview');
  return officer;
}

async function signPolicy(): Promise<void> {
  const [lease, contact] = [POLICY.leaseMs / 1_000, POLICY.contactMs / 1_000];
  report.step(`Sign how far an edge may trade without its hub: a lease of ${lease} s, halted after ${contact} s`);
  const reason = 'An edge that cannot be reached stops adding risk.';
  const file = await signSheet(firm, reason, (sheet) => withPolicy(sheet, POLICY));
  report.saw(await done(firm.command('limits', 'apply', file)));
  const leased = async () => (await statusOf(firm, EDGE))?.contact.mode === 'active';
  report.check('the first edge has a lease and trades on', await until(leased, WAIT_MS_MAX));
}

async function enrolSecond(officer: Officer): Promise<void> {
  report.step('Let a second edge in, by a token and an approval');
  const token = await officer.issueToken();
  await report.shoot(officer.page, 'token');
  const enrolling = begin(second, 'enrol', token, '--wait', '120');
  const request = await officer.seeRequest();
  const prints = [...enrolling.said().matchAll(/key of the \w+ +((?:[0-9a-f]{4} ?){8})/g)].map(([, one]) => one ?? '');
  report.saw(enrolling.said());
  const isSame = prints.length === 2 && prints.every((print) => request.includes(print.trim()));
  report.check('console and machine show the same fingerprints', isSame);
  await report.shoot(officer.page, 'request');
  await officer.approve();
  await report.shoot(officer.page, 'approved');
  report.check('the machine has its certificate', (await enrolling.ended).exit === 0);
}

async function startSecond(officer: Officer): Promise<Network> {
  report.step('Carry the people and the sheet of the firm to the second edge, and start it');
  report.saw(await carryGovernance(firm, second));
  const network = await openNetwork(second);
  endings.push(() => network.close());
  const edge = begin(second, 'edge', '--name', SECOND, '--pace', PACE_SECONDS);
  const trades = async () => {
    const status = await statusOf(second, SECOND);
    return status?.contact.mode === 'active' && (status.uplink?.ackedSeq ?? 0) > 0 && (status.tally['orders'] ?? 0) > 2;
  };
  const isTrading = await until(trades, WAIT_MS_MAX);
  report.check('it trades on a lease, and the hub acknowledges its records', isTrading);
  if (!isTrading) report.saw(edge.said());
  report.saw(await saysStatus());
  await officer.open('/edges');
  await report.shoot(officer.page, 'two-edges');
  return network;
}

async function cutAndGoOn(officer: Officer, network: Network): Promise<Instant> {
  report.step('Cut the network of the second edge: it goes on');
  const before = await statusOf(second, SECOND);
  const cutAt = fromMillis(Date.now());
  network.cut();
  const isCut = async () => (await statusOf(second, SECOND))?.uplink?.connected === false;
  report.check('the edge knows that it is out of contact', await until(isCut, LOOK_MS));
  const goesOn = async () => ((await statusOf(second, SECOND))?.tally['orders'] ?? 0) > (before?.tally['orders'] ?? 0);
  report.check('it orders on', await until(goesOn, POLICY.leaseMs / 2));
  report.check('by its lease', (await statusOf(second, SECOND))?.contact.mode === 'active');
  report.saw(await saysStatus());
  await officer.open('/edges');
  await report.shoot(officer.page, 'cut-off');
  return cutAt;
}

async function changeMeanwhile(officer: Officer, smaller: string): Promise<string> {
  report.step(`Meanwhile change a limit and kill ${KILLED} at every edge`);
  report.saw(await done(firm.command('limits', 'apply', smaller)));
  const kill = await officer.killEverywhere(KILLED);
  const isApplied = async () => (await statusOf(firm, EDGE))?.halts.some(({ id }) => id === kill) === true;
  report.check('the first edge has stopped it', await until(isApplied, LOOK_MS));
  const halts = (await statusOf(second, SECOND))?.halts ?? [];
  report.check('the second edge cannot have heard of it', halts.length === 0);
  await officer.open(`/commands?id=${kill}`);
  const shown = await officer.text();
  report.check('the page says that the second edge has not answered', /edge-2.*none yet/.test(shown));
  await report.shoot(officer.page, 'kill-not-answered');
  await officer.open('/limits');
  await report.shoot(officer.page, 'limits');
  return kill;
}

/** What the second edge did since the cut, as it said itself. */
interface Modes {
  /** What its status said, word for word, the first time that it was in a mode; undefined while it never was. */
  saidIn(mode: Mode): string | undefined;
  stop(): void;
}

type Mode = ContactStanding['mode'];

/** Asks the second edge again and again what it does, as a person who sits before it. */
function watchModes(): Modes {
  const said = new Map<Mode, string>();
  const over = new AbortController();
  const look = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const mode = (await statusOf(second, SECOND))?.contact.mode;
      if (mode !== undefined && !said.has(mode)) said.set(mode, await saysStatus());
      await sleep(LOOK_EVERY_MS);
    }
  };
  look().catch((error) => report.check(`the status of the second edge: ${error}`, false));
  return { saidIn: (mode) => said.get(mode), stop: () => over.abort() };
}

async function watchMode(
  officer: Officer,
  modes: Modes,
  { mode, title }: { readonly mode: Mode; readonly title: string },
): Promise<void> {
  report.step(title);
  await until(() => modes.saidIn(mode) !== undefined, WAIT_MS_MAX);
  const said = modes.saidIn(mode) ?? '';
  report.saw(said);
  report.check(`its status says ${mode}`, said.includes(`${mode}, for want of contact`));
  const isTold = async () => {
    await officer.open('/edges');
    return (await officer.text()).includes('when last heard');
  };
  report.check('the page says that what it shows of the edge is old', await until(isTold, PAGE_MS));
  await report.shoot(officer.page, mode);
  await officer.open(`/edges/${SECOND}`);
  await report.shoot(officer.page, `${mode}-edge`);
}

async function restore(officer: Officer, network: Network, { number, kill }: Sought): Promise<void> {
  report.step('Restore the network: records, limit and kill arrive');
  const head = (await statusOf(second, SECOND))?.headSeq ?? 0;
  network.mend();
  const isBack = async () => {
    const status = await statusOf(second, SECOND);
    const isKilled = status?.halts.some(({ id }) => id === kill) === true;
    return isKilled && status.contact.mode === 'active' && (status.uplink?.ackedSeq ?? 0) >= head;
  };
  report.check('every record is acknowledged, the kill is in force, trading goes on', await until(isBack, WAIT_MS_MAX));
  const hasAll = async () => {
    const { sheets, commands } = await countArrivals(firm.data, { number, kill });
    return (sheets[SECOND] ?? 0) > 0 && (commands[SECOND] ?? 0) > 1;
  };
  report.check('the hub has the answers on record', await until(hasAll, WAIT_MS_MAX));
  // What would come twice has time to come.
  await sleep(LOOK_MS);
  report.saw(await saysStatus());
  await officer.open('/edges');
  await report.shoot(officer.page, 'restored');
  await officer.open(`/edges/${SECOND}`);
  await report.shoot(officer.page, 'restored-edge');
  await officer.open(`/commands?id=${kill}`);
  const shown = await officer.text();
  report.check('the page says that both edges have applied the kill', (shown.match(/applied/g) ?? []).length >= 2);
  await report.shoot(officer.page, 'kill-answered');
  await officer.open('/kills');
  await report.shoot(officer.page, 'kills');
}

async function count(sought: Sought, cutAt: Instant): Promise<void> {
  report.step('Count: everything is there, and once');
  const verified = await done(firm.command('verify', 'ledger'));
  report.saw(
    verified
      .split('\n')
      .filter((line) => line.startsWith('ledger:'))
      .join('\n'),
  );
  const acked = (await statusOf(second, SECOND))?.uplink?.ackedSeq ?? 0;
  const { entries, newest, double, sheets, kills, commands } = await countArrivals(firm.data, sought);
  report.saw(`records: ${acked} acknowledged, ${entries} in the ledger up to number ${newest}, ${double} double`);
  report.check(
    'the ledger has each record of the second edge once',
    entries === newest && entries >= acked && double === 0,
  );
  const once = (counts: Readonly<Record<string, number>>, times: number) =>
    [EDGE, SECOND].every((edge) => counts[edge] === times);
  report.saw(
    `sheet ${sought.number} accepted: ${told(sheets)}; kill applied: ${told(kills)}; its command on record: ${told(commands)}`,
  );
  report.check('each edge has accepted the limit once', once(sheets, 1));
  report.check('each edge has carried the kill out once', once(kills, 1));
  report.check('each edge has the command on record as received and as applied', once(commands, 2));
  const policy = await countByPolicy(firm.data, POLICY, cutAt);
  for (const [mode, { approved, refused, widened }] of Object.entries(policy)) {
    report.saw(`since the cut, ${mode}: ${approved} orders approved (${widened} added risk), ${refused} refused`);
  }
  checkPolicy(policy);
}

function checkPolicy({ active, reducing, halted }: PolicyCounts): void {
  report.check('while its lease ran the cut-off edge traded', active.approved > 0);
  report.check(
    'after its lease no order added risk',
    reducing.widened === 0 && reducing.approved + reducing.refused > 0,
  );
  report.check('after too long without contact no order passed', halted.approved === 0 && halted.refused > 0);
}

function told(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([edge, times]) => `${edge} ${times}`)
    .join(', ');
}

/** What a person at the second computer reads. */
function saysStatus(): Promise<string> {
  return done(second.command('status', '--name', SECOND));
}

function begin(place: TestFirm, ...args: readonly string[]): Running {
  const running = place.run(...args);
  endings.push(async () => {
    running.signal('SIGINT');
    await running.ended.catch(() => undefined);
  });
  return running;
}
