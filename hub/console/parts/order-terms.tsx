import type { Child } from 'hono/jsx';
import type { OrderHistory, RelatedOrder } from '../../store/pages/order-history.ts';
import { figureText, plainWord } from './figure-text.ts';
import { Figure, Mark, StateMark, Time } from './marks.tsx';
import { EMULATION_WORDS, ROLE_WORDS, TIME_WORDS, TYPE_NOTES } from './order-words.ts';
import { type JsonRecord, recordIn, textIn } from './stored-body.ts';

interface TermsProps {
  readonly order: JsonRecord;
  readonly history: Pick<OrderHistory, 'related' | 'filledQuantity'>;
}

/** One line of the terms; left out where the order has nothing to say of it. */
interface Term {
  readonly term: string;
  readonly shows: Child;
}

/** What was asked for, in the words of the trade, with the orders that it has to do with. */
export function OrderTerms({ order, history }: TermsProps) {
  if (Object.keys(order).length === 0) return null;
  const terms = [...askedTerms(order), filledTerm(order, history), ...relationTerms(order, history.related)];
  return (
    <section class="panel" aria-labelledby="terms">
      <h2 id="terms">What was asked</h2>
      <dl class="facts">
        {terms.map(({ term, shows }) => (
          <div>
            <dt>{term}</dt>
            <dd>{shows}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function askedTerms(order: JsonRecord): readonly Term[] {
  const type = textIn(order, 'type');
  const auction = textIn(order, 'auction');
  const on = auction === '' ? '' : ` on ${auction}`;
  return [
    { term: 'Type', shows: <Noted text={`${plainWord(type)}${on}`} note={TYPE_NOTES.get(type)} /> },
    ...figureTerm(order, 'limitPrice', 'Limit price'),
    ...figureTerm(order, 'stopPrice', 'Stop price'),
    ...trailingTerm(recordIn(order, 'trailing')),
    ...figureTerm(order, 'displayQuantity', 'Shown of it'),
    { term: 'Time in force', shows: <Standing order={order} /> },
    ...conditionTerm(order),
    ...emulationTerm(order),
  ];
}

function Noted({ text, note }: { readonly text: string; readonly note: string | undefined }) {
  return (
    <>
      {text} {note === undefined ? null : <span class="note">{note}</span>}
    </>
  );
}

function figureTerm(order: JsonRecord, key: string, term: string): readonly Term[] {
  const text = textIn(order, key);
  if (text === '') return [];
  const unit = key.endsWith('Price') ? textIn(order, 'currency') : `of ${figureText(textIn(order, 'quantity'))}`;
  return [
    {
      term,
      shows: (
        <>
          <Figure text={text} /> {unit}
        </>
      ),
    },
  ];
}

function trailingTerm(trailing: JsonRecord): readonly Term[] {
  const distance = textIn(trailing, 'distance');
  if (distance === '') return [];
  const unit = textIn(trailing, 'by') === 'bps' ? 'bps of the price' : 'of the price';
  return [{ term: 'Trails by', shows: `${figureText(distance)} ${unit}` }];
}

function Standing({ order }: { readonly order: JsonRecord }) {
  const time = textIn(order, 'timeInForce');
  const expiresAt = textIn(order, 'expiresAt');
  if (expiresAt === '') return <>{TIME_WORDS.get(time) ?? time}</>;
  return (
    <>
      until <Time at={expiresAt} isWhole /> ({time.toUpperCase()})
    </>
  );
}

function conditionTerm(order: JsonRecord): readonly Term[] {
  const conditions = [
    ...(order['postOnly'] === true ? ['post-only: refused where it would execute at once'] : []),
    ...(order['reduceOnly'] === true ? ['reduce-only: never opens or turns a position'] : []),
  ];
  return conditions.length === 0 ? [] : [{ term: 'Conditions', shows: <Lines lines={conditions} /> }];
}

function emulationTerm(order: JsonRecord): readonly Term[] {
  const emulates = Array.isArray(order['emulates']) ? order['emulates'].map(String) : [];
  if (emulates.length === 0) return [];
  const shows = (
    <>
      <Mark tone="warn">only while the edge runs</Mark>
      <Lines lines={emulates.map((name) => EMULATION_WORDS.get(name) ?? plainWord(name))} />
    </>
  );
  return [{ term: 'The edge does', shows }];
}

function Lines({ lines }: { readonly lines: readonly string[] }) {
  return (
    <ul class="lines">
      {lines.map((line) => (
        <li>{line}</li>
      ))}
    </ul>
  );
}

/** What of it counts as executed now, without what did not stand. */
function filledTerm(order: JsonRecord, { filledQuantity }: TermsProps['history']): Term {
  return { term: 'Filled', shows: `${figureText(filledQuantity)} of ${figureText(textIn(order, 'quantity'))}` };
}

function relationTerms(order: JsonRecord, related: readonly RelatedOrder[]): readonly Term[] {
  const of = (relation: RelatedOrder['relation']) => related.filter((one) => one.relation === relation);
  const group = recordIn(order, 'group');
  const [kind, role] = [textIn(group, 'kind'), textIn(group, 'role')];
  const name = kind === 'oco' ? 'OCO' : kind;
  return [
    ...linkTerm('Replaces', of('replaces')),
    ...linkTerm('Asked to be replaced by', of('replaced-by')),
    ...(kind === '' ? [] : [{ term: 'Group', shows: <Group name={name} role={role} members={of('group')} /> }]),
  ];
}

function linkTerm(term: string, orders: readonly RelatedOrder[]): readonly Term[] {
  return orders.length === 0 ? [] : [{ term, shows: <OrderLinks orders={orders} /> }];
}

function Group({ name, role, members }: { name: string; role: string; members: readonly RelatedOrder[] }) {
  return (
    <>
      {name}, in which this is the {ROLE_WORDS.get(role) ?? plainWord(role)}
      <OrderLinks orders={members} />
    </>
  );
}

function OrderLinks({ orders }: { readonly orders: readonly RelatedOrder[] }) {
  return (
    <ul class="lines">
      {orders.map(({ orderId, state, role }) => (
        <li>
          {role === null ? '' : `${ROLE_WORDS.get(role) ?? plainWord(role)} `}
          <a href={`/orders/${orderId}`} class="id">
            {orderId}
          </a>{' '}
          <StateMark state={state} />
        </li>
      ))}
    </ul>
  );
}

/** The order in one line: side, quantity, type, stop and limit. */
export function orderSummary(order: JsonRecord): string {
  const [side, quantity, instrument, type] = ['side', 'quantity', 'instrument', 'type'].map((key) =>
    textIn(order, key),
  );
  const [stop, limit] = [textIn(order, 'stopPrice'), textIn(order, 'limitPrice')];
  const prices = `${stop === '' ? '' : ` from ${figureText(stop)}`}${limit === '' ? '' : ` at ${figureText(limit)}`}`;
  const unit = prices === '' ? '' : ` ${textIn(order, 'currency')}`;
  return `${side} ${figureText(quantity ?? '')} ${instrument}, ${plainWord(type ?? '')}${prices}${unit}`;
}
