import { pathToFileURL } from 'node:url';
import Database from 'libsql';
import { checkedConnection, type RawConnection } from './checked-connection.ts';
import type { SqlConnection, SqlDriver } from './driver.ts';
import { sqlFailure } from './sql-failure.ts';

/** The journal's engine. Shape: one connection per file and process; its bundled SQLite is only safe that way. */
export const libsqlDriver: SqlDriver = {
  name: 'libsql',
  open: (path) => connect(path, path),
  openSealed: (path) => connect(`${pathToFileURL(path).href}?mode=ro&immutable=1`, path),
};

function connect(location: string, path: string): SqlConnection {
  return checkedConnection(openRaw(location, path), path);
}

function openRaw(location: string, path: string): RawConnection {
  try {
    const database = new Database(location);
    database.defaultSafeIntegers(true);
    return {
      exec: (sql) => {
        database.exec(sql);
      },
      prepare: (sql) => {
        const statement = database.prepare(sql);
        // The list is passed as the one argument: a lone null or Buffer would be taken for named binds.
        return {
          run: (binds) => {
            statement.run([...binds]);
          },
          all: (binds) => statement.all([...binds]) as readonly object[],
        };
      },
      close: () => {
        database.close();
      },
    };
  } catch (cause) {
    throw sqlFailure(cause, path);
  }
}
