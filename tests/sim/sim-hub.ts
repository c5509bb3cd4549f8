import { LEASED_THRESHOLD } from '@gatehouse/compliance/lease-figures.ts';
import {
  type Allocation,
  answerRequest,
  atLeast,
  type Grant,
  NO_SHARES,
  noteUsed,
  setFigures,
  type ThresholdShares,
  takeBack,
} from '@gatehouse/hub/control/leases/allocator.ts';
import { judgeBatch } from '@gatehouse/hub/ingest/judge-batch.ts';
import { type AuthenticBatch, openBatch } from '@gatehouse/hub/ingest/open-batch.ts';
import type { CommittedAck } from '@gatehouse/hub/ingest/take-batches.ts';
import { type LedgerReads, proveFrom } from '@gatehouse/hub/ledger/prove-to-edge.ts';
import { publishAcks } from '@gatehouse/hub/sync/acks.ts';
import { genesis, headOf } from '@gatehouse/shared/journal/chain.ts';
import { signCheckpoint } from '@gatehouse/shared/journal/checkpoint.ts';
import { type ChainHead, parseBody, type SealedEntry } from '@gatehouse/shared/journal/entry.ts';
import type { SeenLedger } from '@gatehouse/shared/journal/head-note.ts';
import {
  appendLeaves,
  type CompactRange,
  EMPTY_RANGE,
  leafHash,
  rangeRoot,
  rootOf,
} from '@gatehouse/shared/journal/merkle.ts';
import type { Signer, Verifier } from '@gatehouse/shared/journal/note.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { signLease } from '@gatehouse/shared/schema/lease.ts';
import { LeaseBody } from '@gatehouse/shared/schema/lease-bodies.ts';
import type { Decimal } from '@gatehouse/shared/values/decimal.ts';
import { CAP, FIRM_MAX, START, TERM_MS, USD } from './firm-figures.ts';
import type { Schedule } from './schedule.ts';

/** What a hub may be made to do wrong, to see that it is found. */
export type HubFault = 'acks-before-durable' | 'takes-twice' | 'grants-freely';

/** A leaf of the ledger. */
interface SimLeaf {
  readonly edge: string;
  readonly entry: SealedEntry;
  readonly hash: Uint8Array;
}

interface Standing {
  readonly head: ChainHead;
  readonly isQuarantined: boolean;
}

/** What the database of a hub holds. Shape: immutable, so that an image of it costs nothing. */
export interface HubStore {
  readonly leaves: readonly SimLeaf[];
  readonly range: CompactRange;
  readonly checkpoint: string;
  readonly streams: ReadonlyMap<string, Standing>;
  readonly shares: ThresholdShares;
  /** The newest lease of each edge, as it travels. */
  readonly leases: ReadonlyMap<string, string>;
  readonly commands: ReadonlyMap<string, readonly string[]>;
}

/** A hub whose processes die and whose database is set back. */
export interface SimHub {
  readonly isUp: boolean;
  readonly store: HubStore;
  /** What is on its disk: what survives the end of the process. */
  readonly durable: HubStore;
  readonly restores: number;
  receive(edge: string, bytes: Uint8Array): void;
  /** Adds the next command of an edge, signed by whoever calls with its number. */
  command(edge: string, noteOf: (seq: number) => string): void;
  start(): void;
  crash(): void;
  restore(store: HubStore): void;
}

/** What a hub works with. */
export interface SimHubDeps {
  readonly schedule: Schedule;
  readonly random: () => number;
  readonly signer: Signer;
  readonly edges: ReadonlyMap<string, Verifier>;
  readonly publish: (topic: string, payload: string) => void;
  readonly onDown: () => void;
  readonly fault: HubFault | undefined;
}

interface Received {
  readonly edge: string;
  readonly bytes: Uint8Array;
}

const ORIGIN = 'hub.sim/ledger';
const COMMIT_MS_MAX = 25;
const LAZY_SYNC_MS = 400;

