import { expect, test } from '@jest/globals';
import { readCertificate, validityFaults } from '../../webhook/certificate.ts';
import { issue } from './certificates.ts';

const day = (text: string) => new Date(`${text}T00:00:00Z`);
const year = await issue({ notBefore: day('2030-01-01'), notAfter: day('2031-01-01') });
const other = await issue({ notBefore: day('2030-03-01'), notAfter: day('2030-09-01') });

const read = (cert: string, key: string) => {
  const result = readCertificate(cert, key);
  return result.ok ? result.value : result.faults;
};

test('a pair is read with its time of validity', () => {
  expect(read(year.cert, year.key)).toEqual({
    cert: year.cert,
    key: year.key,
    serial: year.serial,
    notBefore: day('2030-01-01'),
    notAfter: day('2031-01-01'),
  });
});

test('a chain is valid while all its certificates are', () => {
  expect(read(year.cert + other.cert, year.key)).toMatchObject({
    serial: year.serial,
    notBefore: day('2030-03-01'),
    notAfter: day('2030-09-01'),
  });
});

test('a key of another certificate is a fault that names the certificate', () => {
  expect(read(year.cert, other.key)).toEqual([
    `key: is not the key of certificate ${year.serial}; both files have to come from one issue`,
  ]);
});

test.each([
  ['an empty certificate', '', year.key, [/^certificate: there is no PEM certificate/]],
  ['a broken certificate', year.cert.replace('MII', 'XXX').replace(/\n[A-Za-z0-9+/]{20}/, '\n'), year.key, [/^certificate: /]],
  ['an empty key', year.cert, '', [/^key: /]],
  ['both wrong', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', 'x', [/^certificate: /, /^key: /]],
])('%s is a fault', (_, cert, key, expected) => {
  const faults = read(cert, key);
  expect(faults).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
});

test('no fault quotes the key', () => {
  const key = year.key.replace(/.{20}\n-----END/, '\n-----END');
  expect(String(read(year.cert, key))).not.toContain(year.key.split('\n')[1]);
});

test.each([
  ['2029-12-31', [/is not valid before 2030-01-01T00:00:00.000Z$/]],
  ['2030-01-01', []],
  ['2030-12-31', []],
  ['2031-01-01', [/has expired at 2031-01-01T00:00:00.000Z; issue a new one$/]],
])('validity at %s', (now, expected) => {
  const result = readCertificate(year.cert, year.key);
  if (!result.ok) throw new Error(result.faults.join('\n'));
  expect(validityFaults(result.value, day(now))).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
});
