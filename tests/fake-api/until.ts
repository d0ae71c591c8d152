/**
 * Waits until the condition holds, looking again after each turn of the event loop; fails with what was waited for.
 *
 * @param withinMs 20 s when not given: long for a busy machine, and below jest's own limit, which says nothing
 */
export async function until(what: string, condition: () => boolean, withinMs = 20_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
