import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Lists, readLists } from '../../relations/lists.ts';
import { type Resolution, requiredVariables, resolve } from '../../relations/resolve.ts';
import type { ServiceView } from '../../relations/service.ts';
import { variableOf } from '../../relations/variables.ts';
import { finder, serviceView } from './services.ts';
import { NAMESPACE } from './workloads.ts';

const lists = (consumes: string, relations: string): Lists =>
  readLists({ 'tengu.io/consumes': consumes, 'tengu.io/relations': relations });

const resolved = (consumes: string, relations: string, ...services: readonly ServiceView[]): Resolution =>
  resolve(lists(consumes, relations), NAMESPACE, finder(services));

const db = serviceView('db-endpoint', { provides: 'db', externalName: 'db.tengu.io' });
const sse = serviceView('sse-endpoint', { provides: 'sse', externalName: 'idlab-iot.tengu.io' });

describe('a consumer', () => {
  test('is complete when each interface is provided by a related Service', () => {
    const { complete, problems, values, provisions } = resolved('sse,db', 'sse-endpoint,db-endpoint', db, sse);
    expect({ complete, problems }).toEqual({ complete: true, problems: [] });
    expect(Object.fromEntries(values)).toMatchObject({ DB: 'db.tengu.io', SSE: 'idlab-iot.tengu.io' });
    expect(provisions.get('db')).toEqual({ state: 'known', service: 'db-endpoint', variables: ['DB', 'DB_HOST', 'DB_PORT'] });
  });

  test('that is related and consumes nothing waits for nobody', () => {
    expect(resolved('', 'db-endpoint')).toMatchObject({ complete: true, problems: [] });
  });

  test('is given the values of a related Service that it does not consume, without waiting for it', () => {
    expect(resolved('', 'db-endpoint', db).values.get('DB')).toBe('db.tengu.io');
    expect(resolved('sse', 'sse-endpoint,db-endpoint', sse)).toMatchObject({ complete: true });
  });

  test('is given nothing of a Service that it is not related to', () => {
    expect(resolved('', 'sse-endpoint', db, sse).values.has('DB')).toBe(false);
    expect(resolved('db', 'sse-endpoint', db, sse).complete).toBe(false);
  });

  test('is told the variables that it cannot start without, in the order of its list', () => {
    expect(requiredVariables(lists('sse,my-db,path', 'x'))).toEqual(['MY_DB', 'SSE']);
  });
});

describe('an interface that is missing says', () => {
  test.each([
    ['that the Service is not there', [], 'db: Service db-endpoint not found in namespace shop'],
    [
      'that the Service has no label',
      [serviceView('db-endpoint')],
      'db: Service db-endpoint in namespace shop has no label tengu.io/provides',
    ],
    [
      'that the Service provides another interface',
      [serviceView('db-endpoint', { provides: 'cache' })],
      'db: none of the related Services provides it (db-endpoint provides cache): name one that does in tengu.io/relations, or label one tengu.io/provides=db',
    ],
    [
      'that the Service has no host',
      [serviceView('db-endpoint', { provides: 'db', externalName: '' })],
      'db: Service db-endpoint has no host: its externalName is empty',
    ],
  ])('%s', (_, services, problem) => {
    expect(resolved('db', 'db-endpoint', ...services)).toMatchObject({ missing: problem, problems: [] });
  });

  test('that no Service is named where none is', () => {
    expect(resolved('db', '').missing).toBe('db: annotation tengu.io/relations names no Service');
  });

  test('all of them in one line, with each Service that is not there', () => {
    expect(resolved('sse,db', 'sse-endpoint,db-endpoint').missing).toBe(
      'db, sse: Service db-endpoint not found in namespace shop; Service sse-endpoint not found in namespace shop',
    );
  });

  test('nothing of the Services that are as they should be', () => {
    expect(resolved('sse,db', 'sse-endpoint,db-endpoint', sse).missing).toBe(
      'db: Service db-endpoint not found in namespace shop',
    );
  });
});

describe('a fault in a list', () => {
  test('holds a consumer whose interfaces are all there', () => {
    const { complete, problems } = resolved('db', 'db-endpoint,db endpoint', db);
    expect(complete).toBe(false);
    expect(problems).toEqual([
      'tengu.io/relations: "db endpoint" is no name of a Service (a DNS label: a-z, 0-9 and -, at most 63 characters)',
    ]);
  });

  test('of one list leaves an entry of the other alone', () => {
    const path = serviceView('path', { provides: 'db' });
    expect(resolved('db,path', 'path', path).values.get('DB')).toBe('path.shop.svc');
  });
});

