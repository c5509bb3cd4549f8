import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { describeError } from '@gatehouse/shared/errors.ts';
import { type ListenPlace, listenOn } from '../sync/listen-on.ts';

/** A small server of the ledger's own. Shape: port 0 takes a free one. */
export interface HttpDoorDeps extends ListenPlace {
  readonly answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** What somebody hears whose request failed, while nothing was said yet. */
  readonly refuse: (response: ServerResponse) => void;
  readonly connectionsMax: number;
  readonly requestMsMax: number;
  readonly report: (line: string) => void;
}

/** The open door. Shape: `address` is the prefix of everything that is asked for. */
export interface HttpDoor {
  readonly address: string;
  close(): Promise<void>;
}

const HEADERS_MS_MAX = 10_000;
/** How long a reader may take nothing of an answer. */
const SILENT_MS_MAX = 30_000;

/** Opens a server with bounds on connections, on the time of a request and on a reader that stops reading. Errors: as `listenOn`. */
export async function openHttpDoor(deps: HttpDoorDeps): Promise<HttpDoor> {
  const { answer, refuse, host, report } = deps;
  const server = createServer(
    { headersTimeout: HEADERS_MS_MAX, requestTimeout: deps.requestMsMax },
    (request, response) => {
      answer(request, response).catch((error: unknown) => {
        report(`a request failed: ${describeError(error)}`);
        if (response.headersSent) response.destroy();
        else refuse(response);
      });
    },
  );
  server.maxConnections = deps.connectionsMax;
  server.setTimeout(SILENT_MS_MAX, (socket) => socket.destroy());
  const open = await listenOn(server, deps);
  return {
    address: `http://${host.includes(':') ? `[${host}]` : host}:${open}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
