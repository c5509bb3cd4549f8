import type { ToPage, ToStreams } from '../live/live-messages.ts';
import type { Streams } from './live-worker.ts';

/** The way from a page to the streams. */
export interface Joined {
  say(message: ToStreams): void;
}

/** Where the streams are. Shape: `name` tells one session's streams from another's. */
export interface JoinOptions {
  readonly worker: string;
  readonly name: string;
  readonly onMessage: (message: ToPage) => void;
}

/** Joins the streams that all pages of this browser share, or opens them in this page where there are no shared workers. */
export function joinStreams({ worker, name, onMessage }: JoinOptions): Joined {
  const said: ToStreams[] = [];
  let send: (message: ToStreams) => void = (message) => said.push(message);

  async function openHere(): Promise<void> {
    const { openStreams } = (await import(worker)) as { readonly openStreams: () => Streams };
    const streams = openStreams();
    const page = { postMessage: (message: ToPage) => onMessage(message) };
    send = (message) => streams.hear(page, message);
    for (const message of said) send(message);
  }
  function openShared(): void {
    const shared = new SharedWorker(worker, { type: 'module', name });
    shared.port.onmessage = ({ data }) => onMessage(data as ToPage);
    shared.onerror = () => {
      shared.port.close();
      void openHere();
    };
    send = (message) => {
      if (message.kind === 'join') said.splice(0, said.length, message);
      shared.port.postMessage(message);
    };
  }
  if ('SharedWorker' in globalThis) openShared();
  else void openHere();
  return { say: (message) => send(message) };
}
