import { parseVerifierKey, signerFromSeed } from '@gatehouse/shared/journal/note.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import type { ControlCommandBody } from '@gatehouse/shared/schema/command-bodies.ts';
import { Command, signCommand } from '@gatehouse/shared/schema/control.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { type Instant, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { type CommandDesk, createCommandDesk } from './command-desk.ts';
import { type CommandMemory, createCommandMemory } from './command-memory.ts';

/** The edge of these tests. */
export const EDGE = 'edge-1';
/** The wall time of these tests. */
export const NOW = parseInstant('2026-01-05T10:00:00Z');
/** The hub whose word counts in these tests. */
export const hubSigner = signerFromSeed('hub.test', new Uint8Array(32).fill(7));
/** A hub whose word counts nowhere. */
export const strangerSigner = signerFromSeed('hub.test', new Uint8Array(32).fill(8));

/** A desk over a journal that is a list, and halts that are a map from the kill to its level. */
export interface DeskWorld {
  readonly entries: EntryBody[];
  readonly halts: Map<string, string>;
  /** Ids in the order in which they were carried out. */
  readonly done: string[];
  readonly lines: string[];
  desk: CommandDesk;
  memory: CommandMemory;
  now: Instant;
  ms: number;
  /** Makes the next command that keeps its order fail. */
  fails: boolean;
  /** Goes on after a restart, with nothing but the journal. */
  restart(snapshot?: boolean): void;
  bodies(): readonly ControlCommandBody[];
  incidents(): readonly string[];
}

/** The text of a command with what every one has. */
export function commandOf(changes: Record<string, unknown>): Command {
  const base = { v: 1, edge: EDGE, issuedAt: '2026-01-05T09:00:00.000000000Z', by: 'P-anna', reason: 'A test.' };
  return decode(Command, { ...base, ...changes }, 'the command of a test');
}

/** A signed kill, with its number in its id. */
export function killNote(seq: number, changes: Record<string, unknown> = {}): string {
  return signCommand(
    hubSigner,
    commandOf({ id: `K-${seq}`, seq, kind: 'kill', scopes: ['firm'], level: 'cancel', ...changes }),
  );
}

/** A signed release of a kill. */
export function releaseNote(seq: number, kill: string, changes: Record<string, unknown> = {}): string {
  const notAfter = '2026-01-05T12:00:00.000000000Z';
  return signCommand(
    hubSigner,
    commandOf({ id: `R-${seq}`, seq, kind: 'release', kill, document: 'x', notAfter, ...changes }),
  );
}

/** A signed notice, which neither tightens nor loosens. */
export function noticeNote(seq: number): string {
  const notAfter = '2026-01-05T12:00:00.000000000Z';
  return signCommand(hubSigner, commandOf({ id: `N-${seq}`, seq, kind: 'upgrade-notice', release: '2.0.0', notAfter }));
}

/** A world in which nothing has come yet. */
export function deskWorld(): DeskWorld {
  const memory = createCommandMemory();
  const world: Omit<DeskWorld, 'desk'> & { desk?: CommandDesk } = {
    entries: [],
    halts: new Map(),
    done: [],
    lines: [],
    memory,
    now: NOW,
    ms: 0,
    fails: false,
    restart: (fromSnapshot = false) => {
      const next = fromSnapshot ? createCommandMemory(world.memory.snapshot()) : createCommandMemory();
      if (!fromSnapshot) for (const entry of world.entries) next.fold(entry);
      world.memory = next;
      world.desk = deskOf(world);
    },
    bodies: () => world.entries.flatMap(({ kind, body }) => (kind === 'command' && body.v === 2 ? [body] : [])),
    incidents: () => world.entries.flatMap(({ kind, body }) => (kind === 'incident' ? [body.code] : [])),
  };
  return Object.assign(world, { desk: deskOf(world) });
}

function deskOf(world: Omit<DeskWorld, 'desk'>): CommandDesk {
  return createCommandDesk({
    edge: EDGE,
    hub: [parseVerifierKey(hubSigner.verifierKey)],
    memory: world.memory,
    recorder: {
      stage: (entry) => {
        world.entries.push(entry);
        world.memory.fold(entry);
      },
      flush: () => world.entries.length,
    },
    actions: {
      stop: async (command) => {
        world.done.push(command.id);
        world.halts.set(command.id, command.kind === 'kill' ? command.level : 'pause');
        return { kind: 'applied', says: `Stop ${command.id} is in force.` };
      },
      apply: async (command) => {
        if (world.fails) throw new Error('not now');
        world.done.push(command.id);
        if (command.kind !== 'release') return { kind: 'applied', says: 'Noted.' };
        if (!world.halts.delete(command.kill)) return { kind: 'refused', says: `There is no kill ${command.kill}.` };
        return { kind: 'applied', says: `Kill ${command.kill} is released.` };
      },
    },
    now: () => world.now,
    monotonicMs: () => world.ms,
    log: (line) => world.lines.push(line),
  });
}
