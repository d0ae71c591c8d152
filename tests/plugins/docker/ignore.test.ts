import { expect, test } from '@jest/globals';
import { dockerIgnore } from '../../../local/plugins/docker/ignore.ts';

test.each<[string, string, boolean]>([
  ['node_modules', 'node_modules/a/b.js', true],
  ['node_modules', 'sub/node_modules/a.js', false],
  ['**/node_modules', 'sub/node_modules/a.js', true],
  ['**/node_modules', 'node_modules/a.js', true],
  ['*.md', 'README.md', true],
  ['*.md', 'docs/README.md', false],
  ['**/*.md', 'docs/deep/README.md', true],
  ['docs/**', 'docs/deep/a', true],
  ['docs/*/a', 'docs/deep/a', true],
  ['/dist/', 'dist/x', true],
  ['./dist', 'dist', true],
  ['a?c', 'abc', true],
  ['a?c', 'a/c', false],
  ['a[0-9]', 'a7', true],
  ['a+b', 'a+b', true],
  ['# dist', '# dist', false],
  ['*\n!keep', 'keep', false],
  ['*\n!keep', 'other', true],
  ['*\n!src/**\nsrc/secret', 'src/main.js', false],
  ['*\n!src/**\nsrc/secret', 'src/secret', true],
  ['dist\r\nbuild\r\n', 'build', true],
  ['', 'anything', false],
])('%j leaves %s out: %p', (content, path, out) => {
  expect(dockerIgnore(content)(path)).toBe(out);
});
