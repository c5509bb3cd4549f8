/** What a session is asked for. */
export interface StreamWish {
  readonly urls: object;
  readonly secret: { readonly key: string; readonly secret: string };
  readonly isLoud: boolean;
}

/** Numbers that must run on without a gap. Shape: `wrong` came where another one should have, `missing` were said to be so. */
export interface Sequence {
  readonly first: number | undefined;
  readonly last: number;
  readonly told: number;
  readonly wrong: number;
  readonly missing: number;
}

/** How a session stands. Units: bytes; `oldestMs` is the greatest age of a quote that was given. */
export interface StreamTick {
  readonly kind: 'begun' | 'tick';
  readonly rss: number;
  readonly heapUsed: number;
  readonly links: Readonly<Record<'venue' | 'market' | 'bars', number>>;
  readonly orders: {
    readonly outcomes: Readonly<Record<string, number>>;
    readonly unresolved: number;
    readonly accepted: number;
    readonly fills: number;
    readonly twice: number;
  };
  readonly trades: Sequence;
  readonly bars: Sequence;
  readonly quotes: {
    readonly gaps: number;
    readonly quotes: number;
    readonly oldestMs: number;
    readonly looks: number;
    readonly unknown: number;
  };
}

/** How a session ended. Shape: `missed` executions were never told, `invented` ones never were. */
export interface StreamReport extends Omit<StreamTick, 'kind'> {
  readonly kind: 'report';
  readonly standing: number;
  readonly open: number;
  readonly executions: number;
  readonly missed: number;
  readonly invented: number;
  readonly book: readonly string[] | undefined;
}
