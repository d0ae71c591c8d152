/** Whether examples/delivery/reader.yaml gives who previews what `npm run doctor -- --preview` asks for. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { checkKinds } from '../../doctor/kinds.ts';
import { checkRights } from '../../doctor/rights.ts';
import { wantedOf } from '../../doctor/wanted.ts';
import { runProgram } from '../../local/offline/program.ts';
import { type Right, StandIn } from './stand-in.ts';

jest.setTimeout(120_000);

const texts = z.array(z.string());
const object = z.looseObject({
  kind: z.string(),
  metadata: z.object({ name: z.string(), namespace: z.string().optional() }),
  rules: z.array(z.object({ apiGroups: texts, resources: texts, verbs: texts, resourceNames: texts.optional() })).default([]),
  roleRef: z.object({ kind: z.string(), name: z.string() }).loose().optional(),
  subjects: z.array(z.record(z.string(), z.string())).default([]),
});
const file = join(import.meta.dirname, '../../examples/delivery/reader.yaml');
const objects = parseAllDocuments(readFileSync(file, 'utf8')).map((document) => object.parse(document.toJS()));

/** Each group, resource and verb that the file gives, in the namespace of the role or in all. */
const given = objects.flatMap(({ metadata, rules }) =>
  rules.flatMap(({ apiGroups, resources, verbs, resourceNames }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        verbs.map((verb) => ({ group, resource, verb, resourceNames, namespace: metadata.namespace })),
      ),
    ),
  ),
);
const covers = (gift: (typeof given)[number], right: Right): boolean =>
  gift.group === right.group &&
  gift.resource === right.resource &&
  gift.verb === right.verb &&
  (gift.namespace ?? right.namespace) === right.namespace &&
  (gift.resourceNames?.includes(right.name) ?? true);

/** Stacks that between them have an object of each kind that orcon may consist of. */
const STACKS = { all: { serviceMonitors: 'true' }, listed: { namespaces: '["shop","bank"]', createNamespace: 'false' } };
let cluster: StandIn;
let findings: readonly { readonly said: string }[];
beforeAll(async () => {
  cluster = await StandIn.start();
  cluster.kinds['/apis/monitoring.coreos.com/v1'] = { ServiceMonitor: 'servicemonitors' };
  cluster.refuses = (right) => !given.some((gift) => covers(gift, right));
  const found = [];
  for (const settings of Object.values(STACKS)) {
    const config = Object.fromEntries(Object.entries(settings).map(([key, value]) => [`orcon:config:${key}`, value]));
    const wanted = wantedOf((await runProgram('prod', true, config)).asked);
    found.push(...(await checkRights(cluster.api, await checkKinds(cluster.api, wanted), wanted, 'preview')));
  }
  findings = found;
});
afterAll(() => cluster.stop());

test('the reader may all that a preview with a refresh takes', () => {
  expect(findings).toHaveLength(Object.keys(STACKS).length);
  for (const { said } of findings) expect(said).toMatch(/^you have all \d+ that preview takes$/);
});

test('the reader may nothing else, and change nothing', () => {
  expect(given.filter((gift) => !cluster.asked.some((right) => covers(gift, right)))).toEqual([]);
  expect([...new Set(given.map(({ verb }) => verb))].sort()).toEqual(['get', 'list']);
});

test('each role is bound to the reader', () => {
  const bound = objects.flatMap(({ metadata, roleRef, subjects }) => {
    if (roleRef === undefined) return [];
    expect(subjects).toEqual([
      { kind: 'ServiceAccount', name: 'orcon-reader', namespace: 'orcon-system' },
      { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'orcon-readers' },
    ]);
    return [`${roleRef.kind} ${roleRef.name} ${metadata.namespace}`];
  });
  const roles = objects.filter(({ rules }) => rules.length > 0);
  expect(bound).toEqual(roles.map(({ kind, metadata }) => `${kind} ${metadata.name} ${metadata.namespace}`));
});
