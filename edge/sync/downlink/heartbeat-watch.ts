import { attempt } from '@gatehouse/shared/governance/problem-list.ts';
import type { Verifier } from '@gatehouse/shared/journal/note.ts';
import { type Heartbeat, openHeartbeat } from '@gatehouse/shared/schema/control.ts';
import { type Instant, instantText } from '@gatehouse/shared/values/instant.ts';

/** Something that a person must look at about what comes from the hub. */
export interface ControlAlarm {
  readonly code: string;
  readonly severity: 'warning' | 'alarm';
  readonly message: string;
}

/** What has come of what a heartbeat lists. Shape: an object's version and the hash of its note; every command up to a number. */
export interface Arrived {
  object(kind: string, name: string): { readonly version: number; readonly hash: string } | undefined;
  readonly commandsThrough: number;
}

/** Follows the heartbeats of the hub: how fresh its word is, and whether somebody keeps a part of it back. */
export interface HeartbeatWatch {
  /** The newest heartbeat; absent before the first. */
  readonly newest: Heartbeat | undefined;
  /** Takes a note; answers whether it is the newest so far, and what is wrong with it. */
  take(note: string): { readonly isNews: boolean; readonly alarms: readonly ControlAlarm[] };
  /** What is wrong by now, each once. */
  look(): readonly ControlAlarm[];
}

/** What a watch is made with. Units: `monotonicMs` never goes back. */
export interface HeartbeatWatchDeps {
  readonly edge: string;
  readonly hub: readonly Verifier[];
  readonly monotonicMs: () => number;
  readonly arrived: Arrived;
}

/** So long something that a heartbeat names may be on its way. Units: milliseconds. */
export const WITHHELD_MS_MAX = 30_000;
/** So long the hub may be silent before the first heartbeat. Units: milliseconds. */
const FIRST_MS_MAX = 60_000;

/** A watch that has heard nothing yet. */
export function createHeartbeatWatch(deps: HeartbeatWatchDeps): HeartbeatWatch {
  const { edge, hub, monotonicMs, arrived } = deps;
  let newest: Heartbeat | undefined;
  let heardMs = monotonicMs();
  let isSilentTold = false;
  const missing = new Map<string, { readonly sinceMs: number; isTold: boolean }>();

  function strange(message: string) {
    return { isNews: false, alarms: [{ code: 'HEARTBEAT_REFUSED', severity: 'alarm', message } as const] };
  }

  function noteMissing(): void {
    const wanted = newest === undefined ? [] : missingOf(newest, arrived);
    for (const key of missing.keys()) if (!wanted.includes(key)) missing.delete(key);
    for (const key of wanted) if (!missing.has(key)) missing.set(key, { sinceMs: monotonicMs(), isTold: false });
  }

  return {
    get newest() {
      return newest;
    },
    take: (note) => {
      const problems: string[] = [];
      const heartbeat = attempt(problems, () => openHeartbeat(note, hub));
      if (heartbeat === undefined) return strange(problems.join('; '));
      if (heartbeat.edge !== edge) return strange(`it is for ${heartbeat.edge}, not for ${edge}`);
      // An older one that comes again is no sign of life.
      if (newest !== undefined && heartbeat.at <= newest.at) return { isNews: false, alarms: [] };
      const wentBack = newest !== undefined && heartbeat.seq <= newest.seq ? newest.seq : undefined;
      newest = heartbeat;
      heardMs = monotonicMs();
      isSilentTold = false;
      noteMissing();
      const message = `heartbeat ${heartbeat.seq} came after ${wentBack}: the hub was set back to an older state`;
      return {
        isNews: true,
        alarms: wentBack === undefined ? [] : [{ code: 'HUB_SET_BACK', severity: 'alarm', message }],
      };
    },
    look: () => {
      noteMissing();
      const alarms: ControlAlarm[] = [];
      const silentMs = monotonicMs() - heardMs;
      if (!isSilentTold && silentMs > (newest?.termMs ?? FIRST_MS_MAX)) {
        isSilentTold = true;
        const last = newest === undefined ? 'none ever came' : `the newest is of ${instantText(newest.at)}`;
        alarms.push({ code: 'HUB_SILENT', severity: 'warning', message: `no heartbeat of the hub comes: ${last}` });
      }
      for (const [what, state] of missing) {
        if (state.isTold || monotonicMs() - state.sinceMs < WITHHELD_MS_MAX) continue;
        state.isTold = true;
        const message = `the hub has had ${what} for ${WITHHELD_MS_MAX / 1_000} s, and it does not come`;
        alarms.push({ code: 'CONTROL_WITHHELD', severity: 'alarm', message });
      }
      return alarms;
    },
  };
}

/** What a heartbeat lists that has not come, in words. */
function missingOf({ objects, commandSeq }: Heartbeat, arrived: Arrived): readonly string[] {
  const late = objects.flatMap(({ kind, name, version, hash }) => {
    const have = arrived.object(kind, name);
    const isHere = have !== undefined && (have.version > version || (have.version === version && have.hash === hash));
    return isHere ? [] : [`${kind} ${name} version ${version}`];
  });
  return commandSeq > arrived.commandsThrough ? [...late, `command number ${commandSeq}`] : late;
}

/** The latest time that an edge knows of: its own clock may have been set back, a hub's signed word was not. */
export function latestKnown(now: Instant, { newest }: Pick<HeartbeatWatch, 'newest'>): Instant {
  return newest !== undefined && newest.at > now ? newest.at : now;
}
