/** Distinguished names and alternative names, from the provider's inputs to X.509. */
import { type Extension, type JsonGeneralName, Name, SubjectAlternativeNameExtension } from '@peculiar/x509';
import { arrayOf, at, type Json, type JsonObject, textOf } from '../rpc/json.ts';

/** The parts of a subject in the order in which the official provider encodes them; by object identifier, as RFC 5280 names them. */
const PARTS: readonly (readonly [property: string, oid: string])[] = [
  ['country', '2.5.4.6'],
  ['organization', '2.5.4.10'],
  ['organizationalUnit', '2.5.4.11'],
  ['locality', '2.5.4.7'],
  ['province', '2.5.4.8'],
  ['streetAddresses', '2.5.4.9'],
  ['postalCode', '2.5.4.17'],
  ['commonName', '2.5.4.3'],
  ['serialNumber', '2.5.4.5'],
  ['emailAddress', '1.2.840.113549.1.9.1'],
];

/** The distinguished name of a `subject` input; an empty one without it. */
export function subjectName(subject: Json | undefined): Name {
  return new Name(
    PARTS.flatMap(([property, oid]) => {
      const value = at(subject, property);
      const values = typeof value === 'string' ? [value] : arrayOf(value).map(String);
      return values.filter((each) => each !== '').map((each) => ({ [oid]: [{ utf8String: each }] }));
    }),
  );
}

/** The subject alternative names of the inputs `dnsNames`, `ipAddresses` and `uris`, as an extension if there are any. */
export function alternativeNames(inputs: JsonObject): readonly Extension[] {
  const list = (property: string, type: JsonGeneralName['type']): readonly JsonGeneralName[] =>
    arrayOf(inputs[property]).flatMap((each) => (textOf(each) === undefined ? [] : [{ type, value: String(each) }]));
  const names = [...list('dnsNames', 'dns'), ...list('ipAddresses', 'ip'), ...list('uris', 'url')];
  return names.length === 0 ? [] : [new SubjectAlternativeNameExtension(names)];
}
