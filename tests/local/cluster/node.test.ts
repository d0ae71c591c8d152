import { expect, test } from '@jest/globals';
import { isReadySince } from '../../../local/cluster/node.ts';

const node = (status: string, lastHeartbeatTime: string) => ({
  status: {
    conditions: [
      { type: 'MemoryPressure', status: 'False', lastHeartbeatTime },
      { type: 'Ready', status, lastHeartbeatTime },
    ],
  },
});
const since = new Date('2026-01-02T03:04:05.678Z');

test.each<[string, unknown, boolean]>([
  ['reported Ready in the same second', node('True', '2026-01-02T03:04:05Z'), true],
  ['reported Ready later', node('True', '2026-01-02T03:05:00Z'), true],
  ['reported Ready by an earlier kubelet only', node('True', '2026-01-02T03:04:04Z'), false],
  ['not Ready', node('False', '2026-01-02T03:05:00Z'), false],
  ['without conditions yet', { status: {} }, false],
])('a node %s is ready: %#', (_, given, expected) => {
  expect(isReadySince(given, since)).toBe(expected);
});
