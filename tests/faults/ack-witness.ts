import { openBrokerLink } from '@gatehouse/edge/sync/broker-link.ts';
import type { Ack } from '@gatehouse/shared/journal/ack.ts';
import { EDGE } from '../fixtures/firm.ts';
import { openFirmAck } from './firm-facts.ts';

/** Hears each acknowledgement that the hub gives, through the broker, as the edge does. */
export interface AckWitness {
  readonly acks: readonly Ack[];
  stop(): Promise<void>;
}

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
    onMessage: (payload) => void acks.push(openFirmAck(data, payload.toString('utf8'))),
  });
  return { acks, stop: () => link.stop() };
}
