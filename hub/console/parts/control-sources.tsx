import type { Citation } from '@gatehouse/shared/law/acts.ts';

/** Where the law or the firm asks for something, one line a source. */
export function ControlSources({ sources }: { readonly sources: readonly Citation[] }) {
  return (
    <ul>
      {sources.map(({ act, place, says }) => (
        <li>
          {act.title}, {place}: {says}
        </li>
      ))}
    </ul>
  );
}
