import type { DriverName, SqlDriver } from './driver.ts';
import { libsqlDriver } from './libsql-driver.ts';
import { nodeSqliteDriver } from './node-sqlite-driver.ts';

/** The engines by name, since a thread is told the name and not the engine. */
export const drivers: Readonly<Record<DriverName, SqlDriver>> = {
  libsql: libsqlDriver,
  'node-sqlite': nodeSqliteDriver,
};
