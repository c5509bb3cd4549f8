import type { SealedEntry } from '@gatehouse/shared/journal/entry.ts';
import { compare, sum, toText } from '@gatehouse/shared/values/decimal.ts';
import { FIRM_MAX } from './firm-figures.ts';
import { bodyOf, foldHalt, type SimEdge, usable } from './sim-edge.ts';
import { type HubStore, type SimHub, standingOf } from './sim-hub.ts';

/** What always has to hold, whatever has happened. */
export interface Watch {
  /** Remembers what an edge wrote, on whatever copy of its disk. */
  wrote(entry: SealedEntry): void;
  /** Remembers that an edge was acknowledged everything up to a place. */
  acked(edge: string, seq: number): void;
  /** From here on an edge's disk is one of an earlier moment, or that of another copy. */
  rolledBack(edge: string): void;
  /** Errors: names the invariant that does not hold. */
  check(): void;
  /** Errors: where an edge that started does not know each halt that is on its disk. */
  checkStart(edge: SimEdge): void;
}

interface Acked {
  readonly seq: number;
  readonly restores: number;
}

/** A watch over a hub and its edges. */
export function createWatch(hub: SimHub, edges: readonly SimEdge[]): Watch {
  const written = new Set<string>();
  const acked = new Map<string, Acked>();
  const rolledBack = new Set<string>();
  let checked: HubStore | undefined;
  let ledger = emptyLedger();

  function checkLedger(): void {
    if (hub.store === checked) return;
    if (hub.store.leaves.length < ledger.size || checked === undefined) ledger = emptyLedger();
    checked = hub.store;
    for (const { edge, entry } of hub.store.leaves.slice(ledger.size)) {
      const { seq } = entry.header;
      const last = ledger.seqs.get(edge) ?? 0;
      claim(seq === last + 1, `I2 entry ${seq} of ${edge} stands in the ledger after entry ${last}`);
      claim(written.has(keyOf(entry)), `I3 entry ${seq} of ${edge} is not what the edge wrote`);
      ledger.seqs.set(edge, seq);
      checkSettledOnce(edge, entry);
      ledger.size += 1;
    }
  }

  function checkSettledOnce(edge: string, entry: SealedEntry): void {
    if (entry.header.kind !== 'command') return;
    const { body, kind } = bodyOf(entry);
    if (kind !== 'command' || body.v !== 2 || body.state === 'received') return;
    const key = `${edge} ${body.note}`;
    claim(!ledger.settled.has(key), `I2 command ${body.id ?? body.note} was carried out twice at ${edge}`);
    ledger.settled.add(key);
  }

  function checkEdge(edge: SimEdge): void {
    const { seq } = standingOf(hub.durable, edge.name).head;
    const ack = acked.get(edge.name);
    if (ack !== undefined && ack.restores === hub.restores) {
      claim(ack.seq <= seq, `I1 the hub acknowledged entry ${ack.seq} of ${edge.name} and has ${seq} on disk`);
    }
    if (hub.restores === 0) {
      claim(edge.clearedSeq <= seq, `I1 ${edge.name} let go of entry ${edge.clearedSeq} and the hub has ${seq}`);
    }
    if (rolledBack.has(edge.name)) return;
    const there = edge.disk.lines.length;
    claim(seq <= there, `I1 the hub has entry ${seq} of ${edge.name}, whose disk has ${there}`);
  }

  return {
    wrote: (entry) => void written.add(keyOf(entry)),
    acked: (edge, seq) => {
      const before = acked.get(edge);
      const isNewer = before === undefined || before.restores < hub.restores || before.seq < seq;
      if (isNewer) acked.set(edge, { seq, restores: hub.restores });
    },
    rolledBack: (edge) => void rolledBack.add(edge),
    check: () => {
      checkLedger();
      for (const edge of edges) checkEdge(edge);
      const together = sum(edges.map(usable));
      claim(compare(together, FIRM_MAX) <= 0, `I19 edges together may use ${toText(together)}`);
    },
    checkStart: ({ name, process }) => {
      const onDisk = new Set<string>();
      for (const entry of process?.journal.entries ?? []) foldHalt(onDisk, bodyOf(entry));
      const forgotten = [...onDisk].filter((kill) => process?.halts.has(kill) !== true);
      claim(forgotten.length === 0, `I12 ${name} started without halt ${forgotten.join(', ')}`);
    },
  };
}

/** Errors: `message`, where a claim does not hold. */
export function claim(holds: boolean, message: string): void {
  if (!holds) throw new Error(message);
}

function emptyLedger() {
  return { size: 0, seqs: new Map<string, number>(), settled: new Set<string>() };
}

/** Header and body: the hash stands for the first alone. */
function keyOf({ hash, bodyText }: SealedEntry): string {
  return `${hash} ${bodyText}`;
}
