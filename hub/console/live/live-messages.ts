import type { LiveEntry } from './live-view.ts';

/** A row on its way from the streams to a page. Shape: `id` is the row's own in its stream. */
export interface LiveRowMessage extends LiveEntry {
  readonly id: string;
}

/** What a page says to the streams. Shape: `path` names the stream; `alive` keeps the page from being forgotten. */
export type ToStreams =
  | { readonly kind: 'join'; readonly path: string; readonly session: string }
  | { readonly kind: 'alive' }
  | { readonly kind: 'leave' };

/**
 * What the streams say to a page.
 *
 * Shape: rows come as changes, or whole where the page has to begin anew; `pulseAgeMs` is how long ago the hub last said that they are
 *        fresh, absent before it did. `down` holds until `up`.
 */
export type ToPage =
  | {
      readonly kind: 'rows';
      readonly isWhole: boolean;
      readonly put: readonly LiveRowMessage[];
      readonly drop: readonly string[];
      readonly pulseAgeMs?: number;
    }
  | { readonly kind: 'up' | 'down' | 'signed-out' };

/** One end of the way between a page and the streams. */
export interface LivePort<Sent> {
  postMessage(message: Sent): void;
}
