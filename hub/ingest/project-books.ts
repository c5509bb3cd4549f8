import { canonicalJson, type JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import { CorporateActionBody, type FillChangeBody } from '@gatehouse/shared/schema/bodies.ts';
import { encode } from '@gatehouse/shared/schema/decode.ts';
import { currency } from '@gatehouse/shared/values/currency.ts';
import { add, type Decimal, decimal, fitsText, toText, trim, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import type { FillRow } from '../store/order-rows.ts';
import { foldBooks, NO_FILLS } from './account-books.ts';
import { namesOf } from './account-state.ts';
import { pairKey } from './pair-key.ts';
import { strangerFault } from './project-orders.ts';
import { accountsOf, count, meetAccount, type ProjectionWork, type Projector } from './projection-work.ts';

/** A bust or a correction: what was booked for the execution is undone, and what stands now is booked. */
export const projectFillChange: Projector<'fill-change'> = (work, { leaf, edge, body }) => {
  const order = work.orders.get(body.order);
  const fault = strangerFault(order, body.order, edge);
  if (order === undefined || fault !== undefined) return fault;
  const fill = work.fills.get(body.fill);
  if (fill === undefined) return `fill ${body.fill} is not booked`;
  if (fill.order_id !== body.order) return `fill ${body.fill} is of order ${fill.order_id}, not ${body.order}`;
  if ((body.change === 'bust') !== (body.after === undefined))
    return `a ${body.change} with figures that it cannot have`;

  const booked = bookChange(work, { leaf, edge, body, fill, multiplier: decimal(order.multiplier ?? '1') });
  if (typeof booked === 'string') return booked;
  const filled = trim(add(decimal(order.filled_quantity), booked.change));
  work.orders.set(order.order_id, { ...order, filled_quantity: toText(filled), leaf, isTouched: true });
  work.fills.set(body.fill, changedRow(fill, body, leaf));
  const { change, reason } = body;
  const at = instantText(body.at);
  work.fillChanges.push({ leaf, edge, fill_id: body.fill, order_id: body.order, change, at, reason });
  work.orderEntries.push({ order_id: body.order, leaf, kind: 'fill-change' });
  count(work, change === 'bust' ? 'busts' : 'corrections');
  return undefined;
};

/** A split, a dividend or a new symbol: it moves what the accounts of this edge hold, each account once. */
export const projectCorporateAction: Projector<'corporate-action'> = (work, { leaf, edge, body }) => {
  const { id, action, instrument } = body;
  const key = pairKey(edge, id);
  if (work.actions.has(key)) return `corporate action ${id} is on record already`;
  const accounts = accountsOf(work, edge).filter((account) => !work.effects.has(pairKey(id, account)));
  const into = action.kind === 'rename' ? namesOf(work.renames, edge, action.into) : [];
  const currencies = action.kind === 'dividend' ? [action.currency] : [];
  const concern = { edge, leaf, accounts, instruments: [instrument, ...into], currencies };
  const fault =
    mergeFault(work, accounts, body) ??
    foldBooks(work, concern, { deps: NO_FILLS, act: (ledger) => void ledger.act(body) });
  if (fault !== undefined) return fault;

  const wire = encode(CorporateActionBody, body) as { readonly action: JsonValue };
  work.actions.set(key, {
    edge,
    action_id: id,
    instrument,
    ex_day: body.exDay,
    at: instantText(body.at),
    source: body.source,
    kind: action.kind,
    action: canonicalJson(wire.action),
    into_instrument: action.kind === 'rename' ? action.into : null,
    leaf,
  });
  for (const account of accounts) work.effects.set(pairKey(id, account), { action_id: id, account, leaf });
  if (action.kind === 'rename') work.renames.push({ edge, instrument, into: action.into, at: instantText(body.at) });
  count(work, 'corporate-actions');
  return undefined;
};

/** A position or balance that a person set right. */
export const projectAdjustment: Projector<'adjustment'> = (work, { leaf, edge, body }) => {
  const { id, account, change } = body;
  const key = pairKey(edge, id);
  if (work.adjustments.has(key)) return `adjustment ${id} is on record already`;
  const instruments = change.kind === 'position' ? [change.instrument] : [];
  const held = instruments.map((name) => work.positions.get(pairKey(account, name))?.holding.currency);
  const other = held.find((one) => one !== undefined && one !== change.currency);
  if (other !== undefined) return `adjustment ${id} is in ${change.currency}, its position in ${other}`;
  const concern = { edge, leaf, accounts: [account], instruments, currencies: [change.currency] };
  const fault = foldBooks(work, concern, { deps: NO_FILLS, act: (ledger) => void ledger.adjust(body) });
  if (fault !== undefined) return fault;

  work.adjustments.set(key, {
    edge,
    adjustment_id: id,
    account,
    by_person: body.by,
    reason: body.reason,
    break_id: body.break ?? null,
    kind: change.kind,
    instrument: change.kind === 'position' ? change.instrument : null,
    currency: change.currency,
    quantity: change.kind === 'position' ? toText(change.quantity) : null,
    amount: toText(change.kind === 'position' ? change.cost : change.amount),
    at: instantText(body.at),
    leaf,
  });
  meetAccount(work, { edge, account, leaf });
  count(work, 'adjustments');
  return undefined;
};

/** A step in the life of a difference; what it leaves out stays as an earlier step said. */
export const projectBreak: Projector<'break'> = (work, { leaf, edge, body }) => {
  const key = pairKey(edge, body.id);
  const before = work.breaks.get(key);
  if (body.step === 'resolved' && (body.cause ?? before?.cause ?? undefined) === undefined)
    return `break ${body.id} is resolved without a cause`;
  if (before === undefined && body.step !== 'found') return `break ${body.id} was never found`;
  const [first, second] = body.between;
  work.breaks.set(key, {
    edge,
    break_id: body.id,
    step: body.step,
    subject: body.subject,
    first_record: first,
    second_record: second,
    venue: body.venue,
    account: body.account,
    key: body.key,
    ours: body.ours ?? before?.ours ?? null,
    theirs: body.theirs ?? before?.theirs ?? null,
    cause: body.cause ?? before?.cause ?? null,
    owner: body.owner ?? before?.owner ?? null,
    since: instantText(body.since),
    at: instantText(body.at),
    note: body.note ?? before?.note ?? null,
    found_leaf: before?.found_leaf ?? leaf,
    leaf,
  });
  work.breakEntries.push({ edge, break_id: body.id, leaf });
  if (before === undefined) count(work, 'breaks');
  return undefined;
};

interface Change {
  readonly leaf: number;
  readonly edge: string;
  readonly body: FillChangeBody;
  readonly fill: FillRow;
  readonly multiplier: Decimal;
}

function bookChange(work: ProjectionWork, change: Change): { readonly change: Decimal } | string {
  const { leaf, edge, body, fill, multiplier } = change;
  const { account, instrument } = fill;
  const place = { account, instrument, side: fill.side as 'buy' | 'sell', currency: currency(fill.currency) };
  const feeCurrency = fill.fee_currency === null ? {} : { feeCurrency: currency(fill.fee_currency) };
  const instruments = namesOf(work.renames, edge, instrument);
  const currencies = [fill.currency, ...(fill.fee_currency === null ? [] : [fill.fee_currency])];
  let moved = ZERO;
  const fault = foldBooks(
    work,
    { edge, leaf, accounts: [account], instruments, currencies },
    {
      deps: { multiplierOf: () => multiplier, placeOf: () => place },
      act: (ledger) => {
        const effect = ledger.change({ ...body, ...feeCurrency });
        if (effect === 'unplaced') return `fill ${body.fill} is not booked`;
        moved = effect.change;
        return fitsText(moved) ? undefined : 'a sum has more digits than a record holds';
      },
    },
  );
  return fault ?? { change: moved };
}

function changedRow(fill: FillRow, { after }: FillChangeBody, leaf: number): FillRow {
  if (after === undefined)
    return { ...fill, status: 'busted', now_quantity: null, now_price: null, now_fee: null, changed_leaf: leaf };
  const now = { now_quantity: toText(after.quantity), now_price: toText(after.price), now_fee: toText(after.fee) };
  return { ...fill, status: 'corrected', ...now, changed_leaf: leaf };
}

/** A new name that stands for a position in another currency already. */
function mergeFault(
  work: ProjectionWork,
  accounts: readonly string[],
  { action, instrument }: CorporateActionBody,
): string | undefined {
  if (action.kind !== 'rename') return undefined;
  for (const account of accounts) {
    const from = work.positions.get(pairKey(account, instrument))?.holding.currency;
    const into = work.positions.get(pairKey(account, action.into))?.holding.currency;
    if (from !== undefined && into !== undefined && from !== into)
      return `${instrument} is in ${from}, ${action.into} in ${into}`;
  }
  return undefined;
}
