import type { LivePort, ToPage, ToStreams } from '../live/live-messages.ts';
import { readViewPath, SESSION_HEADER } from '../live/live-view.ts';
import { type LiveStream, openLiveStream } from './live-stream.ts';
import { createPollFetch } from './poll-fetch.ts';

/** A page that shows a stream. */
interface Member {
  path: string | undefined;
  heardAt: number;
}

/** A stream that no page shows is kept so long: somebody who goes to the next page comes back at once. Units: milliseconds. */
const LINGER_MS = 5_000;
/** A page that says nothing for so long is gone; a page in the background speaks once a minute. Units: milliseconds. */
const SILENT_MS_MAX = 180_000;
const SWEEP_MS = 30_000;
/** So many streams are open at once. */
const STREAMS_MAX = 30;

/** The streams of one browser, whichever page asks; in a page of its own where the browser has no shared workers. */
export interface Streams {
  hear(page: LivePort<ToPage>, message: ToStreams): void;
}

/** Opens the desk of the streams; it asks nothing before a page has joined. */
export function openStreams(): Streams {
  const streams = new Map<string, LiveStream>();
  const members = new Map<LivePort<ToPage>, Member>();
  const fetches = new Map<string, typeof fetch>();
  let isSignedOut = false;

  function signOut(): void {
    if (isSignedOut) return;
    isSignedOut = true;
    for (const stream of streams.values()) stream.close();
    streams.clear();
    for (const page of members.keys()) page.postMessage({ kind: 'signed-out' });
  }
  function streamOf(path: string, session: string): LiveStream | undefined {
    const known = streams.get(path);
    if (known !== undefined || streams.size >= STREAMS_MAX || readViewPath(path) === undefined) return known;
    const fetchOf = fetches.get(session) ?? createPollFetch({ [SESSION_HEADER]: session });
    fetches.set(session, fetchOf);
    const stream = openLiveStream({ path, session, fetch: fetchOf, onSignedOut: signOut });
    streams.set(path, stream);
    return stream;
  }
  function leave(page: LivePort<ToPage>): void {
    const path = members.get(page)?.path ?? '';
    members.delete(page);
    const stream = streams.get(path);
    stream?.delete(page);
    setTimeout(() => {
      if (stream === undefined || stream.pages.size > 0 || streams.get(path) !== stream) return;
      stream.close();
      streams.delete(path);
    }, LINGER_MS);
  }
  setInterval(() => {
    const oldest = Date.now() - SILENT_MS_MAX;
    for (const [page, { heardAt }] of members) if (heardAt < oldest) leave(page);
  }, SWEEP_MS);

  return {
    hear: (page, message) => {
      if (message.kind === 'leave') return leave(page);
      const member = members.get(page);
      if (message.kind === 'alive') {
        if (member !== undefined) member.heardAt = Date.now();
        return;
      }
      if (isSignedOut) return page.postMessage({ kind: 'signed-out' });
      if (member !== undefined && member.path !== message.path) leave(page);
      members.set(page, { path: message.path, heardAt: Date.now() });
      const stream = streamOf(message.path, message.session);
      if (stream === undefined) page.postMessage({ kind: 'down' });
      else stream.add(page);
    },
  };
}

// As a shared worker this file waits for pages; a page that has none imports it and opens the desk itself.
if ('onconnect' in globalThis) {
  const streams = openStreams();
  addEventListener('connect', (event) => {
    const [port] = (event as MessageEvent).ports;
    if (port === undefined) return;
    port.onmessage = ({ data }) => streams.hear(port, data as ToStreams);
  });
}
