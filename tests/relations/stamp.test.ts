import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type JsonObject, objectAt, objectsAt } from '../../relations/json.ts';
import { permitOf, readRecord } from '../../relations/record.ts';
import { isStamped, type StampIdentity, stamp } from '../../relations/stamp.ts';
import { strip } from '../../relations/strip.ts';
import { defaulted } from './api-server.ts';
import { identity, settings, template } from './arbitrary.ts';
import { ALL_SETTINGS, at, GATE, KUBELET, KUBELET_AND_GATE, TEMPLATE, templateWith } from './workloads.ts';

const IDENTITY: StampIdentity = {
  kind: 'Deployment',
  name: 'web',
  consumes: ['db', 'sse'],
  relations: ['db-endpoint'],
  epoch: 2,
  salt: 'x7k2p',
  seal: 'bcdfg',
};
const OURS = { configMapRef: { name: 'relations-deployment-web', optional: true } };
const HELD = { configMapKeyRef: { name: 'relations-deployment-web', key: 'TENGU_PERMIT_2_bcdfg', optional: false } };

describe('a stamp puts', () => {
  test('the ConfigMap first in the environment of each container, so that what the user wrote wins', () => {
    const own = { secretRef: { name: 'own' } };
    const before = templateWith([{ name: 'web', envFrom: [own] }, { name: 'side' }], { initContainers: [{ name: 'init' }] });
    const spec = objectAt(stamp(before, IDENTITY, GATE), 'spec');
    expect(at(spec, 'containers')).toEqual([
      { name: 'web', envFrom: [OURS, own] },
      { name: 'side', envFrom: [OURS] },
    ]);
    expect(at(spec, 'initContainers', 1)).toEqual({ name: 'init', envFrom: [OURS] });
  });

  test('the gate before the init containers of the pod', () => {
    const before = templateWith([{ name: 'web' }], { initContainers: [{ name: 'init' }] });
    expect(at(stamp(before, IDENTITY, GATE), 'spec', 'initContainers')).toMatchObject([{ name: 'tengu-gate' }, { name: 'init' }]);
  });

  test('the ConfigMap as an optional volume behind those of the pod', () => {
    const before = templateWith([{ name: 'web' }], { volumes: [{ name: 'data', emptyDir: {} }] });
    expect(at(stamp(before, IDENTITY, GATE), 'spec', 'volumes')).toEqual([
      { name: 'data', emptyDir: {} },
      { name: 'tengu-relations', configMap: { name: 'relations-deployment-web', optional: true } },
    ]);
  });

  test('the label that finds the pods, and the record', () => {
    const stamped = stamp(TEMPLATE, IDENTITY, GATE);
    expect(at(stamped, 'metadata', 'labels')).toEqual({ app: 'web', 'tengu.io/workload': 'deployment.web' });
    expect(readRecord(stamped)).toMatchObject({
      ...IDENTITY,
      put: { gates: ['tengu-gate'], init: [], app: ['web'], permits: {} },
    });
  });

  test('the need of a permit into every container where the kubelet holds', () => {
    const before = templateWith([{ name: 'web' }], { initContainers: [{ name: 'init' }] });
    const spec = objectAt(stamp(before, IDENTITY, KUBELET_AND_GATE), 'spec');
    for (const container of [...objectsAt(spec, 'initContainers'), ...objectsAt(spec, 'containers')]) {
      expect(container.env).toContainEqual({ name: 'TENGU_PERMIT', valueFrom: HELD });
    }
  });

  test('neither a volume nor an init container where the kubelet alone holds', () => {
    expect(Object.keys(objectAt(stamp(TEMPLATE, IDENTITY, KUBELET), 'spec'))).toEqual(['containers']);
  });
});

