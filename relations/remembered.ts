/** Answers that are kept; when there are more, all are forgotten. */
const LIMIT = 1_000;

/** A pure function of a text that keeps its answers: of names there are few in a cluster, and each is met in every review and pass. */
export function remembered<T>(answer: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined || known.has(text)) return before as T;
    const made = answer(text);
    if (known.size === LIMIT) known.clear();
    known.set(text, made);
    return made;
  };
}
