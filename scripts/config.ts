import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';
import { describeIssues } from '@gatehouse/shared/schema/decode.ts';
import { z } from 'zod';

const Port = z.coerce.number().int().min(1).max(65_535);

const Environment = z.object({
  GATEHOUSE_DATA: z.string().min(1).optional(),
  GATEHOUSE_PORT: Port.optional(),
  GATEHOUSE_MQTT_PORT: Port.optional(),
  GATEHOUSE_BACKUPS: z.string().min(1).optional(),
  DATABASE_URL: z.string().min(1).optional(),
  MQTT_URL: z.string().min(1).optional(),
  GATEHOUSE_DOOR_NODE: z.string().optional(),
});

/** The console's address when nothing else is asked for. */
export const CONSOLE_PORT = 4680;

/** Where an operator's command works. */
export interface ScriptConfig {
  readonly data: string;
  readonly consolePort: number;
  readonly databaseUrl: string | undefined;
  /** Where the hub's backups lie; below `data` where it is absent. */
  readonly backups: string | undefined;
  readonly mqttUrl: string | undefined;
  readonly mqttPort: number | undefined;
  /** The version of the Node that found the pinned one. */
  readonly doorNode: string | undefined;
}

/** The declared demo firm of the default run. */
export const demoEntity = 'Gatehouse Demo Trading (declared demo firm)';

/** Reads the environment of an operator's command. Errors: `CONFIG_INVALID`, listing every problem. */
export function readScriptConfig(): ScriptConfig {
  const read = Environment.safeParse(process.env);
  if (!read.success) {
    throw new KitError('CONFIG_INVALID', describeIssues(read.error), { hint: 'Correct these environment variables.' });
  }
  return {
    data: resolve(read.data.GATEHOUSE_DATA ?? defaultDataFolder()),
    consolePort: read.data.GATEHOUSE_PORT ?? CONSOLE_PORT,
    databaseUrl: read.data.DATABASE_URL,
    backups: read.data.GATEHOUSE_BACKUPS === undefined ? undefined : resolve(read.data.GATEHOUSE_BACKUPS),
    mqttUrl: read.data.MQTT_URL,
    mqttPort: read.data.GATEHOUSE_MQTT_PORT,
    doorNode: read.data.GATEHOUSE_DOOR_NODE,
  };
}

/** Root's data must be readable by the database's own user, so it does not lie below a home or a checkout. */
function defaultDataFolder(): string {
  const isRoot = process.getuid?.() === 0;
  return isRoot && existsSync('/var/lib') ? '/var/lib/gatehouse' : '.gatehouse';
}
