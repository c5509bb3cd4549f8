import { join, resolve } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';
import { describeIssues } from '@gatehouse/shared/schema/decode.ts';
import { z } from 'zod';
import type { ArchiveConfig } from './ledger/archive/s3-settings.ts';

const Port = z.coerce.number().int().min(0).max(65_535);

const ArchiveEnvironment = z.object({
  /** Where closed parts of the ledger are archived: a folder, or a bucket with object lock as s3://bucket/prefix. */
  GATEHOUSE_ARCHIVE: z.string().min(1).optional(),
  GATEHOUSE_ARCHIVE_ENDPOINT: z.string().min(1).optional(),
  GATEHOUSE_ARCHIVE_REGION: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/, 'not a region')
    .optional(),
  /** The file with the key of that bucket; without it the two variables that other S3 programs read. */
  GATEHOUSE_ARCHIVE_KEY_FILE: z.string().min(1).optional(),
  AWS_ACCESS_KEY_ID: z.string().min(1).optional(),
  AWS_SECRET_ACCESS_KEY: z.string().min(1).optional(),
});

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
  /** For a broker behind TLS: who signed its certificate, our own certificate and its key. */
  MQTT_CA_FILE: z.string().min(1).optional(),
  MQTT_CERT_FILE: z.string().min(1).optional(),
  MQTT_KEY_FILE: z.string().min(1).optional(),
  /** Where the doors for enrolled edges listen; an address beyond this machine lets them come from elsewhere. */
  GATEHOUSE_EDGE_LISTEN: z.union([z.ipv4(), z.ipv6()]).default('127.0.0.1'),
  /** The names and addresses by which edges reach those doors, the first of them in each token; separated by commas. */
  GATEHOUSE_EDGE_HOSTS: z
    .string()
    .regex(/^[A-Za-z0-9.:-]+(,[A-Za-z0-9.:-]+)*$/, 'not names separated by commas')
    .default('localhost,127.0.0.1'),
  GATEHOUSE_EDGE_PORT: Port.optional(),
  GATEHOUSE_MQTTS_PORT: Port.optional(),
  /** Where the log of headers is served to auditors and witnesses. */
  GATEHOUSE_LOG_LISTEN: z.union([z.ipv4(), z.ipv6()]).default('127.0.0.1'),
  GATEHOUSE_LOG_PORT: Port.optional(),
  /** A file with the witnesses that the hub asks, an address and a key on each line. */
  GATEHOUSE_WITNESSES_FILE: z.string().min(1).optional(),
  /** The time authority that stamps the log once a day (RFC 3161); without it nobody does. */
  GATEHOUSE_TIME_AUTHORITY: z.url({ protocol: /^https?$/ }).optional(),
  /** A certificate authority of the firm that signs itself, in place of the hub’s own; both files or none. */
  GATEHOUSE_CA_CERT_FILE: z.string().min(1).optional(),
  GATEHOUSE_CA_KEY_FILE: z.string().min(1).optional(),
  /** Where copies of the database and its archived log go; best another disk than that of the data folder. */
  GATEHOUSE_BACKUPS: z.string().min(1).optional(),
  /** A second place for the record keys, on another disk; without it they lie in the data folder alone. */
  GATEHOUSE_KEYS_COPY: z.string().min(1).optional(),
  /** A real Electric service that keeps the shapes instead of the hub, and the file with its secret. */
  ELECTRIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  ELECTRIC_SECRET_FILE: z.string().min(1).optional(),
});

/** The doors for enrolled edges. Shape: a port that is absent is chosen once and kept; `hosts` has at least one. */
export interface EdgeDoorsConfig {
  readonly listen: string;
  readonly hosts: readonly string[];
  readonly port: number | undefined;
  readonly brokerPort: number | undefined;
  readonly authority: { readonly certificateFile: string; readonly keyFile: string } | undefined;
}

/** Where the log is served. Shape: a port that is absent is chosen once and kept. */
export interface LogConfig {
  readonly listen: string;
  readonly port: number | undefined;
  readonly timeAuthority?: string | undefined;
  readonly witnessesFile?: string | undefined;
}

/** The files of a connection to a broker by TLS. */
export interface BrokerFiles {
  readonly authority: string | undefined;
  readonly certificate: string | undefined;
  readonly key: string | undefined;
}

