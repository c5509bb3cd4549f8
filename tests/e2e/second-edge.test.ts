import { join } from 'node:path';
import { askEdge } from '@gatehouse/edge/sync/local-socket.ts';
import type { EdgeStatus } from '@gatehouse/edge/sync/parent-link.ts';
import { readStreams } from '@gatehouse/hub/store/stream-rows.ts';
import { generate } from 'otplib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withDatabase } from '../faults/firm-facts.ts';
import { canWatchProcesses, openFirm, type Running, type TestFirm, until } from '../fixtures/firm.ts';

// A second edge comes to a firm that runs: by a token from the console, real processes and real certificates.

const MS_MAX = 240_000;
const WAIT_MS_MAX = 90_000;
const SECOND = 'edge-2';
const STEP_SECONDS = 30;

let firm: TestFirm;
let start: Running;
let edge: Running | undefined;
let secret = '';
let cookie = '';

const origin = () => `http://localhost:${firm.port}`;
const codeOf = (steps: number) => generate({ secret, epoch: Math.floor(Date.now() / 1_000) + STEP_SECONDS * steps });

async function page(path: string): Promise<string> {
  return (await fetch(origin() + path, { headers: { cookie } })).text();
}

async function post(path: string, form: Readonly<Record<string, string>>): Promise<Response> {
  const headers = { cookie, origin: origin(), 'sec-fetch-site': 'same-origin' };
  return fetch(origin() + path, { method: 'POST', headers, body: new URLSearchParams(form), redirect: 'manual' });
}

/** The first administrator enrols by the link that the start prints. */
async function becomeAdministrator(): Promise<void> {
  const link = /(http:\S+\/enrol\/\S+)/.exec(start.said())?.[1] ?? '';
  const { pathname } = new URL(link);
  secret = (/<code class="key">([A-Z2-7 ]+)</.exec(await page(pathname))?.[1] ?? '').replaceAll(' ', '');
  const password = 'long words for a second edge';
  const form = { login: 'officer', password, again: password, code: await codeOf(0) };
  const answer = await post(pathname, form);
  cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
}

async function statusOf(name: string): Promise<EdgeStatus | undefined> {
  const answer = askEdge(join(firm.data, 'edge', name), { command: 'status' });
  return (await answer.catch(() => undefined)) as EdgeStatus | undefined;
}

describe.skipIf(!canWatchProcesses)('a second edge', () => {
  beforeAll(async () => {
    firm = await openFirm();
    start = firm.run('start', '--pace', '600');
    expect(await until(() => start.said().includes('/enrol/'), WAIT_MS_MAX), start.said()).toBe(true);
    await becomeAdministrator();
  }, MS_MAX);
  afterAll(async () => {
    edge?.signal('SIGTERM');
    await edge?.ended;
    start?.signal('SIGINT');
    await start?.ended;
    await firm?.end();
  }, MS_MAX);

  test('is let in by a token and an approval, where console and machine show the same fingerprints', {
    timeout: MS_MAX,
  }, async () => {
    const issued = await (await post('/devices/tokens', { edge: SECOND, code: await codeOf(1) })).text();
    const token = /value="(gatehouse-enrol-1\.[^"]+)"/.exec(issued)?.[1] ?? '';
    expect(token, issued).not.toBe('');
    const enrolling = firm.run('enrol', token, '--wait', '80');
    let shown = '';
    const isShown = async () => {
      shown = await page('/devices');
      return shown.includes(`${SECOND} asks to be let in`);
    };
    expect(await until(isShown, WAIT_MS_MAX), enrolling.said()).toBe(true);
    const prints = [...enrolling.said().matchAll(/key of the \w+ +((?:[0-9a-f]{4} ?){8})/g)].map(
      ([, print]) => print ?? '',
    );
    expect(prints).toHaveLength(2);
    for (const print of prints) expect(shown).toContain(print.trim());
    const id = /action="\/devices\/(E-[0-9a-f]{16})\/decide"/.exec(shown)?.[1] ?? '';
    expect((await post(`/devices/${id}/decide`, { decision: 'approve', reason: 'The new desk.' })).status).toBe(200);
    expect((await enrolling.ended).exit).toBe(0);
  });

  test('sends its records with its certificate, and the hub keeps them under its name', {
    timeout: MS_MAX,
  }, async () => {
    edge = firm.run('edge', '--name', SECOND, '--pace', '600');
    const isAcked = async () => ((await statusOf(SECOND))?.uplink?.ackedSeq ?? 0) > 0;
    expect(await until(isAcked, WAIT_MS_MAX), edge.said()).toBe(true);
    const streams = await withDatabase(firm.data, (database) => readStreams(database, [SECOND]));
    expect(streams[0]?.seq ?? 0).toBeGreaterThan(0);
    expect(await until(async () => /<td[^>]*>.*active/.test(await page('/devices')), WAIT_MS_MAX)).toBe(true);
    expect(await page('/acts')).toContain('device.first-connected');
  });

  test('goes on with its work when its access is revoked, and sends nothing more', { timeout: MS_MAX }, async () => {
    const id = /action="\/devices\/(E-[0-9a-f]{16})\/decide"/.exec(await page('/devices'))?.[1] ?? '';
    await post(`/devices/${id}/decide`, { decision: 'revoke', reason: 'The desk is closed.', code: await codeOf(1) });
    expect(await page('/devices')).toContain('The desk is closed.');
    const isCut = async () => (await statusOf(SECOND))?.uplink?.connected === false;
    expect(await until(isCut, WAIT_MS_MAX), edge?.said()).toBe(true);
    const before = await statusOf(SECOND);
    const goesOn = async () => ((await statusOf(SECOND))?.headSeq ?? 0) > (before?.headSeq ?? 0);
    expect(await until(goesOn, WAIT_MS_MAX), edge?.said()).toBe(true);
    expect((await statusOf(SECOND))?.uplink?.ackedSeq).toBe(before?.uplink?.ackedSeq);
    expect((await statusOf('edge-1'))?.uplink?.connected).toBe(true);
  });
});
