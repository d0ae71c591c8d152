/** The program in checkouts other than this one. */
import { appendFileSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { runProgram } from '../../local/offline/program.ts';
import { copySources, touchAll } from '../checkout.ts';

// Each runs the program in a process of its own, apps bundled and all: 3 s on an idle machine.
jest.setTimeout(120_000);

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'orcon-checkout-')));
  copySources(folder);
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('a checkout elsewhere, with rights and dates of its own, asks for exactly the same, images too', async () => {
  touchAll(folder);
  const [here, there] = [await runProgram('dev', true), await runProgram('dev', true, {}, folder)];
  expect(there.errors).toEqual([]);
  expect(there.asked).toHaveLength(here.asked.length);
  expect(there.asked).toEqual(expect.arrayContaining([...here.asked]));
});

test('an app that does not build is one error that says where and why, and nothing is registered', async () => {
  appendFileSync(join(folder, 'webhook/main.ts'), "\nimport './not-there.ts';\n");
  const { exitCode, asked, errors } = await runProgram('dev', true, {}, folder);
  expect(exitCode).not.toBe(0);
  expect(asked.filter(({ type }) => type !== 'pulumi:pulumi:Stack')).toEqual([]);
  expect(errors).toEqual([
    expect.stringMatching(/^The webhook cannot be bundled; mend its source:\n {2}webhook\/main\.ts:\d+:\d+: Could not resolve/),
  ]);
});
