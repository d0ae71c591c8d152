import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readLogSettings } from '../../process/logging.ts';

const LOGGING = join(import.meta.dirname, '../../process/logging.ts');

/** Runs a module's text that has a `log`, and returns what it wrote and how it ended. */
async function run(text: string, settings: object) {
  const source = `import { createLogger } from ${JSON.stringify(LOGGING)};
    const log = await createLogger(${JSON.stringify(settings)});
    ${text}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, lines: output.split('\n').filter((line) => line !== '') };
}

describe('the settings', () => {
  test('are info and json unless set', () => {
    const faults: string[] = [];
    expect(readLogSettings({}, faults)).toEqual({ level: 'info', format: 'json' });
    expect(faults).toEqual([]);
  });

  test('name every fault', () => {
    const faults: string[] = [];
    readLogSettings({ LOG_LEVEL: 'INFO', LOG_FORMAT: 'yaml' }, faults);
    expect(faults).toEqual([
      'LOG_LEVEL: "INFO" is none of trace, debug, info, warn, error, fatal, silent',
      'LOG_FORMAT: "yaml" is neither json nor pretty',
    ]);
  });
});

const JSON_LOG = { level: 'info', format: 'json' };

test('a line is an object with level, time, message and fields', async () => {
  const { lines } = await run(`log.info({ name: 'a\\nb' }, 'hello')`, JSON_LOG);
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { level: 'info', time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/), name: 'a\nb', message: 'hello' },
  ]);
});

test('lines below the level are left out', async () => {
  const { lines } = await run(`log.info('no'); log.warn('yes')`, { level: 'warn', format: 'json' });
  expect(lines).toHaveLength(1);
});

test('what has been collected is written when the process exits', async () => {
  const { lines, code } = await run(`for (let i = 0; i < 300; i++) log.info({ i }, 'x'); process.exit(7)`, JSON_LOG);
  expect(code).toBe(7);
  expect(lines).toHaveLength(300);
});

test('what has been collected is written when the process dies of an error', async () => {
  const text = `console.error = () => {}; process.on('uncaughtException', () => process.exit(1)); log.info('last words'); throw new Error('x')`;
  expect(await run(text, JSON_LOG)).toMatchObject({ code: 1, lines: [expect.stringContaining('last words')] });
});

test('pretty lines are for people', async () => {
  const { lines } = await run(`log.info({ port: 1 }, 'serving')`, { level: 'info', format: 'pretty' });
  expect(lines).toEqual([expect.stringMatching(/INFO.*serving.*\{"port":1\}/)]);
});

test('a reader that has stopped reading holds up nobody and ends nothing', async () => {
  const source = `import { createLogger } from ${JSON.stringify(LOGGING)};
    const log = await createLogger({ level: 'info', format: 'json' });
    for (let i = 0; i < 40; i++) { for (let j = 0; j < 2000; j++) log.info('x'.repeat(200)); await new Promise(setImmediate); }
    process.stderr.write('done');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.pause();
  const [said] = await once(child.stderr, 'data');
  expect(String(said)).toBe('done');
  child.kill('SIGKILL');
  await once(child, 'exit');
});
