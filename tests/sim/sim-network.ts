import type { BrokerLink, BrokerLinkDeps } from '@gatehouse/edge/sync/broker-link.ts';
import type { Schedule } from './schedule.ts';

/** How bad a network is. Shape: each is a share of messages from 0 to 1. */
export interface Weather {
  readonly lose: number;
  readonly double: number;
  readonly late: number;
  readonly damage: number;
}

/** How often something happened to a message. */
export type NetworkCounts = Record<'sent' | 'lose' | 'double' | 'late' | 'damage' | 'cut', number>;

/** A broker and the lines to it: it takes every message that reaches it and promises nothing about it. */
export interface SimNetwork {
  readonly counts: NetworkCounts;
  weather: Weather;
  /** Makes the link of one edge. Shape: `onReceipt` is told what the broker says to have taken. */
  linkOf(edge: string, onReceipt: (payload: Buffer) => void): (deps: BrokerLinkDeps) => BrokerLink;
  toEdge(topic: string, payload: string): void;
  /** While an edge is cut off nothing gets through and it does not connect. */
  cut(edge: string, isCut: boolean): void;
  isCut(edge: string): boolean;
  /** Ends every connection, as a broker that dies does. */
  dropAll(): void;
}

/** What a network works with. */
export interface SimNetworkDeps {
  readonly schedule: Schedule;
  readonly random: () => number;
  readonly isHubUp: () => boolean;
  readonly toHub: (edge: string, bytes: Uint8Array) => void;
}

interface Line {
  readonly deps: BrokerLinkDeps;
  isConnected: boolean;
  isStopped: boolean;
}

const TRAVEL_MS_MAX = 20;
const LATE_MS_MAX = 1_500;
const RETRY_MS_MAX = 400;

/** A network without lines. */
export function createSimNetwork(deps: SimNetworkDeps): SimNetwork {
  const { schedule, random } = deps;
  const counts: NetworkCounts = { sent: 0, lose: 0, double: 0, late: 0, damage: 0, cut: 0 };
  const lines = new Map<string, Line>();
  const cuts = new Set<string>();
  const network: SimNetwork = {
    counts,
    weather: { lose: 0, double: 0, late: 0, damage: 0 },
    linkOf: (edge, onReceipt) => (linkDeps) => openLine(edge, linkDeps, onReceipt),
    toEdge: (topic, payload) => {
      const line = lines.get(topic.split('/')[1] ?? '');
      if (line === undefined) return;
      carry(Buffer.from(payload), (bytes) => {
        if (!line.isConnected) return;
        if (topic === line.deps.topic) line.deps.onMessage(bytes);
        else line.deps.beside?.onMessage(bytes);
      });
    },
    cut: (edge, isCut) => {
      if (!isCut) {
        cuts.delete(edge);
        return;
      }
      counts.cut += 1;
      cuts.add(edge);
      drop(edge);
    },
    isCut: (edge) => cuts.has(edge),
    dropAll: () => {
      for (const edge of lines.keys()) drop(edge);
    },
  };
  return network;

  function openLine(edge: string, linkDeps: BrokerLinkDeps, onReceipt: (payload: Buffer) => void): BrokerLink {
    const line: Line = { deps: linkDeps, isConnected: false, isStopped: false };
    let bufferedBytes = 0;
    lines.set(edge, line);
    reach(edge, line);
    return {
      version: 4,
      refusal: undefined,
      get isConnected() {
        return line.isConnected;
      },
      get bufferedBytes() {
        return bufferedBytes;
      },
      publish: (_topic, payload) => {
        if (!line.isConnected) return;
        bufferedBytes += payload.length;
        schedule.after(random() * TRAVEL_MS_MAX, () => {
          bufferedBytes -= payload.length;
          if (line.isConnected) onReceipt(payload);
        });
        carry(payload, (bytes) => void (cuts.has(edge) || deps.toHub(edge, bytes)));
      },
      stop: async () => {
        line.isStopped = true;
        line.isConnected = false;
      },
    };
  }

  function reach(edge: string, line: Line): void {
    schedule.after(random() * RETRY_MS_MAX, () => {
      if (line.isStopped || line.isConnected) return;
      if (cuts.has(edge) || !deps.isHubUp()) {
        reach(edge, line);
        return;
      }
      line.isConnected = true;
      line.deps.onConnect();
    });
  }

  function drop(edge: string): void {
    const line = lines.get(edge);
    if (line === undefined || !line.isConnected) return;
    line.isConnected = false;
    line.deps.onClose('the connection ended');
    reach(edge, line);
  }

  /** Every message has its own way and its own fate, so any of them can overtake another. */
  function carry(payload: Buffer, deliver: (bytes: Buffer) => void): void {
    const { lose, double, late, damage } = network.weather;
    counts.sent += 1;
    if (happens('lose', lose)) return;
    const copies = happens('double', double) ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      const bytes = happens('damage', damage) ? damaged(payload) : payload;
      const ms = happens('late', late) ? random() * LATE_MS_MAX : random() * TRAVEL_MS_MAX;
      schedule.after(ms, () => deliver(bytes));
    }
  }

  function happens(fate: 'lose' | 'double' | 'late' | 'damage', share: number): boolean {
    const does = random() < share;
    if (does) counts[fate] += 1;
    return does;
  }

  function damaged(payload: Buffer): Buffer {
    const bytes = Buffer.from(payload);
    const place = Math.floor(random() * bytes.length);
    bytes[place] = (bytes[place] ?? 0) ^ (1 << Math.floor(random() * 8));
    return bytes;
  }
}
