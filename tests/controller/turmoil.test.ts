import process from 'node:process';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import type { FaultKind } from '../fake-api/faults.ts';
import { treeAt } from '../fake-api/stored-object.ts';
import type { ControllerProcess } from './process.ts';
import { Stage } from './stage.ts';

// For many runs, as TURMOIL_RUNS asks for.
jest.setTimeout(240_000);

const services = ['db', 'cache'] as const;
const consumers = { web: 'db', app: 'db,cache', batch: 'cache' } as const;
const faults: readonly FaultKind[] = [
  { answer: 409 },
  { answer: 500 },
  { answer: 429, retryAfter: 1 },
  { reset: 'beforeWork' },
  { reset: 'afterWork' },
];

/** So that a roll waits for the others. */
const ONE_AT_A_TIME = { maxRolls: 1 };

function finishRollouts(stage: Stage): void {
  for (const name of Object.keys(consumers)) stage.finishRollout(name);
}

/** What may happen, by name; `pick` is a number to choose by. */
const happenings: Readonly<Record<string, (world: World, pick: number) => void | Promise<void>>> = {
  provide: ({ stage, ports }, pick) => {
    const name = services[pick % services.length] ?? 'db';
    if (ports.has(name)) stage.patchService(name, { spec: { ports: [{ port: 1000 + pick }] } });
    else stage.service(name, name, 1000 + pick);
    ports.set(name, String(1000 + pick));
  },
  withdraw: ({ stage, ports }, pick) => {
    const name = services[pick % services.length] ?? 'db';
    if (ports.delete(name)) stage.deleteService(name);
  },
  'delete the ConfigMap': ({ stage }, pick) => {
    const name = Object.keys(consumers)[pick % 3] ?? 'web';
    if (stage.configMap(name) !== undefined) stage.deleteConfigMap(name);
  },
  'make the workload anew': ({ stage }, pick) => {
    const [name, list] = Object.entries(consumers)[pick % 3] ?? ['web', 'db'];
    stage.deleteWorkload(name);
    stage.consumer(name, { consumes: list, relations: list });
  },
  'break requests': ({ stage }, pick) => {
    const verb = pick % 2 === 0 ? 'patch' : 'create';
    stage.api.faults.add(
      { verb, resource: pick % 3 === 0 ? 'deployments.apps' : 'configmaps' },
      faults[pick % 5] ?? { answer: 500 },
      1,
    );
  },
  'break watches': ({ stage }) => {
    for (const watch of stage.api.watches()) watch.reset();
  },
  'make watches late': ({ stage }, pick) => {
    stage.api.watches()[pick % 8]?.lag();
  },
  'finish the roll-outs': ({ stage }) => finishRollouts(stage),
  'let some time pass': async ({ process }, pick) => {
    process.clock.advance(pick * 20);
    for (let turns = 0; turns < 10; turns += 1) await new Promise(setImmediate);
  },
  'lose the history': ({ stage }) => {
    stage.api.store.compact();
    for (const watch of stage.api.watches()) watch.end();
  },
  restart: async (world) => {
    catchUp(world);
    world.process = await world.stage.restarted(world.process, ONE_AT_A_TIME);
  },
  settle: (world) => {
    catchUp(world);
    return world.process.rest();
  },
};

interface World {
  readonly stage: Stage;
  /** The ports of the Services that are there. */
  readonly ports: Map<string, string>;
  process: ControllerProcess;
}

function catchUp({ stage }: World): void {
  for (const watch of stage.api.watches()) watch.catchUp();
}

let open: Stage | undefined;
afterEach(() => open?.close());

async function world(): Promise<World> {
  const stage = await Stage.open();
  open = stage;
  for (const [name, list] of Object.entries(consumers)) stage.consumer(name, { consumes: list, relations: list });
  const process = stage.start(ONE_AT_A_TIME);
  await process.leading();
  return { stage, ports: new Map(), process };
}

/** What the final objects alone ask for, against what is there. */
function judge({ stage, ports }: World): void {
  for (const [name, list] of Object.entries(consumers)) {
    const wanted = list.split(',');
    const known = wanted.filter((service) => ports.has(service));
    const complete = known.length === wanted.length;
    expect([name, stage.phase(name) === 'Related']).toEqual([name, complete]);
    const given = known.map((service) => stage.values(name)[`${service.toUpperCase()}_PORT`]);
    expect([name, given]).toEqual([name, known.map((service) => ports.get(service))]);
    if (complete) expect(stage.permits(name)).toContain(stage.permitOf(name));
    const epoch = treeAt(stage.configMap(name)?.metadata ?? {}, 'annotations')['tengu.io/epoch'];
    expect([name, epoch]).toEqual([name, String(stage.epoch(name))]);
  }
}

describe('whatever happens on the way', () => {
  test('in the end every ConfigMap, permit and epoch is what the final objects ask for, and a restart writes nothing', async () => {
    const step = fc.tuple(fc.constantFrom(...Object.keys(happenings)), fc.nat(99));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const now = await world();
        for (const [what, pick] of steps) await happenings[what]?.(now, pick);
        now.stage.api.faults.clear();
        catchUp(now);
        await now.process.pass(60);
        // Each may have a roll before it in line, and one of its own after that.
        for (let rolls = 0; rolls < 6; rolls += 1) {
          finishRollouts(now.stage);
          await now.process.rest();
        }
        await now.process.pass(10);
        judge(now);
        const since = now.stage.now;
        await now.stage.restarted(now.process, ONE_AT_A_TIME);
        expect(now.stage.writes(since)).toEqual([]);
        await now.stage.close();
      }),
      { numRuns: Number(process.env.TURMOIL_RUNS ?? 6), endOnFailure: true },
    );
  });
});
