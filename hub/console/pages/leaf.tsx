import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { Order } from '@gatehouse/shared/schema/order.ts';
import { type LeafProof, proveLeaf } from '../../ledger/tiles/prove-leaf.ts';
import { inTransaction } from '../../store/database.ts';
import { readLeaf, type ShownLeaf } from '../../store/pages/ledger.ts';
import type { ConsoleContext, Parts } from '../console-deps.ts';
import { DecisionTable } from '../parts/decision-table.tsx';
import { LeafProofPanel } from '../parts/leaf-proof.tsx';
import { Hash, Mark } from '../parts/marks.tsx';
import { Heading, renderPage } from '../parts/page.tsx';
import { RecordFields } from '../parts/record-fields.tsx';
import { missingPage } from '../parts/refusal-page.tsx';
import { inOrder, readBody, recordIn, textIn } from '../parts/stored-body.ts';
import { VerificationPanel } from '../parts/verification-panel.tsx';
import { addressOf, type Route, viewerOf } from '../route.ts';

export const leafRoutes: readonly Route[] = [
  { method: 'GET', path: '/ledger/:leaf{\\d{1,15}}', needs: 'ledger.read', handle: showLeaf },
  { method: 'GET', path: '/ledger/:leaf{\\d{1,15}}/proof', needs: 'records.export', handle: takeProof },
  { method: 'POST', path: '/ledger/verify', needs: 'ledger.verify', handle: startVerification },
  { method: 'GET', path: '/live/verification', needs: 'ledger.read', isPassive: true, handle: showVerification },
];

async function showLeaf(c: ConsoleContext, parts: Parts) {
  const leaf = Number(c.req.param('leaf'));
  const entry = await readLeaf(parts.database, leaf);
  if (entry === undefined) return missingPage(c, parts, `The ledger has no leaf ${leaf}.`);
  const body = readBody(entry.body);
  const orderId = textIn(body, 'order') || textIn(recordIn(body, 'order'), 'id');
  return renderPage(c, parts, {
    title: `Leaf ${leaf}`,
    place: '/ledger',
    body: (
      <>
        <Heading
          title={`Leaf ${leaf}`}
          note={`${entry.kind}, entry ${entry.seq} of stream ${entry.edge}, epoch ${entry.epoch}`}
        >
          {leaf > 0 ? (
            <a class="button" rel="prev" href={`/ledger/${leaf - 1}`}>
              Leaf before
            </a>
          ) : null}
          <a class="button" rel="next" href={`/ledger/${leaf + 1}`}>
            Leaf after
          </a>
        </Heading>
        {entry.setAside === null ? null : (
          <p class="problem">
            <Mark tone="warn">set aside</Mark> {entry.setAside}
          </p>
        )}
        <section class="block">
          <h2>Header</h2>
          <p class="note">
            Entry hash <Hash hash={entry.hash} isWhole />
          </p>
          <RecordFields record={readBody(entry.header)} />
        </section>
        <section class="block">
          <h2>Body</h2>
          {orderId === '' ? null : (
            <p>
              Belongs to <a href={`/orders/${orderId}`}>{`order ${orderId}`}</a>.
            </p>
          )}
          {entry.body === null ? (
            <MissingBody entry={entry} />
          ) : entry.kind === 'decision' ? (
            <DecisionTable decision={body} />
          ) : (
            <RecordFields
              record={entry.kind === 'intent' ? inOrder(recordIn(body, 'order'), Object.keys(Order.shape)) : body}
            />
          )}
        </section>
        <LeafProofPanel leaf={leaf} proof={await proofOrReason(parts, leaf)} />
        <details class="block">
          <summary>As stored, byte for byte</summary>
          <h3>Header (the leaf of the log)</h3>
          <pre tabindex={0}>{entry.header}</pre>
          <h3>Salt</h3>
          <pre tabindex={0}>{entry.salt === null ? goneWord(entry) : Buffer.from(entry.salt).toString('hex')}</pre>
          <h3>Body</h3>
          <pre tabindex={0}>{entry.body ?? goneWord(entry)}</pre>
        </details>
      </>
    ),
  });
}

/** Why there is no body: a disposal with its certificate, or damage. */
function MissingBody({ entry }: { readonly entry: ShownLeaf }) {
  if (!entry.disposal) {
    return (
      <p class="problem">
        <Mark tone="bad">damaged</Mark>{' '}
        {entry.fault === undefined ? 'The body is missing, and no disposal is on record.' : `The body: ${entry.fault}.`}
      </p>
    );
  }
  return (
    <p class="note">
      The body was disposed of under its retention rule by disposal {entry.disposal}; its hash still stands in the
      header.{' '}
      {entry.certificateLeaf === null ? null : (
        <a href={`/ledger/${entry.certificateLeaf}`}>{`Certificate: leaf ${entry.certificateLeaf}`}</a>
      )}
    </p>
  );
}

function goneWord({ disposal }: ShownLeaf): string {
  return disposal ? 'disposed of' : 'missing';
}

/** The proof of a leaf, or in words why there is none. */
async function proofOrReason(parts: Parts, leaf: number): Promise<LeafProof | string> {
  try {
    const proof = await proveLeaf(parts.database, leaf);
    return proof ?? 'No signed checkpoint covers this record yet. Load the page again in a moment.';
  } catch (error) {
    if (error instanceof KitError && error.code === 'LEDGER_MISMATCH') return describeError(error);
    throw error;
  }
}

async function takeProof(c: ConsoleContext, parts: Parts) {
  const leaf = Number(c.req.param('leaf'));
  const proof = await proveLeaf(parts.database, leaf);
  if (proof === undefined) return missingPage(c, parts, `No signed checkpoint covers a leaf ${leaf}.`);
  const { personId: by } = viewerOf(c);
  const act = { action: 'record.proof-taken', by, from: addressOf(c), target: `leaf-${leaf}` };
  await inTransaction(parts.database, (tx) => parts.appendAct(tx, { ...act, after: { size: `${proof.size}` } }));
  c.header('Content-Disposition', `attachment; filename="leaf-${leaf}.tlog-proof"`);
  c.header('Cache-Control', 'no-store');
  return c.text(proof.file);
}

async function startVerification(c: ConsoleContext, parts: Parts) {
  const { personId: by } = viewerOf(c);
  const from = addressOf(c);
  const isStarted = parts.verification.start(by);
  if (isStarted) {
    await inTransaction(parts.database, (tx) => parts.appendAct(tx, { action: 'ledger.verify-started', by, from }));
  }
  return c.redirect('/ledger#verification', 303);
}

function showVerification(c: ConsoleContext, parts: Parts) {
  c.header('Cache-Control', 'no-store');
  return c.html(<VerificationPanel state={parts.verification.state()} mayStart={false} />);
}
