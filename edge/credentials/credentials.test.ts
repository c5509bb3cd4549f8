import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, onTestFinished, test } from 'vitest';
import { listCredentials, openCredentials, removeCredential, rotateCredential, setCredential } from './credentials.ts';

const PASSPHRASE = 'four words nobody joins';
const setAt = parseInstant('2026-01-05T09:00:00Z');
const place = { venue: 'binance', account: 'main', setAt };
const first = { key: 'KEY-first-1234', secret: 'SECRET-first-5678' };
const second = { key: 'KEY-second-1234', secret: 'SECRET-second-5678' };
const isWindows = process.platform === 'win32';

function folderOf(): string {
  const folder = join(mkdtempSync(join(tmpdir(), 'gatehouse-credentials-')), 'credentials');
  onTestFinished(() => rmSync(join(folder, '..'), { recursive: true, force: true }));
  return folder;
}

const fileIn = (folder: string, name = 'binance@main.sealed') => join(folder, name);
const wordsOf = ({ key, secret }: { readonly key: string; readonly secret: string }) => ({ key, secret });

test('what was set with a passphrase opens with it alone, and stands nowhere in the open', async () => {
  const folder = folderOf();
  const { warning } = await setCredential({ folder, passphrase: PASSPHRASE }, place, first);
  expect(warning).toBeUndefined();
  for (const name of readdirSync(folder)) {
    expect(readFileSync(join(folder, name), 'utf8')).not.toMatch(/KEY-first|SECRET-first/);
    if (!isWindows) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  }
  if (!isWindows) expect(statSync(folder).mode & 0o777).toBe(0o700);
  const credentials = openCredentials({ folder, passphrase: PASSPHRASE });
  expect(wordsOf(credentials.secretOf('binance', 'main')())).toEqual(first);
  expect(() => openCredentials({ folder, passphrase: `${PASSPHRASE}.` })).toThrow(/passphrase does not open/);
  expect(() => openCredentials({ folder })).toThrow(/need their passphrase/);
});

test('without a passphrase the key lies in a file of its owner alone, and a person is told', async () => {
  const folder = folderOf();
  const { warning } = await setCredential({ folder }, place, first);
  expect(warning).toContain('readable by this user alone');
  const credentials = openCredentials({ folder });
  expect(credentials.warning).toBe(warning);
  expect(wordsOf(credentials.secretOf('binance', 'main')())).toEqual(first);
});

test('a credential that is rotated while the edge runs counts with the next question', async () => {
  const folder = folderOf();
  await setCredential({ folder }, place, first);
  const secretOf = openCredentials({ folder }).secretOf('binance', 'main');
  expect(secretOf()).toBe(secretOf());
  await rotateCredential({ folder }, place, second);
  expect(wordsOf(secretOf())).toEqual(second);
  await expect(rotateCredential({ folder }, place, second)).rejects.toThrow(/has this very credential/);
  await removeCredential(folder, place);
  expect(secretOf).toThrow(/there is no file/);
});

test('a file that is damaged while the edge runs is refused, and the old secret is not used on', async () => {
  const folder = folderOf();
  await setCredential({ folder }, place, first);
  const secretOf = openCredentials({ folder }).secretOf('binance', 'main');
  secretOf();
  const text = readFileSync(fileIn(folder), 'utf8');
  const damages: readonly ((text: string) => string)[] = [
    (whole) => whole.replace(/"sealed":"(.)/, (_, one: string) => `"sealed":"${one === 'A' ? 'B' : 'A'}`),
    (whole) => whole.replace('"setAt":"2026', '"setAt":"2025'),
    (whole) => whole.slice(0, -20),
    () => '',
  ];
  for (const damage of damages) {
    writeFileSync(fileIn(folder), damage(text), { mode: 0o600 });
    expect(secretOf).toThrow(/holds no credential/);
  }
  writeFileSync(fileIn(folder), text, { mode: 0o600 });
  expect(wordsOf(secretOf())).toEqual(first);
});

test('a credential counts for its own account alone, whatever its file is called', async () => {
  const folder = folderOf();
  await setCredential({ folder }, place, first);
  renameSync(fileIn(folder), fileIn(folder, 'binance@other.sealed'));
  expect(openCredentials({ folder }).secretOf('binance', 'other')).toThrow(/account other at binance/);
  expect(() => openCredentials({ folder }).secretOf('..', 'x/y')).toThrow(/malformed/);
});

test.skipIf(isWindows)('a file that its group or everybody may read is refused', async () => {
  const folder = folderOf();
  await setCredential({ folder }, place, first);
  const { secretOf } = openCredentials({ folder });
  for (const mode of [0o640, 0o604]) {
    chmodSync(fileIn(folder), mode);
    expect(secretOf('binance', 'main')).toThrow(/may be read by others/);
  }
  chmodSync(fileIn(folder, 'credentials.key'), 0o644);
  expect(() => openCredentials({ folder })).toThrow(/may be read by others/);
});

test('a list shows fingerprint and date and takes no passphrase; a second set is refused', async () => {
  const folder = folderOf();
  expect(listCredentials(folder)).toEqual([]);
  const { label } = await setCredential({ folder, passphrase: PASSPHRASE }, place, first);
  expect(listCredentials(folder)).toEqual([label]);
  expect(label).toEqual({ ...place, fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/) });
  await expect(setCredential({ folder, passphrase: PASSPHRASE }, place, second)).rejects.toThrow(/already/);
  await expect(rotateCredential({ folder, passphrase: PASSPHRASE }, { ...place, account: 'b' }, first)).rejects.toThrow(
    /there is no file/,
  );
});

test('neither JSON nor a log shows the words of a secret, and a redaction takes out the old one as well', async () => {
  const folder = folderOf();
  await setCredential({ folder }, place, first);
  const credentials = openCredentials({ folder });
  const secretOf = credentials.secretOf('binance', 'main');
  const shown = `${JSON.stringify(secretOf())} ${inspect(secretOf())} ${String(secretOf())}`;
  expect(shown).not.toMatch(/first/);
  await rotateCredential({ folder }, place, second);
  secretOf();
  const line = `GET /x?key=${first.key}&s=${second.secret} ${Buffer.from(first.secret).toString('base64')} rest`;
  expect(credentials.redact(line)).toBe('GET /x?key=[secret]&s=[secret] [secret] rest');
});
