import postgres, { type Sql } from 'postgres';
import { SERVER_HOST } from './server-settings.ts';

/** Where the hub's database is and who may enter. */
export interface Connection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** The name of the hub's database and of its owner. */
export const DATABASE_NAME = 'gatehouse';

const CONNECT_SECONDS_MAX = 5;
const END_SECONDS_MAX = 1;

/** What answered on a port when asked with our password. */
export type Answer =
  | { readonly kind: 'server'; readonly version: string; readonly dataFolder: string }
  | { readonly kind: 'busy' | 'silent' }
  | { readonly kind: 'stranger'; readonly reason: string };

/** The connection of the hub to the server on this port. */
export function connectionTo(port: number, password: string): Connection {
  return { host: SERVER_HOST, port, user: DATABASE_NAME, password, database: DATABASE_NAME };
}

/** Asks the server which data folder it serves; an answer that is no server's is returned, not thrown. */
export async function askServer(connection: Connection): Promise<Answer> {
  try {
    return await withMaintenance(connection, async (sql) => {
      const rows = await sql<{ version: string; folder: string }[]>`
        select current_setting('server_version') as version, current_setting('data_directory') as folder`;
      return { kind: 'server', version: rows[0]?.version ?? '', dataFolder: rows[0]?.folder ?? '' };
    });
  } catch (error) {
    return judge(error);
  }
}

/** Creates the hub's database where the server does not have it yet. */
export async function ensureDatabase(connection: Connection): Promise<void> {
  await withMaintenance(connection, async (sql) => {
    const found = await sql`select 1 from pg_database where datname = ${connection.database}`;
    if (found.length === 0) await sql`create database ${sql(connection.database)}`;
  });
}

async function withMaintenance<T>(connection: Connection, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = postgres({
    ...connection,
    database: 'postgres',
    max: 1,
    connect_timeout: CONNECT_SECONDS_MAX,
    onnotice: () => undefined,
  });
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: END_SECONDS_MAX });
  }
}

function judge(error: unknown): Answer {
  if (!(error instanceof postgres.PostgresError)) return { kind: 'silent' };
  // 57P03: the server is starting, recovering or stopping, and takes no sessions at this moment.
  if (error.code === '57P03') return { kind: 'busy' };
  return { kind: 'stranger', reason: error.message };
}
