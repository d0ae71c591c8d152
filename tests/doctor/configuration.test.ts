import { expect, test } from '@jest/globals';
import { checkConfiguration } from '../../doctor/configuration.ts';
import { lineOf } from '../../doctor/finding.ts';

const FINE = { exitCode: 0, errors: [], warnings: [], stderr: '' };
const said = (outcome: Partial<Parameters<typeof checkConfiguration>[1]>) =>
  checkConfiguration('mine', { ...FINE, ...outcome }).map(lineOf);

test('a configuration is fine when the program takes it', () => {
  expect(said({})).toEqual(['ok    configuration: Pulumi.mine.yaml is fine']);
});

test('a key without effect is told of, and is nothing wrong', () => {
  expect(said({ warnings: ['orcon:a is set and has no effect: b', 'orcon:c too'] })).toEqual([
    'ok    configuration: Pulumi.mine.yaml is fine',
    '-     configuration: orcon:a is set and has no effect: b',
    '-     configuration: orcon:c too',
  ]);
});

test('one that the program refuses is wrong, in the words of the program', () => {
  expect(said({ exitCode: 1, errors: ['orcon: the configuration cannot be used.\n  orcon:a is 1'], stderr: 'x' })).toEqual([
    'WRONG configuration: orcon: the configuration cannot be used.\n  orcon:a is 1',
  ]);
  expect(said({ exitCode: 1, stderr: 'SyntaxError: x\n' })).toEqual(['WRONG configuration: SyntaxError: x']);
});
