import { signAck } from '@gatehouse/shared/journal/ack.ts';
import type { Signer } from '@gatehouse/shared/journal/note.ts';
import type { Ingest } from '../ingest/ingest.ts';
import { ackTopic } from './topics.ts';

/** Where acknowledgements come from, who signs them and how they leave. */
export interface AckDeps {
  readonly ingest: Pick<Ingest, 'onCommitted'>;
  readonly signer: Signer;
  readonly publish: (topic: string, payload: string) => void;
}

/** Signs and sends the acknowledgements of each commit, never before it; gives back how to stop. */
export function publishAcks({ ingest, signer, publish }: AckDeps): () => void {
  return ingest.onCommitted(({ acks }) => {
    for (const ack of acks) publish(ackTopic(ack.edge), signAck(signer, ack));
  });
}
