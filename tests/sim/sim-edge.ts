import { LEASED_THRESHOLD } from '@gatehouse/compliance/lease-figures.ts';
import { LeaseBook, type Uptime } from '@gatehouse/edge/leases/lease-book.ts';
import { createLeaseKeeper, type LeaseKeeper } from '@gatehouse/edge/leases/lease-keeper.ts';
import { type CommandDesk, createCommandDesk, type StopCommand } from '@gatehouse/edge/sync/commands/command-desk.ts';
import { type CommandMemory, createCommandMemory } from '@gatehouse/edge/sync/commands/command-memory.ts';
import { witnessOf } from '@gatehouse/edge/sync/ledger-witness.ts';
import { startUplink, type Uplink, type UplinkDeps } from '@gatehouse/edge/sync/uplink.ts';
import { decodeBatch } from '@gatehouse/shared/journal/batch.ts';
import { parseBody, parseHeader, type SealedEntry } from '@gatehouse/shared/journal/entry.ts';
import type { Signer, Verifier } from '@gatehouse/shared/journal/note.ts';
import { bodySchemas, type EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import type { Command } from '@gatehouse/shared/schema/control.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { unmeasuredClock } from '@gatehouse/shared/values/clock.ts';
import { add, compare, type Decimal, maximum, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { addMs, type Instant, toMillis } from '@gatehouse/shared/values/instant.ts';
import { CAP, FIRM_MAX, START, STEP, TERM_MS, USD } from './firm-figures.ts';
import type { Schedule } from './schedule.ts';
import { openSimJournal, type SimDisk, type SimJournal } from './sim-journal.ts';
import type { SimNetwork } from './sim-network.ts';

/** What an edge may be made to do wrong, to see that it is found. */
export type EdgeFault = 'clears-on-receipt' | 'forgets-commands' | 'forgets-halts';

/** What an edge was told about itself and its hub. Shape: `lost` and `forked` stop trading. */
export type Finding = 'lost' | 'forked' | 'set-back' | 'refuted';

/** A running edge: the real uplink, desk of commands and keeper of leases over a simulated disk. */
export interface EdgeProcess {
  readonly journal: SimJournal;
  readonly uplink: Uplink;
  readonly desk: CommandDesk;
  readonly memory: CommandMemory;
  readonly keeper: LeaseKeeper;
  readonly book: LeaseBook;
  /** The kills in force. */
  readonly halts: ReadonlySet<string>;
  isBlocked: boolean;
  /** Puts an entry on record; it counts at once. */
  record(entry: EntryBody): void;
}

/** A computer with an edge on it. Units: `skewMs` by how much its wall clock is wrong. */
export interface SimEdge {
  readonly name: string;
  readonly disk: SimDisk;
  process: EdgeProcess | undefined;
  /** What it has entered and holds at the venue, whatever its own records say. */
  used: Decimal;
  skewMs: number;
  boot: number;
  upSinceMs: number;
  /** The places that the broker's receipts cleared; only a faulty edge goes by them. */
  clearedSeq: number;
  start(): void;
  crash(): void;
  /** Adds to what it uses, as far as its lease permits; the record of it is on disk first. */
  use(amount: Decimal): void;
  time(): Uptime;
}

/** What an edge works with. */
export interface SimEdgeDeps {
  readonly name: string;
  readonly schedule: Schedule;
  readonly random: () => number;
  readonly network: SimNetwork;
  readonly signer: Signer;
  readonly hub: readonly Verifier[];
  readonly newId: () => string;
  readonly onFinding: (kind: Finding, message: string) => void;
  readonly onWritten: (entry: SealedEntry) => void;
  readonly fault: EdgeFault | undefined;
}

const SYNC_MS_MAX = 12;
const RESEND_MS = 600;
const LOOK_MS = 700;

/** A computer that was never started. */
export function createSimEdge(deps: SimEdgeDeps): SimEdge {
  const edge: SimEdge = {
    name: deps.name,
    disk: { lines: [], witness: '' },
    process: undefined,
    used: ZERO,
    skewMs: 0,
    boot: 1,
    upSinceMs: 0,
    clearedSeq: 0,
    start: () => {
      edge.process = startProcess(deps, edge);
    },
    crash: () => {
      const { process } = edge;
      edge.process = undefined;
      process?.journal.crash(deps.random);
      void process?.uplink.stop();
    },
    use: (amount) => {
      const { process } = edge;
      const fact = process?.book.fact(LEASED_THRESHOLD, edge.time());
      if (process === undefined || process.isBlocked || process.halts.size > 0 || fact === undefined) return;
      const after = add(edge.used, amount);
      if (compare(after, fact.amount) > 0 || edge.time().wallAt >= fact.to) return;
      process.record(incident(deps.newId()));
      // An order is durable before it leaves, and so is every lease before it.
      process.journal.sync();
      edge.used = after;
    },
    time: () => ({
      wallAt: addMs(START, Math.floor(deps.schedule.nowMs + edge.skewMs)),
      boot: `boot-${edge.boot}`,
      uptimeMs: Math.floor(deps.schedule.nowMs - edge.upSinceMs),
    }),
  };
  return edge;
}

/** An entry that says nothing but that it is there. */
export function incident(id: string): EntryBody {
  return { kind: 'incident', body: { v: 1, code: 'CLOCK_STEP', severity: 'notice', message: `Entry ${id}.` } };
}

function startProcess(deps: SimEdgeDeps, edge: SimEdge): EdgeProcess {
  const { name, schedule, random, fault } = deps;
  const journal = openSimJournal({
    edge: name,
    disk: edge.disk,
    clock: unmeasuredClock({ source: 'system', wallMs: () => toMillis(edge.time().wallAt) }),
    random: (bytes) => Uint8Array.from({ length: bytes }, () => Math.floor(random() * 256)),
    soon: (work) => void schedule.after(random() * SYNC_MS_MAX, work),
  });
  const memory = createCommandMemory();
  const book = new LeaseBook();
  const halts = new Set<string>();
  for (const entry of journal.entries) {
    const read = bodyOf(entry);
    if (fault !== 'forgets-commands') memory.fold(read);
    if (read.kind === 'lease') book.fold(read.body);
    if (fault !== 'forgets-halts') foldHalt(halts, read);
  }
  const record = (entry: EntryBody): void => {
    deps.onWritten(journal.append(entry));
    memory.fold(entry);
    foldHalt(halts, entry);
    if (entry.kind === 'lease') book.fold(entry.body);
  };
  const desk = deskOf(deps, edge, { memory, record, halts, flush: () => journal.head.seq });
  const uplink = uplinkOf(deps, edge, {
    journal,
    onDown: (note) => void (edge.process === own && desk.take(note, 'mqtt')),
  });
  const keeper = keeperOf(deps, edge, { book, record, uplink });
  const own: EdgeProcess = { journal, uplink, desk, memory, keeper, book, halts, isBlocked: false, record };
  const stopLooking = schedule.every(LOOK_MS, () => {
    if (edge.process !== own) stopLooking();
    else if (!own.isBlocked) keeper.look();
  });
  return own;
}

interface DeskParts {
  readonly memory: CommandMemory;
  readonly record: (entry: EntryBody) => void;
  readonly halts: ReadonlySet<string>;
  readonly flush: () => number;
}

function deskOf(deps: SimEdgeDeps, edge: SimEdge, { memory, record, halts, flush }: DeskParts): CommandDesk {
  let latest: Instant = START;
  const at = (): Instant => {
    const { wallAt } = edge.time();
    latest = wallAt > latest ? wallAt : latest;
    return latest;
  };
  const stop = (command: StopCommand): void => {
    const level = command.kind === 'kill' ? command.level : 'pause';
    const { id, by, reason, scopes } = command;
    const head = { v: 2, id, level, haltEpoch: halts.size + 1, by, reason, at: at() } as const;
    if (!halts.has(id)) record({ kind: 'kill', body: { ...head, scopes: [...scopes] } });
  };
  const release = (command: Command): string | undefined => {
    if (command.kind !== 'release' || !halts.has(command.kill)) return undefined;
    const { kill, document, reason } = command;
    const body = { v: 1, kill, haltEpoch: halts.size, by: ['P-1', 'P-2'], reason, at: at(), document } as const;
    record({ kind: 'release', body: { ...body, by: [...body.by] } });
    return `Kill ${kill} is released.`;
  };
  return createCommandDesk({
    edge: deps.name,
    hub: deps.hub,
    memory,
    recorder: { stage: record, flush },
    actions: {
      stop: async (command) => {
        stop(command);
        return { kind: 'applied', says: `Stop ${command.id} is in force.` };
      },
      apply: async (command) => {
        const says = release(command);
        return says === undefined ? { kind: 'refused', says: 'There is no such kill.' } : { kind: 'applied', says };
      },
    },
    now: at,
    monotonicMs: () => deps.schedule.nowMs,
    log: () => {},
  });
}

function uplinkOf(
  deps: SimEdgeDeps,
  edge: SimEdge,
  { journal, onDown }: { readonly journal: SimJournal; readonly onDown: (note: string) => void },
): Uplink {
  const { schedule, random, signer, hub, onFinding } = deps;
  const file = {
    keep: (text: string): void => {
      edge.disk.witness = text;
    },
    flush: async () => {},
  };
  const block = (kind: 'lost' | 'forked', message: string): void => {
    if (edge.process !== undefined) edge.process.isBlocked = true;
    onFinding(kind, message);
  };
  return startUplink({
    url: 'mqtt://127.0.0.1',
    journal: journalView(journal),
    signer,
    hub,
    witness: witnessOf(edge.disk.witness, { file, hub, epoch: 1 }),
    monotonicMs: () => schedule.nowMs,
    random,
    onAck: () => {},
    onLoss: ({ seq }) => block('lost', `the hub has entry ${seq}`),
    onFork: ({ seq }) => block('forked', `the hub has another entry ${seq}`),
    onSetBack: (message) => onFinding('set-back', message),
    onRefuted: (message) => onFinding('refuted', message),
    onDown,
    resendMs: RESEND_MS,
    openLink: deps.network.linkOf(deps.name, (payload) => {
      if (deps.fault === 'clears-on-receipt') edge.clearedSeq = Math.max(edge.clearedSeq, lastSeqIn(payload));
    }),
    timers: schedule,
  });
}

/** The journal as the uplink knows it, whose places go on as it grows. */
function journalView(journal: SimJournal): UplinkDeps['journal'] {
  const { read, compareWithAck, onDurable } = journal;
  return {
    get head() {
      return journal.head;
    },
    get durableSeq() {
      return journal.durableSeq;
    },
    read,
    compareWithAck,
    onDurable,
    acknowledge: () => {},
  };
}

interface KeeperParts {
  readonly book: LeaseBook;
  readonly record: (entry: EntryBody) => void;
  readonly uplink: Uplink;
}

function keeperOf(deps: SimEdgeDeps, edge: SimEdge, { book, record, uplink }: KeeperParts): LeaseKeeper {
  const figures = { firmMax: FIRM_MAX, edgeMax: CAP, stepAmount: STEP, termMs: TERM_MS, currency: USD };
  return createLeaseKeeper({
    edge: deps.name,
    hub: deps.hub,
    book,
    figures: () => figures,
    used: () => edge.used,
    time: edge.time,
    isConnected: () => uplink.state.connected,
    newId: deps.newId,
    record,
    log: () => {},
  });
}

/** What an edge has, or may still add without hearing from anybody. */
export function usable(edge: SimEdge): Decimal {
  const now = edge.time();
  const fact = edge.process?.isBlocked === false ? edge.process.book.fact(LEASED_THRESHOLD, now) : undefined;
  return fact === undefined || now.wallAt >= fact.to ? edge.used : maximum(edge.used, fact.amount);
}

/** An entry's body, read by its schema. */
export function bodyOf({ header, bodyText }: SealedEntry): EntryBody {
  const kind = header.kind as EntryBody['kind'];
  return { kind, body: decode(bodySchemas[kind], parseBody(bodyText), kind) } as EntryBody;
}

/** The kills in force after an entry. */
export function foldHalt(halts: Set<string>, { kind, body }: EntryBody): void {
  if (kind === 'kill') halts.add(body.id);
  if (kind === 'release') halts.delete(body.kill);
}

function lastSeqIn(payload: Buffer): number {
  const last = decodeBatch(payload).entries.at(-1);
  return last === undefined ? 0 : parseHeader(last.headerText).seq;
}
