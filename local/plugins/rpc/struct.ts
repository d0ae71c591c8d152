/** JSON to protobuf's Struct and back, without a loss between null and absent. */
import structs from 'google-protobuf/google/protobuf/struct_pb.js';
import { isArray, isObject, type Json, type JsonObject } from './json.ts';

type Struct = InstanceType<typeof structs.Struct>;
type Value = InstanceType<typeof structs.Value>;

export function toStruct(object: JsonObject): Struct {
  const struct = new structs.Struct();
  for (const [key, value] of Object.entries(object)) if (value !== undefined) struct.getFieldsMap().set(key, toValue(value));
  return struct;
}

export function fromStruct(struct: Struct | undefined): JsonObject {
  const entries: [string, Json][] = [];
  struct?.getFieldsMap().forEach((value, key) => {
    entries.push([key, fromValue(value)]);
  });
  return Object.fromEntries(entries);
}

function toValue(json: Json): Value {
  const value = new structs.Value();
  if (json === null) return value.setNullValue(structs.NullValue.NULL_VALUE);
  if (typeof json === 'boolean') return value.setBoolValue(json);
  if (typeof json === 'number') return value.setNumberValue(json);
  if (typeof json === 'string') return value.setStringValue(json);
  if (isArray(json)) return value.setListValue(new structs.ListValue().setValuesList(json.map(toValue)));
  return value.setStructValue(toStruct(isObject(json) ? json : {}));
}

function fromValue(value: Value): Json {
  const Kind = structs.Value.KindCase;
  switch (value.getKindCase()) {
    case Kind.BOOL_VALUE:
      return value.getBoolValue();
    case Kind.NUMBER_VALUE:
      return value.getNumberValue();
    case Kind.STRING_VALUE:
      return value.getStringValue();
    case Kind.LIST_VALUE:
      return (value.getListValue()?.getValuesList() ?? []).map(fromValue);
    case Kind.STRUCT_VALUE:
      return fromStruct(value.getStructValue());
    default:
      return null;
  }
}