/** A hub over an empty database. */
export function createSimHub(deps: SimHubDeps): SimHub {
  const { schedule, random, signer, edges, fault } = deps;
  const marks = new Map<string, { readonly version: number; readonly out: Decimal }>();
  let store = emptyStore([...edges.keys()]);
  let durable = store;
  let restores = 0;
  let life = 0;
  let queue: Received[] = [];
  let onCommitted: Parameters<Parameters<typeof publishAcks>[0]['ingest']['onCommitted']>[0] = () => {};
  let stopAcks: (() => void) | undefined;

  const hub: SimHub = {
    get isUp() {
      return stopAcks !== undefined;
    },
    get store() {
      return store;
    },
    get durable() {
      return durable;
    },
    get restores() {
      return restores;
    },
    receive: (edge, bytes) => {
      if (stopAcks === undefined) return;
      queue.push({ edge, bytes });
      if (queue.length === 1) later(random() * COMMIT_MS_MAX, commit);
    },
    command: (edge, noteOf) => {
      const notes = store.commands.get(edge) ?? [];
      const note = noteOf(notes.length + 1);
      keep({ ...store, commands: new Map(store.commands).set(edge, [...notes, note]) });
      deps.publish(`e/${edge}/down`, note);
    },
    start: () => {
      life += 1;
      queue = [];
      store = durable;
      stopAcks = publishAcks({
        ingest: {
          onCommitted: (listener) => {
            onCommitted = listener;
            return () => {};
          },
        },
        signer,
        prove: (request) => proveFrom(readsOf(store), request),
        publish: deps.publish,
        log: (line) => {
          throw new Error(line);
        },
      });
    },
    crash: () => {
      life += 1;
      stopAcks?.();
      stopAcks = undefined;
      onCommitted = () => {};
      store = durable;
      deps.onDown();
    },
    restore: (image) => {
      restores += 1;
      let { shares } = image;
      for (const [edge, mark] of marks) shares = atLeast(shares, { edge, ...mark });
      durable = { ...image, shares };
      store = durable;
    },
  };
  hub.start();
  return hub;

  /** What is planned in one life of the process is not done in the next. */
  function later(ms: number, work: () => void): void {
    const planned = life;
    schedule.after(ms, () => void (planned === life && work()));
  }

  function keep(next: HubStore): void {
    store = next;
    if (fault !== 'acks-before-durable') durable = next;
    else {
      later(LAZY_SYNC_MS, () => {
        durable = next;
      });
    }
  }

  function commit(): void {
    const batches = queue;
    queue = [];
    const heard = new Map<string, { seen: SeenLedger | undefined; isAsked: boolean }>();
    let next = store;
    for (const { edge, bytes } of batches) {
      const verifier = edges.get(edge);
      const batch = verifier === undefined ? undefined : openBatch(bytes, edge, verifier);
      if (batch?.kind !== 'authentic') continue;
      const isAsked = batch.entries.length === 0 || heard.get(edge)?.isAsked === true;
      heard.set(edge, { seen: batch.head.seen, isAsked });
      next = take(next, batch);
    }
    if (next.leaves.length > store.leaves.length) next = signed(next);
    keep(next);
    const acks = [...heard].map(([edge, ask]) => ackOf(next, edge, ask));
    onCommitted({ leaves: null, acks, alarms: [], isProjected: true });
  }

  function take(before: HubStore, batch: AuthenticBatch): HubStore {
    const standing = standingOf(before, batch.head.edge);
    const { edge } = standing.head;
    const known = before.leaves.filter((leaf) => leaf.edge === edge);
    const judgement = judgeBatch(batch, standing.head, (seq) => known[seq - 1]?.entry.hash);
    if (judgement.kind === 'fork') return withStanding(before, { ...standing, isQuarantined: true });
    if (standing.isQuarantined) return before;
    if (judgement.kind === 'take') return judgement.entries.reduce(withEntry, before);
    return fault === 'takes-twice' && judgement.kind === 'known' ? batch.entries.reduce(withLeaf, before) : before;
  }

  function withEntry(before: HubStore, entry: SealedEntry): HubStore {
    const after = withLeaf(withStanding(before, { head: headOf(entry), isQuarantined: false }), entry);
    return entry.header.kind === 'lease' ? withLease(after, entry) : after;
  }

  function withLease(before: HubStore, entry: SealedEntry): HubStore {
    const body = decode(LeaseBody, parseBody(entry.bodyText), 'a lease entry');
    const { edge } = entry.header;
    const answer = judged(fault === 'grants-freely' ? alone(before.shares, edge) : before.shares, edge, body);
    const { grants } = answer;
    const shares = { ...answer.shares, edges: new Map([...before.shares.edges, ...answer.shares.edges]) };
    const leases = new Map(before.leases);
    for (const grant of grants) {
      const share = shares.edges.get(grant.edge);
      if (share !== undefined) marks.set(grant.edge, { version: grant.version, out: share.out });
      leases.set(grant.edge, leaseNote(signer, grant));
    }
    return { ...before, shares, leases };
  }

  function signed(grown: HubStore): HubStore {
    const range = appendLeaves(
      grown.range,
      grown.leaves.slice(grown.range.size).map(({ hash }) => hash),
    );
    const checkpoint = signCheckpoint(signer, { origin: ORIGIN, size: range.size, root: rangeRoot(range) });
    return { ...grown, range, checkpoint };
  }
}

