import { once } from 'node:events';
import { connect } from 'node:tls';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { BUDGET, createBudget } from '../../webhook/budget.ts';
import { send } from './client.ts';
import { bytes, deciding, review } from './reviews.ts';
import { serve } from './serving.ts';
import { until } from './until.ts';

const good = bytes(review());
const SIZE = 200_000;
const large = Buffer.concat([good, Buffer.alloc(SIZE - good.length, ' ')]);
const HOUR = 3_600_000;

describe('the budget', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  /** A budget of 100 bytes, and what it has told whoever asked. */
  const hundred = (changed: Partial<typeof BUDGET> = {}) => {
    const budget = createBudget({ bytes: 100, ...changed });
    const told: string[] = [];
    const ask = (name: string, size: number) =>
      budget.ask(
        size,
        () => told.push(`${name} in`),
        () => told.push(`${name} busy`),
      );
    return { budget, told, ask };
  };

  test('lets in what fits, and the next in the order in which they asked', () => {
    const { budget, told, ask } = hundred();
    const leave = ask('a', 60);
    ask('b', 60);
    ask('c', 40);
    expect(told).toEqual(['a in']);
    leave();
    expect(told).toEqual(['a in', 'b in', 'c in']);
    expect(budget.reserved()).toBe(100);
  });

  test('lets one in that is larger than all of it when it is alone', () => {
    const { told, ask } = hundred();
    ask('a', 101);
    ask('b', 1);
    expect(told).toEqual(['a in']);
  });

  test('says busy to who waited too long, who then has nothing to give back, and looks at who is behind', () => {
    const { budget, told, ask } = hundred();
    ask('a', 60);
    const leave = ask('b', 60);
    jest.advanceTimersByTime(BUDGET.waitMs - 1);
    ask('c', 40);
    expect(told).toEqual(['a in']);
    jest.advanceTimersByTime(1);
    expect(told).toEqual(['a in', 'c in', 'b busy']);
    leave();
    expect(budget.reserved()).toBe(100);
  });

  test('forgets who gives up waiting', () => {
    const { budget, told, ask } = hundred();
    const leave = ask('a', 60);
    ask('b', 60)();
    leave();
    jest.advanceTimersByTime(BUDGET.waitMs);
    expect(told).toEqual(['a in']);
    expect(budget.reserved()).toBe(0);
  });

  test('says busy at once when too many wait', () => {
    const { told, ask } = hundred({ waiting: 1 });
    for (const name of ['a', 'b', 'c']) ask(name, 60);
    expect(told).toEqual(['a in', 'c busy']);
  });
});

describe('over HTTPS', () => {
  /** A client that announces a large body and sends its first bytes alone; resolves to all it is answered, at its end. */
  const stall = (port: number) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.write(`POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${SIZE}\r\n\r\n{"api`);
    return { socket, ended: once(socket, 'close').then(() => answer) };
  };

  test('many large reviews at once are all answered, and never more is reserved than there is', async () => {
    const reserved: number[] = [];
    const webhook = await serve(
      (input) => {
        reserved.push(webhook.budget.reserved());
        return deciding({})(input);
      },
      { budget: { bytes: 3 * SIZE, waitMs: HOUR, bodyMs: HOUR } },
    );
    const answers = await Promise.all(Array.from({ length: 24 }, () => send(webhook.port, large)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(24);
    expect(Math.max(...reserved)).toBeLessThanOrEqual(3 * SIZE);
    expect(Math.min(...reserved)).toBeGreaterThanOrEqual(SIZE);
    expect(webhook.budget.reserved()).toBe(0);
    await webhook.server.close();
  });

  test('bodies that stall are ended, and then it is the turn of a review that waited', async () => {
    const webhook = await serve(deciding({}), { budget: { bytes: 2 * SIZE, waitMs: HOUR, bodyMs: 500 } });
    const stalled = [stall(webhook.port), stall(webhook.port)];
    await until('they have all the room', () => webhook.budget.reserved() === 2 * SIZE);
    expect((await send(webhook.port, large)).status).toBe(200);
    for (const { ended } of stalled) expect(await ended).toMatch(/^HTTP\/1\.1 408 .*Connection: close/s);
    // Its turn may come between the two ends.
    expect(webhook.verdicts.map(({ reason }) => reason).sort()).toEqual(['', 'body-slow', 'body-slow']);
    await webhook.server.close();
  });

  test('a small review is answered while nobody gets room', async () => {
    const webhook = await serve(deciding({}), { budget: { bytes: SIZE, waitMs: HOUR, bodyMs: HOUR } });
    const { socket } = stall(webhook.port);
    await until('it has all the room', () => webhook.budget.reserved() === SIZE);
    expect((await send(webhook.port, good)).status).toBe(200);
    socket.destroy();
    await webhook.server.close();
  });

  test('who waits too long is told that the webhook is busy, and cut off', async () => {
    const webhook = await serve(deciding({}), { budget: { bytes: SIZE, waitMs: 50, bodyMs: HOUR } });
    const { socket } = stall(webhook.port);
    await until('it has all the room', () => webhook.budget.reserved() === SIZE);
    expect(await stall(webhook.port).ended).toMatch(/^HTTP\/1\.1 503 .*Connection: close/s);
    expect(webhook.verdicts).toMatchObject([{ outcome: 'failed', reason: 'busy' }]);
    socket.destroy();
    await webhook.server.close();
  });

  test('who leaves gives back the room, or the place among those that wait', async () => {
    const webhook = await serve(deciding({}), { budget: { bytes: SIZE, waitMs: HOUR, bodyMs: HOUR } });
    const first = stall(webhook.port);
    await until('it has all the room', () => webhook.budget.reserved() === SIZE);
    const second = stall(webhook.port);
    await until('another one waits', () => webhook.requests.inFlight() === 2);
    second.socket.destroy();
    await until('that one is over', () => webhook.requests.inFlight() === 1);
    first.socket.destroy();
    await until('all is given back', () => webhook.budget.reserved() === 0);
    expect((await send(webhook.port, large)).status).toBe(200);
    expect(webhook.verdicts.map(({ reason }) => reason)).toEqual(['body-aborted', 'body-aborted', '']);
    await webhook.server.close();
  });
});
