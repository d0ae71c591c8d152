import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { KubeConfig, type User } from '@kubernetes/client-node';
import { type Client, createClient } from '../../../controller/kube/client.ts';
import { FakeApi } from '../../fake-api/fake-api.ts';
import { ManualClock } from '../../fake-api/manual-clock.ts';
import { type Authority, newAuthority } from '../../fake-api/tls.ts';

let folder: string;
let authority: Authority;
let api: FakeApi;
let clock: ManualClock;
let client: Client | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'credentials-'));
  authority = await newAuthority('cluster');
  await write('ca.crt', authority.certificate);
  await write('token', 'first\n');
  api = await FakeApi.start(await authority.issue());
  clock = new ManualClock();
});
afterEach(async () => {
  jest.useRealTimers();
  await client?.close();
  await api.stop();
  await rm(folder, { recursive: true });
});

const write = (name: string, text: string) => writeFile(join(folder, name), text);

/** As in a pod: CA and token are files that the kubelet writes anew. */
const tokenFile = (): Partial<User> => ({ authProvider: { name: 'tokenFile', config: { tokenFile: join(folder, 'token') } } });

function connect(user: Partial<User>): Client {
  const config = new KubeConfig();
  const cluster = { name: 'c', server: `${api.url}/`, caFile: join(folder, 'ca.crt'), skipTLSVerify: false };
  config.loadFromClusterAndUser(cluster, { name: 'u', ...user });
  client = createClient(config, { clock });
  return client;
}

const list = (from: Client) => from.request({ method: 'GET', path: '/api/v1/services' });
const sentToken = () => api.requests.at(-1)?.headers.authorization;
/** Everything but Date goes on as it is. */
const real = ['hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'clearImmediate', 'setInterval'] as const;
const realTimers = ['clearInterval', 'setTimeout', 'clearTimeout'] as const;
/** Time for the clock that we are given and for the wall clock, which the KubeConfig looks at. */
const pass = (seconds: number) => {
  clock.advance(seconds * 1000);
  jest.useFakeTimers({ doNotFake: [...real, ...realTimers], now: Date.now() + seconds * 1000 });
};

describe('credentials', () => {
  test("of a pod are its token and the cluster's CA", async () => {
    await list(connect(tokenFile()));
    expect(sentToken()).toBe('Bearer first');
  });

  test('with a user name and a password are sent as such', async () => {
    await list(connect({ username: 'me', password: 'secret' }));
    expect(sentToken()).toBe(`Basic ${Buffer.from('me:secret').toString('base64')}`);
  });

  test('are not sent to a server that another authority vouches for', async () => {
    await write('ca.crt', (await newAuthority('other')).certificate);
    await expect(list(connect(tokenFile()))).rejects.toMatchObject({ fault: 'reset' });
    expect(api.requests).toEqual([]);
  });

  test('take up a rotated token within 90 s', async () => {
    const rotated = connect(tokenFile());
    await list(rotated);
    await write('token', 'second');
    pass(91);
    await list(rotated);
    expect(sentToken()).toBe('Bearer second');
  });

  test('take up a rotated CA, without a new connection as long as it is the same', async () => {
    const rotated = connect(tokenFile());
    let connections = 0;
    api.onConnection(() => {
      connections += 1;
    });
    // The pool takes a moment to see that a connection is free, so two requests may open two.
    for (let request = 0; request < 3; request += 1) await list(rotated);
    const opened = connections;
    pass(31);
    await list(rotated);
    expect(connections).toBe(opened);
    await write('ca.crt', (await newAuthority('other')).certificate);
    pass(31);
    await expect(list(rotated)).rejects.toMatchObject({ fault: 'reset' });
    await write('ca.crt', authority.certificate);
    pass(31);
    await list(rotated);
  });

  test('are read again as soon as the server does not accept them', async () => {
    let token = 'first';
    const access = {
      getCurrentCluster: () => ({ name: 'c', server: api.url, skipTLSVerify: false }),
      applyToHTTPSOptions: async (options: { headers?: unknown; ca?: unknown }) => {
        options.headers = { Authorization: `Bearer ${token}` };
        options.ca = authority.certificate;
      },
    };
    client = createClient(access, { clock });
    await list(client);
    token = 'second';
    await list(client);
    expect(sentToken()).toBe('Bearer first');
    api.faults.add({}, { answer: 401 }, 1);
    await expect(list(client)).rejects.toMatchObject({ code: 401 });
    await list(client);
    expect(sentToken()).toBe('Bearer second');
  });

  test('that were unreadable once are tried again with the next request', async () => {
    await rm(join(folder, 'token'));
    const poor = connect(tokenFile());
    await expect(list(poor)).rejects.toMatchObject({ fault: 'credentials' });
    await write('token', 'late');
    await list(poor);
    expect(sentToken()).toBe('Bearer late');
  });
});

test('the connection speaks HTTP/1.1', async () => {
  await list(connect(tokenFile()));
  expect(api.requests[0]?.headers.connection).toBe('keep-alive');
});
