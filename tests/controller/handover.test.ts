import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { treeAt } from '../fake-api/stored-object.ts';
import { until } from '../fake-api/until.ts';
import { Program } from './program.ts';
import { Stage } from './stage.ts';

const source = join(import.meta.dirname, '../../controller/main.ts');
let stage: Stage;
let programs: Program[];

beforeEach(async () => {
  programs = [];
  stage = await Stage.open();
});
afterEach(async () => {
  await Promise.all(programs.map((program) => program.kill()));
  await stage.close();
});

async function started(podName: string, says: string): Promise<Program> {
  const program = new Program(source, stage.api.url, { POD_NAME: podName });
  programs.push(program);
  await program.says(`"message":"${says}"`);
  return program;
}
/** Who holds the lease, one after the other, from now on. */
function holders(): readonly unknown[] {
  const held: unknown[] = [];
  stage.api.store.onWrite(({ collection, now }) => {
    const holder = collection === 'leases.coordination.k8s.io' ? treeAt(now ?? {}, 'spec').holderIdentity : undefined;
    if (holder !== undefined && holder !== held.at(-1)) held.push(holder);
  });
  return held;
}

test('a leader that is told to stop gives the lease back, and the other process takes it from there', async () => {
  stage.service('db', 'db', 5432);
  stage.consumer('web');
  const first = await started('one', 'phase changed');
  const second = await started('two', 'every list is complete');
  const held = holders();
  first.signal('SIGTERM');
  expect(await first.ended()).toBe(0);
  await second.says('"message":"leading"');
  stage.patchService('db', { spec: { ports: [{ port: 6432 }] } });
  await until('the other has written', () => stage.values('web').DB_PORT === '6432');
  // Had it waited until the lease of the first one was over, nobody would have given it back in between.
  expect(held.filter((holder) => holder !== 'one')).toEqual(['', 'two']);
});
