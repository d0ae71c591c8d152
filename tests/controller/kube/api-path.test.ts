import { describe, expect, test } from '@jest/globals';
import { formatApiPath, parseApiPath, resourceName, verbOf } from '../../../controller/kube/api-path.ts';

describe('a path of the API', () => {
  test.each([
    ['/api/v1/namespaces', 'namespaces', {}],
    ['/api/v1/namespaces/shop', 'namespaces', { name: 'shop' }],
    ['/api/v1/namespaces/shop/status', 'namespaces/status', { name: 'shop', subresource: 'status' }],
    ['/api/v1/services', 'services', {}],
    ['/api/v1/namespaces/shop/services', 'services', { namespace: 'shop' }],
    ['/api/v1/namespaces/shop/pods/web/log', 'pods/log', { namespace: 'shop', name: 'web', subresource: 'log' }],
    ['/apis/apps/v1/deployments', 'deployments.apps', {}],
    ['/apis/apps/v1/namespaces/shop/deployments/web', 'deployments.apps', { namespace: 'shop', name: 'web' }],
    ['/apis/rbac.authorization.k8s.io/v1/clusterroles/a%3Ab', 'clusterroles.rbac.authorization.k8s.io', { name: 'a:b' }],
  ])('%s is about %s', (path, resource, parts) => {
    expect(resourceName(path)).toBe(resource);
    const parsed = parseApiPath(path);
    expect(parsed).toMatchObject(parts);
    expect(parsed && formatApiPath(parsed)).toBe(path);
  });

  test.each(['/', '/version', '/apis', '/apis/apps', '/api/v1', '/readyz'])('%s is about no resource', (path) => {
    expect([parseApiPath(path), resourceName(path)]).toEqual([undefined, path]);
  });

  test('lets no name reach out of its place', () => {
    const path = formatApiPath({ group: '', version: 'v1', resource: 'services', namespace: 'shop', name: '../secrets?x' });
    expect(path).toBe('/api/v1/namespaces/shop/services/..%2Fsecrets%3Fx');
  });
});

test.each([
  ['GET', '/api/v1/pods', false, 'list'],
  ['GET', '/api/v1/pods', true, 'watch'],
  ['GET', '/api/v1/namespaces/shop/pods/web', false, 'get'],
  ['POST', '/api/v1/namespaces/shop/pods', false, 'create'],
  ['PUT', '/api/v1/namespaces/shop/pods/web', false, 'update'],
  ['PATCH', '/api/v1/namespaces/shop/pods/web', false, 'patch'],
  ['DELETE', '/api/v1/namespaces/shop/pods/web', false, 'delete'],
  ['DELETE', '/api/v1/namespaces/shop/pods', false, 'deletecollection'],
] as const)('%s %s (watch: %s) is the verb %s', (method, path, watch, verb) => {
  expect(verbOf(method, path, watch)).toBe(verb);
});
