import { randomBytes } from 'node:crypto';
import { systemClock } from '@gatehouse/edge/engine/system-clock.ts';
import { OVERRIDE_TERM_MS_MAX } from '@gatehouse/edge/governance/verify-override.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { documentWords } from '@gatehouse/shared/governance/document-words.ts';
import { draftText } from '@gatehouse/shared/governance/draft.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { OVERRIDE_TYPE, Override } from '@gatehouse/shared/schema/governance.ts';
import { addMs, instantText } from '@gatehouse/shared/values/instant.ts';
import { applyDocument } from './apply-document.ts';
import { type Command, parseOptions } from './command.ts';
import { EDGE_ID } from './edge-data.ts';
import { writeNewFile } from './new-file.ts';

const usage = `gatehouse override make --environment paper|live --legal-entity LEI --account ID --trader ID --algorithm ID
                               --instrument ID --venue ID --side buy|sell --quantity N [--limit-price P]
                               --control CONTROL@SCOPE... --reason TEXT [--minutes N] --out FILE
       gatehouse override apply FILE
  make writes a ticket for one order with exactly these terms, for those to sign who may; without --limit-price for a market order.
  --control CONTROL@SCOPE   what refuses the order, such as max-order-quantity@firm; it is said by "gatehouse explain"
  --minutes N               how long it counts, 60 by default, at most a day`;

const options = {
  environment: { type: 'string' },
  'legal-entity': { type: 'string' },
  account: { type: 'string' },
  trader: { type: 'string' },
  algorithm: { type: 'string' },
  instrument: { type: 'string' },
  venue: { type: 'string' },
  side: { type: 'string' },
  quantity: { type: 'string' },
  'limit-price': { type: 'string' },
  control: { type: 'string', multiple: true },
  reason: { type: 'string' },
  minutes: { type: 'string' },
  out: { type: 'string' },
} as const;

const MINUTE_MS = 60_000;
const MINUTES_DEFAULT = '60';
const ID_BYTES = 6;

type Values = ReturnType<typeof parsed>['values'];

function parsed(args: readonly string[]) {
  return parseOptions(args, options, usage);
}

/** Writes and applies tickets that set the refusal of one order aside. */
export const command: Command = {
  usage,
  async run(args) {
    const { values, positionals } = parsed(args);
    const [verb, file, ...more] = positionals;
    if (verb === 'make' && file === undefined) return make(values);
    if (verb === 'apply' && file !== undefined && more.length === 0) return applyDocument('override', file);
    throw invalid('say what to do with which ticket');
  },
};

function make(values: Values): number {
  const {
    out,
    control = [],
    minutes = MINUTES_DEFAULT,
    'limit-price': limitPrice,
    'legal-entity': legalEntity,
    ...terms
  } = values;
  const ms = Number(minutes) * MINUTE_MS;
  if (out === undefined) throw invalid('name the new file with --out');
  if (!Number.isSafeInteger(ms) || ms <= 0 || ms > OVERRIDE_TERM_MS_MAX) throw invalid('--minutes is 1 to 1440');
  const from = systemClock().now();
  const wire = {
    v: 1,
    id: `T-${randomBytes(ID_BYTES).toString('hex')}`,
    edge: EDGE_ID,
    ...terms,
    legalEntity,
    type: limitPrice === undefined ? 'market' : 'limit',
    ...(limitPrice === undefined ? {} : { limitPrice }),
    controls: control.map(controlOf),
    from: instantText(from),
    to: instantText(addMs(from, ms)),
  };
  const value = decode(Override, wire, 'the ticket');
  const path = writeNewFile(out, draftText({ type: OVERRIDE_TYPE, value }));
  for (const line of documentWords({ type: OVERRIDE_TYPE, value })) process.stdout.write(`${line}\n`);
  process.stdout.write(
    `${path} is a draft; have it signed with "gatehouse sign", then "gatehouse override apply" it.\n`,
  );
  return 0;
}

function controlOf(text: string): { readonly control: string; readonly scope: string } {
  const at = text.indexOf('@');
  if (at <= 0) throw invalid(`--control takes a control and a scope, such as max-order-quantity@firm, and not ${text}`);
  return { control: text.slice(0, at), scope: text.slice(at + 1) };
}

function invalid(message: string): KitError {
  return new KitError('COMMAND_INVALID', message, { hint: `Usage: ${usage}` });
}
