import { Refused } from './refused.ts';
import { isTree, type StoredObject, treeAt } from './stored-object.ts';

export type Matches = (object: StoredObject) => boolean;

/** Reads `a=b,c!=d,e,!f,g in (h,i),j notin (k)`. */
export function labelMatcher(selector: string): Matches {
  const terms = selector.match(/[^,()]+(\([^)]*\))?/g)?.map((term) => labelTerm(term.trim())) ?? [];
  return (object) => {
    const labels = treeAt(object.metadata, 'labels');
    return terms.every((term) => term(labels));
  };
}

type LabelTerm = (labels: Readonly<Record<string, unknown>>) => boolean;

function labelTerm(term: string): LabelTerm {
  const set = /^(\S+) (in|notin) \(([^)]*)\)$/.exec(term);
  if (set !== null) {
    const [, key = '', operator, list = ''] = set;
    const values = list.split(',').map((value) => value.trim());
    return (labels) => values.includes(String(labels[key])) === (operator === 'in');
  }
  const comparison = /^([^!=]+)(!=|==?)(.*)$/.exec(term);
  if (comparison !== null) {
    const [, key = '', operator, value] = comparison;
    return (labels) => (labels[key] === value) === (operator !== '!=');
  }
  return term.startsWith('!') ? (labels) => labels[term.slice(1)] === undefined : (labels) => labels[term] !== undefined;
}

/** Reads `metadata.name=a,spec.nodeName!=b`: any field by its path, a missing one is empty text. */
export function fieldMatcher(selector: string): Matches {
  const terms = selector
    .split(',')
    .filter(Boolean)
    .map((term) => {
      const [, path = '', operator, value] = /^([^!=]+)(!=|==?)(.*)$/.exec(term) ?? [];
      if (operator === undefined) throw new Refused(400, 'BadRequest', `unable to parse the field selector ${term}`);
      return (object: StoredObject) => (textAt(object, path) === value) === (operator !== '!=');
    });
  return (object) => terms.every((term) => term(object));
}

function textAt(object: StoredObject, path: string): string {
  let value: unknown = object;
  for (const field of path.split('.')) value = isTree(value) ? value[field] : undefined;
  return value === undefined ? '' : String(value);
}
