import { describeError } from '@gatehouse/shared/errors.ts';
import { attempt } from '@gatehouse/shared/governance/problem-list.ts';
import type { Verifier } from '@gatehouse/shared/journal/note.ts';
import {
  type ControlObject,
  OBJECT_TYPE,
  type ObjectKind,
  openObject,
  travellingHash,
} from '@gatehouse/shared/schema/control.ts';
import type { Arrived, ControlAlarm } from './heartbeat-watch.ts';

/** What became of an object. Shape: `later` is offered again with the next look. */
export type TakenObject = 'taken' | 'later';

/** Who takes the objects of a kind. Shape: a refusal is an answer on record, and `taken`. */
export type ObjectTaker = (object: ControlObject) => Promise<TakenObject>;

/** The place where control objects of the hub arrive. */
export interface ObjectDesk extends Pick<Arrived, 'object'> {
  /** Takes the signed note of an envelope; the same again changes nothing. Errors: never. */
  take(note: string): void;
  /** Offers again what could not be taken yet. */
  look(): void;
  /** Resolves when everything that came was offered. */
  idle(): Promise<void>;
}

/** What a desk of objects works with. Shape: a kind without a taker is kept with its version and counts for nothing. */
export interface ObjectDeskDeps {
  readonly edge: string;
  readonly hub: readonly Verifier[];
  readonly takers: Partial<Readonly<Record<ObjectKind, ObjectTaker>>>;
  /** Hears of signed notes that are no envelopes, such as leases. */
  readonly onOther?: (note: string) => void;
  readonly onAlarm: (alarm: ControlAlarm) => void;
  readonly log: (line: string) => void;
}

interface Held {
  readonly object: ControlObject;
  readonly hash: string;
  isTaken: boolean;
}

/** People first, then what they signed; of one kind the lower version first. */
const ORDER: readonly ObjectKind[] = ['trust', 'sheet'];
/** So many objects may be known at once. */
const OBJECTS_MAX = 2_000;

/** A desk that knows of nothing yet. */
export function createObjectDesk(deps: ObjectDeskDeps): ObjectDesk {
  const { edge, hub, onAlarm } = deps;
  const held = new Map<string, Held>();
  const refused = new Set<string>();
  const offering = createOffering(held, deps);

  function refuse(note: string, problems: readonly string[]): void {
    const hash = travellingHash(note);
    if (refused.has(hash) || refused.size >= OBJECTS_MAX) return;
    refused.add(hash);
    const message = `something that claims to be a control object is refused: ${problems.join('; ')}`;
    onAlarm({ code: 'CONTROL_OBJECT_REFUSED', severity: 'alarm', message });
  }

  return {
    take: (note) => {
      if (!note.startsWith(`${OBJECT_TYPE}\n`)) {
        if (deps.onOther === undefined) refuse(note, ['it is no envelope']);
        else deps.onOther(note);
        return;
      }
      const problems: string[] = [];
      const object = attempt(problems, () => openObject(note, hub));
      if (object === undefined) return refuse(note, problems);
      if (object.edge !== edge) return refuse(note, [`it is for ${object.edge}, not for ${edge}`]);
      const key = `${object.kind} ${object.name}`;
      const hash = travellingHash(note);
      const before = held.get(key);
      if (before?.hash === hash) return offering.wake();
      if (before !== undefined && isSameDocument(object, before.object)) {
        // A hub that was set back has wrapped it anew; of two envelopes the younger is the one that heartbeats name.
        if (object.issuedAt > before.object.issuedAt) held.set(key, { object, hash, isTaken: before.isTaken });
        return offering.wake();
      }
      if (before !== undefined && object.version <= before.object.version) {
        return refuse(note, [`${nameOf(object)} came after version ${before.object.version}`]);
      }
      if (before === undefined && held.size >= OBJECTS_MAX) return refuse(note, [`more than ${OBJECTS_MAX} objects`]);
      held.set(key, { object, hash, isTaken: false });
      offering.wake();
    },
    look: offering.wake,
    object: (kind, name) => {
      const one = held.get(`${kind} ${name}`);
      return one === undefined ? undefined : { version: one.object.version, hash: one.hash };
    },
    idle: offering.idle,
  };
}

/** Offers what is held and not taken, one after the other and in order. */
function createOffering(held: ReadonlyMap<string, Held>, { takers, log }: Pick<ObjectDeskDeps, 'takers' | 'log'>) {
  let working: Promise<void> | undefined;
  let isAsked = false;

  async function work(): Promise<void> {
    await Promise.resolve();
    while (isAsked) {
      isAsked = false;
      for (const one of [...held.values()].filter(({ isTaken }) => !isTaken).toSorted(byOrder)) await offer(one);
    }
  }

  async function offer(one: Held): Promise<void> {
    const { object } = one;
    const taker = takers[object.kind];
    if (taker === undefined) return;
    try {
      one.isTaken = (await taker(object)) === 'taken';
    } catch (error) {
      log(`${nameOf(object)} is offered again: ${describeError(error)}`);
    }
    if (object.kind !== 'trust' || !one.isTaken) return;
    // What was refused may have been signed by somebody whom this version names for the first time.
    for (const other of held.values()) if (other.object.kind !== 'trust') other.isTaken = false;
    isAsked = true;
  }

  return {
    wake: (): void => {
      isAsked = true;
      working ??= work().finally(() => {
        working = undefined;
      });
    },
    idle: async (): Promise<void> => {
      while (working !== undefined) await working;
    },
  };
}

function byOrder(a: Held, b: Held): number {
  const place = ({ object }: Held): number => {
    const index = ORDER.indexOf(object.kind);
    return index < 0 ? ORDER.length : index;
  };
  return place(a) - place(b) || a.object.version - b.object.version;
}

function isSameDocument(a: ControlObject, b: ControlObject): boolean {
  return a.version === b.version && a.document === b.document && a.content === b.content;
}

function nameOf({ kind, name, version }: ControlObject): string {
  return `${kind} ${name} version ${version}`;
}
