import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { type Ack, openAck } from '@gatehouse/shared/journal/ack.ts';
import { decodeBatch } from '@gatehouse/shared/journal/batch.ts';
import { genesis, headOf, sameHead, verifyEntry } from '@gatehouse/shared/journal/chain.ts';
import { type ChainHead, parseHeader, type SealedEntry, type WireEntry } from '@gatehouse/shared/journal/entry.ts';
import { signFetch } from '@gatehouse/shared/journal/fetch-note.ts';
import type { Signer, Verifier } from '@gatehouse/shared/journal/note.ts';
import { type BrokerFiles, openBrokerLink } from './broker-link.ts';

/**
 * What a fetch needs.
 *
 * Units: `patienceMs` is how long the hub may be silent. Shape: `givesUp` where a connection that fails is not tried again.
 */
export interface FetchOptions {
  readonly url: string;
  readonly files?: BrokerFiles | undefined;
  readonly edge: string;
  readonly signer: Signer;
  readonly hub: readonly Verifier[];
  readonly random: () => number;
  readonly patienceMs: number;
  readonly givesUp?: boolean;
  /** The epoch that is asked for, where it is not the newest that the hub knows. */
  readonly epoch?: number | undefined;
}

/** Entries that follow each other, and the hub's signed word on where its records of this edge end. */
export interface FetchedPage {
  readonly entries: readonly SealedEntry[];
  readonly ack: Ack;
}

const ASK_AGAIN_MS = 1_000;

/**
 * This edge's own entries from the hub, from the first of an epoch to the last.
 *
 * Shape:  each entry is verified by the hash of the one before; what the run leads to is signed by the hub only at its end, so
 *         nothing counts before the last page. The first page comes without entries where the hub has none.
 * Errors: `BROKER_UNREACHABLE` where the hub is silent; `CHAIN_BROKEN`, `MESSAGE_MALFORMED`, `SIGNATURE_INVALID`; `NOT_FOUND`
 *         where the hub no longer has the body of an entry.
 */
export async function* fetchJournal(options: FetchOptions): AsyncGenerator<FetchedPage, undefined> {
  const line = openLine(options);
  try {
    let head: ChainHead | undefined;
    for (;;) {
      const from: number = (head?.seq ?? 0) + 1;
      const { wire, ack } = await line.ask(from);
      head ??= headBefore(options.edge, ack, wire[0]);
      const entries: SealedEntry[] = [];
      for (const one of wire) {
        const entry: SealedEntry = verifyEntry({ head, ...one });
        entries.push(entry);
        head = headOf(entry);
      }
      if (wire.length === 0 && head.seq < ack.seq) throw bodyGone(from);
      if (head.seq >= ack.seq && ack.seq > 0 && !sameHead(head, headIn(ack))) {
        throw new KitError('CHAIN_BROKEN', `the entries of the hub do not lead to what it signed, ${ack.seq}`);
      }
      yield { entries, ack };
      if (head.seq >= ack.seq) return;
    }
  } finally {
    await line.close();
  }
}

/** Where the hub stands with this edge, in its signed word. Errors: as `fetchJournal`. */
export async function askHub(options: FetchOptions, from: number): Promise<Ack> {
  const line = openLine(options);
  try {
    return (await line.ask(from)).ack;
  } finally {
    await line.close();
  }
}

interface Line {
  ask(from: number): Promise<{ readonly wire: readonly WireEntry[]; readonly ack: Ack }>;
  close(): Promise<void>;
}

function openLine({ url, files, edge, signer, hub, random, patienceMs, givesUp, epoch }: FetchOptions): Line {
  let why = 'it does not answer';
  let hear: (bytes: Buffer) => void = () => {};
  let ask = (): void => {};
  let giveUp = (): void => {};
  const link = openBrokerLink({
    url,
    files,
    clientId: edge,
    topic: `e/${edge}/ack`,
    random,
    onConnect: () => ask(),
    onClose: (reason) => {
      why = reason;
      if (givesUp === true) giveUp();
    },
    onMessage: (payload) => hear(payload),
  });
  return {
    ask: (from) =>
      new Promise((resolve, reject) => {
        ask = () => link.publish(`e/${edge}/up`, Buffer.from(signFetch(signer, { edge, from, epoch })));
        const again = setInterval(() => ask(), ASK_AGAIN_MS);
        giveUp = () => settle(() => reject(silent(url, why)));
        const late = setTimeout(giveUp, patienceMs);
        const settle = (end: () => void): void => {
          clearInterval(again);
          clearTimeout(late);
          hear = () => {};
          end();
        };
        hear = (bytes) => {
          try {
            const { entries, headNote } = decodeBatch(bytes);
            const ack = openAck(headNote, hub);
            const first = entries[0];
            if (epoch !== undefined && ack.epoch !== epoch) return;
            // An answer to an earlier question, which was asked twice, is no answer to this one.
            if (first !== undefined && parseHeader(first.headerText).seq !== from) return;
            settle(() => resolve({ wire: entries, ack }));
          } catch (error) {
            why = describeError(error);
          }
        };
        ask();
      }),
    close: () => link.stop(),
  };
}

/** Of an epoch after the first only its own entries say what it follows; the signed end vouches for them. */
function headBefore(edge: string, { epoch }: Ack, first: WireEntry | undefined): ChainHead {
  if (epoch === 1 || first === undefined) return { ...genesis(edge), epoch };
  return { edge, epoch, seq: 0, hash: parseHeader(first.headerText).prev };
}

function headIn({ edge, epoch, seq, hash }: Ack): ChainHead {
  return { edge, epoch, seq, hash };
}

function silent(url: string, why: string): KitError {
  return new KitError('BROKER_UNREACHABLE', `the hub at ${new URL(url).host} gave no entries: ${why}`, {
    hint: 'The edge starts again as soon as its hub can be reached.',
  });
}

function bodyGone(seq: number): KitError {
  return new KitError('NOT_FOUND', `the hub no longer holds the whole of entry ${seq}`, {
    hint: 'Give this edge a new data folder and a new name; its old records stay at the hub under the old one.',
  });
}
