import type { ArchiveState } from '../../store/archive-rows.ts';
import { countText } from './figure-text.ts';
import { Mark, Time } from './marks.tsx';

interface PanelProps {
  /** One for each place; usually there is one. */
  readonly states: readonly ArchiveState[];
  /** Leaves of the ledger. */
  readonly size: number;
}

const MEGABYTE = 1e6;

/** What of the ledger lies in the archive, whether it is as it was written, and what the archive waits for. */
export function ArchivePanel({ states, size }: PanelProps) {
  const isEmpty = states.every(({ segments }) => segments === 0);
  return (
    <section class="panel" id="archive" aria-live="polite">
      <h2>Archive</h2>
      {isEmpty ? <p>Nothing is archived yet. A day goes to the archive when it is over.</p> : null}
      {states.map((state) => (
        <Place state={state} size={size} />
      ))}
    </section>
  );
}

function Place({ state, size }: { readonly state: ArchiveState; readonly size: number }) {
  const { segments, damaged, bytes, lastLeaf, problem, problemAt, oldestVerifiedAt } = state;
  const archived = lastLeaf === null ? 0 : lastLeaf + 1;
  return (
    <>
      {problem === null || problemAt === null ? null : (
        <p class="problem">
          It waits since <Time at={problemAt} />: {problem}
        </p>
      )}
      {segments === 0 ? null : (
        <p>
          {damaged === 0 ? (
            <Mark tone="good">as written</Mark>
          ) : (
            <Mark tone="bad">{`${countText(damaged)} segments damaged`}</Mark>
          )}{' '}
          {`${countText(archived)} of ${countText(size)} leaves in ${countText(segments)} segments, ${(bytes / MEGABYTE).toFixed(1)} MB, in `}
          <code>{state.place}</code>
          {oldestVerifiedAt === null ? '.' : '. Every one was read again since '}
          {oldestVerifiedAt === null ? null : <Time at={oldestVerifiedAt} />}
        </p>
      )}
    </>
  );
}
