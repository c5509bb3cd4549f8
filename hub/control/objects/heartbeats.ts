import type { Signer } from '@gatehouse/shared/journal/note.ts';
import { HEARTBEAT_OBJECTS_MAX, type Heartbeat, ObjectKind, signHeartbeat } from '@gatehouse/shared/schema/control.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import {
  currentObjects,
  knownEdges,
  newestCommands,
  nextHeartbeats,
  tryHeartbeats,
  writeHeartbeats,
} from '../../store/control-rows.ts';
import { type Database, inTransaction } from '../../store/database.ts';

/** What heartbeats stand on. */
export interface HeartbeatDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly signer: Signer;
}

/** How often each edge gets one. Units: milliseconds. */
export const HEARTBEAT_MS = 2_000;
/** After so long without another one an edge takes the hub for silent. Units: milliseconds. */
export const HEARTBEAT_TERM_MS = 15_000;

/**
 * Writes the next heartbeat of every edge, with what is current for it as of this moment; answers how many were written.
 *
 * Shape: of several hub processes one writes, the others find the work taken and leave it.
 */
export function beat({ database, clock, signer }: HeartbeatDeps): Promise<number> {
  return inTransaction(database, async (tx) => {
    if (!(await tryHeartbeats(tx))) return 0;
    const edges = await knownEdges(tx);
    if (edges.length === 0) return 0;
    const [objects, commands, numbers] = [
      Map.groupBy(await currentObjects(tx, edges), ({ edge }) => edge),
      await newestCommands(tx, edges),
      await nextHeartbeats(tx, edges),
    ];
    const at = clock.now();
    const rows = edges.map((edge) => {
      const listed = (objects.get(edge) ?? []).slice(0, HEARTBEAT_OBJECTS_MAX);
      const heartbeat: Heartbeat = {
        v: 1,
        edge,
        seq: numbers.get(edge) ?? 1,
        at,
        termMs: HEARTBEAT_TERM_MS,
        commandSeq: commands.get(edge) ?? 0,
        objects: listed.map(({ kind, name, version, hash }) => ({ kind: ObjectKind.parse(kind), name, version, hash })),
      };
      return { edge, note: signHeartbeat(signer, heartbeat), at: instantText(at) };
    });
    await writeHeartbeats(tx, rows);
    return rows.length;
  });
}
