import { expect, test } from 'vitest';
import { describeHubConfig, readHubConfig } from './config.ts';

const needed = { GATEHOUSE_DATA: '/tmp/data', GATEHOUSE_PORT: '4680', GATEHOUSE_ENTITY: 'Demo' };

test('the configuration that is logged names hosts and no user, password or option', () => {
  const addresses = [
    'postgres://gate:sec@ret@db.example:5432/records',
    'postgres://gate:secret@db.example:5432/records?password=secret',
    'postgres://db.example:5432/records?user=gate&pass=secret',
  ];
  for (const DATABASE_URL of addresses) {
    const text = describeHubConfig(
      readHubConfig({ ...needed, DATABASE_URL, MQTT_URL: 'mqtts://edge:secret@mq.example' }),
    );
    expect(text).toContain('postgres://db.example:5432/records');
    expect(text).toContain('mqtts://mq.example');
    expect(text).not.toMatch(/sec|ret@|gate:|pass/);
  }
});

test('every problem of the environment is named at once', () => {
  const read = () => readHubConfig({ GATEHOUSE_PORT: '70000' });
  expect(read).toThrow(/GATEHOUSE_DATA.*GATEHOUSE_PORT.*GATEHOUSE_ENTITY/);
});

test('the service behind the shapes is named without its password, and only over HTTP', () => {
  const config = readHubConfig({ ...needed, ELECTRIC_URL: 'https://user:secret@electric.example?secret=secret' });
  expect(describeHubConfig(config)).toContain('https://electric.example');
  expect(describeHubConfig(config)).not.toMatch(/secret@|=secret|user/);
  expect(() => readHubConfig({ ...needed, ELECTRIC_URL: 'ftp://electric.example' })).toThrow('ELECTRIC_URL');
});
