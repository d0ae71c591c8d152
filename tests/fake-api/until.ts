/**
 * Waits until the condition holds, looking again after each turn of the event loop; fails with what was waited for.
 *
 * @param withinMs 4 s when not given: jest's own limit is 5 s, and says nothing
 */
export async function until(what: string, condition: () => boolean, withinMs = 4_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
