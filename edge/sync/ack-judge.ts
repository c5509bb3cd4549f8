import { type Ack, type AckProof, PROVEN_ENTRIES_MAX } from '@gatehouse/shared/journal/ack.ts';
import { auditAck, type Witnessed } from '@gatehouse/shared/journal/ack-audit.ts';
import { type Checkpoint, openCheckpoint } from '@gatehouse/shared/journal/checkpoint.ts';
import type { SeenLedger } from '@gatehouse/shared/journal/head-note.ts';
import type { Verifier } from '@gatehouse/shared/journal/note.ts';
import type { LedgerWitness } from './ledger-witness.ts';

/** What an acknowledgement is worth. */
export type AckJudgement =
  /** The ledger grew from what was seen and holds our entries, or the hub is of a release that proves nothing yet. */
  | { readonly kind: 'good' }
  /** Nothing is shown yet: the hub is to be asked for a proof from here. */
  | { readonly kind: 'ask'; readonly seen: SeenLedger }
  /** The hub knows less than it signed before, and nothing of it contradicts what we remember. */
  | { readonly kind: 'set-back'; readonly message: string }
  /** The hub signed two ledgers that contradict each other, or proves nothing any more. */
  | { readonly kind: 'refuted'; readonly message: string };

/**
 * What a judge knows.
 *
 * Shape: `leavesOf` gives the leaf hashes of our own entries after the first place up to the second; undefined where the
 *        journal no longer keeps them, so that nothing can be shown of them.
 */
export interface AckJudgeDeps {
  readonly hub: readonly Verifier[];
  readonly witness: LedgerWitness;
  readonly leavesOf: (after: number, to: number) => Promise<readonly Uint8Array[] | undefined>;
}

/**
 * Judges acknowledgements by what this edge has seen of the ledger, and remembers what they prove.
 *
 * Shape:  a smaller ledger than the one seen is asked for a proof from the largest checkpoint that is remembered below it:
 *         where that holds the hub was set back, where it fails the hub rewrote its history. Nobody can show more: what
 *         lay between that checkpoint and the ledger that was seen is known to the hub alone. A ledger that was set back and
 *         then grew beyond what was seen contradicts it, and is refuted like any other.
 * Errors: those of `openCheckpoint`.
 */
export function createAckJudge({
  hub,
  witness,
  leavesOf,
}: AckJudgeDeps): (ack: Ack, isExcused: boolean) => Promise<AckJudgement> {
  let asked: Witnessed | undefined;
  let firstKept = 0;
  /** From where a proof can lead: a hub that was set back cannot begin after what it acknowledges. */
  const placeOf = (size: number, ackedSeq: number): Witnessed => {
    const place = size < witness.seen.size ? witness.remembered(size) : witness.seen;
    return { ...place, seq: Math.min(Math.max(place.seq, firstKept), ackedSeq) };
  };
  const ask = (place: Witnessed): AckJudgement => {
    asked = place;
    return { kind: 'ask', seen: { size: place.size, seq: place.seq } };
  };
  const judgeProven = async (ack: Ack, proof: AckProof, checkpoint: Checkpoint): Promise<AckJudgement> => {
    const { seen } = witness;
    const isSmaller = checkpoint.size < seen.size;
    const known = placeOf(checkpoint.size, ack.seq);
    if (known.size === checkpoint.size && Buffer.compare(known.root, checkpoint.root) !== 0) {
      return { kind: 'refuted', message: `the hub signed two ledgers of ${known.size} leaves` };
    }
    // No late answer: what was acknowledged before these entries was signed over a smaller ledger.
    if (!isSmaller && ack.seq < seen.seq) {
      const signed = `a ledger of ${seen.size} leaves with our entries up to ${seen.seq}`;
      return {
        kind: 'refuted',
        message: `the hub signed ${signed}, and now one of ${checkpoint.size} up to ${ack.seq}`,
      };
    }
    // A late answer may name a smaller ledger as well; only the answer to our question shows that the hub knows no more.
    const isAnswer = !isSmaller || asked?.size === known.size;
    const leadsFrom = proof.base.size === known.size && proof.base.seq === known.seq;
    if (!isAnswer || !leadsFrom) return ask(known);
    const to = Math.min(proof.to, ack.seq, proof.base.seq + PROVEN_ENTRIES_MAX);
    const leaves = await leavesOf(proof.base.seq, to);
    if (leaves === undefined) {
      firstKept = ack.seq;
      return ask(placeOf(checkpoint.size, ack.seq));
    }
    const finding = auditAck({ ack, proof, checkpoint, known, leaves });
    if (finding.kind === 'elsewhere') return ask(known);
    if (finding.kind === 'refuted') return { kind: 'refuted', message: finding.reason };
    asked = undefined;
    witness.accept(finding.seen, ack.checkpoint);
    if (!isSmaller) return { kind: 'good' };
    return { kind: 'set-back', message: setBackMessage(seen.size, checkpoint.size, known.size) };
  };
  return async (ack, isExcused) => {
    if (ack.proof !== undefined) return judgeProven(ack, ack.proof, openCheckpoint(ack.checkpoint, hub));
    if (!witness.wasProven) return { kind: 'good' };
    if (isExcused) return ask({ ...witness.seen, seq: Math.min(witness.seen.seq, ack.seq) });
    return { kind: 'refuted', message: 'the hub acknowledges without a proof, and it gave one before' };
  };
}

function setBackMessage(before: number, now: number, shown: number): string {
  const lost = `the hub signed a ledger of ${before} leaves before and has ${now} now`;
  return shown === 0 ? `${lost}; nothing of it can be compared` : `${lost}; up to ${shown} it is the same`;
}
