import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { checkedConnection, type RawConnection } from './checked-connection.ts';
import type { SqlConnection, SqlDriver } from './driver.ts';
import { sqlFailure } from './sql-failure.ts';

/** The engine that Node brings along; it passes the same suite and is the oracle for the other one. */
export const nodeSqliteDriver: SqlDriver = {
  name: 'node-sqlite',
  open: (path) => connect(path, path),
  openSealed: (path) => connect(`${pathToFileURL(path).href}?mode=ro&immutable=1`, path),
};

function connect(location: string, path: string): SqlConnection {
  return checkedConnection(openRaw(location, path), path);
}

function openRaw(location: string, path: string): RawConnection {
  try {
    const database = new DatabaseSync(location);
    return {
      exec: (sql) => database.exec(sql),
      prepare: (sql) => {
        const statement = database.prepare(sql);
        statement.setReadBigInts(true);
        return {
          run: (binds) => {
            statement.run(...binds);
          },
          all: (binds) => statement.all(...binds),
        };
      },
      close: () => database.close(),
    };
  } catch (cause) {
    throw sqlFailure(cause, path);
  }
}
