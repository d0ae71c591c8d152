/** What the workflows tell people: their own scripts, run as GitHub runs them. */
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { pulumiJob, stepOf } from './workflow.ts';

/** With this Node first, as setup-node puts its own. */
const PATH = [dirname(process.execPath), process.env.PATH].join(delimiter);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'orcon-told-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs a script with the shell that GitHub gives it. */
function run(script: string, env: Readonly<Record<string, string>>): Promise<{ readonly code: number; readonly said: string }> {
  const file = join(folder, 'script.sh');
  writeFileSync(file, script);
  const options = {
    maxBuffer: 16 * 1024 * 1024,
    cwd: join(import.meta.dirname, '../..'),
    env: { ...env, PATH: [env.PATH ?? '', PATH].join(delimiter) },
  };
  return new Promise((resolve) => {
    const child = execFile('bash', ['-e', file], options, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, said: stdout + stderr }),
    );
  });
}

describe("the night's check", () => {
  const script = stepOf(pulumiJob('drift'), 'that compares', ({ run }) => run?.includes('pulumi preview') ?? false).run ?? '';

  /** Runs it with a Pulumi that prints its arguments, then this, and ends with this code. */
  async function checked(printed: string, code: number) {
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(folder, 'printed'), printed);
    writeFileSync(
      join(bin, 'pulumi'),
      `#!/bin/sh\necho "$@"\ncat ${folder}/printed\necho 'error: told aside' >&2\nexit ${code}\n`,
    );
    chmodSync(join(bin, 'pulumi'), 0o755);
    const summary = join(folder, 'summary');
    const ended = await run(script, { PATH: bin, RUNNER_TEMP: folder, GITHUB_STEP_SUMMARY: summary, STACK_NAME: 'acme/prod' });
    return { ...ended, summary: readFileSync(summary, 'utf8') };
  }

  test('looks at the cluster itself, and any change is a fault', async () => {
    const { said } = await checked('', 0);
    const [asked = ''] = said.split('\n');
    expect(asked).toMatch(/^preview --stack acme\/prod /);
    expect(asked.split(' ')).toEqual(expect.arrayContaining(['--refresh', '--expect-no-changes', '--diff', '--non-interactive']));
  });

  test('fails on a difference, which stands in its summary and in its log', async () => {
    const { code, said, summary } = await checked('~ spec: { ~ replicas: 1 => 2 }\n', 7);
    expect(code).toBe(7);
    expect(said).toContain('~ replicas: 1 => 2');
    expect(summary).toMatch(/^### .* acme\/prod\n~~~~diff\n[\s\S]*~ replicas: 1 => 2[\s\S]*error: told aside\n~~~~\n$/);
  });

  test('passes where there is none', async () => {
    expect(await checked('34 unchanged\n', 0)).toMatchObject({ code: 0, summary: expect.stringContaining('34 unchanged') });
  });

  test('keeps the end of what would be too long for a summary', async () => {
    const { summary } = await checked(`${'+ line\n'.repeat(200_000)}34 unchanged\n`, 7);
    expect(Buffer.byteLength(summary)).toBeLessThan(1024 * 1024);
    expect(summary).toContain('34 unchanged');
  });
});

