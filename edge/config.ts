import { resolve } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';
import { describeIssues } from '@gatehouse/shared/schema/decode.ts';
import { DecimalText, Identifier } from '@gatehouse/shared/schema/fields.ts';
import type { Decimal } from '@gatehouse/shared/values/decimal.ts';
import { signOf } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { DEMO_FEE_BPS } from './engine/demo-account.ts';

const PACE_SECONDS_MAX = 86_400;
const RUN_MAX = 9_999;
/** Below it an edge that trades could never catch up. Units: bytes a second. */
const UPLINK_BYTES_MIN = 4_096;

const Environment = z
  .object({
    GATEHOUSE_EDGE_DATA: z.string().min(1, 'names the folder of this edge'),
    GATEHOUSE_EDGE_ID: Identifier.default('edge-1'),
    GATEHOUSE_EDGE_BARS: z.string().min(1).optional(),
    GATEHOUSE_EDGE_PASSPHRASE_FILE: z.string().min(1).optional(),
    GATEHOUSE_EDGE_SESSION: z.string().min(1).optional(),
    GATEHOUSE_EDGE_PACE_SECONDS: z.coerce.number().min(0).max(PACE_SECONDS_MAX).default(60),
    GATEHOUSE_EDGE_RUN: z.coerce.number().int().min(1).max(RUN_MAX).default(1),
    GATEHOUSE_EDGE_FEE_BPS: DecimalText.optional(),
    GATEHOUSE_EDGE_BROKER: z.url({ protocol: /^mqtts?$/ }).optional(),
    GATEHOUSE_EDGE_HUB_KEY: z.string().min(1).optional(),
    GATEHOUSE_EDGE_BROKER_CA: z.string().min(1).optional(),
    GATEHOUSE_EDGE_BROKER_CERT: z.string().min(1).optional(),
    GATEHOUSE_EDGE_BROKER_KEY: z.string().min(1).optional(),
    GATEHOUSE_EDGE_UPLINK_BYTES_PER_SECOND: z.coerce.number().int().min(UPLINK_BYTES_MIN).optional(),
    GATEHOUSE_EDGE_SHAPES: z.url({ protocol: /^https?$/ }).optional(),
    GATEHOUSE_EDGE_SHAPES_TOKEN: z.string().min(1).optional(),
  })
  .refine((read) => read.GATEHOUSE_EDGE_SHAPES === undefined || read.GATEHOUSE_EDGE_HUB_KEY !== undefined, {
    message: 'what comes from the hub is believed by the file of its verifier key alone',
    path: ['GATEHOUSE_EDGE_SHAPES'],
  })
  .refine(
    (read) => (read.GATEHOUSE_EDGE_BROKER_CERT === undefined) === (read.GATEHOUSE_EDGE_BROKER_KEY === undefined),
    {
      message: 'a certificate and its key belong together',
      path: ['GATEHOUSE_EDGE_BROKER_KEY'],
    },
  )
  .refine((read) => (read.GATEHOUSE_EDGE_BROKER === undefined) === (read.GATEHOUSE_EDGE_HUB_KEY === undefined), {
    message: 'a broker and the file of the hub’s verifier key belong together',
    path: ['GATEHOUSE_EDGE_HUB_KEY'],
  })
  .refine((read) => read.GATEHOUSE_EDGE_BARS === undefined || read.GATEHOUSE_EDGE_SESSION === undefined, {
    message: 'a session file names its own bars',
    path: ['GATEHOUSE_EDGE_BARS'],
  })
  .refine((read) => read.GATEHOUSE_EDGE_FEE_BPS === undefined || signOf(read.GATEHOUSE_EDGE_FEE_BPS) >= 0, {
    message: 'a fee is not below zero',
    path: ['GATEHOUSE_EDGE_FEE_BPS'],
  });

/** The hub that records go to, and the file of the key that its acks are checked with. */
interface HubAddress {
  readonly broker: string;
  readonly keyFile: string;
  /** For a broker behind TLS: who signed its certificate, our own certificate and its key. */
  readonly files?: {
    readonly authority: string | undefined;
    readonly certificate: string | undefined;
    readonly key: string | undefined;
  };
  /** The cap on what is sent; absent is none. */
  readonly bytesPerSecond?: number | undefined;
}

