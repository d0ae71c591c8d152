import { type JsonObject, textAt } from './json.ts';
import { isDnsLabel } from './names.ts';
import { printable } from './printable.ts';
import { isReserved, variableOf } from './variables.ts';
import { CONSUMES, RELATIONS } from './vocabulary.ts';

/** What a consumer's annotations say, as read: lower case, unique, sorted; what cannot be read stands there as its text. */
export interface Lists {
  readonly consumes: readonly string[];
  readonly relations: readonly string[];
}

/** Something in a list that cannot be meant: the annotation, the text, and what is wrong with it. */
export interface Fault {
  readonly field: string;
  readonly text: string;
  readonly why: string;
}

/** More entries than this in one list are a mistake of a generator, not a wish. */
export const LIST_LIMIT = 64;
const TEXT_LIMIT = 80;

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Reads one list: separated by commas, tolerant of spaces, empty entries, upper case and repeats. */
export function readList(text: string | undefined): readonly string[] {
  if (text === undefined) return [];
  const entries = new Set<string>();
  for (const part of text.split(',')) {
    const entry = part.trim().toLowerCase();
    if (entry !== '') entries.add(entry.length > TEXT_LIMIT ? `${entry.slice(0, TEXT_LIMIT)}…` : entry);
  }
  const unique = [...entries].sort(order);
  return unique.length <= LIST_LIMIT ? unique : [...unique.slice(0, LIST_LIMIT), `… and ${unique.length - LIST_LIMIT} more`];
}

/** Reads the lists of a workload from its annotations. */
export const readLists = (annotations: JsonObject): Lists => ({
  consumes: readList(textAt(annotations, CONSUMES)),
  relations: readList(textAt(annotations, RELATIONS)),
});

export const isConsumer = (lists: Lists): boolean => lists.consumes.length + lists.relations.length > 0;

export const sameLists = (a: Lists, b: Lists): boolean =>
  a.consumes.join() === b.consumes.join() && a.relations.join() === b.relations.join();

/** The consumed interfaces without those that cannot be read. */
export const readableInterfaces = (consumes: readonly string[]): readonly string[] =>
  consumes.filter((text) => interfaceFault(text) === undefined);

/** The lists without the entries that cannot be read. */
export const readable = ({ consumes, relations }: Lists): Lists => ({
  consumes: readableInterfaces(consumes),
  relations: relations.filter((text) => serviceFault(text) === undefined),
});

/** Every entry that cannot be read, with the reason. A workload with a fault is held. */
export function faultsOf(lists: Lists): readonly Fault[] {
  return [
    ...lists.consumes.flatMap((text) => faultOf(CONSUMES, text, interfaceFault)),
    ...lists.relations.flatMap((text) => faultOf(RELATIONS, text, serviceFault)),
  ];
}

function faultOf(field: string, text: string, judge: (text: string) => string | undefined): readonly Fault[] {
  const why = text.startsWith('… and ') ? `is too many: a list has at most ${LIST_LIMIT} entries` : judge(text);
  return why === undefined ? [] : [{ field, text, why }];
}

const serviceFault = (text: string): string | undefined =>
  isDnsLabel(text) ? undefined : 'is no name of a Service (a DNS label: a-z, 0-9 and -, at most 63 characters)';

function interfaceFault(text: string): string | undefined {
  const variable = variableOf(text);
  if (variable === undefined) return 'is no interface (a label value that begins with a letter: a-z, 0-9, -, _ and .)';
  if (isReserved(variable)) return `would set the reserved variable ${variable}: name the interface otherwise`;
  return undefined;
}

/** A fault in one line, as status, Event, warning and log say it. */
export const describeFault = (fault: Fault): string => `${fault.field}: ${printable(JSON.stringify(fault.text))} ${fault.why}`;
