import { beforeAll, describe, expect, test } from '@jest/globals';
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

describe('labels and annotations for all objects', () => {
  let plain: Deployed;
  let deployed: Deployed;
  beforeAll(async () => {
    plain = await deploy(whole);
    deployed = await deploy(() => whole({ marks }));
  });
  const before = ({ type, name }: Registered) => plain.resources.find((one) => one.type === type && one.name === name)?.inputs;

  test('are on every object beside its own', () => {
    for (const one of inCluster(deployed)) {
      const { labels, annotations } = before(one).metadata;
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
    const { get } = await deploy(() => whole({ marks: { labels: { 'app.kubernetes.io/name': 'mine' } } }));
    expect(get('Service').inputs.metadata.labels['app.kubernetes.io/name']).toBe('orcon');
  });
});
