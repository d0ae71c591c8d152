import { expect, test } from '@jest/globals';
import { refusalsOfController } from '../harness/refusals.ts';

test('in all that went before, the controller was refused nothing', async () => {
  expect(await refusalsOfController()).toEqual([]);
});
