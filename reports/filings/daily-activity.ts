import { cite, RTS_6, SEC_15C3_5, SEC_17A_3 } from '@gatehouse/shared/law/acts.ts';
import type { FillBody, ValuationBody } from '@gatehouse/shared/schema/bodies.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { Sheet } from '@gatehouse/shared/schema/sheet.ts';
import { add, rescale, toText, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import {
  type Collector,
  defineReport,
  type Findings,
  type LedgerRecord,
  type ReportContext,
} from '../define-report.ts';
import type { ChartSection, Fact, Section } from '../render/document.ts';
import { ActivityTable, AMOUNT } from '../sections/activity.ts';
import { EventTable } from '../sections/events.ts';
import { RefusalTables } from '../sections/refusals.ts';
import { dailyActivityExamples } from './daily-activity.examples.ts';

/**
 * What a firm did on one day of records, and every order that a control refused.
 *
 * Shape:  orders by algorithm, equity, refusals with their figures, events, fills, and positions as last valued.
 * Units:  amounts in the account's currency with two digits, rounded half to even when printed and not before.
 * Source: 17 CFR 240.15c3-5(c)(1), (c)(2)(iv); 17 CFR 240.17a-3(a)(1), (a)(6); RTS 6 Art. 15 and 17.
 */
export const dailyActivity = defineReport({
  id: 'daily-activity',
  version: 2,
  title: 'Daily activity and exceptions',
  question: 'What was traded, what did the controls refuse and why, and what is held at the end?',
  sources: [
    cite(
      SEC_15C3_5,
      '(c)(1), (c)(2)(iv)',
      'Controls refuse what is beyond the limits, and surveillance sees executions at once.',
    ),
    cite(
      SEC_17A_3,
      '(a)(1), (a)(6)',
      'A daily record of purchases and sales, and of each order with its terms and times.',
    ),
    cite(
      RTS_6,
      'Art. 15, 17',
      'Pre-trade controls apply to all orders, and post-trade controls keep exposures under review.',
    ),
  ],
  due: 'by the start of the next business day',
  reads: [
    'intent',
    'decision',
    'fill',
    'valuation',
    'session',
    'limits',
    'kill',
    'release',
    'override',
    'trust',
    'facts',
    'incident',
  ],
  collect: () => new DailyActivity(),
  examples: dailyActivityExamples,
});

class DailyActivity implements Collector {
  readonly #orders = new Map<string, Order>();
  readonly #activity = new ActivityTable();
  readonly #refusals = new RefusalTables();
  readonly #events = new EventTable();
  readonly #fills: FillBody[] = [];
  readonly #valuations: ValuationBody[] = [];
  readonly #environments = new Set<string>();
  readonly #seen = new Set<string>();
  readonly #edges = new Map<string, string>();
  #leftOut = 0;
  #isDemo = false;
  #earlierFills = 0;
  #refused = 0;

  add(record: LedgerRecord): void {
    if (!this.#counts(record)) {
      this.#leftOut += 1;
      return;
    }
    if (record.kind === 'intent') this.#intent(record.body.order);
    if (record.kind === 'decision') {
      this.#refusals.decision(record.body, this.#orders.get(record.body.order));
      if (record.body.outcome === 'refused') this.#refuse(record.body.order);
    }
    if (record.kind === 'fill') this.#fill(record.body);
    if (record.kind === 'limits') this.#isDemo ||= isDemoSheet(record.body.document);
    if (record.kind === 'valuation') this.#valuations.push(record.body);
    this.#events.add(record);
  }

  finish(context: ReportContext): Findings {
    const words = [[...this.#environments].sort().join(' and ').toUpperCase(), this.#isDemo ? 'DEMO' : ''];
    const mark = words.filter((word) => word !== '').join(' — ');
    return {
      subtitle: context.period,
      ...(mark === '' ? {} : { environmentMark: mark }),
      facts: this.#facts(context),
      sections: [
        this.#activity.section(),
        equitySection(this.#valuations),
        ...this.#refusals.sections(),
        this.#events.section(),
        positionsSection(this.#valuations),
        fillsSection(this.#fills),
      ],
    };
  }

  /** An order, its decision and a fill count once, and only as the edge tells them that entered the order. */
  #counts(record: LedgerRecord): boolean {
    const id = identityOf(record);
    if (id === undefined) return true;
    const owner = this.#edges.get(id.order) ?? record.edge;
    if (owner !== record.edge || this.#seen.has(id.key)) return false;
    this.#seen.add(id.key);
    if (record.kind === 'intent') this.#edges.set(id.order, record.edge);
    return true;
  }

  #intent(order: Order): void {
    this.#orders.set(order.id, order);
    this.#environments.add(order.environment);
    this.#activity.intent(order);
  }

  #refuse(orderId: string): void {
    this.#refused += 1;
    this.#activity.refused(orderId);
  }

  #fill(fill: FillBody): void {
    this.#fills.push(fill);
    if (!this.#activity.fill(fill)) this.#earlierFills += 1;
  }

  #facts(context: ReportContext): readonly Fact[] {
    const fees = this.#fills.reduce((total, fill) => add(total, fill.fee), ZERO);
    const controls = this.#refusals.byControl.size;
    return [
      { label: 'Records counted', value: `${context.range.end - context.range.first}` },
      { label: 'Market days valued', value: marketDays(this.#valuations) },
      { label: 'Orders decided', value: `${this.#orders.size}` },
      { label: 'Orders refused', value: `${this.#refused}, by ${controls} control${controls === 1 ? '' : 's'}` },
      {
        label: 'Fills',
        value: `${this.#fills.length}${this.#earlierFills === 0 ? '' : `, ${this.#earlierFills} of orders from before the period`}`,
      },
      { label: 'Fees', value: toText(rescale(fees, AMOUNT)) },
      { label: 'Incidents', value: `${this.#events.incidents}` },
      ...(this.#leftOut === 0
        ? []
        : [{ label: 'Records left out', value: `${this.#leftOut}, repeated or of a strange edge` }]),
      ...latestPerAccount(this.#valuations).map((last) => ({
        label: `Equity of ${last.account}`,
        value: `${toText(rescale(last.equity, AMOUNT))} ${last.currency} at the close of ${last.day}`,
      })),
    ];
  }
}

/** What a record is about, where it may be told once only. */
function identityOf(record: LedgerRecord): { readonly order: string; readonly key: string } | undefined {
  if (record.kind === 'intent') return { order: record.body.order.id, key: `intent ${record.body.order.id}` };
  if (record.kind === 'decision') return { order: record.body.order, key: `decision ${record.body.order}` };
  if (record.kind === 'fill') return { order: record.body.order, key: `fill ${record.body.fill}` };
  return undefined;
}

/** Whether a signed sheet says of itself that it is for demonstrations; its signature was the edge's to check. */
function isDemoSheet(document: string): boolean {
  const [, json = 'null'] = document.split('\n');
  const sheet = Sheet.pick({ mark: true }).loose().safeParse(jsonOf(json));
  return sheet.success && sheet.data.mark === 'DEMO';
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function marketDays(valuations: readonly ValuationBody[]): string {
  const days = valuations.map((valuation) => valuation.day).sort();
  if (days.length === 0) return 'none';
  return `${new Set(days).size}, ${days[0]} to ${days.at(-1)}`;
}

function latestPerAccount(valuations: readonly ValuationBody[]): readonly ValuationBody[] {
  const latest = new Map<string, ValuationBody>();
  for (const valuation of valuations) latest.set(valuation.account, valuation);
  return [...latest.values()].sort((a, b) => (a.account < b.account ? -1 : 1));
}

function equitySection(valuations: readonly ValuationBody[]): ChartSection {
  const currencies = new Set(valuations.map((one) => one.currency));
  return {
    kind: 'chart',
    id: 'equity',
    title: 'Equity at the close of each market day',
    note: 'Cash plus positions at the last price known at the close. Market time, not the time of recording.',
    valueTitle: `Equity, ${[...currencies].sort().join(', ')}`,
    series: latestPerAccount(valuations).flatMap(({ account }) =>
      runsOf(valuations.filter((one) => one.account === account)).map((run, index) => ({
        name: index === 0 ? account : `${account}, run ${index + 1} of the period`,
        points: run.map(({ at, equity }) => ({ at, value: toText(rescale(equity, AMOUNT)) })),
      })),
    ),
    emptyText: 'No account was valued in the period.',
  };
}

/** Valuations of one account, cut where market time goes back: a past that is replayed again is a line of its own. */
function runsOf(valuations: readonly ValuationBody[]): readonly (readonly ValuationBody[])[] {
  const runs: ValuationBody[][] = [];
  for (const valuation of valuations) {
    const last = runs.at(-1)?.at(-1);
    if (last === undefined || valuation.at <= last.at) runs.push([valuation]);
    else runs.at(-1)?.push(valuation);
  }
  return runs;
}

function positionsSection(valuations: readonly ValuationBody[]): Section {
  const rows = latestPerAccount(valuations).flatMap((last) =>
    last.positions.map((held) => [
      last.account,
      held.instrument,
      toText(held.quantity),
      toText(held.averageCost),
      toText(held.mark),
      instantText(held.markAt),
      last.currency,
    ]),
  );
  return {
    id: 'positions',
    title: 'Positions as last valued',
    columns: [
      { title: 'Account', kind: 'text', share: 2 },
      { title: 'Instrument', kind: 'text', share: 2 },
      { title: 'Quantity, units', kind: 'decimal' },
      { title: 'Average cost', kind: 'decimal' },
      { title: 'Mark', kind: 'decimal' },
      { title: 'Marked at, UTC', kind: 'instant', share: 2 },
      { title: 'Currency', kind: 'text' },
    ],
    rows,
    emptyText: 'No position was held at the last valuation.',
  };
}

function fillsSection(fills: readonly FillBody[]): Section {
  return {
    id: 'fills',
    title: 'Purchases and sales',
    note: 'Each execution as the venue reported it, in the order of the records.',
    columns: [
      { title: 'Executed, UTC', kind: 'instant', share: 2 },
      { title: 'Fill', kind: 'text', share: 2 },
      { title: 'Order', kind: 'text', share: 2 },
      { title: 'Account', kind: 'text' },
      { title: 'Instrument', kind: 'text' },
      { title: 'Venue', kind: 'text' },
      { title: 'Side', kind: 'text' },
      { title: 'Quantity, units', kind: 'decimal' },
      { title: 'Price', kind: 'decimal' },
      { title: 'Fee', kind: 'decimal' },
      { title: 'Currency', kind: 'text' },
    ],
    rows: fills.map((fill) => [
      instantText(fill.at),
      fill.fill,
      fill.order,
      fill.account,
      fill.instrument,
      fill.venue,
      fill.side,
      toText(fill.quantity),
      toText(fill.price),
      toText(fill.fee),
      fill.currency,
    ]),
    emptyText: 'Nothing was bought or sold in the period.',
  };
}