/** What the edge runs with. Shape: paths are absolute. Units: `feeBps` in basis points of the value of a fill. */
export interface EdgeConfig {
  readonly data: string;
  readonly edge: string;
  /** Absent for the default bars. */
  readonly barsFile: string | undefined;
  /** What is traded, where the default replay is not. */
  readonly sessionFile: string | undefined;
  /** What opens the sealed credentials of venues, where their key does not lie beside them. */
  readonly passphraseFile: string | undefined;
  readonly paceSeconds: number;
  /** Another number makes another run over the same bars. */
  readonly run: number;
  readonly feeBps: Decimal;
  readonly hub: HubAddress | undefined;
  /** Where the hub serves limits, lists and commands, without a slash at its end; absent where they come by hand. */
  readonly shapes?: string | undefined;
  /** The file whose content an edge on the hub's own computer shows there. */
  readonly shapesToken?: string | undefined;
  /** The cap on what is sent to the hub; absent is none. */
  readonly uplinkBytesPerSecond?: number | undefined;
  /** Makes keys and sheet and ends. */
  readonly initOnly: boolean;
  /** Ends after the run instead of staying up for commands and the hub. */
  readonly once: boolean;
}

const FLAGS = { '--init-only': 'initOnly', '--once': 'once' } as const;

/**
 * Reads arguments and environment, the only place that does.
 *
 * Shape:  the only venue so far is on paper, so the demonstration's fee may stand in where none is given; the run's record
 *         states it either way. Errors: `CONFIG_INVALID`, listing every problem.
 */
export function readEdgeConfig(args: readonly string[], environment: NodeJS.ProcessEnv = process.env): EdgeConfig {
  const read = Environment.safeParse(environment);
  const unknown = args.filter((arg) => !Object.hasOwn(FLAGS, arg)).map((arg) => `unknown argument ${arg}`);
  if (!read.success || unknown.length > 0) {
    const problems = [...unknown, ...(read.success ? [] : [describeIssues(read.error)])];
    throw new KitError('CONFIG_INVALID', `the edge's settings are not usable: ${problems.join('; ')}`, {
      hint: 'Correct these settings; "gatehouse start" sets them for a single machine.',
    });
  }
  const { data } = read;
  const { GATEHOUSE_EDGE_BROKER: broker, GATEHOUSE_EDGE_HUB_KEY: keyFile, GATEHOUSE_EDGE_BARS: bars } = data;
  const { GATEHOUSE_EDGE_SHAPES_TOKEN: token } = data;
  const { GATEHOUSE_EDGE_SESSION: session, GATEHOUSE_EDGE_PASSPHRASE_FILE: passphrase } = data;
  return {
    data: resolve(data.GATEHOUSE_EDGE_DATA),
    edge: data.GATEHOUSE_EDGE_ID,
    barsFile: bars === undefined ? undefined : resolve(bars),
    passphraseFile: passphrase === undefined ? undefined : resolve(passphrase),
    sessionFile: session === undefined ? undefined : resolve(session),
    paceSeconds: data.GATEHOUSE_EDGE_PACE_SECONDS,
    run: data.GATEHOUSE_EDGE_RUN,
    feeBps: data.GATEHOUSE_EDGE_FEE_BPS ?? DEMO_FEE_BPS,
    hub: broker === undefined || keyFile === undefined ? undefined : { broker, ...hubFiles(data, keyFile) },
    uplinkBytesPerSecond: data.GATEHOUSE_EDGE_UPLINK_BYTES_PER_SECOND,
    shapes: data.GATEHOUSE_EDGE_SHAPES?.replace(/\/+$/, ''),
    shapesToken: token === undefined ? undefined : resolve(token),
    initOnly: args.includes('--init-only'),
    once: args.includes('--once'),
  };
}

function hubFiles(data: z.output<typeof Environment>, keyFile: string): Omit<HubAddress, 'broker'> {
  const path = (file: string | undefined) => (file === undefined ? undefined : resolve(file));
  const files = {
    authority: path(data.GATEHOUSE_EDGE_BROKER_CA),
    certificate: path(data.GATEHOUSE_EDGE_BROKER_CERT),
    key: path(data.GATEHOUSE_EDGE_BROKER_KEY),
  };
  const isSet = Object.values(files).some((file) => file !== undefined);
  const bytesPerSecond = data.GATEHOUSE_EDGE_UPLINK_BYTES_PER_SECOND;
  return {
    keyFile: resolve(keyFile),
    ...(isSet ? { files } : {}),
    ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
  };
}
