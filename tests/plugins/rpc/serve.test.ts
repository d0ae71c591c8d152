import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Http2Server, type ServerHttp2Session } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { installStandIn } from '../../../local/plugins/install.ts';
import type { ProviderName } from '../../../local/plugins/versions.ts';
import { until } from '../until.ts';

let engine: Http2Server;
let sessions: ServerHttp2Session[];
let address: string;
let plugin: ChildProcess;
beforeEach(async () => {
  sessions = [];
  engine = createServer();
  engine.on('session', (session) => sessions.push(session));
  engine.listen(0, '127.0.0.1');
  await once(engine, 'listening');
  const bound = engine.address();
  address = `127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}`;
});
afterEach(() => {
  plugin.kill('SIGKILL');
  engine.close();
});

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'orcon-plugins-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Starts the stand-in as it is installed and gives the first line that it prints. */
async function start(name: ProviderName): Promise<string> {
  await installStandIn(join(folder, name), name);
  plugin = spawn(join(folder, name, `pulumi-resource-${name}`), [address], { stdio: ['ignore', 'pipe', 'inherit'] });
  if (plugin.stdout === null) throw new Error('no stdout');
  for await (const line of createInterface({ input: plugin.stdout })) return line;
  throw new Error('it ended without a line');
}

describe.each<ProviderName>(['kubernetes', 'tls', 'docker'])('the %s plugin as a process', (name) => {
  test('prints its port as the first line and lives as long as its engine', async () => {
    expect(await start(name)).toMatch(/^\d+$/);
    await until(() => sessions.length === 1);
    expect(plugin.exitCode).toBeNull();
    const ended = once(plugin, 'exit');
    for (const session of sessions) session.destroy();
    expect((await ended)[0]).toBe(0);
  }, 30_000);

  test('ends at once when the engine interrupts it', async () => {
    await start(name);
    const ended = once(plugin, 'exit');
    plugin.kill('SIGINT');
    expect((await ended)[0]).toBe(0);
  }, 30_000);
});
