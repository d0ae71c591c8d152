import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { TransientMap } from '../../../controller/kube/transient-map.ts';

const key = fc.integer({ min: 0, max: 30 });
const step = fc.oneof(
  fc.record({ act: fc.constant('set' as const), key, value: fc.integer() }),
  fc.record({ act: fc.constant('delete' as const), key, value: fc.constant(0) }),
);

test('a map for what comes and goes holds what a Map would, in the same order, however much has gone', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 1_000, size: 'max' }), (steps) => {
      const map = new Map<number, number>();
      const transient = new TransientMap<number, number>();
      for (const { act, key, value } of steps) {
        if (act === 'set') {
          map.set(key, value);
          transient.set(key, value);
        } else {
          map.delete(key);
          transient.delete(key);
        }
        expect(transient.get(key)).toBe(map.get(key));
        expect(transient.size).toBe(map.size);
      }
      expect([...transient.entries()]).toEqual([...map.entries()]);
    }),
  );
});
