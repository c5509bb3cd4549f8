import { KitError } from '@gatehouse/shared/errors.ts';
import { openSession } from '../../people/sessions.ts';
import type { ConsoleContext, Parts } from '../console-deps.ts';
import type { Route } from '../route.ts';
import { readSessionToken } from '../session-cookie.ts';

const HEARTBEAT_MS = 15_000;
const EVENT_TYPE = 'text/event-stream; charset=utf-8';

export const liveRoutes: readonly Route[] = [
  { method: 'GET', path: '/live', needs: 'glance', isPassive: true, isStream: true, handle: streamChanges },
];

/** One stream per page: an event for each change, a beat now and then, and an end when the session is over. */
function streamChanges(c: ConsoleContext, parts: Parts): Response {
  const encoder = new TextEncoder();
  const isGuest = c.get('viewer') === undefined;
  let stop: (() => void) | undefined;
  const stream = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        // A page that reads too slowly misses changes; the next one brings it up to date all the same.
        const send = (event: string): void => {
          if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(`event: ${event}\ndata: \n\n`));
        };
        const end = (): void => {
          stop?.();
          controller.close();
        };
        const leave = parts.live.listen({ changed: () => send('change'), closed: end });
        if (leave === undefined) throw new KitError('QUEUE_FULL', 'too many pages are live at this moment');
        const beat = setInterval(() => {
          void isStillOpen(c, parts, isGuest).then((isOpen) => (isOpen ? send('beat') : end()), end);
        }, HEARTBEAT_MS);
        beat.unref();
        stop = () => {
          clearInterval(beat);
          leave();
          stop = undefined;
        };
        send('open');
      },
      cancel: () => stop?.(),
    },
    { highWaterMark: 16 },
  );
  return c.body(stream, 200, { 'Content-Type': EVENT_TYPE, 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' });
}

async function isStillOpen(c: ConsoleContext, parts: Parts, isGuest: boolean): Promise<boolean> {
  if (isGuest) return !(await parts.hasPeople());
  return (await openSession(parts.people, readSessionToken(c) ?? '', { isUse: false })) !== undefined;
}
