import { readServerPackage } from '../server-package.ts';
import { startPostgres } from '../start-postgres.ts';

// Starts the server as a hub would, reports it as one line of JSON, and stops it when its input ends with "stop".
const [folder = '', packageFolder] = process.argv.slice(2);

process.on('SIGINT', () => undefined);
try {
  const server = await startPostgres({
    folder,
    log: () => undefined,
    ...(packageFolder === undefined ? {} : { programs: readServerPackage(packageFolder) }),
  });
  const { pid, adopted, connection, version } = server;
  process.stdout.write(`${JSON.stringify({ pid, adopted, connection, version })}\n`);
  for await (const text of process.stdin.setEncoding('utf8')) {
    if (text !== 'stop\n') continue;
    await server.stop();
    break;
  }
  process.exit(0);
} catch (error) {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  process.stdout.write(`${JSON.stringify({ failed: code, message: String(error) })}\n`);
  process.exit(1);
}
