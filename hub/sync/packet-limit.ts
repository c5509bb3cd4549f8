import type { Socket } from 'node:net';
import { BATCH_BYTES_MAX } from '@gatehouse/shared/journal/batch.ts';

/** The longest packet: a full batch with its topic. Units: bytes, without the packet's first five. */
export const PACKET_BYTES_MAX = BATCH_BYTES_MAX + 1_024;

const LENGTH_BITS = 7;
const LENGTH_BYTES_MAX = 4;
const MORE = 0x80;

/**
 * Follows the packets of a stream of bytes; true as soon as one announces more than the limit.
 *
 * Source: MQTT 3.1.1 section 2.2.3, the remaining length is one to four bytes of seven bits each.
 */
export function packetWatch(bytesMax: number = PACKET_BYTES_MAX): (chunk: Uint8Array) => boolean {
  let bodyLeft = 0;
  let length = 0;
  let lengthBytes = -1;
  return (chunk) => {
    let index = 0;
    while (index < chunk.length) {
      if (bodyLeft > 0) {
        const step = Math.min(bodyLeft, chunk.length - index);
        bodyLeft -= step;
        index += step;
        continue;
      }
      const byte = chunk[index] ?? 0;
      index += 1;
      lengthBytes += 1;
      if (lengthBytes === 0) continue;
      length += (byte & (MORE - 1)) << (LENGTH_BITS * (lengthBytes - 1));
      if (length > bytesMax || lengthBytes > LENGTH_BYTES_MAX) return true;
      if ((byte & MORE) !== 0) continue;
      bodyLeft = length;
      length = 0;
      lengthBytes = -1;
    }
    return false;
  };
}

/** Cuts a connection whose next packet would be too long, before it is collected in memory. */
export function limitPackets(socket: Socket, log: (line: string) => void): void {
  const isTooLong = packetWatch();
  socket.on('data', (chunk: Buffer) => {
    if (!isTooLong(chunk)) return;
    log(`a connection was cut: it announced a packet of more than ${PACKET_BYTES_MAX} bytes`);
    socket.destroy();
  });
}
