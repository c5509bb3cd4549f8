import type { EdgeHalt } from '../../store/pages/edges.ts';
import { CodeField } from './step-up.tsx';

/** What was typed into a form that could not be done, so that nobody types it again. */
export type Typed = Readonly<Record<string, string>>;

const STOPS: readonly (readonly [value: string, label: string])[] = [
  ['kill-cancel', 'Kill: no new order, and cancel what is open'],
  ['kill-flatten', 'Kill: cancel what is open, then close positions'],
  ['pause', 'Pause: take no new risk for now, open orders stay'],
  ['reduce', 'Reduce: bring positions down, open orders stay'],
];

/** What each word means, so that nobody has to guess under pressure. */
const MEANINGS: readonly (readonly [word: string, meaning: string])[] = [
  [
    'Kill',
    'No new order passes and open orders are taken back. With “close positions”, what is held is closed as well.',
  ],
  [
    'Pause',
    'No new risk: an order that opens or adds to a position is refused. What is open stays and may still fill. The trader waits.',
  ],
  [
    'Reduce',
    'Only reducing orders: an order passes where it makes a position smaller. What is open stays and may still fill. The trader closes what is held, step by step.',
  ],
  [
    'Both',
    'The gate judges an order under pause and under reduce by the same rule; the word goes on record and tells the trader what you want. Each ends with a signed release, as a kill does.',
  ],
];

/** The words of the form that stops trading. */
export function StopMeanings() {
  return (
    <details>
      <summary>What kill, pause and reduce mean</summary>
      <dl class="facts">
        {MEANINGS.map(([word, meaning]) => (
          <div>
            <dt>{word}</dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

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

/** What can be asked of an edge beside stops and releases. */
export const ASKS = ['rotate-keys', 'refetch', 'upgrade-notice'] as const;
export type Ask = (typeof ASKS)[number];

const ASK_WORDS: Readonly<Record<Ask, { readonly title: string; readonly note: string; readonly button: string }>> = {
  'rotate-keys': {
    title: 'Renew its certificate',
    note: 'The edge makes a new key and asks for a new certificate; the old one ends when the new one is used. Its signing key stays. An edge without a certificate refuses.',
    button: 'Renew',
  },
  refetch: {
    title: 'Fetch everything anew',
    note: 'The edge fetches sheets, lists, leases and commands from the start. What it has stays in force until the new copy is whole.',
    button: 'Fetch anew',
  },
  'upgrade-notice': {
    title: 'Ask for a release',
    note: 'The trader reads which release the firm asks for. Nothing is installed by it.',
    button: 'Send the notice',
  },
};

/** Asks an edge for what takes its turn among its commands. Shape: one form each, since each has its own question. */
export function AskForms({
  edge,
  needsCode,
  typed = {},
}: {
  readonly edge: string;
  readonly needsCode: boolean;
  readonly typed?: Typed | undefined;
}) {
  return (
    <>
      {ASKS.map((ask) => {
        const { title, note, button } = ASK_WORDS[ask];
        const mine = typed['ask'] === ask ? typed : {};
        return (
          <>
            <h3>{title}</h3>
            <p class="note">{note}</p>
            <form method="post" action={`/edges/${edge}/ask`} class="filters" aria-label={title}>
              <input type="hidden" name="ask" value={ask} />
              {ask === 'upgrade-notice' ? (
                <label>
                  <span>Release</span>
                  <input name="release" required maxlength={64} value={mine['release'] ?? ''} spellcheck={false} />
                </label>
              ) : null}
              <label>
                <span>Reason, for the ledger</span>
                <input name="reason" required maxlength={2_000} value={mine['reason'] ?? ''} />
              </label>
              <CodeField needsCode={needsCode} />
              <div class="buttons">
                <button type="submit">{button}</button>
              </div>
            </form>
          </>
        );
      })}
    </>
  );
}
