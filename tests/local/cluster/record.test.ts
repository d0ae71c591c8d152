import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readRecord, withProcess, writeRecord } from '../../../local/cluster/record.ts';
import { inFolder, record } from './fixtures.ts';

test('a record is read as it was written, and nothing else is left beside it', () =>
  inFolder((folder) => {
    const file = join(folder, 'state', 'record.json');
    writeRecord(file, record);
    expect(readRecord(file)).toEqual(record);
    expect(readdirSync(join(folder, 'state'))).toEqual(['record.json']);
  }));

test.each([
  ['no file', undefined],
  ['a file cut off', '{"checkout": "/home/one'],
  ['another file', '{"pid": 1}'],
])('%s is no record', (_, text) =>
  inFolder((folder) => {
    const file = join(folder, 'record.json');
    if (text !== undefined) writeFileSync(file, text);
    expect(readRecord(file)).toBeUndefined();
  }),
);

test('a record of another version still tells whose cluster it is and which processes are its own', () =>
  inFolder((folder) => {
    const file = join(folder, 'record.json');
    const processes = { 'part-of-tomorrow': { pid: 7, startTime: 70 } };
    writeFileSync(file, JSON.stringify({ ...record, processes, settings: { place: '/elsewhere' } }));
    expect(readRecord(file)).toEqual({ ...record, processes, settings: undefined });
  }));

test("a part's process is put into the record, replaced and taken out, and the others stay", () => {
  const restarted = withProcess(record, 'etcd', { pid: 200, startTime: 9000 });
  expect(restarted.processes).toEqual({ ...record.processes, etcd: { pid: 200, startTime: 9000 } });
  expect(withProcess(restarted, 'etcd', undefined).processes).toEqual({ kubelet: { pid: 101, startTime: 5001 } });
});
