/**
 * Kinds of entry that an edge shows its hub ahead of a long backlog: what a person there may have to act on at once.
 *
 * Shape: shown, never counted or acknowledged; the entry comes again in its turn.
 */
export const PREVIEW_KINDS: ReadonlySet<string> = new Set(['kill', 'kill-report', 'release', 'fill', 'incident']);
