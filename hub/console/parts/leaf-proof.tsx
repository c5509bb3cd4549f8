import type { LeafProof } from '../../ledger/tiles/prove-leaf.ts';

/** What shows that a record is in the signed log, and where to take it from. Shape: `proof` is a text where there is none. */
export function LeafProofPanel({ leaf, proof }: { readonly leaf: number; readonly proof: LeafProof | string }) {
  if (typeof proof === 'string') {
    return (
      <section class="block" id="proof">
        <h2>Proof</h2>
        <p class="problem">{proof}</p>
      </section>
    );
  }
  return (
    <section class="block" id="proof">
      <h2>Proof</h2>
      <p>
        This record is entry {leaf} of the log of {proof.size} entries that the checkpoint below signs. The hub has just
        checked it; anybody else can, with the public key alone: <a href={`/ledger/${leaf}/proof`}>take the proof</a>,
        then <code>{`gatehouse verify --key hub.vkey --proof leaf-${leaf}.tlog-proof`}</code>. The file holds the record
        itself.
      </p>
      <details>
        <summary>{`The proof: ${proof.hashes.length} hashes from the leaf to the root`}</summary>
        <dl class="fields">
          <div>
            <dt>Leaf hash</dt>
            <dd>
              <code>{proof.leafHash}</code>
            </dd>
          </div>
          <div>
            <dt>Root</dt>
            <dd>
              <code>{proof.root}</code>
            </dd>
          </div>
        </dl>
        <pre tabindex={0}>{proof.hashes.join('\n')}</pre>
        <h3>Signed checkpoint</h3>
        <pre tabindex={0}>{proof.checkpoint}</pre>
      </details>
    </section>
  );
}
