import type { Duplex } from 'node:stream';
import { InstanceId } from '@gatehouse/shared/schema/enrolment.ts';
import type { DeviceAccess } from './enrolment/device-access.ts';
import type { DeviceIdentity } from './enrolment/device-identity.ts';

/** Who is at the other end of each connection of the broker, and what they may do. */
export interface BrokerConnections {
  /** Keeps a connection that showed a certificate. */
  hold(socket: Duplex, device: DeviceIdentity): void;
  /** Why a client may not connect; undefined where it may. Shape: `instance` is what it gave as its user name. */
  refusalOf(client: BrokerClient, instance: string | undefined): string | undefined;
  /** Whether a client may send or hear what is of an edge, asked with every message. */
  mayUse(client: BrokerClient | null, edge: string): boolean;
  close(): void;
}

/** A client of the broker. */
export interface BrokerClient {
  readonly id: string;
  readonly conn: unknown;
}

/** The connections. Shape: without `access` nobody is enrolled, and everybody on this machine may connect. */
export function createBrokerConnections(
  access: DeviceAccess | undefined,
  log: (line: string) => void,
): BrokerConnections {
  const held = new Map<unknown, { readonly socket: Duplex; readonly device: DeviceIdentity }>();
  const cutOff = (): void => {
    for (const { socket, device } of held.values()) {
      const why = access?.refusalOf(device);
      if (why === undefined) continue;
      log(`a connection of the broker was cut: ${why}`);
      socket.destroy();
    }
  };
  const forget = access?.onRead(cutOff);
  return {
    hold: (socket, device) => {
      held.set(socket, { socket, device });
      socket.once('close', () => held.delete(socket));
    },
    refusalOf: ({ id, conn }, instance) => {
      const device = held.get(conn)?.device;
      // Where no certificate was shown, each message is judged by the edge that it is of.
      if (device === undefined || access === undefined) return undefined;
      const why =
        id === device.edge ? access.refusalOf(device) : `the client ${id} shows the certificate of ${device.edge}`;
      if (why === undefined) access.seen(device, InstanceId.safeParse(instance).data);
      return why;
    },
    mayUse: (client, edge) => {
      if (client === null || access === undefined) return true;
      const device = held.get(client.conn)?.device;
      if (device === undefined) return !access.isEnrolled(edge);
      if (device.edge !== edge || access.refusalOf(device) !== undefined) return false;
      access.seen(device);
      return true;
    },
    close: () => forget?.(),
  };
}
