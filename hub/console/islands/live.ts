import { addMs, type Instant, instantText, parseInstant } from '@gatehouse/shared/values/instant.ts';
import type { LiveRowMessage, ToPage, ToStreams } from '../live/live-messages.ts';
import { type LivePage, viewOf } from '../live/live-page.ts';
import { type Pulse, viewPath } from '../live/live-view.ts';
import { type Joined, joinStreams } from './join-streams.ts';
import { contentMaker, type MakeContent } from './live-content.tsx';
import { showLocalTimes } from './local-times.ts';
import { morph } from './morph.ts';

/** Ages grow without any news. Units: milliseconds. */
const REDRAW_MS = 5_000;
const LOOK_MS = 1_000;
/** After the hub has said nothing for so long the page is not live. Units: milliseconds. */
const SILENT_MS_MAX = 15_000;
/** Rows may be older than a page that the hub has just made; so long the page stands as it came. Units: milliseconds. */
const FRESH_MS = 1_500;
const ALIVE_MS = 30_000;
const SIGN_IN_MS = 1_500;

/** Keeps the moving part of a page up to date while the hub can be heard, and says in words whether it can. */
export function goLive(): void {
  const badge = document.querySelector<HTMLElement>('[data-live]');
  const target = document.getElementById('panels');
  if (badge === null || target === null) return;
  const { live = '', session = '', at = '', worker = '' } = badge.dataset;
  const page = JSON.parse(live) as LivePage;
  const part = createLivePart({ badge, target, make: contentMaker(page), at: parseInstant(at) });
  const join: ToStreams = { kind: 'join', path: viewPath(viewOf(page)), session };
  const streams = joinStreams({ worker, name: `gatehouse-${session}`, onMessage: (message) => part.hear(message) });
  keepInTouch(streams, join);
  setInterval(() => part.look(), LOOK_MS);
  setInterval(() => part.draw(), REDRAW_MS);
}

/** Comes, goes and comes back with the page, and says now and then that it is still there. */
function keepInTouch(streams: Joined, join: ToStreams): void {
  streams.say(join);
  setInterval(() => streams.say({ kind: 'alive' }), ALIVE_MS);
  addEventListener('pagehide', () => streams.say({ kind: 'leave' }));
  addEventListener('pageshow', (event) => {
    if (event.persisted) streams.say(join);
  });
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) streams.say(join);
  });
}

interface PartDeps {
  readonly badge: HTMLElement;
  readonly target: HTMLElement;
  readonly make: MakeContent;
  /** The hub's time when the page was made. */
  readonly at: Instant;
}

interface LivePart {
  hear(message: ToPage): void;
  look(): void;
  draw(): void;
}

function createLivePart({ badge, target, make, at }: PartDeps): LivePart {
  const rows = new Map<string, LiveRowMessage>();
  let clock = { hub: at, own: Date.now() };
  const opened = clock.own;
  let heardAt: number | undefined;
  let isDown = false;
  let isOut = false;
  let isHeld = false;
  let drawing: ReturnType<typeof setTimeout> | undefined;

  const hubTime = (own: number): Instant => addMs(clock.hub, Math.round(own - clock.own));

  function look(): void {
    if (isOut) return;
    const isLive = !isDown && heardAt !== undefined && Date.now() - heardAt < SILENT_MS_MAX;
    const isEarly = heardAt === undefined && !isDown && Date.now() - opened < SILENT_MS_MAX;
    const since = instantText(hubTime(heardAt ?? opened)).slice(11, 16);
    // A click into a list holds it for as long as the focus stays there, which may be all day.
    if (isLive && isHeld) say('live, but the list you are in stands still', false);
    else say(isLive ? 'live' : isEarly ? 'not live' : `not live since ${since} UTC`, isLive);
  }
  function say(text: string, isLive: boolean): void {
    if (badge.textContent?.trim() !== text) badge.textContent = text;
    badge.classList.toggle('is-live', isLive);
  }
  function take(message: Extract<ToPage, { kind: 'rows' }>): void {
    if (message.isWhole) rows.clear();
    for (const row of message.put) rows.set(row.id, row);
    for (const id of message.drop) rows.delete(id);
    if (message.pulseAgeMs !== undefined) heardAt = Date.now() - message.pulseAgeMs;
    const pulse = [...message.put].find(({ kind }) => kind === 'pulse');
    if (pulse !== undefined && heardAt !== undefined) {
      clock = { hub: parseInstant((pulse.body as Pulse).at), own: heardAt };
    }
    drawSoon();
  }
  function drawSoon(): void {
    drawing ??= setTimeout(draw, Math.max(0, opened + FRESH_MS - Date.now()));
  }
  function draw(): void {
    clearTimeout(drawing);
    drawing = undefined;
    if (heardAt === undefined || isOut || document.hidden) return;
    const html = make([...rows.values()], hubTime(Date.now()));
    if (html === undefined) return;
    const { body } = new DOMParser().parseFromString(html, 'text/html');
    showLocalTimes(body);
    isHeld = morph(target, body);
    look();
  }
  function leave(): void {
    isOut = true;
    say('signed out', false);
    setTimeout(
      () => location.assign(`/sign-in?to=${encodeURIComponent(location.pathname + location.search)}`),
      SIGN_IN_MS,
    );
  }
  return {
    look,
    draw,
    hear: (message) => {
      if (message.kind === 'signed-out') return leave();
      if (message.kind === 'rows') take(message);
      else isDown = message.kind === 'down';
      look();
    },
  };
}
