import type { AlarmRow } from '../../store/pages/overview.ts';
import { plainWord } from './figure-text.ts';
import { StateMark, Time } from './marks.tsx';

/** Something that a person must look at, as a line of a list. */
export function AlarmLine({ alarm }: { readonly alarm: AlarmRow }) {
  const { at, code, severity, edge, message, hint, leaf } = alarm;
  return (
    <li>
      <StateMark state={severity} /> <Time at={at} />{' '}
      <strong>{plainWord(code.toLowerCase().replaceAll('_', '-'))}</strong>
      {edge === null ? '' : ` on ${edge}`}: {message} {hint === null ? null : <span class="note">{hint}</span>}{' '}
      {leaf === null ? null : <a href={`/ledger/${leaf}`}>{`leaf ${leaf}`}</a>}
    </li>
  );
}
