import type { EdgeHalt } from '../../store/pages/edges.ts';
import { CodeField } from './step-up.tsx';

/** What was typed into a form that could not be done, so that nobody types it again. */
export type Typed = Readonly<Record<string, string>>;

const STOPS: readonly (readonly [value: string, label: string])[] = [
  ['kill-cancel', 'Kill: no new order, and cancel what is open'],
  ['kill-flatten', 'Kill: cancel what is open, then close positions'],
  ['pause', 'Pause: only what reduces risk passes, open orders stay'],
  ['reduce', 'Reduce only: what adds risk is refused, open orders stay'],
];

/** Stops trading at one edge, or at those that are chosen. Shape: a session and the tick are all it asks for. */
export function StopForm({
  action,
  edges,
  typed = {},
}: {
  readonly action: string;
  /** Edges to choose from; absent where the form is for one. */
  readonly edges?: readonly string[];
  readonly typed?: Typed | undefined;
}) {
  return (
    <form method="post" action={action} class="filters" aria-label="Stop trading">
      {edges === undefined ? null : (
        <label>
          <span>Which edges</span>
          <select name="edge">
            <option value="">every edge</option>
            {edges.map((edge) => (
              <option value={edge} selected={typed['edge'] === edge}>
                {edge}
              </option>
            ))}
          </select>
        </label>
      )}
      <label>
        <span>What</span>
        <select name="stop">
          {STOPS.map(([value, label]) => (
            <option value={value} selected={typed['stop'] === value}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>Scopes; an order stops where it lies in all of them</span>
        <input name="scopes" required maxlength={600} value={typed['scopes'] ?? 'firm'} spellcheck={false} />
      </label>
      <label>
        <span>Reason, for the ledger</span>
        <input name="reason" required maxlength={2_000} value={typed['reason'] ?? ''} />
      </label>
      <div class="buttons">
        <label class="tick">
          <input type="checkbox" name="confirmed" value="yes" required /> I mean it
        </label>
        <button type="submit" class="danger">
          Stop
        </button>
      </div>
    </form>
  );
}

/** Hands in the release of a kill that two people have signed for this edge. */
export function ReleaseForm({
  edge,
  halts,
  needsCode,
  typed = {},
}: {
  readonly edge: string;
  readonly halts: readonly EdgeHalt[];
  readonly needsCode: boolean;
  readonly typed?: Typed | undefined;
}) {
  return (
    <form
      method="post"
      action={`/edges/${edge}/release`}
      enctype="multipart/form-data"
      class="filters"
      aria-label="Release a kill"
    >
      <label>
        <span>Kill</span>
        <select name="kill" required>
          {halts.map(({ kill, scope }) => (
            <option value={kill} selected={typed['kill'] === kill}>{`${kill}, ${scope}`}</option>
          ))}
        </select>
      </label>
      <label>
        <span>Release that two people signed with gatehouse sign</span>
        <input type="file" name="document" required />
      </label>
      <label>
        <span>Reason, for the ledger</span>
        <input name="reason" required maxlength={2_000} value={typed['reason'] ?? ''} />
      </label>
      <CodeField needsCode={needsCode} />
      <div class="buttons">
        <button type="submit">Release</button>
      </div>
    </form>
  );
}
