import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { OrconArgs } from '../../infra/index.ts';
import { type Deployed, deploy, type Registered } from './deploy.ts';
import { whole } from './whole.ts';

const marks = { labels: { team: 'platform' }, annotations: { 'example.org/contact': 'platform' } };
const inCluster = ({ resources }: Deployed) => resources.filter(({ type }) => type.startsWith('kubernetes:'));

/** Where a key occurs in a value: `metadata.labels.team`. */
function placesOf(key: string, value: unknown, at: readonly string[] = []): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const path = [...at, name];
    return [...(name === key ? [path.join('.')] : []), ...placesOf(key, inner, path)];
  });
}

/** Between them these have an object of every kind that a component makes. */
const WHOLES: readonly [string, Partial<OrconArgs>][] = [
  ['of the only orcon in a cluster', { serviceMonitors: true }],
  [
    'of one of several',
    {
      instance: 'blue',
      namespace: 'orcon-blue',
      namespaces: ['shop', 'bank'],
      serviceMonitors: true,
      certificates: { secret: 'given', injectCaFrom: 'orcon-blue/hook' },
    },
  ],
];

describe.each(WHOLES)('labels and annotations for all objects %s', (_, changes) => {
  let plain: Deployed;
  let deployed: Deployed;
  beforeAll(async () => {
    plain = await deploy(() => whole(changes));
    deployed = await deploy(() => whole({ ...changes, marks }));
  });
  const unmarked = ({ type, name }: Registered) => plain.resources.find((one) => one.type === type && one.name === name)?.inputs;

  test('are on every object beside its own', () => {
    for (const one of inCluster(deployed)) {
      const { labels, annotations } = unmarked(one).metadata;
      expect(one.inputs.metadata).toMatchObject({
        labels: { ...labels, ...marks.labels },
        annotations: { ...annotations, ...marks.annotations },
      });
    }
    expect(inCluster(deployed)).toHaveLength(inCluster(plain).length);
  });

  test('are on the pods, and in no selector', () => {
    for (const { type, inputs } of inCluster(deployed)) {
      const ofPods = type.endsWith(':Deployment') ? ['spec.template.metadata.labels.team'] : [];
      expect(placesOf('team', inputs).sort()).toEqual(['metadata.labels.team', ...ofPods]);
    }
  });

  test('do not take the place of what an object says itself', async () => {
    const own = inCluster(plain).flatMap(({ inputs }) => Object.keys(inputs.metadata.labels));
    const others = Object.fromEntries(own.map((label) => [label, 'mine']));
    const contested = await deploy(() => whole({ ...changes, marks: { labels: others } }));
    for (const one of inCluster(contested)) expect(one.inputs.metadata.labels).toMatchObject(unmarked(one).metadata.labels);
  });
});

test('labels and annotations are looked at on objects of every kind that a component makes', async () => {
  const infra = join(import.meta.dirname, '../../infra');
  const sources = readdirSync(infra).filter((file) => file.endsWith('.ts'));
  const made = sources
    .flatMap((file) => [...readFileSync(join(infra, file), 'utf8').matchAll(/\bnew k8s\.[\w.]+\.(\w+)\(/g)])
    .map(([, kind]) => (kind === 'CustomResource' ? 'ServiceMonitor' : kind));
  const looked: unknown[] = [];
  for (const [, changes] of WHOLES)
    looked.push(...inCluster(await deploy(() => whole(changes))).map(({ type }) => type.split(':').at(-1)));
  expect(made.length).toBeGreaterThan(15);
  expect([...new Set(looked)].sort()).toEqual([...new Set(made)].sort());
});
