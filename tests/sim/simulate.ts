import { LEASED_THRESHOLD } from '@gatehouse/compliance/lease-figures.ts';
import { sameHead } from '@gatehouse/shared/journal/chain.ts';
import { parseVerifierKey, signerFromSeed } from '@gatehouse/shared/journal/note.ts';
import { Command, signCommand } from '@gatehouse/shared/schema/control.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { add, fromInteger, maximum, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { addMs, instantText } from '@gatehouse/shared/values/instant.ts';
import { seededRandom } from '../faults/fault-plan.ts';
import { START } from './firm-figures.ts';
import { claim, createWatch, type Watch } from './invariants.ts';
import { createSchedule, type Schedule } from './schedule.ts';
import { createSimEdge, type EdgeFault, type Finding, incident, type SimEdge } from './sim-edge.ts';
import { createSimHub, entriesOf, type HubFault, type HubStore, type SimHub, standingOf } from './sim-hub.ts';
import { lineOf, type SimDisk } from './sim-journal.ts';
import { createSimNetwork, type NetworkCounts, type SimNetwork } from './sim-network.ts';

/** Something that is done wrong on purpose. */
export type DeliberateFault = HubFault | EdgeFault;

/** What a run came to. */
export interface SimOutcome {
  readonly entries: number;
  readonly steps: number;
  readonly network: NetworkCounts;
  readonly happened: ReadonlyMap<string, number>;
}

interface Machine {
  readonly edge: SimEdge;
  image: { readonly disk: SimDisk } | undefined;
  wasRolledBack: boolean;
  isForked: boolean;
}

/** A firm under one seed. */
interface World {
  readonly schedule: Schedule;
  readonly random: () => number;
  readonly network: SimNetwork;
  readonly hub: SimHub;
  readonly machines: readonly Machine[];
  readonly watch: Watch;
  readonly happened: Map<string, number>;
  backup: HubStore | undefined;
  isHealed: boolean;
  commands: number;
}

const HUB_SIGNER = signerFromSeed('hub.sim', new Uint8Array(32).fill(9));
const HUB_VERIFIERS = [parseVerifierKey(HUB_SIGNER.verifierKey)];
const EDGE_SIGNERS = [1, 2, 3].map((number) => signerFromSeed(`edge-${number}`, new Uint8Array(32).fill(number)));
const HUB_FAULTS: readonly string[] = ['acks-before-durable', 'takes-twice', 'grants-freely'] satisfies HubFault[];

/** How many things are done to a world before it is left in peace. */
const ACTS = 110;
const ACT_MS_MAX = 140;
/** Left in peace, everything has to be in its place after so long. Units: milliseconds of the simulated world. */
const PEACE_MS_MAX = 90_000;
const RECONNECT_MS = 15_000;
const POLL_MS = 500;
const DOWN_MS_MAX = 1_500;
const SKEW_MS = 5_000;
const DAY_MS = 86_400_000;

/**
 * Runs a firm under one seed: first everything goes wrong, then nothing does.
 *
 * Errors: the first invariant that does not hold, with the seed in front.
 */
