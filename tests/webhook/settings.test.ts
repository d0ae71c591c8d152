import { expect, test } from '@jest/globals';
import { readSettings } from '../../webhook/settings.ts';

test('without flags and environment everything has the value that the deployment uses', () => {
  expect(readSettings([], {})).toEqual({
    tenguCfgFile: '/etc/webhook/config/tenguconfig.yaml',
    tlsCertFile: '/etc/webhook/certs/cert.pem',
    tlsKeyFile: '/etc/webhook/certs/key.pem',
    port: 8080,
    healthPort: 8081,
    minVersion: 'TLSv1.3',
    log: { level: 'info', format: 'json' },
    reloadMs: 10_000,
    drainMinMs: 5000,
    drainMaxMs: 25000,
  });
});

test.each([
  ['-port=9000', '-tlsKeyFile=/k'],
  ['--port=9000', '--tlsKeyFile=/k'],
  ['-port', '9000', '-tlsKeyFile', '/k'],
  ['--port', '9000', '--tlsKeyFile', '/k'],
  ['-port', '1', '-tlsKeyFile', '/k', '-port', '9000'],
])('flags may be written %s %s %s %s', (...args) => {
  expect(readSettings(args, {})).toMatchObject({ port: 9000, tlsKeyFile: '/k' });
});

test('a value may contain an equals sign', () => {
  expect(readSettings(['-tenguCfgFile=/a=b'], {}).tenguCfgFile).toBe('/a=b');
});

test('the environment is read', () => {
  const env = {
    LOG_LEVEL: 'debug',
    LOG_FORMAT: 'pretty',
    TLS_MIN_VERSION: 'TLSv1.2',
    RELOAD_SECONDS: '60',
    DRAIN_MIN_SECONDS: '0.5',
    DRAIN_MAX_SECONDS: '9',
  };
  expect(readSettings([], env)).toMatchObject({
    log: { level: 'debug', format: 'pretty' },
    minVersion: 'TLSv1.2',
    reloadMs: 60_000,
    drainMinMs: 500,
    drainMaxMs: 9000,
  });
});

test('an empty variable counts as not set', () => {
  expect(readSettings([], { LOG_LEVEL: '', TLS_MIN_VERSION: '' })).toMatchObject({
    log: { level: 'info' },
    minVersion: 'TLSv1.3',
  });
});

test('every fault is named in one error', () => {
  const env = { LOG_LEVEL: 'loud', LOG_FORMAT: 'xml', TLS_MIN_VERSION: 'SSLv3', RELOAD_SECONDS: '0', DRAIN_MAX_SECONDS: 'soon' };
  const args = ['serve', '-prot=1', '-port=70000', '-healthPort=http', '-tlsCertFile=', '-tlsKeyFile'];
  const lines = messageOf(() => readSettings(args, env)).split('\n');
  expect(lines).toEqual([
    '"serve": no such flag; there are -tenguCfgFile, -tlsCertFile, -tlsKeyFile, -port, -healthPort',
    '"-prot=1": no such flag; there are -tenguCfgFile, -tlsCertFile, -tlsKeyFile, -port, -healthPort',
    '-tlsCertFile: its value is missing; write -tlsCertFile=/etc/webhook/certs/cert.pem',
    '-tlsKeyFile: its value is missing; write -tlsKeyFile=/etc/webhook/certs/key.pem',
    '-port: "70000" is no port; give a number from 0 (any free one) to 65535',
    '-healthPort: "http" is no port; give a number from 0 (any free one) to 65535',
    'TLS_MIN_VERSION: "SSLv3" is neither TLSv1.3 nor TLSv1.2',
    'LOG_LEVEL: "loud" is none of trace, debug, info, warn, error, fatal, silent',
    'LOG_FORMAT: "xml" is neither json nor pretty',
    'RELOAD_SECONDS: "0" is no number of seconds from 0.01 to 3600',
    'DRAIN_MAX_SECONDS: "soon" is no number of seconds from 0 to 3600',
  ]);
});

test('one port for both listeners is a fault', () => {
  expect(messageOf(() => readSettings(['-port=8081'], {}))).toBe('-healthPort: 8081 is taken by -port; give each its own');
});

test('a shortest drain above the longest is a fault', () => {
  expect(messageOf(() => readSettings([], { DRAIN_MIN_SECONDS: '30' }))).toBe(
    'DRAIN_MIN_SECONDS: 30 is above DRAIN_MAX_SECONDS, 25',
  );
});

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'nothing was thrown';
}
