import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { bundle as bundleOf } from '../../infra/bundle.ts';
import { treeAt } from '../fake-api/stored-object.ts';
import { until } from '../fake-api/until.ts';
import { Program } from './program.ts';
import { Stage } from './stage.ts';

const source = join(import.meta.dirname, '../../controller/main.ts');
const lease = { collection: 'leases.coordination.k8s.io', namespace: 'orcon-system', name: 'relations-controller' };
let bundle: string;
let stage: Stage;
let programs: Program[];

beforeAll(async () => {
  bundle = join(mkdtempSync(join(tmpdir(), 'orcon-controller-')), 'controller.cjs');
  const files = await bundleOf('controller', 'test', join(import.meta.dirname, '../..'));
  writeFileSync(bundle, files.get('app/controller.cjs') ?? '');
});
beforeEach(async () => {
  programs = [];
  stage = await Stage.open();
});
afterEach(async () => {
  await Promise.all(programs.map((program) => program.kill()));
  await stage.close();
});

function start(file: string, environment: Readonly<Record<string, string>> = {}): Program {
  const program = new Program(file, stage.api.url, environment);
  programs.push(program);
  return program;
}
const page = async (program: Program, path: string) => {
  const response = await fetch(`http://127.0.0.1:${program.healthPort}${path}`);
  return { status: response.status, text: await response.text() };
};
/** A lease of 15 s, and what a busy machine takes. */
const LEASE_MS = 45_000;
const changePort = (port: number) => stage.patchService('db', { spec: { ports: [{ port }] } });
/** Every port that the ConfigMap is given from now on, in order. */
function portsWritten(): readonly unknown[] {
  const ports: unknown[] = [];
  stage.api.store.onWrite(({ collection, now }) => {
    if (collection === 'configmaps' && now !== undefined) ports.push(treeAt(now, 'data').DB_PORT);
  });
  return ports;
}
const holder = () => treeAt(stage.api.store.get(lease), 'spec').holderIdentity;

describe('the program', () => {
  test.each([
    ['from source', () => source],
    ['as one bundled file', () => bundle],
  ])('%s leads, supplies a consumer and serves its pages', async (_, file) => {
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    const program = start(file(), { ORCON_VERSION: '1.2.3' });
    await program.says('"message":"phase changed"');
    expect([await page(program, '/livez'), await page(program, '/readyz')]).toEqual([
      { status: 200, text: 'ok\n' },
      { status: 200, text: 'ok\n' },
    ]);
    expect((await page(program, '/metrics')).text).toMatch(/^orcon_controller_build_info\{version="1\.2\.3",node="24\./m);
    expect(stage.values('web')).toMatchObject({ DB_PORT: '5432' });
  });

  test('gives the lease back on SIGTERM within 2 s, and ends with 0', async () => {
    const program = start(bundle);
    await program.says('"message":"leading"');
    expect(holder()).toBe('one');
    const began = performance.now();
    program.signal('SIGTERM');
    expect(await program.ended()).toBe(0);
    expect([holder(), performance.now() - began < 2_000]).toEqual(['', true]);
  });

  test('gives the lease back on SIGTERM within 2 s also when a write hangs', async () => {
    const stall = stage.api.faults.add({ verb: 'create', resource: 'configmaps' }, { stall: true });
    stage.consumer('web');
    const program = start(bundle);
    await until('its write is under way', () => stall.met === 1, 15_000);
    const began = performance.now();
    program.signal('SIGTERM');
    expect(await program.ended()).toBe(0);
    expect([holder(), performance.now() - began < 2_000]).toEqual(['', true]);
  });

  test('ends with 1 when another process takes the lease', async () => {
    const program = start(bundle);
    await program.says('"message":"leading"');
    stage.api.store.patch(lease, 'application/merge-patch+json', { spec: { holderIdentity: 'two' } });
    expect(await program.ended()).toBe(1);
    expect(program.output).toMatch(/the lease orcon-system\/relations-controller was lost/);
    expect(holder()).toBe('two');
  });

  test('that is paused by SIGSTOP for longer than its lease lets no older value reach the ConfigMap, and ends', async () => {
    stage.service('db', 'db', 5432);
    stage.consumer('web');
    const first = start(bundle);
    await first.says('"message":"phase changed"');
    const ports = portsWritten();
    const stall = stage.api.faults.add({ verb: 'patch', resource: 'configmaps' }, { stall: true }, 1);
    changePort(6432);
    await until('its write is under way', () => stall.met === 1);
    first.signal('SIGSTOP');
    const second = start(bundle, { POD_NAME: 'two' });
    await second.says('"message":"rolled for changed values"', LEASE_MS);
    changePort(7432);
    await until('the newest value is there', () => stage.values('web').DB_PORT === '7432');
    stall.release();
    first.signal('SIGCONT');
    expect(await first.ended()).toBe(1);
    expect(first.output).toMatch(/"reason":"the lease orcon-system\/relations-controller was lost/);
    expect([ports, stage.values('web').DB_PORT, holder()]).toEqual([['6432', '7432'], '7432', 'two']);
  });

  test('logs for people, and more, where it is told to', async () => {
    const program = start(bundle, { LOG_FORMAT: 'pretty', LOG_LEVEL: 'debug' });
    await program.says('leading');
    expect(program.output).toMatch(/^\[.*\] DEBUG: listed \{"resource":"services"/m);
    expect(program.output).toMatch(/^\[.*\] INFO: started \{/m);
  });

  test('that cannot mean its environment says every fault in one message, and ends with 1', async () => {
    const program = start(bundle, { MAX_ROLLS: 'many', NAMESPACES: 'shop,Not_One', LOG_LEVEL: 'loud' });
    expect(await program.ended()).toBe(1);
    for (const name of ['MAX_ROLLS', 'Not_One', 'LOG_LEVEL']) expect(program.output).toContain(name);
    expect(stage.api.requests).toEqual([]);
  });
});
