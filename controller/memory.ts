/**
 * Gives back to the system what is garbage and what V8 keeps in reserve after it. Takes some 70 ms with 20,000 consumers, and
 * does nothing where Node was started without `--expose-gc`.
 */
export function releaseMemory(): void {
  // In a turn of its own, and as thorough as V8 collects when memory has run out: any other keeps the reserve.
  void globalThis.gc?.({ type: 'major', execution: 'async', flavor: 'last-resort' });
}