/** The entries of one edge in a ledger, in the order of the ledger. */
export function entriesOf({ leaves }: HubStore, edge: string): readonly SealedEntry[] {
  return leaves.filter((leaf) => leaf.edge === edge).map(({ entry }) => entry);
}

/** Where a stream stands in a ledger. */
export function standingOf({ streams }: HubStore, edge: string): Standing {
  return streams.get(edge) ?? { head: genesis(edge), isQuarantined: false };
}

function emptyStore(edges: readonly string[]): HubStore {
  const { shares } = setFigures(NO_SHARES, { max: FIRM_MAX, caps: new Map(edges.map((edge) => [edge, CAP])) });
  const nothing = { leaves: [], range: EMPTY_RANGE, checkpoint: '', streams: new Map() };
  return { ...nothing, shares, leases: new Map(), commands: new Map() };
}

function withStanding(store: HubStore, standing: Standing): HubStore {
  return { ...store, streams: new Map(store.streams).set(standing.head.edge, standing) };
}

function withLeaf(store: HubStore, entry: SealedEntry): HubStore {
  const leaf = { edge: entry.header.edge, entry, hash: leafHash(entry.headerText) };
  return { ...store, leaves: [...store.leaves, leaf] };
}

function ackOf(
  store: HubStore,
  edge: string,
  { seen, isAsked }: { readonly seen: SeenLedger | undefined; readonly isAsked: boolean },
): CommittedAck {
  const { size } = store.range;
  const place = { leaves: null, checkpoint: store.checkpoint, size };
  return { ...standingOf(store, edge).head, ...place, ...(seen === undefined || size === 0 ? {} : { seen, isAsked }) };
}

function judged(shares: ThresholdShares, edge: string, body: LeaseBody): Allocation {
  if (body.event === 'requested') return answerRequest(shares, { edge, ...body });
  if (body.event === 'returned') return { shares: takeBack(shares, { edge, ...body }), grants: [] };
  if (body.event === 'accepted') return { shares: noteUsed(shares, edge, body.used), grants: [] };
  return { shares, grants: [] };
}

/** As if nobody else had a part of the threshold. */
function alone(shares: ThresholdShares, edge: string): ThresholdShares {
  return { ...shares, edges: new Map([...shares.edges].filter(([name]) => name === edge)) };
}

function leaseNote(signer: Signer, { edge, version, amount, request, reason }: Grant): string {
  const head = { v: 1, edge, threshold: LEASED_THRESHOLD, version, amount, currency: USD, termMs: TERM_MS } as const;
  return signLease(signer, { ...head, issuedAt: START, reason, ...(request === undefined ? {} : { request }) });
}

function readsOf({ leaves }: HubStore): LedgerReads {
  return {
    runs: async ({ edge, after, to, size, runs }) => {
      const found: { from: number; count: number }[] = [];
      for (const [place, leaf] of leaves.slice(0, size).entries()) {
        const { seq } = leaf.entry.header;
        if (leaf.edge !== edge || seq <= after || seq > to) continue;
        const last = found.at(-1);
        if (last !== undefined && last.from + last.count === place) last.count += 1;
        else found.push({ from: place, count: 1 });
      }
      return found.slice(0, runs);
    },
    nodes: async () => (level, index) =>
      rootOf(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level).map(({ hash }) => hash)),
  };
}