export async function simulate(seed: number, fault?: DeliberateFault): Promise<SimOutcome> {
  const world = createWorld(seed, fault);
  let steps = 0;
  const run = async (until: () => boolean): Promise<void> => {
    while (!until()) {
      await world.schedule.step();
      world.watch.check();
      steps += 1;
    }
  };
  try {
    let done = 0;
    const next = (): void => {
      done += 1;
      act(world);
      if (done < ACTS) world.schedule.after(world.random() * ACT_MS_MAX, next);
    };
    next();
    await run(() => done >= ACTS);
    heal(world);
    const endMs = world.schedule.nowMs + PEACE_MS_MAX;
    let late: string | undefined;
    await run(() => {
      late = whatIsMissing(world);
      return late === undefined || world.schedule.nowMs > endMs;
    });
    claim(late === undefined, `left in peace, ${late}`);
  } catch (error) {
    throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  const { network, happened, hub } = world;
  return { entries: hub.store.leaves.length, steps, network: network.counts, happened };
}

function createWorld(seed: number, fault: DeliberateFault | undefined): World {
  const random = seededRandom(seed);
  const schedule = createSchedule();
  const signers = EDGE_SIGNERS.slice(0, 2 + Math.floor(random() * 2));
  const network: SimNetwork = createSimNetwork({
    schedule,
    random,
    isHubUp: () => hub.isUp,
    toHub: (edge, bytes) => hub.receive(edge, bytes),
  });
  const hubFault = fault !== undefined && HUB_FAULTS.includes(fault) ? (fault as HubFault) : undefined;
  const hub: SimHub = createSimHub({
    schedule,
    random,
    signer: HUB_SIGNER,
    edges: new Map(signers.map(({ name, verifierKey }) => [name, parseVerifierKey(verifierKey)])),
    publish: (topic, payload) => {
      if (topic.endsWith('/ack')) watch.acked(topic.split('/')[1] ?? '', ackedSeqIn(payload));
      network.toEdge(topic, payload);
    },
    onDown: network.dropAll,
    fault: hubFault,
  });
  let ids = 0;
  const machines = signers.map((signer): Machine => {
    const edge = createSimEdge({
      name: signer.name,
      schedule,
      random,
      network,
      signer,
      hub: HUB_VERIFIERS,
      newId: () => `${signer.name}.${++ids}`,
      onFinding: (kind, message) => find(world, signer.name, { kind, message }),
      onWritten: (entry) => watch.wrote(entry),
      fault: hubFault === undefined ? (fault as EdgeFault | undefined) : undefined,
    });
    return { edge, image: undefined, wasRolledBack: false, isForked: false };
  });
  const watch = createWatch(
    hub,
    machines.map(({ edge }) => edge),
  );
  const happened = new Map<string, number>();
  const world: World = {
    ...{ schedule, random, network, hub, machines, watch, happened },
    ...{ backup: undefined, isHealed: false, commands: 0 },
  };
  for (const machine of machines) start(world, machine);
  network.weather = anyWeather(random);
  return world;
}

function start({ watch }: World, { edge }: Machine): void {
  if (edge.process !== undefined) return;
  edge.start();
  watch.checkStart(edge);
}

function anyWeather(random: () => number) {
  return { lose: random() * 0.3, double: random() * 0.5, late: random() * 0.3, damage: random() * 0.05 };
}

const ACTIONS: readonly (readonly [weight: number, name: string, work: (world: World, machine: Machine) => void])[] = [
  [40, 'write', write],
  [14, 'use', ({ random }, { edge }) => edge.use(fromInteger(Math.floor(random() * 250)))],
  [8, 'reduce', ({ random }, { edge }) => reduce(edge, Math.floor(random() * 250))],
  [20, 'poll', poll],
  [4, 'kill', kill],
  [4, 'release', release],
  [6, 'cut', cut],
  [5, 'crash', (world, machine) => crash(world, machine, false)],
  [2, 'reboot', (world, machine) => crash(world, machine, true)],
  [2, 'image', takeImage],
  [1, 'roll-back', rollBack],
  [4, 'hub-crash', hubCrash],
  [2, 'backup', backUp],
  [1, 'hub-restore', hubRestore],
  [4, 'clock-jump', jump],
  [3, 'weather', changeWeather],
  [1, 'witness-lost', loseWitness],
];
const WEIGHTS = ACTIONS.reduce((total, [weight]) => total + weight, 0);

function act(world: World): void {
  const { random, machines, happened } = world;
  const machine = machines[Math.floor(random() * machines.length)];
  let lot = random() * WEIGHTS;
  for (const [weight, name, work] of ACTIONS) {
    lot -= weight;
    if (lot > 0 || machine === undefined) continue;
    happened.set(name, (happened.get(name) ?? 0) + 1);
    work(world, machine);
    return;
  }
}

function write({ random, commands }: World, { edge: { process } }: Machine): void {
  if (process === undefined || process.isBlocked) return;
  const count = 1 + Math.floor(random() * 6);
  for (let index = 0; index < count; index += 1) process.record(incident(`${commands}-${index}`));
}

function takeImage(_world: World, machine: Machine): void {
  machine.image = { disk: { ...machine.edge.disk } };
}

function backUp(world: World): void {
  // Before its first entry a hub has signed nothing that could be set back.
  if (world.hub.durable.range.size > 0) world.backup = world.hub.durable;
}

/** The wall clock is set, a little or by up to a day, forward or back. */
function jump({ random }: World, { edge }: Machine): void {
  edge.skewMs += (random() - 0.5) * 2 * (random() < 0.5 ? SKEW_MS : DAY_MS);
}

function changeWeather({ network, random }: World): void {
  network.weather = anyWeather(random);
}

function loseWitness(_world: World, { edge }: Machine): void {
  if (edge.process === undefined) edge.disk.witness = '';
}

function reduce(edge: SimEdge, amount: number): void {
  edge.used = maximum(add(edge.used, fromInteger(-amount)), ZERO);
}

/** Reads what the hub has for an edge; each row comes in its own time, or only the next time. */
function poll(world: World, { edge }: Machine): void {
  const { schedule, random, network, hub } = world;
  const { process } = edge;
  if (process === undefined || process.isBlocked || !hub.isUp || network.isCut(edge.name)) return;
  const lease = hub.durable.leases.get(edge.name);
  const rows = (hub.durable.commands.get(edge.name) ?? []).map((note) => () => process.desk.take(note, 'shape'));
  for (const row of [...rows, ...(lease === undefined ? [] : [() => process.keeper.take(lease)])]) {
    if (!world.isHealed && random() < 0.2) continue;
    schedule.after(random() * (world.isHealed ? 20 : 900), () => {
      if (edge.process === process && !process.isBlocked) row();
    });
  }
}

function command(world: World, { edge }: Machine, what: Readonly<Record<string, unknown>>): void {
  const { hub, schedule } = world;
  if (!hub.isUp) return;
  world.commands += 1;
  const id = `C-${world.commands}`;
  const issuedAt = instantText(START);
  const notAfter = instantText(addMs(START, Math.floor(schedule.nowMs) + 3_600_000));
  const common = { v: 1, id, edge: edge.name, issuedAt, by: 'P-1', reason: 'A drill.' };
  const term = what['kind'] === 'kill' ? {} : { notAfter };
  hub.command(edge.name, (seq) => {
    return signCommand(
      HUB_SIGNER,
      decode(Command, { ...common, ...term, ...what, seq }, 'a command of the simulation'),
    );
  });
}

function kill(world: World, machine: Machine): void {
  command(world, machine, { kind: 'kill', scopes: ['firm'], level: 'cancel' });
}

function release(world: World, machine: Machine): void {
  const [newest] = [...(machine.edge.process?.halts ?? [])].reverse();
  if (newest !== undefined) command(world, machine, { kind: 'release', kill: newest, document: 'Signed by two.' });
}

function cut({ network, random, schedule }: World, { edge: { name } }: Machine): void {
  if (network.isCut(name)) return;
  network.cut(name, true);
  schedule.after(random() * DOWN_MS_MAX, () => network.cut(name, false));
}

function crash(world: World, machine: Machine, isReboot: boolean): void {
  const { edge } = machine;
  edge.crash();
  if (isReboot) newBoot(world, edge);
  world.schedule.after(world.random() * DOWN_MS_MAX, () => start(world, machine));
}

function newBoot({ schedule }: World, edge: SimEdge): void {
  edge.boot += 1;
  edge.upSinceMs = schedule.nowMs;
}

/** The computer is set back to an image of itself; what it holds at the venue stays. */
function rollBack(world: World, machine: Machine): void {
  const { edge, image } = machine;
  if (image === undefined) return;
  edge.crash();
  newBoot(world, edge);
  world.watch.rolledBack(edge.name);
  machine.wasRolledBack = true;
  Object.assign(edge.disk, image.disk);
  world.schedule.after(world.random() * DOWN_MS_MAX, () => start(world, machine));
}

function hubCrash({ hub, schedule, random }: World): void {
  if (!hub.isUp) return;
  hub.crash();
  schedule.after(random() * DOWN_MS_MAX, () => void (hub.isUp || hub.start()));
}

function hubRestore(world: World): void {
  const { hub, backup } = world;
  if (backup === undefined) return;
  if (hub.isUp) hub.crash();
  hub.restore(backup);
  hub.start();
}

interface Found {
  readonly kind: Finding;
  readonly message: string;
}

/** What an edge finds out must have happened, and then somebody sees to it. */
function find(world: World, name: string, { kind, message }: Found): void {
  const { happened, hub, machines, schedule } = world;
  const machine = machines.find(({ edge }) => edge.name === name);
  if (machine === undefined) return;
  happened.set(kind, (happened.get(kind) ?? 0) + 1);
  const isHubs = kind === 'set-back' || kind === 'refuted';
  claim(isHubs ? hub.restores > 0 : machine.wasRolledBack, `I11 ${name} says without a cause: ${message}`);
  if (kind === 'forked') machine.isForked = true;
  if (kind === 'lost') schedule.after(DOWN_MS_MAX * world.random(), () => refetch(world, machine));
  if (kind === 'refuted') schedule.after(DOWN_MS_MAX, () => askAgain(world, machine));
}

/** The journal comes back from the hub, whole and verified, and trading goes on. */
function refetch(world: World, machine: Machine): void {
  const { hub, network, schedule } = world;
  const { edge } = machine;
  if (edge.process?.isBlocked !== true) return;
  if (!hub.isUp || network.isCut(edge.name)) {
    schedule.after(DOWN_MS_MAX, () => refetch(world, machine));
    return;
  }
  const entries = entriesOf(hub.durable, edge.name);
  edge.crash();
  if (entries.length > edge.disk.lines.length) edge.disk.lines = entries.map(lineOf);
  start(world, machine);
}

/** After a hub was restored, people decide that what was seen of the ledger before it counts no more. */
function askAgain(world: World, machine: Machine): void {
  machine.edge.crash();
  machine.edge.disk.witness = '';
  start(world, machine);
}

function heal(world: World): void {
  const { network, hub, machines, schedule } = world;
  world.isHealed = true;
  network.weather = { lose: 0, double: 0, late: 0, damage: 0 };
  if (!hub.isUp) hub.start();
  for (const machine of machines) {
    network.cut(machine.edge.name, false);
    start(world, machine);
    schedule.every(POLL_MS, () => poll(world, machine));
  }
  // What a connection did not ask for, because its first words were lost, the next one asks for.
  schedule.every(RECONNECT_MS, network.dropAll);
}

function whatIsMissing({ hub, machines }: World): string | undefined {
  for (const machine of machines) {
    const missing = machine.isForked ? undefined : missingAt(hub, machine);
    if (missing !== undefined) return `${machine.edge.name} ${missing}`;
  }
  return undefined;
}

function missingAt(hub: SimHub, { edge, wasRolledBack }: Machine): string | undefined {
  const { process } = edge;
  const { head, isQuarantined } = standingOf(hub.durable, edge.name);
  if (isQuarantined) return wasRolledBack ? undefined : 'is in quarantine without a cause';
  if (process === undefined || process.isBlocked) return 'does not run';
  const { uplink, journal, memory, book } = process;
  const { pending, provenSeq, connected, trouble } = uplink.state;
  if (!connected) return `has no answer of the hub: ${trouble}`;
  if (pending > 0 || !sameHead(head, journal.head)) return `has sent ${head.seq} of ${journal.head.seq} entries`;
  if (provenSeq < journal.head.seq) return `saw ${provenSeq} of ${journal.head.seq} entries proven: ${trouble}`;
  const rows = hub.durable.commands.get(edge.name) ?? [];
  if (memory.through < rows.length) return `had ${memory.through} of ${rows.length} commands`;
  if (process.desk.waiting > 0) return `has ${process.desk.waiting} commands that wait`;
  const fact = book.fact(LEASED_THRESHOLD, edge.time());
  return fact !== undefined && fact.to > edge.time().wallAt ? undefined : 'has no lease';
}

/** What an acknowledgement says, before anybody checked it: the second line of its note. */
function ackedSeqIn(note: string): number {
  return JSON.parse(note.split('\n')[1] ?? '{}').seq;
}
