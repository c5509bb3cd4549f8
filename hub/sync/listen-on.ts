import type { AddressInfo, Server } from 'node:net';
import { KitError } from '@gatehouse/shared/errors.ts';

/** Where a server listens. Shape: port 0 takes a free one; `variable` gives it another port. */
export interface ListenPlace {
  readonly host: string;
  readonly port: number;
  readonly variable: string;
}

/** Opens a server and gives back its port. Errors: `PORT_TAKEN`, `BROKER_UNREACHABLE`. */
export function listenOn(server: Server, { host, port, variable }: ListenPlace): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(listenError(cause, { host, port, variable })));
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

function listenError(cause: NodeJS.ErrnoException, { port, variable }: ListenPlace): KitError {
  if (cause.code === 'EADDRINUSE') {
    return new KitError('PORT_TAKEN', `port ${port} is taken by another program`, {
      hint: `Stop that program, or give another port with ${variable}.`,
      cause,
    });
  }
  return new KitError('BROKER_UNREACHABLE', `port ${port} cannot be opened: ${cause.message}`, { cause });
}
