import type { ControlRow, ControlStore } from '../../journal/control-store.ts';
import type { CommandDesk } from '../commands/command-desk.ts';
import type { ControlAlarm, HeartbeatWatch } from './heartbeat-watch.ts';
import type { ObjectDesk } from './object-desk.ts';
import { createShapeReader, type ShapeReader, type ShapeReaderDeps } from './shape-reader.ts';

/** The way of limits, lists and commands from the hub to this edge. */
export interface Downlink {
  /** Whether the hub answered the newest question about every shape. */
  readonly isConnected: boolean;
  /** Fetches every shape from the start; what counts, counts on meanwhile. */
  refetch(): void;
  stop(): Promise<void>;
}

/** What a downlink works with. Shape: `onHeartbeat` hears of each one that is newer than those before. */
export interface DownlinkDeps extends Omit<ShapeReaderDeps, 'shape' | 'onRows'> {
  readonly store: ControlStore;
  readonly commands: CommandDesk;
  readonly objects: ObjectDesk;
  readonly heartbeats: HeartbeatWatch;
  readonly onHeartbeat: () => void;
  readonly onAlarm: (alarm: ControlAlarm) => void;
}

/** How often freshness is looked at. Units: milliseconds. */
const LOOK_MS = 1_000;
/** How often everything that is stored is offered once more; what is known is passed over. Units: milliseconds. */
const OFFER_MS = 30_000;

/** Follows the three shapes of an edge and hands on what comes, exactly as it was signed. */
export function startDownlink(deps: DownlinkDeps): Downlink {
  const { commands, objects, heartbeats, onHeartbeat, onAlarm } = deps;

  function takeCommands(rows: readonly ControlRow[]): void {
    for (const row of rows.toSorted((a, b) => Number(a['seq']) - Number(b['seq']))) {
      commands.take(row['note'] ?? '', 'shape');
    }
  }
  function takeObjects(rows: readonly ControlRow[]): void {
    for (const row of rows) objects.take(row['note'] ?? '');
  }
  function takeHeartbeats(rows: readonly ControlRow[]): void {
    for (const row of rows) {
      const { isNews, alarms } = heartbeats.take(row['note'] ?? '');
      for (const alarm of alarms) onAlarm(alarm);
      if (isNews) onHeartbeat();
    }
  }

  // Commands first: what stops must not wait for what is long.
  const readers: readonly ShapeReader[] = [
    createShapeReader({ ...deps, shape: 'commands', onRows: takeCommands }),
    createShapeReader({ ...deps, shape: 'heartbeat', onRows: takeHeartbeats }),
    createShapeReader({ ...deps, shape: 'objects', onRows: takeObjects }),
  ];
  const looking = setInterval(() => {
    objects.look();
    for (const alarm of heartbeats.look()) onAlarm(alarm);
  }, LOOK_MS);
  const offering = setInterval(() => takeCommands([...(readers[0]?.rows.values() ?? [])]), OFFER_MS);
  return {
    get isConnected() {
      return readers.every((reader) => reader.isConnected);
    },
    refetch: () => {
      for (const reader of readers) reader.refetch();
    },
    stop: async () => {
      clearInterval(looking);
      clearInterval(offering);
      for (const reader of readers) reader.stop();
      await Promise.all([commands.idle(), objects.idle()]);
    },
  };
}
