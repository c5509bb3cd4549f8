import { openBrokerLink } from '@gatehouse/edge/sync/broker-link.ts';
import type { Ack } from '@gatehouse/shared/journal/ack.ts';
import { EDGE } from '../fixtures/firm.ts';
import { openFirmAck } from './firm-facts.ts';

/** Hears each acknowledgement that the hub gives, through the broker, as the edge does. */
export interface AckWitness {
  readonly acks: readonly Ack[];
  stop(): Promise<void>;
}

const BATCH = 'gatehouse/batch/';

/** Listens until it is stopped, also to a broker that comes back. Errors: an ack that the hub did not sign. */
export function witnessAcks(data: string, url: string): AckWitness {
  const acks: Ack[] = [];
  const link = openBrokerLink({
    url,
    clientId: 'witness',
    topic: `e/${EDGE}/ack`,
    random: () => 0,
    onConnect: () => {},
    onClose: () => {},
    onMessage: (payload) => {
      const text = payload.toString('utf8');
      // What an edge asks back of its own records comes the same way, and is no acknowledgement.
      if (!text.startsWith(BATCH)) acks.push(openFirmAck(data, text));
    },
  });
  return { acks, stop: () => link.stop() };
}