/** What the hub runs with. Shape: paths are absolute; secrets are in files below `data` or in the database's address. */
export interface HubConfig {
  readonly data: string;
  readonly consolePort: number;
  readonly entity: string;
  readonly mqttPort: number | undefined;
  readonly localEdges: readonly string[];
  readonly databaseUrl: string | undefined;
  /** The folder of the backups; below `data` where it is absent. */
  readonly backups?: string | undefined;
  /** A folder that is kept the same as that of the record keys; absent where there is no second place. */
  readonly keysCopy?: string | undefined;
  /** Where the archive is; a folder below `data` where it is absent. */
  readonly archive?: ArchiveConfig | undefined;
  readonly mqttUrl: string | undefined;
  readonly mqttFiles?: BrokerFiles;
  readonly electricUrl?: string | undefined;
  readonly electricSecretFile?: string | undefined;
  /** Absent where no edge can be enrolled. */
  readonly edgeDoors?: EdgeDoorsConfig | undefined;
  /** Absent where the log is not published. */
  readonly publicLog?: LogConfig | undefined;
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
    backups: data.GATEHOUSE_BACKUPS === undefined ? undefined : resolve(data.GATEHOUSE_BACKUPS),
    keysCopy: data.GATEHOUSE_KEYS_COPY === undefined ? undefined : resolve(data.GATEHOUSE_KEYS_COPY),
    archive: readArchiveConfig(environment),
    mqttUrl: data.MQTT_URL,
    mqttFiles: { authority: data.MQTT_CA_FILE, certificate: data.MQTT_CERT_FILE, key: data.MQTT_KEY_FILE },
    electricUrl: data.ELECTRIC_URL,
    electricSecretFile: data.ELECTRIC_SECRET_FILE,
    edgeDoors: {
      listen: data.GATEHOUSE_EDGE_LISTEN,
      hosts: data.GATEHOUSE_EDGE_HOSTS.split(','),
      port: data.GATEHOUSE_EDGE_PORT,
      brokerPort: data.GATEHOUSE_MQTTS_PORT,
      authority: authorityFiles(data),
    },
    publicLog: {
      listen: data.GATEHOUSE_LOG_LISTEN,
      port: data.GATEHOUSE_LOG_PORT,
      timeAuthority: data.GATEHOUSE_TIME_AUTHORITY,
      witnessesFile: data.GATEHOUSE_WITNESSES_FILE,
    },
  };
}

/** Reads where the archive is, for the hub and for commands that need nothing else of it. Errors: `CONFIG_INVALID`. */
export function readArchiveConfig(environment: NodeJS.ProcessEnv = process.env): ArchiveConfig {
  const read = ArchiveEnvironment.safeParse(environment);
  if (!read.success) throw new KitError('CONFIG_INVALID', `the archive's settings: ${describeIssues(read.error)}`);
  const { data } = read;
  const place = data.GATEHOUSE_ARCHIVE;
  const keyFile = data.GATEHOUSE_ARCHIVE_KEY_FILE;
  return {
    place: place === undefined || place.startsWith('s3:') ? place : resolve(place),
    endpoint: data.GATEHOUSE_ARCHIVE_ENDPOINT,
    region: data.GATEHOUSE_ARCHIVE_REGION,
    keyFile: keyFile === undefined ? undefined : resolve(keyFile),
    accessKeyId: data.AWS_ACCESS_KEY_ID,
    secretAccessKey: data.AWS_SECRET_ACCESS_KEY,
  };
}

function authorityFiles(data: z.output<typeof Environment>): EdgeDoorsConfig['authority'] {
  const { GATEHOUSE_CA_CERT_FILE: certificate, GATEHOUSE_CA_KEY_FILE: key } = data;
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate !== undefined && key !== undefined) {
    return { certificateFile: resolve(certificate), keyFile: resolve(key) };
  }
  throw new KitError('CONFIG_INVALID', 'a certificate authority is a certificate and its key', {
    hint: 'Give both GATEHOUSE_CA_CERT_FILE and GATEHOUSE_CA_KEY_FILE, or none of them.',
  });
}

/** The running configuration as it may be logged: an address loses its user, password and options. */
export function describeHubConfig(config: HubConfig): string {
  return JSON.stringify({
    ...config,
    archive: {
      place: config.archive?.place,
      endpoint: placeOf(config.archive?.endpoint),
      keyFile: config.archive?.keyFile,
    },
    databaseUrl: placeOf(config.databaseUrl),
    mqttUrl: placeOf(config.mqttUrl),
    electricUrl: placeOf(config.electricUrl),
    publicLog: { ...config.publicLog, timeAuthority: placeOf(config.publicLog?.timeAuthority) },
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
/** Where the port of the broker's way in for enrolled edges is kept. */
export const SECURE_PORT_FILE = 'broker-tls.port';
/** Where the port of the log is kept. */
export const LOG_PORT_FILE = 'log.port';

/** The parts of the hub that keep files. */
type HubFolder = 'hub' | 'postgres' | 'reports' | 'build' | 'log' | 'archive' | 'recordKeys';

/** Where each part of the hub keeps its files. */
export function hubFolders(data: string): Readonly<Record<HubFolder, string>> {
  return {
    hub: join(data, 'hub'),
    postgres: join(data, 'pg'),
    reports: join(data, 'reports'),
    build: join(data, 'build'),
    log: join(data, 'log'),
    archive: join(data, 'archive'),
    // Outside the database and its backups: what is destroyed here must not come back with one.
    recordKeys: join(data, 'hub', 'record-keys'),
  };
}

/** Where the backups lie. */
export function backupsFolder({ data, backups }: Pick<HubConfig, 'data' | 'backups'>): string {
  return backups ?? join(data, 'backups');
}

/** The named variables of our own environment, for a program that we start and that may see no others. */
export function inheritedVariables(names: readonly string[]): Readonly<Record<string, string>> {
  const entries = names.map((name) => [name, process.env[name]] as const);
  return Object.fromEntries(entries.filter((entry): entry is readonly [string, string] => entry[1] !== undefined));
}
