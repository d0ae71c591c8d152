import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseRecord, permitOf, RECORD_PATTERN, readEpoch, type StampRecord, writeRecord } from '../../relations/record.ts';

const RECORD: StampRecord = {
  kind: 'Deployment',
  name: 'web',
  consumes: ['db'],
  relations: ['db-endpoint'],
  epoch: 3,
  salt: 'x7k2p',
  seal: 'bcdfg',
  gate: '12345678',
  put: {
    configMap: 'relations-deployment-web',
    label: 'deployment.web',
    gates: ['tengu-gate'],
    volume: 'tengu-relations',
    init: [],
    app: ['web'],
    permits: { web: 'TENGU_PERMIT' },
  },
};

const altered = (change: object): string => JSON.stringify({ ...JSON.parse(writeRecord(RECORD)), ...change });

describe('a record', () => {
  test('is read as it was written', () => {
    expect(parseRecord(writeRecord(RECORD))).toEqual(RECORD);
  });

  test('is the same text after it was read, in whatever order its parts came', () => {
    const reversed = { ...Object.fromEntries(Object.entries(RECORD).reverse()), ...RECORD };
    expect(Object.keys(reversed)[0]).toBe('put');
    expect(writeRecord(reversed)).toBe(writeRecord(RECORD));
  });

  const CALLED = ['put', 'permits', 'configMap', '"put":{', '\\', '\\"', ']}', 'ü\n'];
  test.each(CALLED)('has the form that is told without reading it, also with a container called %j', (name) => {
    const put = { ...RECORD.put, gates: [name], init: [name], app: [name, name], permits: { [name]: 'TENGU_PERMIT', web: name } };
    for (const volume of [name, undefined]) expect(writeRecord({ ...RECORD, put: { ...put, volume } })).toMatch(RECORD_PATTERN);
  });

  test('has that form whatever its texts are', () => {
    const texts = fc.array(fc.string({ unit: 'binary' }));
    const permits = fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(texts, texts, permits, fc.maxSafeNat(), (consumes, app, named, epoch) => {
        const put = { ...RECORD.put, app, permits: named };
        expect(writeRecord({ ...RECORD, consumes, epoch, put })).toMatch(RECORD_PATTERN);
      }),
    );
  });

  const written = writeRecord(RECORD);
  test.each([
    ['a second key of what was put where', written.replace(/}$/, `,"put" :${JSON.stringify(RECORD.put)}}`)],
    ['the same without a space', written.replace(/}$/, `,"put":${JSON.stringify(RECORD.put)}}`)],
    ['a second name', written.replace('"consumes"', '"name":"other","consumes"')],
    ['a second ConfigMap', written.replace('"label"', '"configMap":"users","label"')],
    ['a ConfigMap in another spelling of its key', written.replace('"label"', '"config\\u004dap":"users","label"')],
    ['a key that is not known', altered({ more: 1 })],
    ['a space', written.replace(',', ', ')],
    ['something behind it', `${written}\n`],
  ])('with %s has it not', (_, text) => {
    expect(text).not.toBe(written);
    expect(text).not.toMatch(RECORD_PATTERN);
  });

  test('says its version', () => {
    expect(JSON.parse(writeRecord(RECORD))).toMatchObject({ v: 1 });
  });

  test('names the permit by epoch and seal', () => {
    expect(permitOf(RECORD)).toBe('TENGU_PERMIT_3_bcdfg');
  });

  test.each([
    ['text that is no JSON', '{'],
    ['no object', '[]'],
    ['another version', altered({ v: 2 })],
    ['another kind', altered({ kind: 'Pod' })],
    ['no name', altered({ name: 7 })],
    ['a salt that could be no part of a key', altered({ salt: 'a/b' })],
    ['a seal that could be no part of a key', altered({ seal: '' })],
    ['nothing of what was put where', altered({ put: null })],
  ])('with %s is none', (_, text) => {
    expect(parseRecord(text)).toBeUndefined();
  });

  test.each([null, -1, 1.5, 'x', '', [], {}, '1e3', ' 7', 1e300])('with the epoch %j has epoch 0', (epoch) => {
    expect(parseRecord(altered({ epoch }))?.epoch).toBe(0);
  });

  test.each([
    ['7', 7],
    [7, 7],
    ['007', 7],
  ])('epoch %j is %d', (text, epoch) => {
    expect(readEpoch(text)).toBe(epoch);
  });

  test('that a user wrote lets nothing into the name of a permit that a key of a ConfigMap cannot have', () => {
    const texts = fc.oneof(fc.string({ maxLength: 8 }), fc.jsonValue());
    fc.assert(
      fc.property(
        fc.record({ salt: texts, seal: texts, epoch: texts, consumes: texts, put: texts }, { requiredKeys: [] }),
        (change) => {
          const record = parseRecord(altered(change));
          if (record !== undefined) expect(permitOf(record)).toMatch(/^TENGU_PERMIT_\d{1,16}_[a-z0-9]{1,16}$/);
        },
      ),
    );
  });

  test('is read from whatever text without a fault', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => expect(() => parseRecord(text)).not.toThrow()));
  });
});
