import { describeError } from '@gatehouse/shared/errors.ts';
import { type AckProof, signAck } from '@gatehouse/shared/journal/ack.ts';
import type { SeenLedger } from '@gatehouse/shared/journal/head-note.ts';
import type { Signer } from '@gatehouse/shared/journal/note.ts';
import type { Ingest } from '../ingest/ingest.ts';
import type { CommittedAck } from '../ingest/take-batches.ts';
import type { ProofRequest } from '../ledger/prove-to-edge.ts';
import { ackTopic } from './topics.ts';

/** Where acknowledgements come from, who proves and signs them and how they leave. */
export interface AckDeps {
  readonly ingest: Pick<Ingest, 'onCommitted'>;
  readonly signer: Signer;
  readonly prove: (request: ProofRequest) => Promise<AckProof>;
  readonly publish: (topic: string, payload: string) => void;
  readonly log: (line: string) => void;
}

/** What waits for one edge. Shape: only the newest, since each acknowledgement says all that the ones before it said. */
interface EdgeAcks {
  next: CommittedAck | undefined;
  isBusy: boolean;
  /** Where the proof of the last one led to: the next one starts there, although its edge may not have heard of it yet. */
  proven: (SeenLedger & { readonly epoch: number }) | undefined;
}

/**
 * Signs and sends the acknowledgements of each commit, never before it; gives back how to stop.
 *
 * Shape: an edge that says what it has seen of the ledger gets a proof from there on. With many batches on their way it names
 *        an older place than the last proof led to; a hello always gets what it asks for, so a proof that was lost is
 *        made again.
 */
export function publishAcks(deps: AckDeps): () => void {
  const edges = new Map<string, EdgeAcks>();
  let isStopped = false;
  const send = (ack: CommittedAck): void => {
    if (!isStopped) deps.publish(ackTopic(ack.edge), signAck(deps.signer, ack));
  };
  const stop = deps.ingest.onCommitted(({ acks }) => {
    for (const ack of acks) {
      if (ack.seen === undefined) send(ack);
      else enqueue(ack);
    }
  });
  return () => {
    isStopped = true;
    stop();
  };

  function enqueue(ack: CommittedAck): void {
    const waiting = edges.get(ack.edge) ?? { next: undefined, isBusy: false, proven: undefined };
    edges.set(ack.edge, waiting);
    const isAsked = ack.isAsked === true || waiting.next?.isAsked === true;
    waiting.next = { ...ack, isAsked };
    if (!waiting.isBusy) void work(waiting);
  }

  async function work(waiting: EdgeAcks): Promise<void> {
    waiting.isBusy = true;
    for (let ack = waiting.next; ack !== undefined && !isStopped; ack = waiting.next) {
      waiting.next = undefined;
      try {
        const proof = await deps.prove({
          ...ack,
          base: baseOf(ack, waiting.proven?.epoch === ack.epoch ? waiting.proven : undefined),
        });
        waiting.proven = { size: ack.size, seq: proof.to, epoch: ack.epoch };
        send({ ...ack, proof });
      } catch (error) {
        deps.log(`an acknowledgement of ${ack.edge} was not sent and will be asked for again: ${describeError(error)}`);
      }
    }
    waiting.isBusy = false;
  }
}

function baseOf({ seen, isAsked, seq, size }: CommittedAck, proven: SeenLedger | undefined): SeenLedger {
  const named = seen ?? { size: 0, seq: 0 };
  if (isAsked || proven === undefined || proven.size <= named.size) return named;
  return proven.size <= size && proven.seq <= seq ? proven : named;
}
