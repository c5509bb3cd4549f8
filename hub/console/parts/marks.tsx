import type { Child } from 'hono/jsx';
import { figureText, shortHash, stateWord } from './figure-text.ts';

export type Tone = 'good' | 'bad' | 'warn' | 'plain' | 'info';

const TONES: Readonly<Record<string, Tone>> = {
  filled: 'good',
  pass: 'good',
  approved: 'good',
  active: 'good',
  live: 'good',
  completed: 'good',
  released: 'good',
  'in-force': 'good',
  stands: 'good',
  resolved: 'good',
  corrected: 'warn',
  busted: 'bad',
  found: 'bad',
  assigned: 'warn',
  explained: 'info',
  unverified: 'warn',
  working: 'info',
  sent: 'info',
  'part-filled': 'info',
  intended: 'info',
  held: 'info',
  cancelling: 'warn',
  replacing: 'warn',
  running: 'info',
  refused: 'bad',
  refuse: 'bad',
  rejected: 'bad',
  halted: 'bad',
  quarantined: 'bad',
  alarm: 'bad',
  unknown: 'warn',
  reducing: 'warn',
  warning: 'warn',
  off: 'warn',
  overridden: 'warn',
  unsent: 'warn',
  disabled: 'warn',
  renewed: 'good',
  requested: 'warn',
  'token-issued': 'info',
  expired: 'warn',
  revoked: 'bad',
  received: 'info',
  applied: 'good',
};

/** A state in a word and a colour; the word is enough. */
export function StateMark({ state }: { readonly state: string }) {
  return <Mark tone={TONES[state] ?? 'plain'}>{stateWord(state)}</Mark>;
}

/** Paper or live, in words; where real money moves, the mark says so. */
export function EnvironmentMark({ environment }: { readonly environment: string }) {
  return environment === 'live' ? <Mark tone="warn">live: real money</Mark> : <Mark tone="plain">{environment}</Mark>;
}

export function Mark({ tone, children }: { readonly tone: Tone; readonly children: Child }) {
  return <span class={`mark mark-${tone}`}>{children}</span>;
}

/** The longest id that is kept on one line. Units: characters. */
const WHOLE_LENGTH_MAX = 40;

/** A text whose ids, such as `P-demo-maker`, are not torn apart at their hyphens. */
export function Words({ text }: { readonly text: string }) {
  if (!text.includes('-')) return <>{text}</>;
  return (
    <>
      {text
        .split(/(\s+)/)
        .map((word) =>
          word.includes('-') && word.length <= WHOLE_LENGTH_MAX ? <span class="whole">{word}</span> : word,
        )}
    </>
  );
}

/** Buy or sell, in a word and a colour. */
export function SideMark({ side }: { readonly side: string }) {
  return <span class={side === 'buy' ? 'side-buy' : 'side-sell'}>{side}</span>;
}

/** A decimal, right-aligned by its column; below zero in words of a sign and a colour. */
export function Figure({ text }: { readonly text: string | null }) {
  if (text === null) return <span class="none">–</span>;
  return <span class={text.startsWith('-') ? 'figure below' : 'figure'}>{figureText(text)}</span>;
}

/** A hash, short to see and whole to copy. */
export function Hash({ hash, isWhole = false }: { readonly hash: string; readonly isWhole?: boolean }) {
  return (
    <code class="hash" title={hash}>
      {isWhole ? hash : shortHash(hash)}
    </code>
  );
}

/** A time in UTC; the reader's own zone stands in its tooltip, or beside it where there is room. */
export function Time({ at, isWhole = false }: { readonly at: string | null; readonly isWhole?: boolean }) {
  if (at === null) return <span class="none">never</span>;
  const day = at.slice(0, 10);
  const fraction = at.slice(19, -1).replace(/^\.0+$/, '');
  const clock = isWhole ? `${at.slice(11, 19)}${fraction}` : at.slice(11, 19);
  return (
    <time datetime={at.replace(/(\.\d{3})\d*Z$/, '$1Z')} data-zone={isWhole ? 'beside' : 'hover'} title={`${at} (UTC)`}>
      {day} <span class="clock">{clock}</span> <span class="utc">UTC</span>
    </time>
  );
}

export function LeafLink({ leaf, children }: { readonly leaf: number; readonly children?: Child }) {
  return (
    <a href={`/ledger/${leaf}`} class="leaf">
      {children ?? `leaf ${leaf}`}
    </a>
  );
}
