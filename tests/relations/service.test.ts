import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isObject } from '../../relations/json.ts';
import { viewService } from '../../relations/service.ts';
import { service, serviceView } from './services.ts';

test('a Service is read with what it provides, its host, ports and data', () => {
  const ports = [{ name: 'db', port: 5432, targetPort: 'db' }];
  expect(viewService(service('db-endpoint', { provides: 'db', ports, data: { user: 'app' } }))).toEqual({
    namespace: 'shop',
    name: 'db-endpoint',
    provides: 'db',
    host: 'db-endpoint.shop.svc',
    ports: [{ name: 'db', port: 5432 }],
    data: [['user', 'app']],
  });
});

test('the interface that a Service provides is read in lower case', () => {
  expect(serviceView('x', { provides: 'DB' }).provides).toBe('db');
});

test('an ExternalName that names nothing has no host', () => {
  expect(serviceView('x', { provides: 'db', externalName: '' }).host).toBeUndefined();
});

test('data are sorted by name, so that their order in the object does not count', () => {
  expect(serviceView('x', { data: { b: '2', a: '1' } })).toEqual(serviceView('x', { data: { a: '1', b: '2' } }));
});

test('an annotation that only begins like data is none', () => {
  expect(viewService({ metadata: { annotations: { 'tengu.io/data.': 'x', 'tengu.io/database': 'y' } } }).data).toEqual([]);
});

test('any object is read without a fault', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (metadata, spec) => {
      const object: unknown = { metadata, spec };
      if (isObject(object)) expect(() => viewService(object)).not.toThrow();
    }),
  );
});
