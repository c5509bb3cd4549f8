/** What a shape server holds and waits for at most. Units: `…Ms` milliseconds, `…Bytes…` characters of what is sent. */
export interface ShapeLimits {
  /** After how much one answer ends and the next begins. */
  readonly chunkBytes: number;
  /** Beyond this a shape is dropped, and whoever follows it fetches it anew. */
  readonly shapeBytesMax: number;
  /** Beyond this the largest shapes are dropped. */
  readonly allBytesMax: number;
  readonly shapesMax: number;
  /** How many requests wait for news at once; more are asked to come again. */
  readonly waitingMax: number;
  /** How many changes may wait for their turn before the database is asked to hold back. */
  readonly queuedChangesMax: number;
  readonly longPollMs: number;
  readonly keepAliveMs: number;
  /** How long one stream of events stays open. */
  readonly eventStreamMs: number;
  /** How often the tables behind the shapes are looked at, for what no change tells. */
  readonly tableCheckMs: number;
  /** How long a first answer waits for its snapshot. */
  readonly openMs: number;
  readonly bodyBytesMax: number;
}

/** What a hub runs with. Source: the values of Electric's own server where the client depends on them. */
export const SHAPE_LIMITS: ShapeLimits = {
  chunkBytes: 10 * 1024 * 1024,
  shapeBytesMax: 64 * 1024 * 1024,
  allBytesMax: 512 * 1024 * 1024,
  shapesMax: 4_000,
  waitingMax: 10_000,
  queuedChangesMax: 20_000,
  longPollMs: 20_000,
  keepAliveMs: 21_000,
  eventStreamMs: 60_000,
  tableCheckMs: 2_000,
  openMs: 20_000,
  bodyBytesMax: 1024 * 1024,
};
