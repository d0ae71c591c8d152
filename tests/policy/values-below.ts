interface Below {
  /** As `spec.containers.0.image`. */
  readonly path: string;
  /** The whole with something else in this one place. */
  replaced(): Readonly<Record<string, unknown>>;
}

/** Every value within `whole`, objects and lists included, to be replaced by `other`, one at a time. */
export function* valuesBelow(whole: Readonly<Record<string, unknown>>, other: unknown): Generator<Below> {
  for (const [key, value] of Object.entries(whole)) {
    yield { path: key, replaced: () => ({ ...whole, [key]: other }) };
    yield* below(value, other, [key], (inner) => ({ ...whole, [key]: inner }));
  }
}

function* below(
  value: unknown,
  other: unknown,
  path: readonly string[],
  within: (inner: unknown) => Readonly<Record<string, unknown>>,
): Generator<Below> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    const set = (changed: unknown) =>
      within(Array.isArray(value) ? value.with(Number(key), changed) : { ...value, [key]: changed });
    yield { path: [...path, key].join('.'), replaced: () => set(other) };
    yield* below(inner, other, [...path, key], set);
  }
}