describe('a conflict names both', () => {
  test('Services that provide one interface', () => {
    const other = serviceView('db-2', { provides: 'db' });
    const { complete, problems, values } = resolved('db', 'db-endpoint,db-2', db, other);
    expect(complete).toBe(false);
    expect(problems).toEqual(['db is provided by 2 related Services, db-2 and db-endpoint: relate to one of them']);
    expect(values.size).toBe(0);
  });

  test('interfaces whose names give one variable', () => {
    const dash = serviceView('a', { provides: 'my-db' });
    const dot = serviceView('b', { provides: 'my.db' });
    expect(resolved('my-db,my.db', 'a,b', dash, dot).problems[0]).toBe(
      'variable MY_DB has two sources, Service a (host) and Service b (host): rename one of them',
    );
  });

  test('an annotation and the field of the same Service', () => {
    const twice = serviceView('db-endpoint', { provides: 'db', data: { host: 'x' } });
    expect(resolved('db', 'db-endpoint', twice).problems).toEqual([
      'variable DB_HOST has two sources, Service db-endpoint (host) and Service db-endpoint (annotation tengu.io/data.host): rename one of them',
    ]);
  });

  test('and gives nothing of a disputed interface, because half a set is none', () => {
    const twice = serviceView('db-endpoint', { provides: 'db', data: { host: 'x', user: 'app' } });
    expect([...resolved('db,sse', 'db-endpoint,sse-endpoint', twice, sse).values.keys()]).toEqual([
      'SSE',
      'SSE_HOST',
      'SSE_PORT',
    ]);
  });

  test('and gives no value of a third Service for a variable of the disputed interface', () => {
    const [a, b] = ['a', 'b'].map((name) => serviceView(name, { provides: 'my-db' }));
    const dot = serviceView('c', { provides: 'my.db' });
    expect(resolved('my-db', 'a,b,c', ...[a, b, dot].flatMap((each) => each ?? [])).values.size).toBe(0);
  });

  test('and holds nobody where the interface is not consumed', () => {
    const other = serviceView('db-2', { provides: 'db' });
    expect(resolved('sse', 'db-endpoint,db-2,sse-endpoint', db, other, sse)).toMatchObject({ complete: true, problems: [] });
  });
});

describe('more than can be handed on', () => {
  const big = (count: number, size: number) =>
    serviceView('db-endpoint', {
      provides: 'db',
      data: Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'x'.repeat(size)])),
    });

  test('holds the consumer, says how much it is and gives nothing', () => {
    const many = resolved('db', 'db-endpoint', big(300, 1));
    expect(many.problems).toEqual(['the related Services give 303 variables, at most 256 can be handed on: relate to fewer']);
    expect([many.values.size, many.provisions.get('db')]).toEqual([0, { state: 'pending' }]);
    const long = resolved('db', 'db-endpoint', big(10, 10_000));
    expect(long.problems[0]).toMatch(/^the related Services give \d+ bytes of values, at most 65536 can be handed on: shorten/);
    expect(long.values.size).toBe(0);
  });

  test('begins after the limit', () => {
    expect(resolved('db', 'db-endpoint', big(253, 1)).complete).toBe(true);
    expect(resolved('db', 'db-endpoint', big(254, 1)).complete).toBe(false);
  });
});

const anyService = fc
  .record({
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    provides: fc.constantFrom('', 'db', 'sse', 'my-db', 'my.db', '9x'),
    externalName: fc.constantFrom(undefined, '', 'h1', 'h2'),
    data: fc.dictionary(fc.constantFrom('host', 'user', 'a.b', 'a-b'), fc.constantFrom('', 'x'), { maxKeys: 2 }),
  })
  .map(({ name, ...wanted }) => serviceView(name, wanted));
const anyServices = fc.uniqueArray(anyService, { selector: ({ name }) => name, maxLength: 4 });
const someOf = (...names: string[]) => fc.subarray(names).map((chosen) => chosen.join());
const anyLists = fc.tuple(someOf('db', 'sse', 'my-db', 'my.db', 'path'), someOf('a', 'b', 'c', 'd', 'x y'));

test('the order in which Services appear and are named does not matter', () => {
  fc.assert(
    fc.property(anyServices, anyLists, ([...services], [consumes, relations]) => {
      const forth = resolved(consumes, relations, ...services);
      const back = resolved(consumes.split(',').reverse().join(), relations.split(',').reverse().join(), ...services.reverse());
      expect(back).toEqual(forth);
    }),
  );
});

test('a consumer is complete exactly when nothing is wrong, and then each of its interfaces has its variable', () => {
  fc.assert(
    fc.property(anyServices, anyLists, (services, [consumes, relations]) => {
      const { complete, missing, problems, provisions, values } = resolved(consumes, relations, ...services);
      expect(complete).toBe(missing === undefined && problems.length === 0);
      if (!complete) return;
      expect([...provisions.values()].every(({ state }) => state === 'known')).toBe(true);
      for (const variable of requiredVariables(lists(consumes, relations))) expect(values.get(variable)).toBeTruthy();
    }),
  );
});

test('a known interface gives all its variables and a disputed one none, so that no set is mixed', () => {
  fc.assert(
    fc.property(anyServices, anyLists, (services, [consumes, relations]) => {
      const { provisions, values } = resolved(consumes, relations, ...services);
      for (const [name, provision] of provisions) {
        if (provision.state === 'known') expect(provision.variables.filter((each) => !values.has(each))).toEqual([]);
        if (provision.state === 'conflict') expect(values.has(variableOf(name) ?? '')).toBe(false);
      }
    }),
  );
});
