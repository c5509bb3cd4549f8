import { KitError } from '@gatehouse/shared/errors.ts';
import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import type { GovernedKind } from '../governance/governance.ts';
import { createKillCommands, progressJson } from '../kill/kill-commands.ts';
import { createReleasing, type Releasing } from '../kill/release.ts';
import type { ReconcileCommands } from '../reconcile/reconcile-commands.ts';
import { isReconcileRequest, type ReconcileRequest } from '../reconcile/reconcile-requests.ts';
import type { EdgeRequest } from '../sync/local-socket.ts';
import { newId, sleepUnless } from './edge-kill.ts';
import type { RunningEdge } from './running-edge.ts';

const KIND_OF = {
  'limits-apply': 'limits',
  'override-apply': 'override',
  'trust-apply': 'trust',
} as const satisfies Partial<Record<EdgeRequest['command'], GovernedKind>>;

/** An edge that compares its books with those of others, where it has a venue account to compare. */
export type CommandedEdge = RunningEdge & { readonly reconciliation?: { readonly commands: ReconcileCommands } };

/** The one way by which kills of a running edge end, whoever brings the document. */
export function createEdgeReleasing(running: RunningEdge): Releasing {
  const { edge, engine, journal, book, governance, killSwitch, killFile } = running;
  const { config, clock } = edge;
  return createReleasing({
    own: book.own,
    memory: book.kills,
    recorder: engine.recorder,
    journal,
    killFile,
    killSwitch,
    edge: config.edge,
    clock,
    verifyRelease: (document) => governance.verifyRelease(document, clock.now()),
    onAlarm: ({ code, message }) => edge.log(`ALARM ${code}: ${message}`),
  });
}

/** Answers what this computer's user asks of a running edge. Errors: why a document was refused, with every problem. */
export function createEdgeCommands(
  running: CommandedEdge,
  releasing: Releasing = createEdgeReleasing(running),
): (request: EdgeRequest) => Promise<JsonValue> {
  const { edge, engine, journal, board, governance, killSwitch } = running;
  const { clock } = edge;
  const { recorder } = engine;
  const kills = createKillCommands({
    killSwitch,
    releasing,
    recorder,
    sleep: sleepUnless,
    newId: (prefix) => newId(edge.random, prefix),
  });

  async function apply(kind: GovernedKind, document: string): Promise<JsonValue> {
    const record = (entries: readonly EntryBody[]): void => {
      for (const entry of entries) recorder.stage(entry);
      recorder.flush();
    };
    const answer = await governance.apply(kind, document, { at: clock.now(), record });
    await journal.durable(recorder.flush());
    edge.log(answer.says);
    if (answer.kind !== 'refused') return { kind: answer.kind, says: answer.says };
    throw new KitError('COMMAND_INVALID', answer.says, { problems: answer.problems });
  }

  function reconcile(request: ReconcileRequest): Promise<JsonValue> {
    if (running.reconciliation !== undefined) return running.reconciliation.commands(request);
    throw new KitError('COMMAND_INVALID', 'this edge compares its books with no venue account', {
      hint: 'Ask an edge that trades on the account of a venue.',
    });
  }

  return async (request) => {
    if (isReconcileRequest(request)) return reconcile(request);
    switch (request.command) {
      case 'status':
        return JSON.parse(JSON.stringify(board.status())) as JsonValue;
      case 'stop':
        edge.stop.abort();
        return { stopping: true };
      case 'kill':
        return progressJson(await kills.kill(request));
      case 'kill-status':
        return kills.status().map(progressJson);
      case 'release-apply': {
        const { kill, by } = await kills.release(request.document);
        return { kill, by: [...by] };
      }
      default:
        return apply(KIND_OF[request.command], request.document);
    }
  };
}
