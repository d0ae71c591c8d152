/**
 * `node delivery/take-back.ts`, in preview.yml where a preview failed: says so in the comment in which an earlier push's preview
 * stands, or in a new one. It takes nothing but Node, because it has to work where nothing could be installed.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isList, objectAt, textAt } from '../relations/json.ts';

const PAGE = 100;
/** Who writes with a job's token; the token may change the comments of others as well. */
const AUTHOR = 'github-actions[bot]';

function given(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set`);
  return value;
}

const api = `${given('GITHUB_API_URL')}/repos/${given('GITHUB_REPOSITORY')}/issues`;
const comments = `${api}/${given('PULL_REQUEST')}/comments`;
const project = /^name: (\S+)$/m.exec(readFileSync(join(import.meta.dirname, '../Pulumi.yaml'), 'utf8'))?.[1];
/** By these two pulumi/actions finds its comment again (src/libs/pr.ts). */
const heading = `#### :tropical_drink: \`preview\` on ${project}/${given('STACK_NAME')}`;
const mark = '<summary>Pulumi report</summary>';

const body = `${heading}

:x: There is no preview of ${given('COMMIT')}: ${given('RUN')} tells why.

<!-- ${mark} -->`;

async function ask(method: string, url: string, content?: object): Promise<unknown> {
  const headers = { accept: 'application/vnd.github+json', authorization: `Bearer ${given('GITHUB_TOKEN')}` };
  const response = await fetch(url, { method, headers, body: content && JSON.stringify(content) });
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
  return response.json();
}

/** Addresses of the comments in which a preview of this stack stands. */
async function standing(): Promise<readonly string[]> {
  const found: string[] = [];
  for (let page = 1; ; page += 1) {
    const some = await ask('GET', `${comments}?per_page=${PAGE}&page=${page}`);
    if (!isList(some)) throw new Error('GitHub answers with no list of comments');
    const ours = some.filter(
      (one) => textAt(objectAt(one, 'user'), 'login') === AUTHOR && textAt(one, 'body')?.startsWith(`${heading}\n`),
    );
    found.push(...ours.flatMap((one) => textAt(one, 'url') ?? []));
    if (some.length < PAGE) return found;
  }
}

const found = await standing();
for (const url of found) await ask('PATCH', url, { body });
if (found.length === 0) await ask('POST', comments, { body });
