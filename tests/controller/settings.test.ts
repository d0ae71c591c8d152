import { describe, expect, test } from '@jest/globals';
import { readSettings } from '../../controller/settings.ts';

describe('the environment', () => {
  test('may say nothing: all namespaces, 20 rolls at once, port 8081, the host as name', () => {
    expect(readSettings({}, 'host')).toEqual({
      namespaces: [],
      maxRolls: 20,
      healthPort: 8081,
      podName: 'host',
      podNamespace: 'orcon-system',
    });
  });

  test('names namespaces with spaces and repeats as people do', () => {
    expect(readSettings({ NAMESPACES: ' shop, office,,shop ' }, 'host').namespaces).toEqual(['shop', 'office']);
  });

  test.each(['0', '-1', '1.5', 'many', '1001', ' '])('cannot mean MAX_ROLLS=%p', (MAX_ROLLS) => {
    expect(() => readSettings({ MAX_ROLLS }, 'host')).toThrow(
      `MAX_ROLLS=${JSON.stringify(MAX_ROLLS)}: give a whole number from 1 to 1000, or leave it out for 20`,
    );
  });

  test('is refused with every fault at once, those that were found before too', () => {
    const read = () => readSettings({ MAX_ROLLS: 'x', HEALTH_PORT: '70000', NAMESPACES: 'A' }, 'host', ['LOG_LEVEL: loud']);
    expect(read).toThrow(
      /^the controller's environment cannot be used:\n {2}LOG_LEVEL: loud\n {2}NAMESPACES: "A".*\n {2}MAX_ROLLS.*\n {2}HEALTH_PORT/,
    );
  });
});