describe('what the user wrote under a name of ours stays:', () => {
  test('an init container', () => {
    const own = { name: 'tengu-gate', image: 'own:1' };
    const stamped = stamp(templateWith([{ name: 'web' }], { initContainers: [own] }), IDENTITY, GATE);
    expect(at(stamped, 'spec', 'initContainers')).toMatchObject([{ name: 'tengu-gate-2', image: 'gate:1' }, own]);
  });

  test('an app container', () => {
    const stamped = stamp(templateWith([{ name: 'tengu-gate' }]), IDENTITY, GATE);
    expect(at(stamped, 'spec', 'initContainers')).toMatchObject([{ name: 'tengu-gate-2' }]);
  });

  test('a volume', () => {
    const own = { name: 'tengu-relations', emptyDir: {} };
    const stamped = stamp(templateWith([{ name: 'web' }], { volumes: [own] }), IDENTITY, GATE);
    expect(at(stamped, 'spec', 'volumes')).toMatchObject([own, { name: 'tengu-relations-2' }]);
    expect(at(stamped, 'spec', 'initContainers', 0, 'volumeMounts', 0, 'name')).toBe('tengu-relations-2');
  });

  test('a variable', () => {
    const own = { name: 'TENGU_PERMIT', value: 'own' };
    const stamped = stamp(templateWith([{ name: 'web', env: [own] }]), IDENTITY, KUBELET);
    expect(at(stamped, 'spec', 'containers', 0, 'env')).toEqual([own, { name: 'TENGU_PERMIT_2', valueFrom: HELD }]);
  });

  test('a source of the same ConfigMap that says something else, say a prefix', () => {
    const own = { prefix: 'R_', ...OURS };
    const stamped = stamp(templateWith([{ name: 'web', envFrom: [own] }]), IDENTITY, GATE);
    expect(at(stamped, 'spec', 'containers', 0, 'envFrom')).toEqual([OURS, own]);
    expect(at(strip(stamped, readRecord(stamped)), 'spec', 'containers', 0, 'envFrom')).toEqual([own]);
  });

  test('a name of full length beside which ours is shortened', () => {
    const long = 'x'.repeat(63);
    const before = templateWith([{ name: 'web' }], { initContainers: [{ name: long }] });
    const stamped = stamp(before, IDENTITY, { hold: 'container', initContainers: [{ name: long }] });
    expect(at(stamped, 'spec', 'initContainers', 0, 'name')).toBe(`${'x'.repeat(61)}-2`);
  });

  test('a container that took the name of the gate after the stamp was dropped', () => {
    const record = readRecord(stamp(TEMPLATE, IDENTITY, GATE));
    const own = templateWith([{ name: 'web' }], {
      initContainers: [{ name: 'tengu-gate', image: 'own:1' }],
      volumes: [{ name: 'tengu-relations', emptyDir: {} }],
    });
    expect(strip(own, record)).toEqual(own);
  });

  test('a text that a merge put into our variable', () => {
    const stamped = stamp(templateWith([{ name: 'web' }]), IDENTITY, KUBELET);
    const merged = templateWith([{ name: 'web', env: [{ name: 'TENGU_PERMIT', value: 'own', valueFrom: HELD }] }]);
    expect(at(strip(merged, readRecord(stamped)), 'spec', 'containers', 0, 'env')).toEqual([
      { name: 'TENGU_PERMIT', value: 'own' },
    ]);
  });
});

test.each(ALL_SETTINGS)('a container that was renamed keeps nothing of ours after the stamp is taken off (%s)', (_, each) => {
  const stamped = stamp(TEMPLATE, IDENTITY, each);
  const containers = objectsAt(objectAt(stamped, 'spec'), 'containers').map((container) => ({ ...container, name: 'other' }));
  const renamed: JsonObject = { ...stamped, spec: { ...objectAt(stamped, 'spec'), containers } };
  expect(strip(renamed, readRecord(stamped))).toEqual(templateWith([{ name: 'other', image: 'web:1' }]));
});

