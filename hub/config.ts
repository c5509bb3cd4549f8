import { join, resolve } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';
import { describeIssues } from '@gatehouse/shared/schema/decode.ts';
import { z } from 'zod';

const Port = z.coerce.number().int().min(0).max(65_535);

const Environment = z.object({
  GATEHOUSE_DATA: z.string().min(1, 'names the data folder'),
  GATEHOUSE_PORT: Port,
  GATEHOUSE_ENTITY: z.string().min(1).max(200),
  /** The port of the embedded broker; a free one is chosen once and kept where this is absent. */
  GATEHOUSE_MQTT_PORT: Port.optional(),
  /** Verifier keys of edges on this machine, one file each, separated by commas. */
  GATEHOUSE_LOCAL_EDGES: z.string().optional(),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  MQTT_URL: z.url({ protocol: /^mqtts?$/ }).optional(),
  /** A real Electric service that keeps the shapes instead of the hub, and the file with its secret. */
  ELECTRIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  ELECTRIC_SECRET_FILE: z.string().min(1).optional(),
});

/** What the hub runs with. Shape: paths are absolute; secrets are in files below `data` or in the database's address. */
export interface HubConfig {
  readonly data: string;
  readonly consolePort: number;
  readonly entity: string;
  readonly mqttPort: number | undefined;
  readonly localEdges: readonly string[];
  readonly databaseUrl: string | undefined;
  readonly mqttUrl: string | undefined;
  readonly electricUrl?: string | undefined;
  readonly electricSecretFile?: string | undefined;
}

/** Reads the hub's environment, the only place that does. Errors: `CONFIG_INVALID`, listing every problem. */
export function readHubConfig(environment: NodeJS.ProcessEnv = process.env): HubConfig {
  const read = Environment.safeParse(environment);
  if (!read.success) {
    throw new KitError('CONFIG_INVALID', `the hub's environment is not usable: ${describeIssues(read.error)}`, {
      hint: 'Correct these variables; "gatehouse start" sets them for a single machine.',
    });
  }
  const { data } = read;
  return {
    data: resolve(data.GATEHOUSE_DATA),
    consolePort: data.GATEHOUSE_PORT,
    entity: data.GATEHOUSE_ENTITY,
    mqttPort: data.GATEHOUSE_MQTT_PORT,
    localEdges: (data.GATEHOUSE_LOCAL_EDGES ?? '').split(',').filter((file) => file !== ''),
    databaseUrl: data.DATABASE_URL,
    mqttUrl: data.MQTT_URL,
    electricUrl: data.ELECTRIC_URL,
    electricSecretFile: data.ELECTRIC_SECRET_FILE,
  };
}

/** The running configuration as it may be logged: an address loses its user, password and options. */
export function describeHubConfig(config: HubConfig): string {
  return JSON.stringify({
    ...config,
    databaseUrl: placeOf(config.databaseUrl),
    mqttUrl: placeOf(config.mqttUrl),
    electricUrl: placeOf(config.electricUrl),
  });
}

/** The host and path of an address; names, passwords and options, which may hold one, are left out. */
function placeOf(text: string | undefined): string | undefined {
  if (text === undefined || !URL.canParse(text)) return text === undefined ? undefined : '…';
  const { protocol, host, pathname } = new URL(text);
  return `${protocol}//${host}${pathname}`;
}

/** Where the broker's port is kept from one start to the next, below the hub's folder. */
export const BROKER_PORT_FILE = 'broker.port';

/** Where each part of the hub keeps its files. */
export function hubFolders(data: string): Readonly<Record<'hub' | 'postgres' | 'reports' | 'build', string>> {
  return {
    hub: join(data, 'hub'),
    postgres: join(data, 'pg'),
    reports: join(data, 'reports'),
    build: join(data, 'build'),
  };
}

/** The named variables of our own environment, for a program that we start and that may see no others. */
export function inheritedVariables(names: readonly string[]): Readonly<Record<string, string>> {
  const entries = names.map((name) => [name, process.env[name]] as const);
  return Object.fromEntries(entries.filter((entry): entry is readonly [string, string] => entry[1] !== undefined));
}
