/** What becomes of running consumers, and of new ones, while orcon itself is changed and in the end taken away. In this order. */
import { afterAll, beforeAll, describe } from '@jest/globals';
import { certificates } from './certificates.ts';
import { chosenNamespaces } from './chosen-namespaces.ts';
import { givenPlace } from './given-place.ts';
import { begin, type Lasting, MINUTES } from './lasting.ts';
import { otherGates } from './other-gates.ts';
import { removal } from './removal.ts';
import { troubles } from './troubles.ts';
import { upgrade } from './upgrade.ts';

let begun: Lasting | undefined;

function lasting(): Lasting {
  if (begun === undefined) throw new Error('the layer has not begun');
  return begun;
}

beforeAll(async () => {
  begun = await begin();
}, MINUTES);
afterAll(async () => {
  await begun?.ns.delete();
});

describe('upgrade', () => upgrade(lasting));
describe('certificates', () => certificates(lasting));
describe('troubles', () => troubles(lasting));
describe('other gates', () => otherGates(lasting));
describe('chosen namespaces', () => chosenNamespaces(lasting));
describe('removal', () => removal(lasting));
describe('a given place', () => givenPlace(lasting));