describe('whatever the template and the settings,', () => {
  const stampedOnes = fc.tuple(template, identity, settings);

  test('what is stripped of its stamp is as it was', () => {
    fc.assert(
      fc.property(stampedOnes, ([before, who, how]) => {
        const stamped = stamp(before, who, how);
        expect(strip(stamped, readRecord(stamped))).toEqual(before);
      }),
      { numRuns: 500 },
    );
  });

  test('it is so after the API server put its defaults in', () => {
    const withDefaults = (each: JsonObject) =>
      at(defaulted({ kind: 'Deployment', spec: { template: each } }), 'spec', 'template');
    fc.assert(
      fc.property(stampedOnes, ([before, who, how]) => {
        const stamped = withDefaults(stamp(before, who, how));
        const bare = withDefaults(before);
        expect(typeof stamped === 'object').toBe(true);
        expect(strip(objectAt({ stamped }, 'stamped'), readRecord(objectAt({ stamped }, 'stamped')))).toEqual(bare);
      }),
    );
  });

  test('what is stamped bears a whole stamp, for nobody else', () => {
    fc.assert(
      fc.property(stampedOnes, ([before, who, how]) => {
        const stamped = stamp(before, who, how);
        expect(isStamped(stamped, who)).toBe(true);
        for (const other of [
          { name: 'x' },
          { epoch: who.epoch + 1 },
          { salt: 'other' },
          { seal: 'other' },
          { consumes: ['z'] },
        ]) {
          expect(isStamped(stamped, { ...who, ...other })).toBe(false);
        }
      }),
    );
  });

  test('a container that another webhook adds makes the stamp incomplete, and stamping anew supplies it', () => {
    fc.assert(
      fc.property(stampedOnes, ([before, who, how]) => {
        const stamped = stamp(before, who, how);
        const spec = objectAt(stamped, 'spec');
        const more: JsonObject = {
          ...stamped,
          spec: { ...spec, containers: [...objectsAt(spec, 'containers'), { name: 'proxy' }] },
        };
        expect(isStamped(more, who)).toBe(false);
        const anew = stamp(strip(more, readRecord(more)), who, how);
        expect(isStamped(anew, who)).toBe(true);
        expect(at(objectsAt(objectAt(anew, 'spec'), 'containers').at(-1), 'envFrom', 0)).toBeDefined();
      }),
    );
  });

  test.each(['containers', 'initContainers'])(
    'one of the %s that is taken away makes the stamp of a kubelet gate incomplete, because a roll would name it',
    (list) => {
      const before = templateWith([{ name: 'web' }, { name: 'side' }], { initContainers: [{ name: 'init' }] });
      const stamped = stamp(before, IDENTITY, KUBELET);
      const spec = objectAt(stamped, 'spec');
      expect(isStamped(stamped, IDENTITY)).toBe(true);
      expect(isStamped({ ...stamped, spec: { ...spec, [list]: objectsAt(spec, list).slice(0, -1) } }, IDENTITY)).toBe(false);
    },
  );

  test('a container that becomes an init container makes the stamp of a kubelet gate incomplete, because a roll would name both', () => {
    const stamped = stamp(templateWith([{ name: 'web' }, { name: 'side' }]), IDENTITY, KUBELET);
    const spec = objectAt(stamped, 'spec');
    const [web, side] = objectsAt(spec, 'containers');
    const moved = { ...stamped, spec: { ...spec, containers: [web ?? {}], initContainers: [side ?? {}] } };
    expect(isStamped(moved, IDENTITY)).toBe(false);
  });

  test('no container starts without the permit: gates come first and name it, or every container needs it', () => {
    fc.assert(
      fc.property(stampedOnes, ([before, who, how]) => {
        const spec = objectAt(stamp(before, who, how), 'spec');
        const all = [...objectsAt(spec, 'initContainers'), ...objectsAt(spec, 'containers')];
        const key = permitOf(who);
        const needs = (container: JsonObject) =>
          objectsAt(container, 'env').some((entry) => at(entry, 'valueFrom', 'configMapKeyRef', 'key') === key);
        if (how.hold === 'kubelet') expect(all.every(needs)).toBe(true);
        else expect(objectsAt(all[0], 'env')).toContainEqual({ name: 'TENGU_PERMIT', value: key });
      }),
    );
  });

  test('no two containers and no two volumes have one name', () => {
    fc.assert(
      fc.property(stampedOnes, ([before, who, how]) => {
        const spec = objectAt(stamp(before, who, how), 'spec');
        for (const things of [
          [...objectsAt(spec, 'initContainers'), ...objectsAt(spec, 'containers')],
          objectsAt(spec, 'volumes'),
          ...objectsAt(spec, 'containers').map((container) => objectsAt(container, 'env')),
        ]) {
          const names = things.map(({ name }) => name);
          expect(new Set(names).size).toBe(names.length);
        }
      }),
    );
  });
});

test('without a record nothing is stripped', () => {
  expect(strip(TEMPLATE, undefined)).toBe(TEMPLATE);
});