describe('a preview that fails', () => {
  const job = pulumiJob('preview');
  const takeBack = stepOf(job, 'that takes back', ({ if: condition }) => condition !== undefined);
  const COMMENTS = '/repos/acme/orcon/issues/7/comments';
  const HEADING = '#### :tropical_drink: `preview` on orcon/acme/prod';
  const STALE = `${HEADING}\n\n<details>\n<summary>Pulumi report</summary>\n<pre>\n1 to update\n</pre>\n</details>`;
  /** How pulumi/actions finds its comment (src/libs/pr.ts). */
  const isFound = (body: string) => body.startsWith(HEADING) && body.includes('<summary>Pulumi report</summary>');
  const content = z.object({ body: z.string() });

  /** Runs its last step on a pull request with these comments; gives what it asked of GitHub to change. */
  async function takenBack(comments: readonly { readonly author: string; readonly body: string }[], status = 200) {
    const changes: { readonly what: string; readonly body: string; readonly token: string | undefined }[] = [];
    const server = createServer(async (request, response) => {
      const url = new URL(request.url ?? '', 'http://github');
      if (request.method !== 'GET') {
        const { body } = content.parse(await json(request));
        changes.push({ what: `${request.method} ${url.pathname}`, body, token: request.headers.authorization });
      }
      const size = Number(url.searchParams.get('per_page'));
      const from = (Number(url.searchParams.get('page')) - 1) * size;
      const all = comments.map(({ author, body }, id) => ({
        url: `http://${request.headers.host}/repos/acme/orcon/issues/comments/${id}`,
        user: { login: author },
        body,
      }));
      response.writeHead(status).end(JSON.stringify(request.method === 'GET' ? all.slice(from, from + size) : {}));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const env = {
      GITHUB_API_URL: `http://127.0.0.1:${port}`,
      GITHUB_REPOSITORY: 'acme/orcon',
      GITHUB_TOKEN: 'token',
      STACK_NAME: 'acme/prod',
      PULL_REQUEST: '7',
      COMMIT: '0123abc',
      RUN: 'https://github.example/acme/orcon/actions/runs/1',
    };
    const ended = await run(takeBack.run ?? '', env);
    server.close();
    return { ...ended, changes };
  }
  const BOT = 'github-actions[bot]';
  const others = (count: number) => Array.from({ length: count }, () => ({ author: 'somebody', body: 'Looks good' }));

  test('ends with a step of its own, whatever failed, and also when it is cut off', () => {
    expect(job.steps.at(-1)).toBe(takeBack);
    expect(takeBack.if).toBe(`\${{ !success() }}`);
  });

  test('gets from its job all that the script asks for', () => {
    const given = [...Object.keys(takeBack.env), ...Object.keys(job.env)];
    expect(given).toEqual(expect.arrayContaining(['GITHUB_TOKEN', 'STACK_NAME', 'PULL_REQUEST', 'COMMIT', 'RUN']));
  });

  test('renews the comment in which an earlier diff stands, wherever it is', async () => {
    const { code, changes } = await takenBack([...others(130), { author: BOT, body: STALE }]);
    expect(changes).toEqual([
      { what: 'PATCH /repos/acme/orcon/issues/comments/130', body: expect.any(String), token: 'Bearer token' },
    ]);
    expect(changes[0]?.body).toContain('no preview of 0123abc: https://github.example/acme/orcon/actions/runs/1');
    expect(changes[0]?.body).not.toContain('1 to update');
    expect(code).toBe(0);
  });

  test('comments where there is no comment yet', async () => {
    expect((await takenBack(others(2))).changes).toMatchObject([{ what: `POST ${COMMENTS}` }]);
  });

  test('leaves a comment that the next preview renews', async () => {
    const [change] = (await takenBack([])).changes;
    expect(isFound(change?.body ?? '')).toBe(true);
    expect((await takenBack([{ author: BOT, body: change?.body ?? '' }])).changes).toMatchObject([
      { what: 'PATCH /repos/acme/orcon/issues/comments/0' },
    ]);
  });

  test.each([
    ['of somebody who quotes it', 'somebody', STALE],
    ['of another stack', BOT, STALE.replace(HEADING, `${HEADING}-eu`)],
  ])('leaves alone the comment %s', async (_, author, body) => {
    expect((await takenBack([{ author, body }])).changes).toMatchObject([{ what: `POST ${COMMENTS}` }]);
  });

  test('says why it could not tell', async () => {
    const { code, said } = await takenBack([], 403);
    expect([code, said]).toEqual([1, expect.stringContaining(`${COMMENTS}?per_page=100&page=1: 403`)]);
  });
});
