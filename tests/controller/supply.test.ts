import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Stage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

describe('a consumer', () => {
  test('gets its values and its permit in one write when all that it consumes is there', async () => {
    stage.consumer('web');
    const process = stage.start();
    await process.leading();
    expect([stage.phase('web'), stage.permits('web')]).toEqual(['Held', []]);
    const since = stage.now;
    stage.service('db', 'db', 5432);
    await process.rest();
    expect(stage.values('web')).toEqual({ DB: 'db.shop.svc', DB_HOST: 'db.shop.svc', DB_PORT: '5432' });
    expect(stage.permits('web')).toEqual(['TENGU_PERMIT_0_salt1']);
    expect(stage.writes(since).map(({ verb, resource }) => `${verb} ${resource}`)).toEqual(['patch configmaps', 'create events']);
    expect(stage.events('web')).toEqual(['Held', 'Related']);
  });
});
