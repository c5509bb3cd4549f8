import type { Control } from '@gatehouse/compliance/define-control.ts';
import { describeError } from '@gatehouse/shared/errors.ts';
import type { Signer } from '@gatehouse/shared/journal/note.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import type { RandomBytes } from '../people/secret-token.ts';
import { objectSources } from '../store/control-rows.ts';
import type { Database } from '../store/database.ts';
import type { AppendAct } from '../store/pages/people-store.ts';
import { downTopic } from '../sync/topics.ts';
import { settleAccepted } from './accepted-sheets.ts';
import { deliverCommands } from './commands/deliver-commands.ts';
import type { CommandDeps } from './commands/issue-command.ts';
import { PRUNE_MS, pruneCommands } from './commands/prune-commands.ts';
import { keepGiven, readGiven } from './given/given-file.ts';
import { learnFromEdges } from './given/learn-from-edges.ts';
import { beat, HEARTBEAT_MS } from './objects/heartbeats.ts';
import { publishObjects } from './objects/publish-objects.ts';

/** What the hub tells its edges by itself. */
export interface ControlSide {
  /** What commands are given with. */
  readonly commands: CommandDeps;
  stop(): Promise<void>;
}

/** What the control side works with. Shape: `publish` is the way over the broker. */
export interface ControlSideDeps {
  readonly database: Database;
  readonly appendAct: AppendAct;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly signer: Signer;
  readonly controls: readonly Control[];
  readonly publish: (topic: string, note: string) => void;
  readonly log: (line: string) => void;
  /** The file beside the database that keeps which numbers were given; absent where there is none. */
  readonly givenFile?: string;
  readonly heartbeatMs?: number;
  readonly publishMs?: number;
}

/** How often it is looked whether a document changed that edges should have. Units: milliseconds. */
export const PUBLISH_MS = 2_000;
/** How often it is looked what edges sent of what this hub gave. Units: milliseconds. */
const LEARN_MS = 2_000;
/** How often new numbers are kept beside the database. Units: milliseconds. */
const KEEP_MS = 1_000;

/**
 * Begins to write heartbeats, to publish documents and to send commands; each goes on after a failure of the database.
 *
 * Errors: those of `readGiven`.
 */
export async function openControl(deps: ControlSideDeps): Promise<ControlSide> {
  const { database, log, publish, givenFile } = deps;
  if (givenFile !== undefined) await readGiven(database, givenFile);
  const keeping = async (): Promise<unknown> => givenFile !== undefined && (await keepGiven(database, givenFile));
  const heartbeats = repeat('heartbeats', deps.heartbeatMs ?? HEARTBEAT_MS, { log, work: () => beat(deps) });
  const documents = repeat('documents for edges', deps.publishMs ?? PUBLISH_MS, { log, work: publisher(deps) });
  const pruning = repeat('commands that are settled', PRUNE_MS, { log, work: () => pruneCommands(deps) });
  const learning = repeat('what edges have of this hub', LEARN_MS, { log, work: () => learnFromEdges(deps) });
  const numbers = repeat('the file of given numbers', KEEP_MS, { log, work: keeping });
  const delivery = await deliverCommands({ ...deps, publish: (edge, note) => publish(downTopic(edge), note) });
  return {
    commands: deps,
    stop: async () => {
      await Promise.all([heartbeats(), documents(), pruning(), learning(), numbers(), delivery.stop()]);
    },
  };
}

/** Publishes where anything changed since it last did. */
function publisher(deps: ControlSideDeps): () => Promise<unknown> {
  let published: string | undefined;
  return async () => {
    await settleAccepted(deps);
    const sources = await objectSources(deps.database);
    if (sources === published) return;
    const count = await publishObjects(deps);
    if (count !== undefined) published = sources;
  };
}

interface Repeated {
  readonly log: (line: string) => void;
  readonly work: () => Promise<unknown>;
}

/** Does work over and over, never two at once; gives back how to end it. A failure is said once until it succeeds again. */
function repeat(what: string, everyMs: number, { log, work }: Repeated): () => Promise<void> {
  let isFailing = false;
  let running: Promise<void> | undefined;
  const turn = async (): Promise<void> => {
    try {
      await work();
      isFailing = false;
    } catch (error) {
      if (!isFailing) log(`${what} wait: ${describeError(error)}`);
      isFailing = true;
    }
  };
  const start = (): void => {
    running ??= turn().finally(() => {
      running = undefined;
    });
  };
  const timer = setInterval(start, everyMs);
  start();
  return async () => {
    clearInterval(timer);
    await running;
  };
}
