/** Waits until the condition holds, looking again after each turn of the event loop; fails after 4 s (jest's own limit is 5 s) with what was waited for. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const end = performance.now() + 4_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
