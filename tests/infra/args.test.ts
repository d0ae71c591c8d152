import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import ts from 'typescript';

const infra = join(import.meta.dirname, '../../infra');
const sourceOf = (file: string) =>
  ts.createSourceFile(file, readFileSync(join(infra, file), 'utf8'), ts.ScriptTarget.Latest, true);

/** File and name of everything that `infra/index.ts` gives to other programs. */
const exported = sourceOf('index.ts').statements.flatMap((statement): [file: string, name: string][] => {
  if (!ts.isExportDeclaration(statement) || !statement.moduleSpecifier || !statement.exportClause) return [];
  if (!ts.isStringLiteral(statement.moduleSpecifier) || !ts.isNamedExports(statement.exportClause)) return [];
  const file = statement.moduleSpecifier.text.replace('./', '');
  return statement.exportClause.elements.map(({ name }) => [file, name.text]);
});

/** The properties of the interface of that name; none for what is no interface. */
const propertiesOf = ([file, name]: readonly [string, string]) =>
  sourceOf(file).statements.flatMap((statement) =>
    ts.isInterfaceDeclaration(statement) && statement.name.text === name ? statement.members.filter(ts.isPropertySignature) : [],
  );
const interfaces = exported
  .map((one) => ({ name: one[1], properties: propertiesOf(one) }))
  .filter(({ properties }) => properties.length > 0);

describe('what components take from other programs', () => {
  test('is exported for each of them', () => {
    const components = exported.map(([, name]) => name).filter((name) => exported.some(([, args]) => args === `${name}Args`));
    expect(components.length).toBeGreaterThanOrEqual(9);
    expect(interfaces.map(({ name }) => name)).toEqual(expect.arrayContaining(components.map((name) => `${name}Args`)));
  });

  test.each(interfaces)('$name says of every property what it is, and lets nobody change it', ({ properties }) => {
    const silent = properties.filter((property) => ts.getJSDocCommentsAndTags(property).length === 0);
    const open = properties.filter(({ modifiers }) => !modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ReadonlyKeyword));
    const names = (list: readonly ts.PropertySignature[]) => list.map(({ name }) => name.getText());
    expect({ silent: names(silent), open: names(open) }).toEqual({ silent: [], open: [] });
  });
});
