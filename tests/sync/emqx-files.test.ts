import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

// No EMQX runs here. Its list of rights is read by the same program that EMQX reads it with, and compared with Mosquitto's.

const ERLANG = '/usr/bin/erl';
const MS_MAX = 60_000;
const fileOf = (path: string) => fileURLToPath(new URL(`../../docker/${path}`, import.meta.url));

/** Who may do what, in the words of neither broker. */
function rightsOfMosquitto(): readonly string[] {
  let user = '';
  return readFileSync(fileOf('mosquitto/acl'), 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [word = '', access = '', topic = ''] = line.split(' ');
      if (word === 'user') user = access;
      if (word === 'pattern') return [`each ${access} ${topic.replace('%u', 'NAME')}`];
      return word === 'topic' ? [`${user} ${access} ${topic}`] : [];
    });
}

function rightsOfEmqx(rules: readonly string[]): readonly string[] {
  return rules.flatMap((rule) => {
    const [, who = '', action = '', topics = ''] =
      /^\{allow,(all|\{username,"hub-1"\}),(publish|subscribe),\[(.*)\]\}$/.exec(rule) ?? [];
    const name = who === 'all' ? 'each' : 'hub-1';
    const access = action === 'publish' ? 'write' : 'read';
    return topics.split(',').map((topic) => `${name} ${access} ${topic.replaceAll('"', '')}`);
  });
}

test('the rights that EMQX is given are well-formed for it, and the same as Mosquitto’s', { timeout: MS_MAX }, ({
  skip,
}) => {
  if (!existsSync(ERLANG)) return skip(`there is no ${ERLANG}`);
  const read = `{ok, Rules} = file:consult("${fileOf('emqx/acl.conf')}"), [io:format("~0p~n", [R]) || R <- Rules], halt().`;
  const lines = execFileSync(ERLANG, ['-noshell', '-eval', read], { encoding: 'utf8', timeout: MS_MAX })
    .trim()
    .split('\n');
  // The first rule that fits counts, so what is refused stands last.
  expect(lines.at(-1)).toBe('{deny,all}');
  const emqx = rightsOfEmqx(lines.slice(0, -1)).map((right) => right.replace(`\${username}`, 'NAME'));
  expect(emqx.toSorted()).toEqual(rightsOfMosquitto().toSorted());
});

test('EMQX listens by TLS with client certificates alone, knows a client by its certificate, and refuses what no rule allows', () => {
  const settings = readFileSync(fileOf('emqx/emqx.conf'), 'utf8');
  for (const kind of ['tcp', 'ws', 'wss']) expect(settings).toContain(`listeners.${kind}.default.enable = false`);
  for (const line of [
    'verify = verify_peer',
    'fail_if_no_peer_cert = true',
    'peer_cert_as_username = cn',
    'no_match = deny',
  ]) {
    expect(settings).toContain(`${line}\n`);
  }
  expect(settings.split('{').length).toBe(settings.split('}').length);
});
