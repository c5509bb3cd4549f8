import { Order } from '@gatehouse/shared/schema/order.ts';
import { instantText, parseInstant } from '@gatehouse/shared/values/instant.ts';
import {
  type FillStanding,
  type LeafEntry,
  ORDER_ENTRIES_MAX,
  type OrderHistory,
  readOrderHistory,
} from '../../store/pages/order-history.ts';
import type { ConsoleContext, Parts } from '../console-deps.ts';
import { DecisionTable } from '../parts/decision-table.tsx';
import { figureText, plainWord, stateWord } from '../parts/figure-text.ts';
import { Hash, LeafLink, StateMark, Time } from '../parts/marks.tsx';
import { OrderTerms, orderSummary } from '../parts/order-terms.tsx';
import { STATE_NOTES } from '../parts/order-words.ts';
import { Heading, renderPage } from '../parts/page.tsx';
import { RecordFields } from '../parts/record-fields.tsx';
import { missingPage } from '../parts/refusal-page.tsx';
import { inOrder, type JsonRecord, readBody, recordIn, textIn } from '../parts/stored-body.ts';
import type { Route } from '../route.ts';

const ORDER_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,35}$/;

export const orderRoutes: readonly Route[] = [
  { method: 'GET', path: '/orders/:id', needs: 'records.read', handle: showOrder },
];

async function showOrder(c: ConsoleContext, parts: Parts) {
  const id = c.req.param('id') ?? '';
  const history = ORDER_ID.test(id) ? await readOrderHistory(parts.database, id) : undefined;
  if (history === undefined) return missingPage(c, parts, `There is no order ${id.slice(0, 40)}.`);
  const intent = history.entries.find(({ kind }) => kind === 'intent');
  const order = recordIn(readBody(intent?.body), 'order');
  return renderPage(c, parts, {
    title: `Order ${history.orderId}`,
    place: '/orders',
    body: (
      <>
        <Heading title={`Order ${history.orderId}`} note={orderSummary(order)}>
          <StateMark state={history.state} />
        </Heading>
        {history.refusedBy.length === 0 ? null : (
          <p class="refused">
            Refused by <strong>{history.refusedBy.map(plainWord).join(', ')}</strong>. It never reached a venue.
          </p>
        )}
        {STATE_NOTES.has(history.state) ? <p class="hint">{STATE_NOTES.get(history.state)}</p> : null}
        <OrderTerms order={order} history={history} />
        <h2 class="block">What happened</h2>
        <History history={history} />
      </>
    ),
  });
}

function History({ history }: { readonly history: OrderHistory }) {
  return (
    <ol class="history">
      {history.entries.map((entry) => (
        <li class={`event event-${entry.kind}`}>
          <EntryHead entry={entry} fill={history.fills.find(({ leaf }) => leaf === entry.leaf)} />
          <EntryContent entry={entry} />
        </li>
      ))}
      {history.entries.length < ORDER_ENTRIES_MAX ? null : <li>There are more entries than one page shows.</li>}
    </ol>
  );
}

function EntryHead({ entry, fill }: { readonly entry: LeafEntry; readonly fill: FillStanding | undefined }) {
  return (
    <header>
      <h3>
        {titleOf(entry)} {fill === undefined ? null : <FillMark fill={fill} />}
      </h3>
      <p class="note">
        <Time at={entry.at} isWhole /> · <LeafLink leaf={entry.leaf} /> · {entry.edge} {`${entry.epoch}/${entry.seq}`} ·{' '}
        <Hash hash={entry.hash} />
      </p>
    </header>
  );
}

/** What became of an execution, where it does not stand as it was reported. */
function FillMark({ fill: { status, changedLeaf } }: { readonly fill: FillStanding }) {
  if (changedLeaf === null) return null;
  return (
    <>
      <StateMark state={status} /> <LeafLink leaf={changedLeaf} />
    </>
  );
}

function titleOf({ kind, body }: LeafEntry): string {
  if (body === null) return plainWord(kind);
  const value = readBody(body);
  if (kind === 'intent') return 'Intent';
  if (kind === 'decision') return `Decision: ${textIn(value, 'outcome')}`;
  if (kind === 'order') return `State: ${stateWord(textIn(value, 'state'))}`;
  if (kind === 'fill') return `Fill: ${dealt(value)}`;
  if (kind === 'fill-change') return changeTitle(value);
  return kind;
}

function changeTitle(value: JsonRecord): string {
  const before = dealt(recordIn(value, 'before'));
  if (textIn(value, 'change') === 'bust') return `A fill that did not stand: ${before}`;
  return `A fill corrected: ${before} became ${dealt(recordIn(value, 'after'))}`;
}

function dealt(figures: JsonRecord): string {
  return `${figureText(textIn(figures, 'quantity'))} at ${figureText(textIn(figures, 'price'))}`;
}

function EntryContent({ entry }: { readonly entry: LeafEntry }) {
  const value = readBody(entry.body);
  if (entry.body === null)
    return <p class="note">The body was destroyed under its retention rule; its hash still stands in the log.</p>;
  if (entry.kind === 'intent')
    return <RecordFields record={inOrder(recordIn(value, 'order'), Object.keys(Order.shape))} />;
  if (entry.kind === 'decision') return <DecisionTable decision={value} />;
  const { v: _version, order: _order, at: _at, state: _state, ...rest } = value;
  const at = textIn(value, 'at');
  return (
    <>
      {at === '' ? null : (
        <p>
          Market time <Time at={instantText(parseInstant(at))} isWhole />
        </p>
      )}
      <RecordFields record={rest} />
    </>
  );
}
